package train

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

	"heed/core/model"
	"heed/core/weights"
)

// madeUp returns pairs of a made-up language: the target says the source's words in the other
// order, by other names.
func madeUp(n int) []Pair {
	r := rand.New(rand.NewPCG(1, 2))
	english := strings.Fields("a the red big old cat dog bird sees hears likes it's")
	other := strings.Fields("un le rouge grand vieux chat chien oiseau voit entend aime c'est")
	var pairs []Pair
	for range n {
		var source, target []string
		for range 2 + r.IntN(4) {
			w := r.IntN(len(english))
			source = append(source, english[w])
			target = slices.Insert(target, 0, other[w])
		}
		source[0] = strings.ToUpper(source[0][:1]) + source[0][1:]
		pairs = append(pairs, Pair{strings.Join(source, " ") + ".", strings.Join(target, " ") + "."})
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

func start(t testing.TB, r *Recipe, pairs []Pair) *Trainer {
	t.Helper()
	if err := r.validate(); err != nil {
		t.Fatal(err)
	}
	tr, err := NewTrainer(r, &Data{Pairs: pairs})
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func steps(t testing.TB, tr *Trainer, n int) (loss float64) {
	t.Helper()
	for range n {
		var err error
		if loss, _, err = tr.Step(); err != nil {
			t.Fatal(err)
		}
	}
	return loss
}

// state is everything that a step changes, bit by bit.
func state(tr *Trainer) string {
	var b bytes.Buffer
	fmt.Fprintln(&b, tr.step, tr.epoch, tr.next)
	for i, p := range tr.Net.Weights().List {
		for _, x := range [][]float32{p.X.Data, tr.opt.first[i], tr.opt.second[i]} {
			for _, v := range x {
				fmt.Fprintf(&b, "%08x", math.Float32bits(v))
			}
		}
	}
	return b.String()
}

func TestStepLoss(t *testing.T) {
	pairs := madeUp(6)
	r := small()
	r.Join, r.Typing, r.Dropout, r.Smoothing, r.BatchTokens = Join{0, 1}, Typing{}, 0, 0, 1000
	want := start(t, r, pairs).Loss(pairs)
	for _, shards := range []int{1, 2, 9} { // 9: some shards have nothing to do
		r.Shards = shards
		tr := start(t, r, pairs)
		loss, tokens, err := tr.Step()
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(loss-want) > 1e-5 {
			t.Errorf("the loss of a step with %d shards is %g, that of inference %g", shards, loss, want)
		}
		n := 0
		for _, p := range pairs {
			n += len(tr.Tokenizer.Encode(p.Source)) + len(tr.Tokenizer.Encode(p.Target))
		}
		if tokens != n {
			t.Errorf("the step counts %d tokens, want %d", tokens, n)
		}
	}
	scores := Score(&model.Model{Tokenizer: start(t, r, pairs).Tokenizer, Net: start(t, r, pairs).Net}, pairs)
	var sum float64
	n := 0
	for _, s := range scores {
		sum -= s.LogProb
		n += s.Tokens
	}
	if got := sum / float64(n); math.Abs(got-want) > 1e-5 {
		t.Errorf("the scores' mean is %g, the loss %g", got, want)
	}
}

// TestGradient goes a little way down the gradient of a step: the loss falls by the way times the
// gradient's norm.
func TestGradient(t *testing.T) {
	pairs := madeUp(6)
	r := small()
	r.Join, r.Typing, r.Dropout, r.Smoothing, r.BatchTokens, r.Clip = Join{0, 1}, Typing{}, 0, 0, 1000, 0
	tr := start(t, r, pairs)
	var drawn [][]float32
	for _, p := range tr.Net.Weights().List {
		drawn = append(drawn, slices.Clone(p.X.Data))
	}
	before := tr.Loss(pairs)
	steps(t, tr, 1)
	const way = 1e-3
	var square float64
	for i, p := range tr.Net.Weights().List {
		for j, m := range tr.opt.first[i] {
			g := float64(m) / (1 - beta1) // the first moment of the first step is a tenth of it
			square += g * g
			p.X.Data[j] = drawn[i][j] - float32(way*g)
		}
	}
	if got, want := before-tr.Loss(pairs), way*square; math.Abs(got-want) > 0.05*want {
		t.Errorf("the loss fell by %g, want %g", got, want)
	}
}

// TestShards wants the same gradient however a batch is cut.
func TestShards(t *testing.T) {
	var first [][]float32
	for _, shards := range []int{1, 2, 5} {
		r := small()
		r.Dropout, r.Shards, r.Clip = 0, shards, 0
		tr := start(t, r, madeUp(40))
		steps(t, tr, 1)
		for i, m := range tr.opt.first {
			if shards == 1 {
				first = append(first, m)
				continue
			}
			for j, v := range m {
				if w := first[i][j]; math.Abs(float64(v-w)) > 1e-5*(1+math.Abs(float64(w))) {
					t.Fatalf("%d shards: %s[%d] has the moment %g, with one shard %g", shards, tr.Net.Weights().List[i].Name, j, v, w)
				}
			}
		}
	}
}

func TestOverfits(t *testing.T) {
	pairs := madeUp(8)
	r := small()
	r.Join, r.Typing, r.Dropout, r.Smoothing, r.Steps = Join{0, 1}, Typing{}, 0, 0, 200
	tr := start(t, r, pairs)
	m := &model.Model{Tokenizer: tr.Tokenizer, Net: tr.Net}
	cases := Cases(pairs)
	before := tr.Loss(pairs)
	if s := BLEU(m, cases, 1).BLEU; s > 50 {
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
	for i, got := range Translate(m, sources, 1) {
		if !slices.Contains(cases[i].References, got) {
			t.Errorf("%q became %q, learned was %q", sources[i], got, cases[i].References)
		}
	}
	if s := BLEU(m, cases, 2).BLEU; s < 99 {
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

func options(dir string) Options {
	return Options{Dir: dir, Log: io.Discard, Valid: [][]Pair{madeUp(3)}}
}

// TestResumes stops a run twice, once as asked and once by a signal, goes on with other numbers of
// cores, and wants every bit as in a run that was never stopped.
func TestResumes(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	pairs := madeUp(60)
	whole := start(t, small(), pairs)
	steps(t, whole, 30)
	if whole.epoch < 2 || whole.next == 0 {
		t.Fatalf("the run ends at batch %d of epoch %d: it shows too little", whole.next, whole.epoch)
	}

	dir := t.TempDir()
	o := options(dir)
	tr := start(t, small(), pairs)
	tr.shuffle()
	boundary := len(tr.batches)
	o.StopAt = boundary // the checkpoint lies between two epochs
	runtime.GOMAXPROCS(4)
	if err := tr.Run(context.Background(), o); err != nil {
		t.Fatal(err)
	}
	o.StopAt = 0
	runtime.GOMAXPROCS(2)
	resume := func() *Trainer {
		tr, err := Resume(small(), &Data{Pairs: pairs}, dir)
		if err != nil {
			t.Fatal(err)
		}
		return tr
	}
	if tr = resume(); tr.step != boundary {
		t.Fatalf("the run stopped after step %d, not %d", tr.step, boundary)
	}
	if err := tr.Run(&impatient{context.Background(), 8}, o); !errors.Is(err, ErrStopped) {
		t.Fatalf("a cancelled run returned %v", err)
	}
	if tr = resume(); tr.step != boundary+8 {
		t.Fatalf("the interrupted run saved step %d, not %d", tr.step, boundary+8)
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
	if err := tr.Run(context.Background(), o); err != nil || tr.step != 2 {
		t.Errorf("the run of 2 steps made %d, %v", tr.step, err)
	}
}

// TestNotANumber spoils weights and gradients: that is an error, which leaves the run and its
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
		*x = v
		w.Changed()
		err := tr.Run(context.Background(), o)
		if err == nil || !strings.Contains(err.Error(), "step 4: the loss is ") || !strings.Contains(err.Error(), "lower learning rate") {
			t.Errorf("%s: the error is %v", what, err)
		}
		*x = before
		w.Changed()
		if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, saved) {
			t.Errorf("%s: the checkpoint was touched", what)
		}
	}
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	spoil("a weight that is NaN", &w.X.Data[0], nan)
	spoil("a weight that is infinite", &w.X.Data[0], inf)
	g := &tr.shards[1].pass.Tape.Grad(w).Data[1]
	spoil("a gradient that is NaN", g, nan)
	*g = 0
	spoil("a gradient that is infinite", g, inf)
	*g = 0
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
	if from.step != 0 || from.opt.second[0][5] != 0 {
		t.Error("From took over more than the model")
	}
}

// TestEmptyEpoch wants a sentence when nothing can be learned, as every example is too long or has no word.
func TestEmptyEpoch(t *testing.T) {
	m, _ := tiny(t, model.Fill)
	none := newTrainer(&Recipe{Task: model.Fill, Mask: 0.3, MaxTokens: 32, BatchTokens: 100, Shards: 1}, &Data{Pairs: []Pair{{Source: "..."}}}, m.Tokenizer, m.Net)
	if _, _, err := none.Step(); err == nil || !strings.Contains(err.Error(), "no word") {
		t.Errorf("of texts without words the error is %v", err)
	}
	r := small()
	r.MaxTokens = 2
	tr := start(t, r, madeUp(20))
	for range 2 {
		if _, _, err := tr.Step(); err == nil || !strings.Contains(err.Error(), "max_tokens") {
			t.Errorf("the error is %v", err)
		}
	}
}

func TestSmallVocabulary(t *testing.T) {
	r := small()
	r.with("vocab_size", 5000)
	if _, err := NewTrainer(r, &Data{Pairs: madeUp(20)}); err == nil || !strings.Contains(err.Error(), "the recipe wants 5000") {
		t.Errorf("the error is %v", err)
	}
}

func TestAdamW(t *testing.T) {
	pairs := madeUp(20)
	tr := start(t, small(), pairs)
	r := rand.New(rand.NewPCG(5, 6))
	const decay = 0.03
	for _, i := range []int{0, 2} { // the embeddings, and a bias
		p := tr.Net.Weights().List[i]
		o := newOptimizer(&Recipe{WeightDecay: decay}, tr.Net)
		n := len(p.X.Data)
		x, m, v := make([]float64, n), make([]float64, n), make([]float64, n)
		for j, w := range p.X.Data {
			x[j] = float64(w)
		}
		for step := 1; step <= 40; step++ {
			rate, scale := 0.02/float64(step), 0.5
			g := make([]float32, n)
			for j := range g {
				if j%5 != 0 { // some never have a gradient
					g[j] = float32(r.NormFloat64() * math.Pow(10, float64(j%7-4)))
				}
				d := float64(g[j]) * scale
				m[j] = 0.9*m[j] + 0.1*d
				v[j] = 0.98*v[j] + 0.02*d*d
				mhat, vhat := m[j]/(1-math.Pow(0.9, float64(step))), v[j]/(1-math.Pow(0.98, float64(step)))
				if p.X.Rows > 1 {
					x[j] -= rate * decay * x[j]
				}
				x[j] -= rate * mhat / (math.Sqrt(vhat) + 1e-9)
			}
			o.update(i, p, g, step, rate, scale)
		}
		for j, want := range x {
			if got := float64(p.X.Data[j]); !(math.Abs(got-want) <= 1e-5*(1+math.Abs(want))) {
				t.Fatalf("%s[%d]: got %g, want %g", p.Name, j, got, want)
			}
		}
	}
	if tr.Net.Weights().List[0].X.Rows == 1 || tr.Net.Weights().List[2].X.Rows != 1 {
		t.Error("the weights are not those that the test means")
	}
}

func TestSchedule(t *testing.T) {
	r := &Recipe{LearningRate: 0.4, Warmup: 10, Steps: 110}
	for step, want := range map[int]float64{1: 0.04, 5: 0.2, 10: 0.4, 35: 0.2 * (1 + math.Sqrt2/2), 60: 0.2, 110: 0, 200: 0} {
		if got := r.rate(step); math.Abs(got-want) > 1e-12 {
			t.Errorf("the rate of step %d is %g, want %g", step, got, want)
		}
	}
	r.Warmup = 0
	if got := r.rate(55); math.Abs(got-0.2) > 1e-12 {
		t.Errorf("without warm-up the rate half-way is %g, want 0.2", got)
	}
	r.Warmup, r.Steps = 10, 5
	if got := r.rate(5); got != 0.2 {
		t.Errorf("the rate in a warm-up that outlasts the run is %g, want 0.2", got)
	}
}

// TestClip wants the whole gradient's norm cut to the recipe's, and no smaller one touched.
func TestClip(t *testing.T) {
	norm := func(clip float64) float64 {
		r := small()
		r.Clip = clip
		tr := start(t, r, madeUp(40))
		steps(t, tr, 1)
		var sum float64
		for _, m := range tr.opt.first {
			for _, v := range m {
				sum += float64(v) * float64(v)
			}
		}
		return math.Sqrt(sum) / (1 - beta1) // the first moment of the first step is a tenth of it
	}
	whole := norm(0)
	if !(whole > 1e-3) {
		t.Fatalf("a gradient that nothing clips has the norm %g", whole)
	}
	for clip, want := range map[float64]float64{whole * 2: whole, whole / 3: whole / 3} {
		if got := norm(clip); math.Abs(got-want) > 1e-5*want {
			t.Errorf("a gradient of norm %g clipped to %g has %g", whole, clip, got)
		}
	}
}

// TestRegularised wants dropout and label smoothing to take part in a step, and each step and shard
// to draw its own dropout.
func TestRegularised(t *testing.T) {
	loss := func(change func(*Recipe)) float64 {
		r := small()
		r.Dropout, r.Smoothing = 0, 0
		change(r)
		l, _, err := start(t, r, madeUp(40)).Step()
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	plain := loss(func(*Recipe) {})
	if l := loss(func(r *Recipe) { r.Dropout = 0.3 }); math.Abs(l-plain) < 1e-4 {
		t.Errorf("dropout changed the loss from %g to %g only", plain, l)
	}
	if l := loss(func(r *Recipe) { r.Smoothing = 0.3 }); math.Abs(l-plain) < 1e-4 {
		t.Errorf("smoothing changed the loss from %g to %g only", plain, l)
	}

	// All examples are alike and nothing is learned: only what is drawn tells shards and steps apart.
	for _, dropout := range []float64{0, 0.3} {
		r := small()
		r.Join, r.Typing, r.Dropout, r.Shards, r.BatchTokens = Join{}, Typing{}, dropout, 2, 1000
		tr := start(t, r, madeUp(40))
		tr.data.Pairs = slices.Repeat(madeUp(1), 8)
		r.LearningRate = 0
		first := steps(t, tr, 1)
		if same := tr.shards[0].loss == tr.shards[1].loss; same != (dropout == 0) {
			t.Errorf("dropout %g: the shards' losses are %g and %g", dropout, tr.shards[0].loss, tr.shards[1].loss)
		}
		if second := steps(t, tr, 1); (first == second) != (dropout == 0) {
			t.Errorf("dropout %g: the steps' losses are %g and %g", dropout, first, second)
		}
	}
}
