package model

import (
	"encoding/json"
	"errors"
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
	case "marian":
		r, err := parseMarian(data)
		if err != nil {
			return nil, err
		}
		d.count, d.build = func() int64 { return countMarian(r) }, func() (Net, error) { return transformer.New(*r) }
	default:
		return nil, fmt.Errorf("describes a model of type %.60q; this program opens marian and recurrent", c.ModelType)
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
		return json.Marshal(marian{Config: net.Config, Architectures: []string{"MarianMTModel"}, DecoderVocab: net.Vocab,
			ShareEmbeddings: true, TieEmbeddings: true, IsEncoderDecoder: true, Static: !net.LearnedPosition})
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

// marian is what MarianConfig of Python's transformers needs.
type marian struct {
	transformer.Config
	Architectures    []string `json:"architectures"`
	DecoderVocab     int      `json:"decoder_vocab_size"`
	ShareEmbeddings  bool     `json:"share_encoder_decoder_embeddings"`
	TieEmbeddings    bool     `json:"tie_word_embeddings"`
	IsEncoderDecoder bool     `json:"is_encoder_decoder"`
	Static           bool     `json:"static_position_embeddings"`
}

func parseMarian(data []byte) (*transformer.Config, error) {
	// What a file of transformers leaves out has these values.
	c := &marian{ShareEmbeddings: true, TieEmbeddings: true}
	if err := json.Unmarshal(data, c); err != nil {
		return nil, fmt.Errorf("is not a model's configuration: %w", err)
	}
	if !c.ShareEmbeddings || !c.TieEmbeddings {
		return nil, errors.New("describes a model with several embedding tables; this program opens models with one")
	}
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("is wrong: %w", err)
	}
	return &c.Config, nil
}

func countMarian(c *transformer.Config) int64 {
	w := int64(c.Width)
	encoder := int64(c.EncoderLayers) * (4*w*w + 2*w*int64(c.EncoderFFN))
	decoder := int64(c.DecoderLayers) * (8*w*w + 2*w*int64(c.DecoderFFN))
	return int64(c.Vocab)*w + encoder + decoder
}
