package model

import (
	"heed/core/json"
	"heed/core/recurrent"
	"heed/core/say"
	"heed/core/transformer"
)

// description is what a config.json says: a network that can be built, and what it is for.
type description struct {
	about About
	count func() int64 // weights, known before there is room for them
	build func() (Net, error)
}

// parseConfig reads a config.json by its model_type. The error goes on after the name of the file.
func parseConfig(data []byte) (*description, error) {
	var modelType string
	d := &description{}
	err := json.Read(data, func(o *json.Object) {
		o.Member("model_type").String(&modelType)
		o.Member("heed").Object(d.about.Fields)
	})
	if err != nil {
		return nil, say.Error("is not a model's configuration: ", err)
	}
	switch modelType {
	case "recurrent":
		var r recurrent.Config
		if err := json.Read(data, r.Fields); err != nil {
			return nil, say.Error("is not a model's configuration: ", err)
		}
		if err := r.Validate(); err != nil {
			return nil, say.Error("is wrong: ", err)
		}
		d.count, d.build = r.Count, func() (Net, error) { return recurrent.New(r) }
	case transformer.Marian, transformer.GPT2, transformer.BERT:
		t, err := transformer.ParseConfig(data)
		if err != nil {
			return nil, err
		}
		d.count, d.build = t.Count, func() (Net, error) { return transformer.New(t) }
	default:
		return nil, say.Error("describes a model of type ", say.Quote(modelType), "; this program opens marian, gpt2, bert and recurrent")
	}
	return d, nil
}

// NewNet returns the network that the content of a config.json describes, its weights zeroed. The
// error goes on after the name of the file.
func NewNet(config []byte) (Net, error) {
	d, err := parseConfig(config)
	if err != nil {
		return nil, err
	}
	return d.build()
}

// Config returns what NewNet makes a network like this one of.
func Config(net Net) ([]byte, error) { return json.Write(fields(net)) }

// fields describes a network's configuration.
func fields(net Net) func(*json.Object) {
	switch net := net.(type) {
	case *transformer.Model:
		return net.Config.Fields
	case *recurrent.Model:
		return net.Config.Fields
	}
	panic("model: a network of no known family")
}

// config returns the model's config.json.
func (m *Model) config() ([]byte, error) {
	return json.WriteIndented(func(o *json.Object) {
		fields(m.Net)(o)
		o.Member("heed").Object(m.About.Fields)
	})
}
