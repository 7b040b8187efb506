// Package model opens a directory of files (config.json, tokenizer.json, model.safetensors, as Hugging
// Face lays them out) as a model, and runs text through it: a Session turns text into a Record.
package model

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"heed/core/record"
	"heed/core/token"
	"heed/core/transformer"
	"heed/core/weights"
)

// Model is a network with its tokenizer. Several sessions of one may run at once, as long as nobody
// changes its weights.
type Model struct {
	Name      string
	About     About
	Tokenizer *token.Tokenizer
	Net       *transformer.Model
}

// About says what a model is for. It stands in config.json under "heed".
type About struct {
	Task   string `json:"task"`
	Title  string `json:"title,omitempty"`
	Source string `json:"source,omitempty"` // languages, BCP 47
	Target string `json:"target,omitempty"`
	// Longest is the number of tokens of the longest texts that the model learned from.
	Longest int `json:"longest,omitempty"`
}

// Stack tells how many layers and heads of a kind a model has.
type Stack struct {
	Kind   record.Kind `json:"kind"`
	Layers int         `json:"layers"`
	Heads  int         `json:"heads"`
}

// Stacks lists the kinds of attention of the model.
func (m *Model) Stacks() []Stack {
	c := m.Net.Config
	return []Stack{
		{record.Cross, c.DecoderLayers, c.DecoderHeads},
		{record.Self, c.EncoderLayers, c.EncoderHeads},
		{record.Decoder, c.DecoderLayers, c.DecoderHeads},
	}
}

// config is config.json: what MarianConfig of Python's transformers needs, and About.
type config struct {
	transformer.Config
	Architectures    []string `json:"architectures"`
	DecoderVocab     int      `json:"decoder_vocab_size"`
	ShareEmbeddings  bool     `json:"share_encoder_decoder_embeddings"`
	TieEmbeddings    bool     `json:"tie_word_embeddings"`
	IsEncoderDecoder bool     `json:"is_encoder_decoder"`
	Static           bool     `json:"static_position_embeddings"`
	Heed             About    `json:"heed"`
}

// Files are the names of a model's files, in the order in which Open reads them.
var Files = []string{"config.json", "tokenizer.json", "model.safetensors"}

// Open reads the model in fsys. Errors say which file is wrong and how.
func Open(fsys fs.FS) (*Model, error) {
	var files [3][]byte
	for i, name := range Files {
		var err error
		if files[i], err = fs.ReadFile(fsys, name); err != nil {
			return nil, fmt.Errorf("%s cannot be read: %w", name, err)
		}
	}
	c, err := parseConfig(files[0])
	if err != nil {
		return nil, fmt.Errorf("config.json %w", err)
	}
	t, err := token.Parse(files[1])
	if err != nil {
		return nil, err // which names the file
	}
	if err := c.fits(t); err != nil {
		return nil, err
	}
	f, err := weights.Parse(files[2])
	if err != nil {
		return nil, fmt.Errorf("model.safetensors: %w", err)
	}
	if have, want := len(files[2]), c.weightsAtLeast(); int64(have) < want {
		return nil, fmt.Errorf("model.safetensors has %d bytes, but config.json describes %d weights: they belong to different models", have, want)
	}
	net, err := transformer.New(c.Config)
	if err != nil {
		return nil, fmt.Errorf("config.json: %w", err)
	}
	for _, p := range net.Params.List {
		shape, ok := f.Shape(p.Name)
		if !ok {
			return nil, fmt.Errorf("model.safetensors lacks %s: it belongs to another model", p.Name)
		}
		n := 1
		for _, s := range shape {
			n *= s
		}
		if n != len(p.X.Data) || len(shape) > 0 && shape[len(shape)-1] != p.X.Cols {
			return nil, fmt.Errorf("model.safetensors: %s has the shape %v, config.json wants [%d %d]", p.Name, shape, p.X.Rows, p.X.Cols)
		}
		x, err := f.Float32(p.Name)
		if err != nil {
			return nil, fmt.Errorf("model.safetensors: %w", err)
		}
		if !finite(x) {
			return nil, fmt.Errorf("model.safetensors: %s holds a number that is not finite: the file is damaged", p.Name)
		}
		copy(p.X.Data, x)
	}
	return &Model{About: c.Heed, Tokenizer: t, Net: net}, nil
}

