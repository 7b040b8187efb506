package model

import (
	"encoding/json"
	"fmt"

	"heed/core/record"
)

// Index is web/models/index.json: the models that Heed ships.
type Index struct {
	Models []Entry `json:"models"`
}

// Entry describes one model.
type Entry struct {
	ID         string             `json:"id"` // the name of its directory
	Title      string             `json:"title"`
	About      string             `json:"about"` // a sentence for the reader
	Task       string             `json:"task"`
	Source     string             `json:"source"` // languages, BCP 47
	Target     string             `json:"target,omitempty"`
	Parameters int                `json:"parameters"`
	Bytes      int64              `json:"bytes"` // of all files
	Files      []File             `json:"files"` // in the order of Files
	Licence    string             `json:"licence"`
	Data       string             `json:"data"`
	Metrics    map[string]float64 `json:"metrics"`
	Error      float64            `json:"error"` // largest of attention weights and probabilities, by testdata/reference.py
	Open       Opening            `json:"open"`
	Examples   []string           `json:"examples,omitempty"`
}

// File is one file of a model.
type File struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Opening is the view to open a model with: one that shows something.
type Opening struct {
	View  string      `json:"view"`
	Kind  record.Kind `json:"kind"`
	Layer int         `json:"layer"`
	Head  int         `json:"head"`
}

// ParseIndex reads an index.
func ParseIndex(data []byte) (*Index, error) {
	var x Index
	if err := json.Unmarshal(data, &x); err != nil {
		return nil, fmt.Errorf("the list of models cannot be read: %w", err)
	}
	return &x, nil
}

// Find returns the entry of that id, or nil.
func (x *Index) Find(id string) *Entry {
	for i := range x.Models {
		if x.Models[i].ID == id {
			return &x.Models[i]
		}
	}
	return nil
}
