package recurrent

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"heed/core/attention"
	"heed/core/grad"
	heedjson "heed/core/json"
	"heed/core/tensor"
)

// golden is what PyTorch computes for tiny random models; testdata/golden.py wrote it.
type golden struct {
	Cases []struct {
		Config    fileConfig
		Weights   map[string][][]float32
		Sequences []struct {
			Source, Target                                               []int
			Encoder, States, Contexts, Scores, Attention, Output, Logits [][]float64
		}
	}
}

// fileConfig is a Config that encoding/json reads as config.json is read.
type fileConfig struct{ Config }

func (c *fileConfig) UnmarshalJSON(data []byte) error { return heedjson.Read(data, c.Fields) }

func loadGolden(t testing.TB) (*golden, []*Model) {
	t.Helper()
	b, err := os.ReadFile("testdata/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := json.Unmarshal(b, &g); err != nil {
		t.Fatal(err)
	}
	var models []*Model
	for _, c := range g.Cases {
		m, err := New(c.Config.Config)
		if err != nil {
			t.Fatal(err)
		}
		if len(c.Weights) != len(m.Params.List) {
			t.Fatalf("%s: the reference has %d weights, the model %d", c.Config.Attention, len(c.Weights), len(m.Params.List))
		}
		for _, p := range m.Params.List {
			w := c.Weights[p.Name]
			if len(w) != p.Rows || len(w[0]) != p.Cols {
				t.Fatalf("%s: the reference's %s is not %d×%d", c.Config.Attention, p.Name, p.Rows, p.Cols)
			}
			p.Set(func(x tensor.Matrix) {
				for i, row := range w {
					copy(x.Row(i), row)
				}
			})
		}
		models = append(models, m)
	}
	return &g, models
}

// tolerance is the largest absolute error against the reference, which is float64.
const tolerance = 1e-4

// largest tracks the largest absolute error.
type largest struct {
	t   *testing.T
	err float64
}

func (l *largest) check(what string, got tensor.Matrix, want [][]float64) {
	l.t.Helper()
	if got.Rows != len(want) || got.Cols != len(want[0]) {
		l.t.Fatalf("%s is %d×%d, want %d×%d", what, got.Rows, got.Cols, len(want), len(want[0]))
	}
	for i := range want {
		for j, w := range want[i] {
			d := math.Abs(float64(got.Row(i)[j]) - w)
			if !(d <= tolerance) {
				l.t.Fatalf("%s at (%d, %d): got %g, want %g", what, i, j, got.Row(i)[j], w)
			}
			l.err = max(l.err, d)
		}
	}
}

// TestGolden runs all sequences of a case as one ragged batch and wants PyTorch's numbers, with a
// tape and without.
func TestGolden(t *testing.T) {
	g, models := loadGolden(t)
	for i, c := range g.Cases {
		m := models[i]
		t.Run(m.Attention, func(t *testing.T) {
			states, maps, logits := largest{t: t}, largest{t: t}, largest{t: t}
			var source, target grad.Sequences
			for _, s := range c.Sequences {
				source.Add(s.Source...)
				target.Add(s.Target...)
			}
			for _, tape := range []*grad.Tape{nil, grad.NewTape(&m.Params)} {
				p := grad.NewPass()
				p.Tape = tape
				step := make([]int, len(c.Sequences))
				hook := func(am *attention.Map) {
					if am.Kind != attention.RNN || am.Layer != 0 || am.Head != 0 || am.Causal {
						t.Errorf("the hook saw kind %q, layer %d, head %d, causal %v", am.Kind, am.Layer, am.Head, am.Causal)
					}
					s, k := c.Sequences[am.Sequence], step[am.Sequence]
					maps.check("scores", am.Scores, s.Scores[k:k+1])
					maps.check("weights", am.Weights, s.Attention[k:k+1])
					step[am.Sequence]++
				}
				encoded := m.Encode(p, &source, attention.Hooks{Map: hook})
				w, mem := m.begin(p, &target, encoded, &source, attention.Hooks{})
				m.run(p, &w, target.IDs, mem)
				decoder := p.Gather(w.states, w.steps.Back)
				out, contexts := m.decodeContexts(p, &target, encoded, &source, attention.Hooks{Map: hook})
				scores := m.Logits(p, out)
				for k, s := range c.Sequences {
					from, to := target.Spans[k].Q0, target.Spans[k].Q1
					states.check("encoder", encoded.X.RowRange(source.Spans[k].Q0, source.Spans[k].Q1), s.Encoder)
					states.check("decoder", decoder.X.RowRange(from, to), s.States)
					states.check("contexts", contexts.X.RowRange(from, to), s.Contexts)
					states.check("output", out.X.RowRange(from, to), s.Output)
					logits.check("logits", scores.X.RowRange(from, to), s.Logits)
					if want := len(s.Attention); step[k] != want {
						t.Errorf("the hook saw %d steps of sequence %d, want %d", step[k], k, want)
					}
				}
			}
			t.Logf("largest errors: states and contexts %.2g, scores and weights %.2g, logits %.2g", states.err, maps.err, logits.err)
		})
	}
}

