package recipe

import (
	"bytes"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"heed/core/data"
	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/tensor"
	"heed/core/weights"
)

// TestResumeErrors wants a sentence for each thing that can be wrong with a checkpoint, and never
// one that reads as if there were none: the run would start over, on top of it.
func TestResumeErrors(t *testing.T) {
	pairs := madeUp(20)
	good := t.TempDir()
	tr := start(t, small(), pairs)
	steps(t, tr, 1)
	if err := tr.Save(good); err != nil {
		t.Fatal(err)
	}
	checkpoint, err := os.ReadFile(filepath.Join(good, checkpointFile))
	if err != nil {
		t.Fatal(err)
	}
	// rewrite returns the checkpoint without one tensor, or with other metadata.
	rewrite := func(drop string, shorten bool, change map[string]string) []byte {
		f, err := weights.Parse(checkpoint)
		if err != nil {
			t.Fatal(err)
		}
		var tensors []weights.Tensor
		for _, name := range f.Names() {
			data, err := f.Float32(name)
			if err != nil {
				t.Fatal(err)
			}
			shape, _ := f.Shape(name)
			if name == drop {
				if !shorten {
					continue
				}
				data, shape = data[1:], []int{len(data) - 1}
			}
			tensors = append(tensors, weights.Tensor{Name: name, DType: weights.F32, Shape: shape, Data: data})
		}
		meta := f.Metadata()
		for k, v := range change {
			meta[k] = v
		}
		var b bytes.Buffer
		if err := weights.Write(&b, tensors, meta); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	const moment = "adam.second.model.shared.weight"
	for _, c := range []struct {
		name, file string
		data       []byte // nil removes the file
		want       string
	}{
		{"empty", checkpointFile, []byte{}, "cannot be read"},
		{"half", checkpointFile, checkpoint[:len(checkpoint)/2], "cannot be read"},
		{"a byte short", checkpointFile, checkpoint[:len(checkpoint)-1], "cannot be read"},
		{"foreign", checkpointFile, []byte("<!DOCTYPE html><title>Not found</title>"), "cannot be read"},
		{"no moment", checkpointFile, rewrite(moment, false, nil), moment},
		{"short moment", checkpointFile, rewrite(moment, true, nil), moment},
		{"no step", checkpointFile, rewrite("", false, map[string]string{"step": "soon"}), "no step"},
		{"negative batch", checkpointFile, rewrite("", false, map[string]string{"next": "-1"}), "no next"},
		{"other recipe", checkpointFile, rewrite("", false, map[string]string{"recipe": "large"}), "another recipe"},
		{"other data", checkpointFile, rewrite("", false, map[string]string{"data": "0"}), "other data"},
		{"no tokenizer", "tokenizer.json", nil, "tokenizer.json"},
		{"no model", "model.safetensors", nil, "model.safetensors"},
		{"broken model", "config.json", []byte("{"), "config.json"},
	} {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(good)); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, c.file)
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if c.data != nil {
			if err := os.WriteFile(path, c.data, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		_, err := Resume(small(), &Data{Pairs: pairs}, dir)
		if err == nil || errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), c.want) ||
			!strings.Contains(err.Error(), dir) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: the error is %v", c.name, err)
		}
	}
	for want, change := range map[string]func(*Recipe){
		"another config":        func(r *Recipe) { r.with("d_model", 32) },
		"another seed":          func(r *Recipe) { r.Seed++ },
		"another learning_rate": func(r *Recipe) { r.LearningRate /= 2 },
		"another optimizer":     func(r *Recipe) { r.Optimizer = "muon" },
	} {
		r := small()
		change(r)
		if _, err := Resume(r, &Data{Pairs: pairs}, good); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: the error is %v", want, err)
		}
	}
	for _, c := range [][3]string{{`{"clip":1,"optimizer":"muon"}`, `{"clip":1}`, "optimizer"}, {`null`, `{"clip":1}`, "clip"}, {`large`, `{"clip":1}`, ""}} {
		if got := difference(c[0], c[1]); got != c[2] {
			t.Errorf("the recipes %s and %s differ in %q, want %q", c[0], c[1], got, c[2])
		}
	}
	longer := small()
	longer.Steps *= 2
	if _, err := Resume(longer, &Data{Pairs: pairs}, good); err != nil {
		t.Errorf("a longer run of the same recipe: %v", err)
	}
	wide := small()
	wide.with("d_model", 32)
	if _, err := From(wide, &Data{Pairs: pairs}, good); err == nil || !strings.Contains(err.Error(), "another d_model") {
		t.Errorf("From a model of another shape: the error is %v", err)
	}
	if _, err := Resume(small(), &Data{Pairs: pairs}, t.TempDir()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an empty directory: the error is %v", err)
	}
	if _, err := From(small(), &Data{Pairs: pairs}, t.TempDir()); err == nil {
		t.Error("From an empty directory: no error")
	}
	from, err := From(small(), &Data{Pairs: pairs}, good)
	if err != nil {
		t.Fatal(err)
	}
	if from.State.Step != 0 || from.State.Second[0][5] != 0 {
		t.Error("From took over more than the model")
	}
}

