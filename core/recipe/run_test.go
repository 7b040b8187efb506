package recipe

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
	if _, err := Start(r, &Data{Pairs: madeUp(20)}); err == nil || !strings.Contains(err.Error(), "the recipe expects 5000") {
		t.Errorf("the error is %v", err)
	}
}
