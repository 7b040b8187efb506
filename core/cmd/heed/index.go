package main

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"heed/core/catalog"
	"heed/core/json"
	"heed/core/model"
	"heed/core/record"
	"heed/core/run"
	"heed/core/view"
)

// indexCommand brings index.json in a directory of models up to date: what can be read off a model's
// files is, and what people wrote there stays. It is run after a model was trained. With a dictionary it measures how
// often the heads of translators look at the word that is translated, which the page names them after; of a model whose
// files are others since, what was measured before is dropped.
func indexCommand(c console, args []string) error {
	f := flag.NewFlagSet("index", flag.ContinueOnError)
	pairs := f.String("data", "", "with -alignment: file of source<TAB>target lines to measure in")
	alignment := f.String("alignment", "", "file of source<TAB>target lines to learn a dictionary from: how often each head of a translator of these languages looks most at the word that is translated, which the page names it after")
	words, err := c.parse(f, args, "DIR")
	if err != nil {
		return err
	}
	if (*pairs == "") != (*alignment == "") {
		return errors.New("-data and -alignment go together")
	}
	var d *dictionary
	if *alignment != "" {
		if d, err = readDictionary(*pairs, *alignment); err != nil {
			return err
		}
	}
	dir := words[0]
	folders, err := modelFolders(dir)
	if err != nil {
		return err
	}
	if len(folders) == 0 {
		return fmt.Errorf("%s has no directories with models; give the directory above them, as web/models", dir)
	}
	path := filepath.Join(dir, "index.json")
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		data, err = []byte("{}"), nil
	}
	if err != nil {
		return err
	}
	index, err := catalog.Parse(data)
	if err != nil {
		return err
	}
	for _, folder := range folders {
		if err := describe(c, index, folder, d); err != nil {
			return err
		}
	}
	out, err := json.WriteIndented(index.Fields)
	if err != nil {
		return err
	}
	return model.WriteFile(path, out)
}

// modelFolders lists the directories in a directory that hold a model: a config.json, or a GGUF file.
func modelFolders(dir string) (folders []string, err error) {
	for _, pattern := range []string{model.Files[0], "*.gguf"} {
		all, err := filepath.Glob(filepath.Join(dir, "*", pattern))
		if err != nil {
			return nil, err
		}
		for _, path := range all {
			if folder := filepath.Dir(path); !slices.Contains(folders, folder) {
				folders = append(folders, folder)
			}
		}
	}
	return folders, nil
}

// reads notes which files of a directory are read.
type reads struct {
	fs.FS
	names []string
}

func (r *reads) Open(name string) (fs.File, error) {
	f, err := r.FS.Open(name)
	if err == nil && !slices.Contains(r.names, name) {
		r.names = append(r.names, name)
	}
	return f, err
}

// openFolder opens the model of a directory, and lists the files that it takes.
func openFolder(dir string) (m *model.Model, names []string, err error) {
	if ggufs, _ := filepath.Glob(filepath.Join(dir, "*.gguf")); len(ggufs) > 0 {
		names = []string{filepath.Base(ggufs[0])}
		if m, err = openModel(ggufs[0]); err == nil {
			m.About.Title = strings.TrimSuffix(names[0], filepath.Ext(names[0])) // its own name is often that of a training run
		}
	} else {
		files := &reads{FS: os.DirFS(dir)}
		if m, err = model.Open(files); err != nil {
			err = fmt.Errorf("the model in %s: %w", dir, err)
		}
		names = files.names
	}
	if err == nil {
		dir, err = filepath.Abs(dir)
		m.Name = filepath.Base(dir)
	}
	return m, names, err
}