// TestStep decodes all sequences side by side, some tokens at a time, with hypotheses that are
// copied and taken back in between, and wants the numbers of whole sequences.
func TestStep(t *testing.T) {
	g, models := loadGolden(t)
	for i, c := range g.Cases {
		m := models[i]
		t.Run(m.Attention, func(t *testing.T) {
			p := grad.NewPass()
			var source grad.Sequences
			// Sequence k is decoded by hypothesis 2k or 2k+1; the other one stands by, with
			// another source.
			var sources []int
			for k, s := range c.Sequences {
				source.Add(s.Source...)
				sources = append(sources, k, (k+1)%len(c.Sequences))
			}
			encoded := m.Encode(p, &source, attention.Hooks{})
			for _, stride := range []int{1, 2, 4, 9} {
				var st State
				st.Begin(m, p, encoded, &source, sources, 9, attention.Hooks{})
				flip := 0
				for from := 0; from < 9; from += stride {
					var active, counts, ids, which []int
					for k, s := range c.Sequences {
						if n := min(stride, len(s.Target)-from); n > 0 {
							which, active, counts = append(which, k), append(active, 2*k+flip), append(counts, n)
							ids = append(ids, s.Target[from:from+n]...)
						}
					}
					if len(active) == 0 {
						break
					}
					for _, h := range active { // a wrong token, and back
						if st.Len(h) != from || st.Room(h) != 9-from {
							t.Fatalf("hypothesis %d has %d tokens and room for %d", h, st.Len(h), st.Room(h))
						}
						st.Step([]int{h}, []int{1}, []int{4}, attention.Hooks{})
						st.Truncate(h, from)
					}
					steps := make([]int, len(active))
					l := largest{t: t}
					out := st.Step(active, counts, ids, attention.Hooks{Map: func(am *attention.Map) {
						k := from + steps[am.Sequence]
						l.check("weights by steps", am.Weights, c.Sequences[which[am.Sequence]].Attention[k:k+1])
						steps[am.Sequence]++
					}})
					contexts, logits := st.Contexts(), m.Logits(p, out)
					row := 0
					for j, k := range which {
						s, to := c.Sequences[k], row+counts[j]
						l.check("contexts by steps", contexts.X.RowRange(row, to), s.Contexts[from:from+counts[j]])
						l.check("logits by steps", logits.X.RowRange(row, to), s.Logits[from:from+counts[j]])
						row = to
					}
					for k := range c.Sequences {
						st.Copy(2*k+1-flip, 2*k+flip)
					}
					flip = 1 - flip
				}
			}
		})
	}
}

// TestHookReplaces puts all weight on the last source token from the second step on, and wants its
// encoder state as the context then, the steps before as they were, and all outputs after changed.
func TestHookReplaces(t *testing.T) {
	_, models := loadGolden(t)
	for _, m := range models {
		if m.scorer == nil {
			continue
		}
		var source, target grad.Sequences
		source.Add(4, 1, 6, 0)
		source.Add(7, 0)
		target.Add(10, 3, 5)
		target.Add(10, 2, 2, 8)
		p := grad.NewPass()
		encoded := m.Encode(p, &source, attention.Hooks{})
		plain, _ := m.decodeContexts(p, &target, encoded, &source, attention.Hooks{})
		seen := [2]int{}
		hook := func(am *attention.Map) {
			if w := am.Weights.Row(0); seen[am.Sequence] > 0 {
				clear(w)
				w[len(w)-1] = 1
			}
			seen[am.Sequence]++
		}
		out, contexts := m.decodeContexts(p, &target, encoded, &source, attention.Hooks{Map: hook})
		_, last := source.Ends()
		for s, span := range target.Spans {
			for i := span.Q0; i < span.Q1; i++ {
				var differs float64
				for j, v := range out.X.Row(i) {
					differs = max(differs, math.Abs(float64(v-plain.X.Row(i)[j])))
				}
				if i == span.Q0 {
					if differs != 0 {
						t.Errorf("%s: the first step of sequence %d changed by %g", m.Attention, s, differs)
					}
					continue
				}
				if differs < 1e-3 {
					t.Errorf("%s: step %d of sequence %d changed by %g only", m.Attention, i-span.Q0, s, differs)
				}
				for j, v := range contexts.X.Row(i) {
					if v != encoded.X.Row(last[s])[j] {
						t.Fatalf("%s: step %d of sequence %d: the context is not the encoder's last state", m.Attention, i-span.Q0, s)
					}
				}
			}
		}
	}
}

