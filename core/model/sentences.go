package model

import (
	"heed/core/json"
	"heed/core/say"
)

// Pooling says how the vector of a text is made of those of its tokens. The zero value is their mean, of length 1.
type Pooling struct {
	First bool // the first token's alone
	Long  bool // its length is left as it is
}

// What a directory of sentence-transformers has beside the encoder.
const (
	modulesFile = "modules.json"
	lengthFile  = "sentence_bert_config.json"
)

// module is an entry of modules.json: a step from a text to its vector.
type module struct{ kind, path string }

func (m *module) Fields(o *json.Object) {
	o.Member("type").String(&m.kind)
	o.Member("path").String(&m.path)
}

// modules reads a modules.json, which may be missing. Its path names a folder, of which the config.json counts.
func modules(data []byte) (list []module, err error) {
	if data == nil {
		return nil, nil
	}
	if err := json.Read([]byte(`{"modules":`+string(data)+`}`), func(o *json.Object) { json.List(o.Member("modules"), &list) }); err != nil {
		return nil, say.Error(modulesFile, ": ", err)
	}
	return list, nil
}

// pooling reads how a directory makes vectors of texts; without modules.json it is the zero value.
func (m *Model) pooling(files map[string][]byte) error {
	list, err := modules(files[modulesFile])
	if err != nil || list == nil {
		return err
	}
	m.Pooling.Long = true
	for _, step := range list {
		switch step.kind {
		case "sentence_transformers.models.Transformer":
		case "sentence_transformers.models.Normalize":
			m.Pooling.Long = false
		case "sentence_transformers.models.Pooling":
			if err := m.Pooling.read(step.path+"/config.json", files); err != nil {
				return err
			}
		default:
			return say.Error(modulesFile, " has a module of type ", say.Quote(step.kind), "; Transformer, Pooling and Normalize are supported")
		}
	}
	if data := files[lengthFile]; data != nil {
		if err := json.Read(data, func(o *json.Object) { o.Member("max_seq_length").Int(&m.About.Longest) }); err != nil {
			return say.Error(lengthFile, ": ", err)
		}
	}
	return nil
}

// read reads the config.json of a Pooling.
func (p *Pooling) read(name string, files map[string][]byte) error {
	data := files[name]
	if data == nil {
		return say.Error(name, " is missing, which ", modulesFile, " names")
	}
	var other string
	mean := false
	err := json.Read(data, func(o *json.Object) {
		o.Member("pooling_mode_cls_token").Bool(&p.First)
		o.Member("pooling_mode_mean_tokens").Bool(&mean)
		for _, mode := range []string{"pooling_mode_max_tokens", "pooling_mode_mean_sqrt_len_tokens", "pooling_mode_weightedmean_tokens", "pooling_mode_lasttoken"} {
			used := false
			if o.Member(mode).Bool(&used); used {
				other = mode
			}
		}
	})
	switch {
	case err != nil:
		return say.Error(name, ": ", err)
	case other != "":
		return say.Error(name, " has ", other, ", which is not supported; pooling_mode_mean_tokens and pooling_mode_cls_token are")
	case p.First == mean:
		return say.Error(name, " must have one of pooling_mode_mean_tokens and pooling_mode_cls_token")
	}
	return nil
}
