// Package model opens a directory of files (config.json, tokenizer.json, model.safetensors, as Hugging
// Face lays them out) as a model, and runs text through it: a Session turns text into a Record.
package model

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"heed/core/record"
	"heed/core/token"
	"heed/core/transformer"
	"heed/core/weights"
)

// Model is a network with its tokenizer.
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
	var c config
	if err := json.Unmarshal(files[0], &c); err != nil {
		return nil, fmt.Errorf("config.json is not a model's configuration: %w", err)
	}
	if c.ModelType != "marian" {
		return nil, fmt.Errorf("config.json describes a model of type %q; this program opens marian", c.ModelType)
	}
	t, err := token.Parse(files[1])
	if err != nil {
		return nil, fmt.Errorf("tokenizer.json: %w", err)
	}
	if t.Len() > c.Vocab {
		return nil, fmt.Errorf("tokenizer.json has %d pieces, config.json allows %d: they belong to different models", t.Len(), c.Vocab)
	}
	net, err := transformer.New(c.Config)
	if err != nil {
		return nil, fmt.Errorf("config.json: %w", err)
	}
	f, err := weights.Parse(files[2])
	if err != nil {
		return nil, fmt.Errorf("model.safetensors: %w", err)
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
		copy(p.X.Data, x)
	}
	return &Model{About: c.Heed, Tokenizer: t, Net: net}, nil
}

// Save writes the model's files to dir, matrices stored as dtype and all else as float32. Files are
// replaced whole.
func (m *Model) Save(dir string, dtype weights.DType) error {
	c := config{Config: m.Net.Config, Architectures: []string{"MarianMTModel"}, DecoderVocab: m.Net.Vocab,
		ShareEmbeddings: true, TieEmbeddings: true, IsEncoderDecoder: true, Static: true, Heed: m.About}
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
func WriteFile(path string, data []byte) error {
	if err := os.WriteFile(path+".new", data, 0o666); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