// TestInferenceAllocs wants no allocation once buffers have grown, by steps and for whole batches.
func TestInferenceAllocs(t *testing.T) {
	g, models := loadGolden(t)
	for i, c := range g.Cases {
		m := models[i]
		p := grad.NewPass()
		var source, target grad.Sequences
		var st State
		which, counts, ids := []int{1, 0}, []int{1, 1}, []int{0, 0}
		run := func() {
			p.Arena.Reset()
			source.Reset()
			target.Reset()
			for _, s := range c.Sequences {
				source.Add(s.Source...)
				target.Add(s.Target...)
			}
			encoded := m.Encode(p, &source, attention.Hooks{})
			out, _ := m.decodeContexts(p, &target, encoded, &source, attention.Hooks{})
			m.Logits(p, out)
			st.Begin(m, p, encoded, &source, which, 20, attention.Hooks{})
			for _, x := range c.Sequences[0].Target {
				ids[0], ids[1] = x, x
				m.Logits(p, st.Step(which, counts, ids, attention.Hooks{}))
				st.Contexts()
				st.Copy(0, 1)
			}
		}
		if n := testing.AllocsPerRun(10, run); n != 0 {
			t.Errorf("%s: inference allocates %v times a run", m.Attention, n)
		}
	}
}

// initialised is a model with drawn weights, biases too.
func initialised(t *testing.T, c Config) *Model {
	t.Helper()
	m, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	m.Init(rand.New(rand.NewPCG(1, 2)))
	r := rand.New(rand.NewPCG(3, 4))
	for _, p := range m.Params.List {
		if p.Rows == 1 {
			p.Set(func(x tensor.Matrix) {
				for i := range x.Data {
					x.Data[i] += float32(0.2 * r.NormFloat64())
				}
			})
		}
	}
	return m
}

func tiny() Config {
	return Config{Vocab: 11, Width: 6, EncoderLayers: 2, EncoderHidden: 4, Bidirectional: true, DecoderHidden: 8, Attention: "additive",
		AttentionWidth: 5, Tied: true, ScaleEmbedding: true, MaxPositions: 12, Pad: 10, Start: 10}
}

