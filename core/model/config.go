package model

import (
	"encoding/json"
	"fmt"

	"heed/core/recurrent"
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
	var c struct {
		ModelType string `json:"model_type"`
		Heed      About  `json:"heed"`
	}
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, fmt.Errorf("is not a model's configuration: %w", err)
	}
	d := &description{about: c.Heed}
	switch c.ModelType {
	case "recurrent":
		var r recurrent.Config
		if err := json.Unmarshal(data, &r); err != nil {
			return nil, fmt.Errorf("is not a model's configuration: %w", err)
		}
		if err := r.Validate(); err != nil {
			return nil, fmt.Errorf("is wrong: %w", err)
		}
		d.count, d.build = r.Count, func() (Net, error) { return recurrent.New(r) }
	case transformer.Marian, transformer.GPT2, transformer.BERT:
		t, err := transformer.ParseConfig(data)
		if err != nil {
			return nil, err
		}
		d.count, d.build = t.Count, func() (Net, error) { return transformer.New(t) }
	default:
		return nil, fmt.Errorf("describes a model of type %.60q; this program opens marian, gpt2, bert and recurrent", c.ModelType)
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
func Config(net Net) ([]byte, error) {
	switch net := net.(type) {
	case *transformer.Model:
		return net.Config.JSON()
	case *recurrent.Model:
		return json.Marshal(net.Config)
	}
	panic("model: a network of no known family")
}

// config returns the model's config.json.
func (m *Model) config() ([]byte, error) {
	net, err := Config(m.Net)
	if err != nil {
		return nil, err
	}
	var all map[string]any
	if err := json.Unmarshal(net, &all); err != nil {
		return nil, err
	}
	all["heed"] = m.About
	out, err := json.MarshalIndent(all, "", "  ")
	return append(out, '\n'), err
}
