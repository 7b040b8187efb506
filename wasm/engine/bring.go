//go:build js && wasm

package engine

import (
	"slices"

	"heed/core/catalog"
	"heed/core/run"
	"heed/core/say"
	"heed/wasm/bridge"
	"heed/wasm/protocol"
)

// Opener opens the model that some files are, and says what it is. Package opening, which lab.wasm has, sets it.
var Opener func(id string, files bridge.Files) (*run.Session, *catalog.Entry, error)

// bring takes a model that a reader brought, and opens it if he is to be told what it is.
func (e *engine) bring(b protocol.Brought, files bridge.Files) {
	e.brought[b.Model] = files
	for _, s := range slices.Clone(e.sessions) { // another model may have had that name
		if s.Model.Name == b.Model {
			e.end(s)
		}
	}
	if !b.Tell {
		return
	}
	go func() {
		s, entry, err := e.read(b.Model, files)
		if b.Entry = entry; err != nil {
			b.Message = err.Error()
		} else {
			e.sessions = append(e.sessions, s)
		}
		e.send(protocol.Opened, &b, nil)
		e.look()
	}()
}

// read opens a model that a reader brought. Such models may be large: there is room for one.
func (e *engine) read(id string, files bridge.Files) (*run.Session, *catalog.Entry, error) {
	if Opener == nil {
		return nil, nil, say.ErrLab
	}
	for _, s := range slices.Clone(e.sessions) {
		if _, other := e.brought[s.Model.Name]; other {
			e.end(s)
		}
	}
	return Opener(id, files)
}