// TestGradient holds the whole model's gradient against central differences over a ragged batch,
// for every score function, for the fixed context and for a plain decoder, with dropout.
func TestGradient(t *testing.T) {
	for _, name := range []string{"none", "additive", "dot", "general", "scaled_dot", "plain"} {
		for _, small := range []bool{false, true} { // one direction, one layer, an output matrix of its own
			c := tiny()
			c.Attention = name
			if name == "plain" {
				c.Attention, c.Plain, c.Separate, c.Width = NoAttention, true, true, 8
			}
			if small {
				c.Bidirectional, c.EncoderHidden, c.EncoderLayers, c.Tied, c.ScaleEmbedding = false, 8, 1, false, false
			}
			t.Run(name, func(t *testing.T) {
				m, draw := initialised(t, c), rand.New(rand.NewPCG(11, 12))
				m.SetDropout(0.2)
				for _, p := range m.Params.List { // livelier than Init's: or hardly anything depends on the queries
					p.Set(func(x tensor.Matrix) {
						for i := range x.Data {
							x.Data[i] = float32(0.5 * draw.NormFloat64())
						}
					})
				}
				var source, target grad.Sequences
				source.Add(3, 1, 4, 0)
				source.Add(5)
				source.Add(2, 9, 0)
				target.Add(10, 2, 7)
				target.Add(10, 8, 1, 6)
				target.Add(10)
				labels := []int{2, 7, 0, 8, 1, 6, 0, 3}
				p := grad.NewPass()
				loss := func(tape *grad.Tape) float64 {
					p.Arena.Reset()
					p.Tape, p.Rand = tape, rand.NewPCG(7, 8)
					out := m.Decode(p, &target, m.Encode(p, &source, attention.Hooks{}), &source, attention.Hooks{})
					l, _ := p.CrossEntropy(m.Logits(p, out), labels, 0.1, 1)
					if tape != nil {
						tape.Backward()
					}
					return l
				}
				tape := grad.NewTape(&m.Params)
				loss(tape)
				r := rand.New(rand.NewPCG(5, 6))
				for _, w := range m.Params.List {
					g := tape.Grad(w)
					moves := false
					for range 8 {
						i := r.IntN(w.Rows * w.Cols)
						const h = 2e-3
						x := w.Values().Data[i]
						eval := func(v float32) float64 { w.Set(func(x tensor.Matrix) { x.Data[i] = v }); return loss(nil) }
						slope := (eval(x+h) - eval(x-h)) / float64((x+h)-(x-h))
						eval(x)
						if d := math.Abs(slope - float64(g.Data[i])); !(d <= 3e-3*(1+math.Abs(slope))) {
							t.Errorf("%s[%d]: gradient %g, central difference %g", w.Name, i, g.Data[i], slope)
						}
						moves = moves || math.Abs(slope) > 2e-3
					}
					if !moves {
						t.Errorf("%s: none of the weights tried moves the loss", w.Name)
					}
				}
			})
		}
	}
}

// TestLearns trains each model for a while to write its source backwards, and wants it to.
func TestLearns(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a second")
	}
	for _, name := range []string{"none", "additive"} {
		c := tiny()
		c.Width, c.EncoderHidden, c.DecoderHidden, c.AttentionWidth, c.EncoderLayers, c.Attention = 16, 16, 32, 16, 1, name
		m := initialised(t, c)
		r := rand.New(rand.NewPCG(9, 10))
		tape := grad.NewTape(&m.Params)
		p := grad.NewPass()
		p.Tape = tape
		square := grad.NewTape(&m.Params) // the gradients' squares, averaged
		var source, target grad.Sequences
		var last float64
		const steps = 500
		for step := 1; step <= steps; step++ {
			source.Reset()
			target.Reset()
			var labels []int
			for range 16 {
				ids := make([]int, 1+r.IntN(5))
				in := []int{c.Start}
				for i := range ids {
					ids[i] = 1 + r.IntN(9)
				}
				source.Add(ids...)
				for i := range ids {
					id := ids[len(ids)-1-i]
					in, labels = append(in, id), append(labels, id)
				}
				labels = append(labels, 0)
				target.Add(in...)
			}
			p.Arena.Reset()
			out := m.Decode(p, &target, m.Encode(p, &source, attention.Hooks{}), &source, attention.Hooks{})
			_, nll := p.CrossEntropy(m.Logits(p, out), labels, 0, 1/float32(len(labels)))
			tape.Backward()
			last += (nll/float64(len(labels)) - last) / min(float64(step), 20)
			for _, w := range m.Params.List { // RMSProp
				g, s := tape.Grad(w).Data, square.Grad(w).Data
				w.Set(func(x tensor.Matrix) {
					for i, d := range g {
						s[i] += 0.02 * (d*d - s[i])
						x.Data[i] -= 0.003 * d / (float32(math.Sqrt(float64(s[i]))) + 1e-5)
					}
				})
				clear(g)
			}
		}
		t.Logf("%s: the loss after %d steps is %.3f nats a token", name, steps, last)
		if !(last < 0.5) {
			t.Errorf("%s does not learn to write backwards: the loss is %.3f nats a token", name, last)
		}
	}
}

