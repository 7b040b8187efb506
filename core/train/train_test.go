package train

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"heed/core/grad"
	"heed/core/model"
	"heed/core/tensor"
)

// small returns a translator of 30 pieces, and options that train it in a second.
func small(t testing.TB) (model.Net, Options) {
	t.Helper()
	net, err := model.NewNet([]byte(`{"model_type": "marian", "vocab_size": 30, "d_model": 16, "encoder_layers": 1, "decoder_layers": 1,
		"encoder_attention_heads": 2, "decoder_attention_heads": 2, "encoder_ffn_dim": 24, "decoder_ffn_dim": 24,
		"activation_function": "swish", "max_position_embeddings": 80, "scale_embedding": true,
		"pad_token_id": 0, "eos_token_id": 1, "decoder_start_token_id": 0}`))
	if err != nil {
		t.Fatal(err)
	}
	net.Init(rand.New(rand.NewPCG(3, 3)))
	return net, Options{Seed: 3, Steps: 30, Shards: 3, LearningRate: 0.01, Warmup: 5, WeightDecay: 0.01, Clip: 1, Smoothing: 0.1, Dropout: 0.1}
}

// reversals are examples whose target is the source from its end, by other numbers.
func reversals(n int) []Example {
	r := rand.New(rand.NewPCG(1, 2))
	var out []Example
	for range n {
		e := Example{Target: []int{0}}
		for range 2 + r.IntN(5) {
			e.Source = append(e.Source, 2+r.IntN(14))
		}
		for _, id := range slices.Backward(e.Source) {
			e.Target = append(e.Target, id+14)
		}
		e.Source, e.Target = append(e.Source, 1), append(e.Target, 1)
		out = append(out, e)
	}
	return out
}

// start trains on batches of at most 10 examples.
func start(t testing.TB, change func(*Options), examples []Example) *Trainer {
	t.Helper()
	net, o := small(t)
	if change != nil {
		change(&o)
	}
	return New(net, o, func(int) [][]Example { return slices.Collect(slices.Chunk(examples, 10)) })
}

