package model_test

import (
	"encoding/json"
	"strings"
	"testing"

	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/weights"
)

// TestTaskOfNetwork wants a model that does not say its task, as none of Hugging Face does, to do what its network
// does, and one that its network cannot do, or nobody knows, to be named.
func TestTaskOfNetwork(t *testing.T) {
	natural := func(task string) string { // an encoder–decoder translates, unless it says that it shortens
		if task == model.Compression {
			return model.Translation
		}
		return task
	}
	for _, k := range modeltest.Networks {
		files := modeltest.Saved(t, modeltest.New(t, k.Task, k.Kind), weights.F32)
		config := files["config.json"]
		with := func(section any) (*model.Model, error) {
			files["config.json"] = set(t, config, map[string]any{"heed": section})
			return open(files)
		}
		for _, section := range []any{nil, map[string]any{}, map[string]any{"title": "x"}} {
			if m, err := with(section); err != nil || m.About.Task != natural(k.Task) {
				t.Errorf("%s with the section %v: %v, %+v", k.Kind, section, err, m)
			}
		}
		for _, task := range append(model.Tasks, "summarisation") {
			_, err := with(map[string]any{"task": task})
			switch {
			case natural(task) == natural(k.Task):
				if err != nil {
					t.Errorf("%s for %s: %v", k.Kind, task, err)
				}
			case err == nil || !strings.HasPrefix(err.Error(), "config.json's heed.task is ") || !strings.Contains(err.Error(), task):
				t.Errorf("%s for %s: the error is %v", k.Kind, task, err)
			}
		}
	}
	var file map[string]json.RawMessage
	if config, err := model.ConfigFile(modeltest.Small(t)); err != nil || json.Unmarshal(config, &file) != nil || file["heed"] == nil {
		t.Errorf("what is saved says its task: %s, %v", config, err)
	}
}
