package recipe

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"heed/core/data"
	"heed/core/eval"
	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/tensor"
	"heed/core/weights"
)

// madeUp returns pairs of a made-up language: the target says the source's words in the other
// order, by other names.
func madeUp(n int) []data.Pair {
	r := rand.New(rand.NewPCG(1, 2))
	english := strings.Fields("a the red big old cat dog bird sees hears likes it's")
	other := strings.Fields("un le rouge grand vieux chat chien oiseau voit entend aime c'est")
	var pairs []data.Pair
	for range n {
		var source, target []string
		for range 2 + r.IntN(4) {
			w := r.IntN(len(english))
			source = append(source, english[w])
			target = slices.Insert(target, 0, other[w])
		}
		source[0] = strings.ToUpper(source[0][:1]) + source[0][1:]
		pairs = append(pairs, data.Pair{Source: strings.Join(source, " ") + ".", Target: strings.Join(target, " ") + "."})
	}
	return pairs
}

// small is a recipe that trains in a second.
func small() *Recipe {
	return &Recipe{
		Name: "small", Title: "Small", Task: "translation", Language: [2]string{"en", "fr"}, Train: Files{"train.tsv"}, Valid: Files{"valid.tsv"},
		Config: []byte(`{"model_type": "marian", "vocab_size": 290, "d_model": 16, "encoder_layers": 1, "decoder_layers": 1,
			"encoder_attention_heads": 2, "decoder_attention_heads": 2, "encoder_ffn_dim": 24, "decoder_ffn_dim": 24,
			"activation_function": "swish", "max_position_embeddings": 80, "scale_embedding": true,
			"pad_token_id": 0, "eos_token_id": 1, "decoder_start_token_id": 0}`),
		Join: Join{0.4, 3}, Typing: Typing{0.3, 0.2, 0.05}, MaxTokens: 70,
		Seed: 3, Steps: 30, BatchTokens: 140, Shards: 3, LearningRate: 0.01, Warmup: 5, WeightDecay: 0.01, Clip: 1, Smoothing: 0.1, Dropout: 0.1,
	}
}

// with sets a number of the recipe's config.
func (r *Recipe) with(name string, value int) {
	var c map[string]any
	if err := json.Unmarshal(r.Config, &c); err != nil {
		panic(err)
	}
	c[name] = value
	r.Config, _ = json.Marshal(c)
}