// describe fills in a model's entry from its files, and measures its heads where there is a dictionary.
func describe(c console, index *catalog.Index, dir string, d *dictionary) error {
	m, names, err := openFolder(dir)
	if err != nil {
		return err
	}
	e := index.Find(m.Name)
	if e == nil { // nobody has written about it
		card, _ := os.ReadFile(filepath.Join(dir, "README.md"))
		found := catalog.Describe(m, card)
		found.Foreign = !bytes.Contains(configOf(dir), []byte(`"heed"`))
		if r, err := run.NewSession(m).Run(found.Examples[0].Text, run.Options{}); err == nil {
			found.OpenClearest(r)
		}
		index.Models = append(index.Models, found)
		e = &index.Models[len(index.Models)-1]
	}
	if !e.Foreign {
		e.Title, e.Task, e.Source, e.Target = cmp.Or(m.About.Title, e.Title), m.About.Task, m.About.Source, m.About.Target
	}
	e.Parameters = m.Net.Weights().Count()
	e.Stacks = m.Stacks()
	if !e.Foreign {
		e.Views = viewsOf(m)
	}
	old := e.Files
	e.Bytes, e.Files = 0, nil
	for _, name := range names {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		sum := sha256.Sum256(data)
		e.Files = append(e.Files, catalog.File{Name: name, Bytes: int64(len(data)), SHA256: hex.EncodeToString(sum[:])})
		e.Bytes += int64(len(data))
	}
	switch {
	case d != nil && m.About.Task == model.Translation && len(e.Stacks) > 0:
		t, err := d.translations(m)
		if e.Translations = t; err != nil {
			fmt.Fprintf(c.err, "The heads of %s are not named after the words that they translate: %s.\n", m.Name, err)
			break
		}
		t.Chance = thousandths(t.Chance)
		for i := range t.Heads {
			t.Heads[i].Rate = thousandths(t.Heads[i].Rate)
		}
	case e.Translations != nil && !slices.Equal(e.Files, old):
		e.Translations = nil
		fmt.Fprintf(c.err, "%s has other weights than its heads were measured with: give -data and -alignment to have them named after the words that they translate.\n", m.Name)
	}
	return example(m, e, dir)
}

// configOf is a model's config.json, if it has one.
func configOf(dir string) []byte {
	data, _ := os.ReadFile(filepath.Join(dir, model.Files[0]))
	return data
}

// example writes what the model saw in its first example into example.json: the page shows it while the
// model itself is on its way. It holds what the example opens with, in digits enough for a picture.
func example(m *model.Model, e *catalog.Entry, dir string) error {
	if len(e.Examples) == 0 {
		return nil
	}
	r, err := firstExample(m, e)
	if err != nil {
		return err
	}
	data, err := r.JSON()
	if err != nil {
		return err
	}
	return model.WriteFile(filepath.Join(dir, catalog.ExampleFile), append(data, '\n'))
}

func firstExample(m *model.Model, e *catalog.Entry) (*record.Record, error) {
	open := e.Open
	if x := e.Examples[0]; x.Open != nil {
		open = *x.Open
	}
	r, err := run.NewSession(m).Run(e.Examples[0].Text, run.Options{})
	if err != nil {
		return nil, err
	}
	r.Maps = slices.DeleteFunc(r.Maps, func(m record.Map) bool { return m.Kind != open.Kind || m.Layer != open.Layer })
	for i := range r.Maps {
		r.Maps[i].Scores = nil
		round(r.Maps[i].Weights)
	}
	if open.View != view.Context {
		r.Context = nil
	}
	if c := r.Context; c != nil {
		round(c.Values)
		round(c.States)
	}
	for _, p := range r.Predictions {
		for i := range p.Top {
			p.Top[i].P = rounded(p.Top[i].P)
		}
	}
	return r, nil
}

// thousandths are digits enough for a name.
func thousandths(v float64) float64 { return math.Round(v*1e3) / 1e3 }

// round rounds numbers to five places.
func round(values []float32) {
	for i, v := range values {
		values[i] = rounded(v)
	}
}

func rounded(v float32) float32 { return float32(math.Round(float64(v)*1e5) / 1e5) }

// viewsOf lists what can be seen of a model.
func viewsOf(m *model.Model) []string { return viewNames(view.Of(m.Stacks(), m.Net.Predicts())) }

func viewNames(views []*view.View) (all []string) {
	for _, v := range views {
		all = append(all, v.Name)
	}
	return all
}
