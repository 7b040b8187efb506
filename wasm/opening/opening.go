//go:build js && wasm

// Package opening, imported for its effect, has the engine open models that a reader brings: directories in Hugging
// Face's form, and GGUF files.
package opening

import (
	"runtime/debug"
	"strconv"
	"strings"

	"heed/core/catalog"
	"heed/core/model"
	"heed/core/run"
	"heed/core/say"
	"heed/core/weights"
	"heed/wasm/bridge"
	"heed/wasm/engine"
)

func init() { engine.Opener = open }

func open(id string, files bridge.Files) (*run.Session, *catalog.Entry, error) {
	// Weights are most of the memory, and have no pointers: to look for garbage more often takes little time, and a tab
	// never gives back what its memory has grown by.
	debug.SetGCPercent(25)
	m, err := parse(files)
	if err != nil {
		return nil, nil, err
	}
	if m.About.Title == "" {
		m.About.Title = title(id)
	}
	m.Name = id
	card, _ := files.ReadFile("README.md") // which need not be there
	s, e := run.NewSession(m), catalog.Describe(m, card)
	for i := range files {
		e.Bytes += files[i].Size()
	}
	e.About += " " + from(id)
	if e.Licence != "" {
		e.About += " Its licence is " + say.Cut(e.Licence, 60) + "."
	}
	if r, err := s.Run(e.Examples[0].Text, run.Options{}); err == nil {
		e.OpenClearest(r)
	}
	return s, &e, nil
}

// most is what a model's weights may take, in bytes: WebAssembly has addresses for 4 GB, of which a run takes its part.
const most = 2_500_000_000

func parse(files bridge.Files) (*model.Model, error) {
	var room int64
	for i := range files {
		f := &files[i]
		switch size := f.Size(); {
		case strings.HasSuffix(strings.ToLower(f.Name), ".gguf"):
			g, err := weights.OpenGGUF(f, size)
			if err == nil {
				err = fits(f.Name, weights.Room(g))
			}
			if err != nil {
				return nil, err
			}
			return model.FromGGUF(g)
		case strings.HasSuffix(f.Name, ".safetensors"):
			s, err := weights.Open(f, size)
			if err != nil {
				return nil, say.Error(f.Name, ": ", err)
			}
			if room += weights.Room(s); room > most {
				return nil, fits(f.Name, room)
			}
		}
	}
	return model.Open(files)
}

// fits says whether there is room for the weights of a file.
func fits(name string, bytes int64) error {
	if bytes <= most {
		return nil
	}
	gigabytes := func(n int64) string { return strconv.FormatFloat(float64(n)/1e9, 'f', 1, 64) + " GB" }
	return say.Error(name, ": its weights would take ", gigabytes(bytes), ", and a tab has room for ", gigabytes(most), ": open a smaller model, or a GGUF file in 4 or 8 bits")
}

// title is the last part of what a model is called: of a path, an address or a file's name. The Hugging Face Hub has the files of a
// model behind /resolve/ and the name of a revision.
func title(id string) string {
	if before, after, ok := strings.Cut(id, "/resolve/"); ok && strings.Count(after, "/") == 1 && strings.HasSuffix(after, "/") {
		id = before
	}
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
