package catalog_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"heed/core/catalog"
	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/view"
)

// TestDescribe: the words tell the stacks apart, and a model that predicts nothing has no view of predictions.
func TestDescribe(t *testing.T) {
	files := fstest.MapFS{}
	for name, data := range modeltest.Bare(t) {
		files[name] = &fstest.MapFile{Data: data}
	}
	bare, err := model.Open(files)
	if err != nil {
		t.Fatal(err)
	}
	for says, m := range map[string]*model.Model{
		"It translates, with 2 layers of 2 heads of cross-attention, 2 layers of 4 heads in the encoder and ": modeltest.ForTask(t, model.Translation),
		"It finds hidden words, with 2 layers of 4 heads.":                                                    modeltest.ForTask(t, model.Fill),
		"It compares texts, with ": bare,
	} {
		e := catalog.Describe(m, nil)
		if !strings.HasPrefix(e.About, says) {
			t.Errorf("it says %s, not %s", e.About, says)
		}
		for _, name := range []string{view.Predictions, view.Ablation, view.Patch, view.Attribution} {
			if has := slices.Contains(e.Views, name); has != (m != bare) {
				t.Errorf("%s: the view %s is there: %v", m.About.Task, name, has)
			}
		}
	}
}