// TestLoadFloat32 wants the weights of the checkpoint, and a checkpoint of another moment refused.
func TestLoadFloat32(t *testing.T) {
	tr := start(t, small(), madeUp(50))
	steps(t, tr, 3)
	dir := t.TempDir()
	if err := tr.Save(dir); err != nil {
		t.Fatal(err)
	}
	open := func() *model.Model {
		m, err := model.Open(os.DirFS(dir))
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	m := open()
	if err := LoadFloat32(m, dir); err != nil {
		t.Fatal(err)
	}
	for i, p := range tr.Net.Weights().List {
		if !slices.Equal(p.Values().Data, m.Net.Weights().List[i].Values().Data) {
			t.Errorf("%s is not the checkpoint's", p.Name)
		}
	}
	checkpoint, err := os.ReadFile(filepath.Join(dir, checkpointFile))
	if err != nil {
		t.Fatal(err)
	}
	list := tr.Net.Weights().List
	list[len(list)-1].Set(func(x tensor.Matrix) { x.Data[0]++ })
	if err := tr.Built().Save(dir, weights.I8); err != nil {
		t.Fatal(err)
	}
	m = open()
	if err := LoadFloat32(m, dir); err == nil || !strings.Contains(err.Error(), "not saved together") {
		t.Errorf("a checkpoint of which the last weight is older: %v", err)
	}
	for i, p := range open().Net.Weights().List {
		if !slices.Equal(p.Values().Data, m.Net.Weights().List[i].Values().Data) {
			t.Fatalf("%s was changed all the same", p.Name)
		}
	}
	list[len(list)-1].Set(func(x tensor.Matrix) { x.Data[0]-- })
	steps(t, tr, 5)
	if err := tr.Built().Save(dir, weights.I8); err != nil {
		t.Fatal(err)
	}
	if err := LoadFloat32(open(), dir); err == nil || !strings.Contains(err.Error(), "not saved together") {
		t.Errorf("an older checkpoint: %v", err)
	}
	for name, content := range map[string][]byte{"cannot be read": checkpoint[:100], "no such file": nil} {
		path := filepath.Join(dir, checkpointFile)
		if os.Remove(path); content != nil {
			if err := os.WriteFile(path, content, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		if err := LoadFloat32(open(), dir); err == nil || content != nil && !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTasks trains a model of every task and opens it, which checks that network and tokenizer fit.
func TestTasks(t *testing.T) {
	for _, task := range model.Trained {
		m := modeltest.ForTask(t, task)
		pairs := []data.Pair{{Source: "The cat sees the dog.", Target: "the cat sees"}, {Source: "a dog ran", Target: "a dog"}}
		config, err := model.Config(m.Net)
		if err != nil {
			t.Fatal(err)
		}
		r := small()
		r.Task, r.Config, r.Join = task, config, Join{}
		if task == model.Fill {
			r.Mask = 0.3
		}
		_, r.MaxTokens = m.Net.Limits()
		r.with("vocab_size", 264) // of which there are 4 special tokens at most, and the bytes
		tr := start(t, r, pairs)
		steps(t, tr, 2)
		dir := t.TempDir()
		if err := tr.Save(dir); err != nil {
			t.Fatal(err)
		}
		saved, err := model.Open(os.DirFS(dir))
		if err != nil {
			t.Fatalf("%s: %v", task, err)
		}
		if a := saved.About; a.Task != task || a.Longest != r.MaxTokens {
			t.Errorf("%s: the model says of itself %+v", task, a)
		}
		if _, err := Resume(r, &Data{Pairs: pairs}, dir); err != nil {
			t.Errorf("%s: %v", task, err)
		}
	}
}

// TestAdopt wants the weights of a model under another vocabulary and with fewer layers: pieces of both keep their
// embedding, new ones have the mean of those that they were.
func TestAdopt(t *testing.T) {
	dir := t.TempDir()
	r := small()
	r.with("encoder_layers", 2)
	old := start(t, r, madeUp(40))
	steps(t, old, 5)
	if err := old.Save(dir); err != nil {
		t.Fatal(err)
	}
	saved, err := model.Open(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	r = small()
	r.with("vocab_size", 300)
	tr, err := Adopt(r, &Data{Pairs: append(madeUp(40), slices.Repeat([]data.Pair{{Source: "zebras", Target: "zèbres"}}, 9)...)}, dir)
	if err != nil {
		t.Fatal(err)
	}
	weight := func(net model.Net, name string) tensor.Matrix {
		for _, p := range net.Weights().List {
			if p.Name == name {
				return p.Values()
			}
		}
		t.Fatalf("no weight %s", name)
		return tensor.Matrix{}
	}
	const table = "model.shared.weight"
	was, is := weight(saved.Net, table), weight(tr.Net, table)
	same, mean := 0, 0
	for id := range is.Rows {
		pieces := saved.Tokenizer.EncodePlain(string(tr.Tokenizer.Bytes(id)))
		want := make([]float64, is.Cols)
		for _, p := range pieces {
			for j, x := range was.Row(p.ID) {
				want[j] += float64(x) / float64(len(pieces))
			}
		}
		switch {
		case len(pieces) == 1:
			same++
		case len(pieces) > 1:
			mean++
		default:
			continue
		}
		for j, x := range is.Row(id) {
			if math.Abs(float64(x)-want[j]) > 1e-6 {
				t.Fatalf("the embedding of %q is not that of %d old pieces", tr.Tokenizer.Text(id), len(pieces))
			}
		}
	}
	if same < 256 || mean < 5 {
		t.Errorf("%d pieces are old, %d new", same, mean)
	}
	const layer = "model.encoder.layers.0.fc1.weight"
	if !slices.Equal(weight(tr.Net, layer).Data, weight(saved.Net, layer).Data) {
		t.Error("the first layer is not the old model's first")
	}
	steps(t, tr, 3)
	if _, err := Adopt(small(), &Data{Pairs: madeUp(40)}, t.TempDir()); err == nil {
		t.Error("of no model there is a run")
	}
}

// TestKept wants the shipped translators to fit their recipes, so that they can be trained further.
func TestKept(t *testing.T) {
	for _, name := range []string{"en-fr", "en-fr-attention", "en-fr-context"} {
		r, err := Read(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := From(r, &Data{Pairs: madeUp(2)}, filepath.Join("../../web/models", name)); err != nil {
			t.Error(err)
		}
	}
}
