package model_test

import (
	"strings"
	"testing"

	"heed/core/model"
	"heed/core/model/modeltest"
)

// TestPooling wants a directory of sentence-transformers to say how vectors are made, and what is not supported named.
func TestPooling(t *testing.T) {
	const modules = `[{"idx":0,"path":"","type":"sentence_transformers.models.Transformer"},{"idx":1,"path":"1_Pooling","type":"sentence_transformers.models.Pooling"}`
	const normal = `,{"idx":2,"path":"2_Normalize","type":"sentence_transformers.models.Normalize"}`
	for name, c := range map[string]struct {
		modules, pooling string
		want             model.Pooling
		err              string
	}{
		"no modules":   {"", "", model.Pooling{}, ""},
		"mean, normal": {modules + normal + "]", `{"pooling_mode_mean_tokens":true,"pooling_mode_cls_token":false}`, model.Pooling{}, ""},
		"mean":         {modules + "]", `{"pooling_mode_mean_tokens":true}`, model.Pooling{Long: true}, ""},
		"first":        {modules + normal + "]", `{"pooling_mode_cls_token":true}`, model.Pooling{First: true}, ""},
		"max":          {modules + "]", `{"pooling_mode_max_tokens":true}`, model.Pooling{}, "pooling_mode_max_tokens"},
		"both":         {modules + "]", `{"pooling_mode_mean_tokens":true,"pooling_mode_cls_token":true}`, model.Pooling{}, "1_Pooling/config.json"},
		"missing":      {modules + "]", "", model.Pooling{}, "1_Pooling/config.json is missing"},
		"no JSON":      {"[", "", model.Pooling{}, "modules.json"},
		"dense":        {modules + `,{"type":"sentence_transformers.models.Dense"}]`, `{"pooling_mode_mean_tokens":true}`, model.Pooling{}, "Dense"},
		"elsewhere":    {`[{"path":"../x","type":"sentence_transformers.models.Pooling"}]`, "", model.Pooling{}, `"../x"`},
	} {
		files := modeltest.Bare(t)
		if c.modules != "" {
			files["modules.json"] = []byte(c.modules)
		}
		if c.pooling != "" {
			files["1_Pooling/config.json"] = []byte(c.pooling)
		}
		files["sentence_bert_config.json"] = []byte(`{"max_seq_length": 17}`)
		m, err := open(files)
		switch {
		case c.err != "":
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%s: the error is %v, want %q", name, err, c.err)
			}
		case err != nil:
			t.Errorf("%s: %v", name, err)
		case m.Pooling != c.want || m.About.Task != model.Similarity || c.modules != "" && m.About.Longest != 17:
			t.Errorf("%s: %+v, %+v", name, m.Pooling, m.About)
		}
	}
}