func steps(t testing.TB, tr *Trainer, n int) (loss float64) {
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

// loss is the mean over the tokens to predict, by inference.
func loss(tr *Trainer, examples []Example) float64 {
	var sum Score
	for _, s := range Scores(tr.Net, examples) {
		sum.Add(s)
	}
	return -sum.LogProb / float64(sum.Tokens)
}

func TestStepLoss(t *testing.T) {
	examples := reversals(6)
	plain := func(o *Options) { o.Dropout, o.Smoothing = 0, 0 }
	want := loss(start(t, plain, examples), examples)
	n := 0
	for _, e := range examples {
		n += len(e.Source) + len(e.Target) - 1
	}
	for _, shards := range []int{1, 2, 9} { // 9: some shards have nothing to do
		tr := start(t, func(o *Options) { plain(o); o.Shards = shards }, examples)
		p, err := tr.Step()
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(p.Loss-want) > 1e-5 {
			t.Errorf("the loss of a step with %d shards is %g, that of inference %g", shards, p.Loss, want)
		}
		if p.Tokens != n || p.Step != 1 || p.Epoch != 0 {
			t.Errorf("the step says %+v; there are %d tokens", p, n)
		}
	}
}

// TestGradient goes a little way down the gradient of a step: the loss falls by the way times the
// gradient's norm.
func TestGradient(t *testing.T) {
	examples := reversals(6)
	tr := start(t, func(o *Options) { o.Dropout, o.Smoothing, o.Clip = 0, 0, 0 }, examples)
	var drawn [][]float32
	for _, p := range tr.Net.Weights().List {
		drawn = append(drawn, slices.Clone(p.Values().Data))
	}
	before := loss(tr, examples)
	steps(t, tr, 1)
	const way = 1e-3
	var square float64
	for i, p := range tr.Net.Weights().List {
		p.Set(func(x tensor.Matrix) {
			for j, m := range tr.State.First[i] {
				g := float64(m) / (1 - beta1) // the first moment of the first step is a tenth of it
				square += g * g
				x.Data[j] = drawn[i][j] - float32(way*g)
			}
		})
	}
	if got, want := before-loss(tr, examples), way*square; math.Abs(got-want) > 0.05*want {
		t.Errorf("the loss fell by %g, want %g", got, want)
	}
}

// TestShards wants the same gradient however a batch is cut.
func TestShards(t *testing.T) {
	var first [][]float32
	for _, shards := range []int{1, 2, 5} {
		tr := start(t, func(o *Options) { o.Dropout, o.Shards, o.Clip = 0, shards, 0 }, reversals(10))
		steps(t, tr, 1)
		for i, m := range tr.State.First {
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

// TestRun wants progress after each step, an end at the last one or where the caller says so, and a network that has
// learned.
func TestRun(t *testing.T) {
	examples := reversals(8)
	tr := start(t, func(o *Options) { o.Steps, o.Dropout, o.Smoothing = 400, 0, 0 }, examples)
	before := loss(tr, examples)
	said := 0
	if err := tr.Run(func(p Progress) error {
		if said++; p.Step != said || p.Epoch != said-1 {
			t.Fatalf("step %d of epoch %d says %+v", said, said-1, p)
		}
		return nil
	}); err != nil || said != 400 {
		t.Errorf("%d steps, %v", said, err)
	}
	if after := loss(tr, examples); before < 3 || after > 0.1 {
		t.Errorf("the loss went from %g to %g", before, after)
	}
	tr = start(t, nil, examples)
	enough := errors.New("enough")
	if err := tr.Run(func(p Progress) error {
		if p.Step == 3 {
			return enough
		}
		return nil
	}); err != enough || tr.State.Step != 3 {
		t.Errorf("stopped at step %d with %v", tr.State.Step, err)
	}
	tr = New(tr.Net, Options{Steps: 2}, func(int) [][]Example { return nil })
	if err := tr.Run(nil); err == nil || !strings.Contains(err.Error(), "no examples") {
		t.Errorf("of no examples the error is %v", err)
	}
}

// TestState wants a run that goes on from a copied state to end with the bits of one that was not stopped, and the mean
// to be the exponential average of the weights.
func TestState(t *testing.T) {
	examples := reversals(25)
	average := func(o *Options) { o.Average = 0.7 }
	whole := start(t, average, examples)
	want := make([]float64, len(whole.State.Mean[0]))
	for j, x := range whole.Net.Weights().List[0].Values().Data {
		want[j] = float64(x)
	}
	half := start(t, average, examples)
	for step := 1; step <= 20; step++ {
		steps(t, whole, 1)
		keep := min(0.7, float64(step)/float64(step+9))
		for j, x := range whole.Net.Weights().List[0].Values().Data {
			want[j] = keep*want[j] + (1-keep)*float64(x)
		}
	}
	for j, got := range whole.State.Mean[0] {
		if math.Abs(float64(got)-want[j]) > 1e-5 {
			t.Fatalf("mean %d is %g, want %g", j, got, want[j])
		}
	}
	steps(t, half, 11)
	rest := start(t, average, examples)
	for i, p := range rest.Net.Weights().List {
		p.Set(func(x tensor.Matrix) { copy(x.Data, half.Net.Weights().List[i].Values().Data) })
		copy(rest.State.First[i], half.State.First[i])
		copy(rest.State.Second[i], half.State.Second[i])
		copy(rest.State.Mean[i], half.State.Mean[i])
	}
	rest.State.Step, rest.State.Epoch, rest.State.Next = half.State.Step, half.State.Epoch, half.State.Next
	steps(t, rest, 9)
	for i, p := range whole.Net.Weights().List {
		if !slices.Equal(p.Values().Data, rest.Net.Weights().List[i].Values().Data) || !slices.Equal(whole.State.Mean[i], rest.State.Mean[i]) {
			t.Fatalf("%s differs", p.Name)
		}
	}
	last := slices.Clone(whole.Net.Weights().List[0].Values().Data)
	whole.Result(func() error {
		for j, got := range whole.Net.Weights().List[0].Values().Data {
			if math.Abs(float64(got)-want[j]) > 1e-5 {
				t.Fatalf("the result's weight %d is %g, want %g", j, got, want[j])
			}
		}
		return nil
	})
	if !slices.Equal(last, whole.Net.Weights().List[0].Values().Data) {
		t.Error("the last weights are not put back")
	}
}

// TestNotANumber spoils gradients: that is an error, which leaves the run where it was.
func TestNotANumber(t *testing.T) {
	whole := start(t, nil, reversals(40))
	steps(t, whole, 5)
	tr := start(t, nil, reversals(40))
	steps(t, tr, 3)
	w := tr.Net.Weights().List[3]
	for _, v := range []float64{math.NaN(), math.Inf(1)} {
		g := &tr.shards[1].pass.Tape.Grad(w).Data[1]
		*g = float32(v)
		if _, err := tr.Step(); err == nil || !strings.Contains(err.Error(), "step 4: the loss is ") || !strings.Contains(err.Error(), "lower learning rate") {
			t.Errorf("a gradient of %g: the error is %v", v, err)
		}
		*g = 0
	}
	steps(t, tr, 2)
	for i, p := range tr.Net.Weights().List {
		if !slices.Equal(p.Values().Data, whole.Net.Weights().List[i].Values().Data) {
			t.Fatalf("once mended, the run does not go on where it was: %s differs", p.Name)
		}
	}
}

func TestAdamW(t *testing.T) {
	tr := start(t, nil, reversals(20))
	r := rand.New(rand.NewPCG(5, 6))
	const decay = 0.03
	for _, i := range []int{0, 2} { // the embeddings, and a bias
		p := tr.Net.Weights().List[i]
		o := newOptimizer(Options{WeightDecay: decay}, tr.Net)
		n := p.Rows * p.Cols
		x, m, v := make([]float64, n), make([]float64, n), make([]float64, n)
		for j, w := range p.Values().Data {
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
				if p.Rows > 1 {
					x[j] -= rate * decay * x[j]
				}
				x[j] -= rate * mhat / (math.Sqrt(vhat) + 1e-9)
			}
			p.Set(func(x tensor.Matrix) { o.update(i, x, g, step, rate, scale) })
		}
		for j, want := range x {
			if got := float64(p.Values().Data[j]); !(math.Abs(got-want) <= 1e-5*(1+math.Abs(want))) {
				t.Fatalf("%s[%d]: got %g, want %g", p.Name, j, got, want)
			}
		}
	}
	if tr.Net.Weights().List[0].Rows == 1 || tr.Net.Weights().List[2].Rows != 1 {
		t.Error("the weights are not those that the test means")
	}
}

func TestSchedule(t *testing.T) {
	o := Options{LearningRate: 0.4, Warmup: 10, Steps: 110}
	for step, want := range map[int]float64{1: 0.04, 5: 0.2, 10: 0.4, 35: 0.2 * (1 + math.Sqrt2/2), 60: 0.2, 110: 0, 200: 0} {
		if got := o.rate(step); math.Abs(got-want) > 1e-12 {
			t.Errorf("the rate of step %d is %g, want %g", step, got, want)
		}
	}
	o.Warmup = 0
	if got := o.rate(55); math.Abs(got-0.2) > 1e-12 {
		t.Errorf("without warm-up the rate half-way is %g, want 0.2", got)
	}
	o.Warmup, o.Steps = 10, 5
	if got := o.rate(5); got != 0.2 {
		t.Errorf("the rate in a warm-up that outlasts the run is %g, want 0.2", got)
	}
	o = Options{LearningRate: 0.4, Warmup: 10, Steps: 110, Cooldown: 0.2}
	for step, want := range map[int]float64{5: 0.2, 11: 0.4, 88: 0.4, 99: 0.2, 110: 0, 200: 0} {
		if got := o.rate(step); math.Abs(got-want) > 1e-12 {
			t.Errorf("with a cooldown the rate of step %d is %g, want %g", step, got, want)
		}
	}
}

// TestClip wants the whole gradient's norm cut to the options', and no smaller one touched.
func TestClip(t *testing.T) {
	norm := func(clip float64) float64 {
		tr := start(t, func(o *Options) { o.Clip = clip }, reversals(40))
		steps(t, tr, 1)
		var sum float64
		for _, m := range tr.State.First {
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
	loss := func(change func(*Options)) float64 {
		return steps(t, start(t, func(o *Options) {
			o.Dropout, o.Smoothing = 0, 0
			change(o)
		}, reversals(40)), 10) // the first steps hardly tell smoothing, as all is about equally probable
	}
	plain := loss(func(*Options) {})
	if l := loss(func(o *Options) { o.Dropout = 0.3 }); math.Abs(l-plain) < 1e-4 {
		t.Errorf("dropout changed the loss from %g to %g only", plain, l)
	}
	if l := loss(func(o *Options) { o.Smoothing = 0.3 }); math.Abs(l-plain) < 1e-4 {
		t.Errorf("smoothing changed the loss from %g to %g only", plain, l)
	}

	// All examples are alike and nothing is learned: only what is drawn tells shards and steps apart.
	for _, dropout := range []float64{0, 0.3} {
		tr := start(t, func(o *Options) { o.Dropout, o.Shards, o.LearningRate = dropout, 2, 0 }, slices.Repeat(reversals(1), 8))
		first := steps(t, tr, 1)
		if same := tr.shards[0].loss == tr.shards[1].loss; same != (dropout == 0) {
			t.Errorf("dropout %g: the shards' losses are %g and %g", dropout, tr.shards[0].loss, tr.shards[1].loss)
		}
		if second := steps(t, tr, 1); (first == second) != (dropout == 0) {
			t.Errorf("dropout %g: the steps' losses are %g and %g", dropout, first, second)
		}
	}
}

// TestEachBatch wants each once, in batches of bounded size, the longest last.
func TestEachBatch(t *testing.T) {
	var seen [100]bool
	sizes := make(chan int, 100)
	size := func(i int) int { return 40 * (i * 37 % 100) }
	EachBatch(len(seen), size, func(_ *grad.Pass, batch []int) {
		sum := 0
		for _, i := range batch {
			seen[i] = true
			sum += size(i)
		}
		if len(batch) > batchMost || len(batch) > 1 && sum > batchTokens {
			sizes <- sum
		}
		if !slices.IsSortedFunc(batch, func(a, b int) int { return size(a) - size(b) }) {
			t.Errorf("%v is not in order", batch)
		}
	})
	if slices.Contains(seen[:], false) || len(sizes) > 0 {
		t.Errorf("%d batches are too large", len(sizes))
	}
	EachBatch(0, nil, func(*grad.Pass, []int) { t.Error("a batch of nothing") })
}

// TestSGD makes two steps by hand: gradient descent with a momentum of 0.9.
func TestSGD(t *testing.T) {
	tr := start(t, nil, reversals(20))
	const decay, rate, scale = 0.03, 0.1, 0.5
	for _, i := range []int{0, 2} { // the embeddings, which decay, and a bias
		p := tr.Net.Weights().List[i]
		o := newOptimizer(Options{WeightDecay: decay, Optimizer: SGD}, tr.Net)
		x, m := float64(p.Values().Data[1]), 0.0
		for step, g := range []float64{0.7, -0.2} {
			gradient := make([]float32, p.Rows*p.Cols)
			gradient[1] = float32(g)
			if m = 0.9*m + scale*g; p.Rows > 1 {
				x *= 1 - rate*decay
			}
			x -= rate * m
			p.Set(func(values tensor.Matrix) { o.update(i, values, gradient, step+1, rate, scale) })
			if got := float64(p.Values().Data[1]); math.Abs(got-x) > 1e-6 {
				t.Errorf("%s, step %d: %g, want %g", p.Name, step+1, got, x)
			}
		}
	}
}

// TestSetOptions changes the rate while a run goes on: a rate of 0 changes nothing any more, and what a run is started
// from stays.
func TestSetOptions(t *testing.T) {
	tr := start(t, func(o *Options) { o.Seed = 7 }, reversals(20))
	steps(t, tr, 2)
	before := slices.Clone(tr.Net.Weights().List[0].Values().Data)
	tr.SetOptions(Options{Steps: 10, Seed: 8, Shards: 5, LearningRate: 0})
	steps(t, tr, 1)
	if !slices.Equal(before, tr.Net.Weights().List[0].Values().Data) {
		t.Error("a rate of 0 changes weights")
	}
	if tr.options.Seed != 7 || tr.options.Shards != 3 {
		t.Errorf("the run is from another seed or of other shards: %+v", tr.options)
	}
}

// TestGiven: a decoder alone is not asked for the tokens that are given, so its loss is that of the others.
func TestGiven(t *testing.T) {
	net, err := model.NewNet([]byte(`{"model_type": "gpt2", "vocab_size": 20, "n_embd": 16, "n_layer": 1, "n_head": 2, "n_positions": 16, "bos_token_id": 0, "eos_token_id": 1}`))
	if err != nil {
		t.Fatal(err)
	}
	net.Init(rand.New(rand.NewPCG(1, 2)))
	tokens := []int{0, 5, 6, 7, 8, 1}
	whole := Example{Target: tokens}
	all, last := Scores(net, []Example{whole, {Target: tokens[:4]}}), Scores(net, []Example{{Target: tokens, Given: 3}, whole})
	if want := all[0].LogProb - all[1].LogProb; math.Abs(last[0].LogProb-want) > 1e-5 || last[0].Tokens != 2 || math.Abs(last[1].LogProb-all[0].LogProb) > 1e-5 {
		t.Errorf("given three tokens the others have %g of %d, want %g of 2", last[0].LogProb, last[0].Tokens, want)
	}
}