// parseConfig reads config.json. The error goes on after the name of the file.
func parseConfig(data []byte) (*config, error) {
	// What a file of transformers leaves out has these values.
	c := &config{ShareEmbeddings: true, TieEmbeddings: true}
	if err := json.Unmarshal(data, c); err != nil {
		return nil, fmt.Errorf("is not a model's configuration: %w", err)
	}
	if c.ModelType != "marian" {
		return nil, fmt.Errorf("describes a model of type %.60q; this program opens marian", c.ModelType)
	}
	if !c.ShareEmbeddings || !c.TieEmbeddings {
		return nil, errors.New("describes a model with several embedding tables; this program opens models with one")
	}
	if err := c.Validate(); err != nil {
		return nil, fmt.Errorf("is wrong: %w", err)
	}
	return c, nil
}

// fits says whether a tokenizer can be this model's.
func (c *config) fits(t *token.Tokenizer) error {
	const other = "they belong to different models"
	if t.Len() > c.Vocab {
		return fmt.Errorf("tokenizer.json has %d pieces, config.json allows %d: %s", t.Len(), c.Vocab, other)
	}
	for _, s := range []struct {
		name string
		id   int
	}{{"pad_token_id", c.Pad}, {"eos_token_id", c.EOS}, {"decoder_start_token_id", c.Start}} {
		if s.id >= t.Len() || t.Bytes(s.id) != nil {
			return fmt.Errorf("config.json's %s is %d, which is no special token of tokenizer.json: %s", s.name, s.id, other)
		}
	}
	// Run relies on it: a text is at least one token, and cutting it keeps the last.
	if p := t.Encode(""); len(p) == 0 || p[len(p)-1].ID != c.EOS {
		return fmt.Errorf("tokenizer.json does not end a text with %q, config.json's eos_token_id: %s", t.Text(c.EOS), other)
	}
	return nil
}

// weightsAtLeast is the number of weights in the matrices of the model. It is known before New makes
// room for them, so that a configuration cannot ask for much more memory than there are weights.
func (c *config) weightsAtLeast() int64 {
	w := int64(c.Width)
	encoder := int64(c.EncoderLayers) * (4*w*w + 2*w*int64(c.EncoderFFN))
	decoder := int64(c.DecoderLayers) * (8*w*w + 2*w*int64(c.DecoderFFN))
	return int64(c.Vocab)*w + encoder + decoder
}

// finite reports whether all numbers are.
func finite(x []float32) bool {
	for _, v := range x {
		if v-v != 0 {
			return false
		}
	}
	return true
}

// Save writes the model's files to dir, matrices stored as dtype and all else as float32. Files are
// replaced whole.
func (m *Model) Save(dir string, dtype weights.DType) error {
	c := config{Config: m.Net.Config, Architectures: []string{"MarianMTModel"}, DecoderVocab: m.Net.Vocab,
		ShareEmbeddings: true, TieEmbeddings: true, IsEncoderDecoder: true, Static: !m.Net.LearnedPosition, Heed: m.About}
	configJSON, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	tokenizerJSON, err := m.Tokenizer.JSON()
	if err != nil {
		return err
	}
	var tensors []weights.Tensor
	for _, p := range m.Net.Params.List {
		t := weights.Tensor{Name: p.Name, DType: dtype, Shape: []int{p.X.Rows, p.X.Cols}, Data: p.X.Data}
		if p.X.Rows == 1 {
			t.DType = weights.F32
			if p.Name != "final_logits_bias" { // the one bias that PyTorch stores as a row
				t.Shape = t.Shape[1:]
			}
		}
		tensors = append(tensors, t)
	}
	var b bytes.Buffer
	if err := weights.Write(&b, tensors, map[string]string{"format": "pt"}); err != nil {
		return fmt.Errorf("the weights cannot be written: %w", err)
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	for i, data := range [][]byte{append(configJSON, '\n'), tokenizerJSON, b.Bytes()} {
		if err := WriteFile(filepath.Join(dir, Files[i]), data); err != nil {
			return err
		}
	}
	return nil
}

// WriteFile replaces a file whole: a reader, or an interruption, meets the old content or the new.
func WriteFile(path string, data []byte) (err error) {
	f, err := os.Create(path + ".new")
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
