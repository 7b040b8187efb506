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
	poolingFile = "1_Pooling/config.json"
	lengthFile  = "sentence_bert_config.json"
)

// module is an entry of modules.json: a step from a text to its vector.
type module struct{ kind, path string }

func (m *module) Fields(o *json.Object) {
	o.Member("type").String(&m.kind)
	o.Member("path").String(&m.path)
}

// pooling reads how a directory makes vectors of texts; without modules.json it is the zero value.
func pooling(m *Model, files map[string][]byte) error {
	data := files[modulesFile]
	if data == nil {
		return nil
	}
	var list []module
	if err := json.Read([]byte(`{"modules":`+string(data)+`}`), func(o *json.Object) { json.List(o.Member("modules"), &list) }); err != nil {
		return say.Error(modulesFile, ": ", err)
	}
	m.Pooling.Long = true
	for _, step := range list {
		switch step.kind {
		case "sentence_transformers.models.Transformer":
		case "sentence_transformers.models.Normalize":
			m.Pooling.Long = false
		case "sentence_transformers.models.Pooling":
			if step.path+"/config.json" != poolingFile {
				return say.Error(modulesFile, " has its Pooling in ", say.Quote(step.path), "; 1_Pooling is supported")
			}
			if err := m.Pooling.read(files[poolingFile]); err != nil {
				return say.Error(poolingFile, " ", err)
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

// read reads the configuration of a Pooling. The error goes on after the name of the file.
func (p *Pooling) read(data []byte) error {
	if data == nil {
		return say.Error("is missing, which ", modulesFile, " names")
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
		return say.Error("cannot be read: ", err)
	case other != "":
		return say.Error("has ", other, ", which is not supported; pooling_mode_mean_tokens and pooling_mode_cls_token are")
	case p.First == mean:
		return say.Error("must have one of pooling_mode_mean_tokens and pooling_mode_cls_token")
	}
	return nil
}
