//go:build js && wasm

package engine

import (
	"slices"
	"strconv"
	"strings"

	"heed/core/catalog"
	"heed/core/model"
	"heed/core/run"
	"heed/core/say"
	"heed/core/tensor"
	"heed/wasm/bridge"
	"heed/wasm/protocol"
)

// load is a model on its way. It goes on while a request waits for it.
type load struct {
	file      *bridge.Download // the one that is coming; nil: none yet
	cancelled bool
	anew      bool // what the browser keeps of it is not trusted
}

func (l *load) cancel() {
	if l.cancelled = true; l.file != nil {
		l.file.Cancel()
	}
}

// session is that of a model, used last from now on; nil where it is not open.
func (e *engine) session(id string) *run.Session {
	i := slices.IndexFunc(e.sessions, func(s *run.Session) bool { return s.Model.Name == id })
	if i < 0 {
		return nil
	}
	s := e.sessions[i]
	e.sessions = append(slices.Delete(e.sessions, i, i+1), s)
	return s
}

// load sees to it that the models that requests wait for are on their way, and no others.
func (e *engine) load() {
	for id, l := range e.loads {
		if !slices.ContainsFunc(e.requests, func(r *protocol.Request) bool { return r.Model == id && !r.Again }) {
			l.cancel()
			delete(e.loads, id)
		}
	}
	for _, r := range e.requests {
		if e.session(r.Model) == nil && e.loads[r.Model] == nil {
			l := &load{anew: r.Again}
			e.loads[r.Model] = l
			e.send(protocol.Progress, &protocol.Loading{Model: r.Model}, nil) // it may take long
			go e.fetch(r.Model, l)
		}
	}
	for _, r := range e.requests {
		r.Again = false
	}
}

// fetch brings a model up. A failure is not remembered: the next request tries again.
func (e *engine) fetch(id string, l *load) {
	s, err := e.open(id, l)
	if l.cancelled {
		return
	}
	delete(e.loads, id)
	if err != nil {
		e.requests = slices.DeleteFunc(e.requests, func(r *protocol.Request) bool {
			if r.Model == id {
				e.fail(r, err)
			}
			return r.Model == id
		})
		e.look()
		return
	}
	if most := 3; len(e.sessions) == most { // as many as are ever side by side; each takes some 40 MB
		e.end(e.sessions[0])
	}
	e.sessions = append(e.sessions, s)
	e.look()
}

// end forgets a session and what it ran.
func (e *engine) end(s *run.Session) {
	e.sessions = slices.DeleteFunc(e.sessions, func(other *run.Session) bool { return other == s })
	e.done = slices.DeleteFunc(e.done, func(d done) bool { return d.session == s })
	tensor.Forget()
}

// get downloads one of a model's files.
func (l *load) get(d *bridge.Download) ([]byte, error) {
	d.Anew = l.anew
	l.file = d
	data, err := d.Fetch()
	if l.cancelled {
		return nil, bridge.ErrCancelled
	}
	return data, err
}

// open downloads and reads a model.
func (e *engine) open(id string, l *load) (*run.Session, error) {
	if files, ok := e.brought[id]; ok {
		s, _, err := e.read(id, files)
		return s, err
	}
	if e.index == nil || l.anew {
		data, err := l.get(&bridge.Download{Address: bridge.URL("models/index.json")})
		if err != nil {
			return nil, err
		}
		if e.index, err = catalog.Parse(data); err != nil {
			return nil, err
		}
	}
	entry := e.index.Find(id)
	if entry == nil {
		var names []string
		for _, m := range e.index.Models {
			names = append(names, m.ID)
		}
		return nil, say.Error("There is no model named ", strconv.Quote(id), " here. Choose one of: ", strings.Join(names, ", "), ".")
	}
	if entry.Foreign && Opener == nil {
		return nil, say.ErrLab
	}
	files := map[string][]byte{}
	var before, came int64
	tell := func(silent bool) {
		e.send(protocol.Progress, &protocol.Loading{Model: id, Done: came, Total: entry.Bytes, Silent: silent}, nil)
	}
	for _, f := range entry.Files {
		data, err := l.get(&bridge.Download{Address: bridge.URL("models/" + id + "/" + f.Name), Size: f.Bytes, SHA256: f.SHA256,
			Progress: func(done, _ int64) { came = before + done; tell(false) }, Silent: func() { tell(true) }})
		if err != nil {
			return nil, err
		}
		before += f.Bytes
		files[f.Name] = data
	}
	if entry.Foreign {
		for _, f := range entry.Files {
			e.brought[id] = append(e.brought[id], bridge.NewFile(f.Name, files[f.Name]))
			delete(files, f.Name)
		}
		s, _, err := e.read(id, e.brought[id])
		return s, err
	}
	m, err := model.Parse(files)
	if err != nil {
		return nil, say.Error("The model ", id, " did not arrive as it should: ", err, ". Try again to fetch it anew.")
	}
	m.Name = id
	return run.NewSession(m), nil
}