func start(t testing.TB, r *Recipe, pairs []data.Pair) *Training {
	t.Helper()
	if err := r.validate(); err != nil {
		t.Fatal(err)
	}
	tr, err := Start(r, &Data{Pairs: pairs})
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func steps(t testing.TB, tr *Training, n int) (loss float64) {
	t.Helper()
	for range n {
		p, err := tr.Step()
		if err != nil {
			t.Fatal(err)
		}
		loss = p.Loss
	}
	return loss
}

// state is everything that a step changes, bit by bit.
func state(tr *Training) string {
	var b bytes.Buffer
	fmt.Fprintln(&b, tr.State.Step, tr.State.Epoch, tr.State.Next)
	for i, p := range tr.Net.Weights().List {
		for _, x := range [][]float32{p.Values().Data, tr.State.First[i], tr.State.Second[i]} {
			for _, v := range x {
				fmt.Fprintf(&b, "%08x", math.Float32bits(v))
			}
		}
	}
	return b.String()
}

func TestOverfits(t *testing.T) {
	pairs := madeUp(8)
	r := small()
	r.Join, r.Typing, r.Dropout, r.Smoothing, r.Steps = Join{0, 1}, Typing{}, 0, 0, 200
	tr := start(t, r, pairs)
	m := &model.Model{Tokenizer: tr.Tokenizer, Net: tr.Net}
	cases := eval.Cases(pairs)
	before := tr.Loss(pairs)
	if s := eval.BLEU(m, cases, 1).BLEU; s > 50 {
		t.Errorf("BLEU before training is %g", s)
	}
	steps(t, tr, r.Steps)
	after := tr.Loss(pairs)
	if before < 3 || after > 0.05 {
		t.Errorf("the loss went from %g to %g, want below 0.05", before, after)
	}
	sources := make([]string, len(cases))
	for i, c := range cases {
		sources[i] = c.Source
	}
	for i, got := range eval.Translate(m, sources, 1) {
		if !slices.Contains(cases[i].References, got) {
			t.Errorf("%q became %q, learned was %q", sources[i], got, cases[i].References)
		}
	}
	if s := eval.BLEU(m, cases, 2).BLEU; s < 99 {
		t.Errorf("BLEU on what was learned by heart is %g", s)
	}
}

// impatient is a context that is cancelled when it was asked n times.
type impatient struct {
	context.Context
	n int
}

func (c *impatient) Err() error {
	if c.n--; c.n < 0 {
		return context.Canceled
	}
	return nil
}

func options(dir string) RunOptions {
	return RunOptions{Dir: dir, Log: io.Discard, Valid: [][]data.Pair{madeUp(3)}}
}

// TestResumes stops a run twice, once as asked and once by a signal, goes on with other numbers of
// cores, and wants every bit as in a run that was never stopped.
func TestResumes(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	pairs := madeUp(60)
	whole := start(t, small(), pairs)
	steps(t, whole, 30)
	if whole.State.Epoch < 2 || whole.State.Next == 0 {
		t.Fatalf("the run ends at batch %d of epoch %d: it shows too little", whole.State.Next, whole.State.Epoch)
	}

	dir := t.TempDir()
	o := options(dir)
	tr := start(t, small(), pairs)
	boundary := len(tr.Recipe.batches(0, tr.Recipe.epoch(0, tr.data, data.NewBuilder(tr.Recipe.Task, tr.Net, tr.Tokenizer, tr.Recipe.MaxTokens))))
	o.StopAt = boundary // the checkpoint lies between two epochs
	runtime.GOMAXPROCS(4)
	if err := tr.Run(context.Background(), o); err != nil {
		t.Fatal(err)
	}
	o.StopAt = 0
	runtime.GOMAXPROCS(2)
	resume := func() *Training {
		tr, err := Resume(small(), &Data{Pairs: pairs}, dir)
		if err != nil {
			t.Fatal(err)
		}
		return tr
	}
	if tr = resume(); tr.State.Step != boundary {
		t.Fatalf("the run stopped after step %d, not %d", tr.State.Step, boundary)
	}
	if err := tr.Run(&impatient{context.Background(), 8}, o); !errors.Is(err, ErrStopped) {
		t.Fatalf("a cancelled run returned %v", err)
	}
	if tr = resume(); tr.State.Step != boundary+8 {
		t.Fatalf("the interrupted run saved step %d, not %d", tr.State.Step, boundary+8)
	}
	if err := tr.Run(context.Background(), o); err != nil {
		t.Fatal(err)
	}
	if state(tr) != state(whole) {
		t.Error("the run that was stopped differs from the one that was not")
	}
	if state(resume()) != state(whole) {
		t.Error("its last checkpoint differs from the run")
	}
	m, err := model.Open(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	if m.About.Source != "en" || m.About.Target != "fr" || m.About.Title != "Small" {
		t.Errorf("the model says of itself %+v", m.About)
	}
}

// TestCheckpoints wants one at every interval, with the model, and each of them to be whole.
func TestCheckpoints(t *testing.T) {
	tr := start(t, small(), madeUp(60))
	dir := t.TempDir()
	var said strings.Builder
	o := options(dir)
	o.Log, o.Checkpoint, o.StopAt = &said, time.Nanosecond, 4
	if err := tr.Run(context.Background(), o); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(said.String(), "checkpoint, held-out loss"); n != 4 {
		t.Errorf("%d checkpoints, want 4:\n%s", n, &said)
	}
	if !strings.Contains(said.String(), "step 4/30  epoch 0  loss ") {
		t.Errorf("no progress line:\n%s", &said)
	}
	names := map[string]bool{}
	files, _ := os.ReadDir(dir)
	for _, f := range files {
		names[f.Name()] = true
	}
	if len(names) != 4 || !names["config.json"] || !names["tokenizer.json"] || !names["model.safetensors"] || !names[checkpointFile] {
		t.Errorf("the directory holds %v", names)
	}
}

// TestStopsAtTheEnd wants a stop that lies beyond the recipe's end to change nothing.
func TestStopsAtTheEnd(t *testing.T) {
	r := small()
	r.Steps = 2
	tr := start(t, r, madeUp(40))
	o := options(t.TempDir())
	o.StopAt = 5
	if err := tr.Run(context.Background(), o); err != nil || tr.State.Step != 2 {
		t.Errorf("the run of 2 steps made %d, %v", tr.State.Step, err)
	}
}

// TestNotANumber spoils weights: that is an error, which leaves the run and its
// checkpoint as they were.
func TestNotANumber(t *testing.T) {
	pairs := madeUp(60)
	whole := start(t, small(), pairs)
	steps(t, whole, 5)

	dir := t.TempDir()
	tr := start(t, small(), pairs)
	o := options(dir)
	o.StopAt = 3
	if err := tr.Run(context.Background(), o); err != nil {
		t.Fatal(err)
	}
	o.StopAt, o.Checkpoint = 0, time.Nanosecond
	path := filepath.Join(dir, checkpointFile)
	saved, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	w := tr.Net.Weights().List[3]
	spoil := func(what string, x *float32, v float32) {
		t.Helper()
		before := *x
		w.Set(func(tensor.Matrix) { *x = v })
		err := tr.Run(context.Background(), o)
		if err == nil || !strings.Contains(err.Error(), "step 4: the loss is ") || !strings.Contains(err.Error(), "lower learning rate") {
			t.Errorf("%s: the error is %v", what, err)
		}
		w.Set(func(tensor.Matrix) { *x = before })
		if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, saved) {
			t.Errorf("%s: the checkpoint was touched", what)
		}
	}
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	spoil("a weight that is NaN", &w.Values().Data[0], nan)
	spoil("a weight that is infinite", &w.Values().Data[0], inf)
	steps(t, tr, 2)
	if state(tr) != state(whole) {
		t.Error("once mended, the run does not go on where it was")
	}
}

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

// TestEmptyEpoch wants a sentence when nothing can be learned, as every example is too long or has no word.
func TestEmptyEpoch(t *testing.T) {
	m := modeltest.New(t, model.Fill, "bert")
	none := newTraining(&Recipe{Task: model.Fill, Mask: 0.3, MaxTokens: 32, BatchTokens: 100, Shards: 1}, &Data{Pairs: []data.Pair{{Source: "..."}}}, m.Tokenizer, m.Net)
	if _, err := none.Step(); err == nil || !strings.Contains(err.Error(), "no word") {
		t.Errorf("of texts without words the error is %v", err)
	}
	r := small()
	r.MaxTokens = 2
	tr := start(t, r, madeUp(20))
	for range 2 {
		if _, err := tr.Step(); err == nil || !strings.Contains(err.Error(), "max_tokens") {
			t.Errorf("the error is %v", err)
		}
	}
}

func TestSmallVocabulary(t *testing.T) {
	r := small()
	r.with("vocab_size", 5000)
	if _, err := Start(r, &Data{Pairs: madeUp(20)}); err == nil || !strings.Contains(err.Error(), "the recipe wants 5000") {
		t.Errorf("the error is %v", err)
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
	if err := LoadFloat32(m, dir); err == nil || !strings.Contains(err.Error(), "one moment") {
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
	if err := LoadFloat32(open(), dir); err == nil || !strings.Contains(err.Error(), "one moment") {
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
	for _, task := range model.Tasks {
		m := modeltest.New(t, task, map[string]string{model.Translation: "marian", model.Compression: "marian", model.Generation: "gpt2", model.Fill: "bert"}[task])
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