// TestDropout wants dropout between two layers, where embeddings of 0 leave nothing else to drop, none
// after the last, and none without a source of randomness.
func TestDropout(t *testing.T) {
	for layers := 1; layers <= 3; layers++ {
		c := tiny()
		c.EncoderLayers = layers
		m := initialised(t, c)
		m.target.Set(func(x tensor.Matrix) { clear(x.Data) })
		m.SetDropout(0.5)
		var source grad.Sequences
		source.Add(3, 1, 4, 0)
		p := grad.NewPass()
		plain := m.Encode(p, &source, attention.Hooks{}).X
		again := m.Encode(p, &source, attention.Hooks{}).X
		p.Rand = rand.NewPCG(1, 2)
		dropped := m.Encode(p, &source, attention.Hooks{}).X
		same := true
		for i, v := range plain.Data {
			if again.Data[i] != v {
				t.Fatal("without a source of randomness the states change")
			}
			same = same && dropped.Data[i] == v
		}
		if same != (layers == 1) {
			t.Errorf("%d layers: dropout leaves the states the same: %v", layers, same)
		}
	}
}

// TestEmptySource wants numbers, not a crash, for a source without tokens.
func TestEmptySource(t *testing.T) {
	_, models := loadGolden(t)
	for _, m := range models {
		var source, target grad.Sequences
		source.Add()
		source.Add(1)
		target.Add(10, 1)
		target.Add()
		for _, tape := range []*grad.Tape{nil, grad.NewTape(&m.Params)} {
			p := grad.NewPass()
			p.Tape = tape
			logits := m.Logits(p, m.Decode(p, &target, m.Encode(p, &source, attention.Hooks{}), &source, attention.Hooks{}))
			if tape != nil {
				p.CrossEntropy(logits, []int{1, 0}, 0, 1)
				tape.Backward()
			}
			if s := tensor.Sum(logits.X.Data); s-s != 0 {
				t.Errorf("%s: logits that are not finite", m.Attention)
			}
		}
	}
}

// TestFirstBad spoils one weight after another, and wants the part named that it is of.
func TestFirstBad(t *testing.T) {
	var source, target grad.Sequences
	source.Add(3, 1, 4, 0)
	source.Add()
	target.Add(10, 2)
	target.Add(10)
	for _, name := range []string{"none", "additive"} {
		c := tiny()
		c.Attention = name
		m := initialised(t, c)
		m.SetDropout(0.5)
		p := &grad.Pass{Arena: new(tensor.Arena), Tape: grad.NewTape(&m.Params), Rand: rand.NewPCG(1, 2)}
		before := p.Arena.Mark()
		if got := m.FirstBad(p, &source, &target); got != "" || p.Arena.Mark() != before {
			t.Fatalf("%s: a sound model is bad in %q, or what was checked is kept", name, got)
		}
		for want, w := range map[string]*grad.Param{
			"the embeddings": m.target, "encoder layer 0": m.encoder[0][1].input.B, "encoder layer 1": m.encoder[1][0].hidden.W,
			"the decoder": m.context, "the logits": m.bias,
		} {
			i := 0
			if w == m.target {
				i = source.IDs[0]
			}
			kept := w.Values().Row(i)[0]
			w.Set(func(x tensor.Matrix) { x.Row(i)[0] = float32(math.NaN()) })
			if got := m.FirstBad(p, &source, &target); got != want {
				t.Errorf("%s: %s spoilt: %q, want %q", name, w.Name, got, want)
			}
			w.Set(func(x tensor.Matrix) { x.Row(i)[0] = kept })
		}
	}
}

// TestInit wants orthogonal recurrent matrices and no weight matrix left at 0.
func TestInit(t *testing.T) {
	m := initialised(t, tiny())
	for _, p := range m.Params.List {
		if tensor.Dot(p.Values().Data, p.Values().Data) == 0 {
			t.Errorf("%s is 0", p.Name)
		}
	}
	w := m.decoder.hidden.W.Values()
	for i := range w.Cols {
		for j := range w.Cols {
			want := 0.0
			if i == j {
				want = 1
			}
			if d := float64(tensor.Dot(w.Row(w.Cols+i), w.Row(w.Cols+j))); math.Abs(d-want) > 1e-5 {
				t.Errorf("rows %d and %d of a gate's matrix: product %g", i, j, d)
			}
		}
	}
}

// decodeContexts is Decode that also returns the context of every step, N×C: with attention the
// weighted sum of the encoder's states, without it the same vector for all steps of a sequence.
func (m *Model) decodeContexts(p *grad.Pass, target *grad.Sequences, encoded grad.Value, source *grad.Sequences, hooks attention.Hooks) (out, contexts grad.Value) {
	w, mem := m.begin(p, target, encoded, source, hooks)
	out = m.run(p, &w, target.IDs, mem)
	return out, m.contexts(p, &w, mem)
}
