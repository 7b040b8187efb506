//go:build js && wasm

// Package opening, imported for its effect, has the engine open models that a reader brings: directories in Hugging Face's
// form, and GGUF files.
package opening

import (
	"strings"

	"heed/core/catalog"
	"heed/core/model"
	"heed/core/run"
	"heed/core/say"
	"heed/wasm/bridge"
	"heed/wasm/engine"
)

func init() { engine.Opener = open }

func open(id string, files bridge.Files) (*run.Session, *catalog.Entry, error) {
	m, err := parse(files)
	if err != nil {
		return nil, nil, err
	}
	if m.About.Title == "" {
		m.About.Title = title(id)
	}
	m.Name = id
	s, e := run.NewSession(m), catalog.Describe(m)
	for i := range files {
		e.Bytes += files[i].Size()
	}
	e.About += " " + from(id)
	if e.Licence = licence(files); e.Licence != "" {
		e.About += " Its licence is " + say.Quote(e.Licence) + "."
	}
	if len(e.Stacks) > 0 { // a run shows which head shows something
		if r, err := s.Run(e.Examples[0].Text, run.Options{}); err == nil {
			e.Open.Layer, e.Open.Head = catalog.Clearest(r, e.Open.Kind)
		}
	}
	return s, &e, nil
}

func parse(files bridge.Files) (*model.Model, error) { return model.Open(files) }

// title is the last part of what a model is called: of a path, an address or a file's name.
func title(id string) string {
	id = strings.TrimSuffix(strings.TrimSuffix(strings.TrimPrefix(id, "file:"), "/"), ".gguf")
	if at := strings.LastIndexByte(id, '/'); at >= 0 {
		id = id[at+1:]
	}
	return id
}

// from says where a model came from.
func from(id string) string {
	if strings.HasPrefix(id, "file:") {
		return "It was opened from this device."
	}
	return "It was opened from " + id + "."
}

// licence is what the model's card says: a line of the front matter of its README.md.
func licence(files bridge.Files) string {
	card, _ := files.ReadFile("README.md") // which need not be there
	inside := false
	for line := range strings.Lines(string(card)) {
		line = strings.TrimSpace(line)
		name, value, _ := strings.Cut(line, ":")
		switch {
		case line == "---" && !inside:
			inside = true
		case !inside, line == "---":
			return ""
		case name == "license":
			return strings.Trim(value, ` "'`)
		}
	}
	return ""
}
