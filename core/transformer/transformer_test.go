package transformer

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/tensor"
	"heed/core/weights"
)

// golden is what transformers' MarianMTModel computes for a tiny random model; testdata/marian/golden.py
// wrote it and says with which versions.
type golden struct {
	Header struct{ Tolerance float64 }
	Cases  []struct {
		Source       []int
		Decoder      []int           `json:"decoder_input"`
		EncoderLast  [][]float64     `json:"encoder_last"`
		Logits       [][]float64     `json:"logits"`
		EncoderSelf  [][][][]float64 `json:"encoder_self"` // layer, head, query, key
		DecoderSelf  [][][][]float64 `json:"decoder_self"`
		Cross        [][][][]float64 `json:"cross"`
		Greedy, Beam []int
	}
}

// load returns the model of a folder of testdata, and reads its golden.json.
func load(t testing.TB, folder string, golden any) *Model {
	t.Helper()
	read := func(name string) []byte {
		b, err := os.ReadFile("testdata/" + folder + "/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	c, err := ParseConfig(read("config.json"))
	if err != nil {
		t.Fatal(err)
	}
	m, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	f, err := weights.Parse(read("model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range m.Params.List {
		x, err := f.Float32(p.Name)
		if err != nil {
			t.Fatal(err)
		}
		shape, want := tensor.From(x, p.Rows, p.Cols), []int{p.Rows, p.Cols}
		if p.Transposed {
			shape, want = tensor.From(x, p.Cols, p.Rows), []int{p.Cols, p.Rows}
		}
		if got, _ := f.Shape(p.Name); len(got) == 2 && !slices.Equal(got, want) {
			t.Fatalf("%s is %v in the file, want %v", p.Name, got, want)
		}
		p.Set(func(x tensor.Matrix) {
			for i := range p.Rows {
				for j := range p.Cols {
					if p.Transposed {
						x.Row(i)[j] = shape.Row(j)[i]
					} else {
						x.Row(i)[j] = shape.Row(i)[j]
					}
				}
			}
		})
	}
	if names := f.Names(); len(names) != len(m.Params.List) {
		t.Errorf("the file has %d tensors, the model %d", len(names), len(m.Params.List))
	}
	if err := json.Unmarshal(read("golden.json"), golden); err != nil {
		t.Fatal(err)
	}
	return m
}

func loadMarian(t testing.TB) (*Model, *golden) {
	t.Helper()
	var g golden
	m := load(t, "marian", &g)
	return m, &g
}

// largest tracks the largest error: absolute, or relative where a number is beyond 1.
type largest struct {
	t         *testing.T
	tolerance float64
	err       float64
}

func (l *largest) check(what string, got tensor.Matrix, want [][]float64) {
	l.t.Helper()
	if got.Rows != len(want) || got.Cols != len(want[0]) {
		l.t.Fatalf("%s is %d×%d, want %d×%d", what, got.Rows, got.Cols, len(want), len(want[0]))
	}
	for i := range want {
		for j, w := range want[i] {
			d := math.Abs(float64(got.Row(i)[j])-w) / max(1, math.Abs(w))
			if !(d <= l.tolerance) {
				l.t.Fatalf("%s at (%d, %d): got %g, want %g", what, i, j, got.Row(i)[j], w)
			}
			l.err = max(l.err, d)
		}
	}
}

func TestMarianGolden(t *testing.T) {
	m, g := loadMarian(t)
	tol := g.Header.Tolerance
	logits, maps, hidden := largest{t, tol, 0}, largest{t, tol, 0}, largest{t, tol, 0}
	for _, c := range g.Cases {
		seen := 0
		hook := func(am *attention.Map) {
			seen++
			want := map[attention.Kind][][][][]float64{attention.Self: c.EncoderSelf, attention.Decoder: c.DecoderSelf, attention.Cross: c.Cross}[am.Kind]
			maps.check(string(am.Kind), am.Weights, want[am.Layer][am.Head])
		}
		for _, tape := range []*grad.Tape{nil, grad.NewTape(&m.Params)} {
			p := grad.NewPass()
			p.Tape = tape
			var source, target grad.Sequences
			source.Add(c.Source...)
			target.Add(c.Decoder...)
			encoded := m.Encode(p, &source, attention.Hooks{Map: hook})
			hidden.check("encoder output", encoded.X, c.EncoderLast)
			out := m.Decode(p, &target, encoded, &source, attention.Hooks{Map: hook})
			logits.check("logits", m.Logits(p, out).X, c.Logits)
		}
		if want := 2 * (m.EncoderLayers*m.EncoderHeads + 2*m.DecoderLayers*m.DecoderHeads); seen != want {
			t.Errorf("the hook saw %d maps, want %d", seen, want)
		}
	}
	t.Logf("largest errors: logits %.2g, attention maps %.2g, encoder output %.2g", logits.err, maps.err, hidden.err)
}

// TestStep decodes all cases side by side with caches, a few tokens at a time, and wants the
// numbers of the whole sequences.
func TestStep(t *testing.T) {
	m, g := loadMarian(t)
	p := grad.NewPass()
	var source grad.Sequences
	var which []int
	for i, c := range g.Cases {
		source.Add(c.Source...)
		which = append(which, i)
	}
	encoded := m.Encode(p, &source, attention.Hooks{})
	for _, stride := range []int{1, 2, 3, 20} {
		var st State
		st.Begin(m, p, encoded, &source, which, 20, attention.Hooks{})
		for from := 0; from < 20; from += stride {
			var active, counts, ids []int
			for i, c := range g.Cases {
				if n := min(stride, len(c.Decoder)-from); n > 0 {
					active, counts = append(active, i), append(counts, n)
					ids = append(ids, c.Decoder[from:from+n]...)
				}
			}
			if len(active) == 0 {
				break
			}
			got := m.Logits(p, st.Step(active, counts, ids, attention.Hooks{}))
			row := 0
			for k, i := range active {
				for j := range counts[k] {
					l := largest{t, g.Header.Tolerance, 0}
					l.check("logits by steps", got.X.RowRange(row, row+1), g.Cases[i].Logits[from+j:from+j+1])
					row++
				}
			}
		}
	}
}

// TestHookReplaces switches a head off and wants other logits, the same as those of a model whose
// output projection does not read that head.
func TestHookReplaces(t *testing.T) {
	m, g := loadMarian(t)
	c := g.Cases[0]
	run := func(hook func(*attention.Map)) tensor.Matrix {
		p := grad.NewPass()
		var source, target grad.Sequences
		source.Add(c.Source...)
		target.Add(c.Decoder...)
		return m.Logits(p, m.Decode(p, &target, m.Encode(p, &source, attention.Hooks{Map: hook}), &source, attention.Hooks{Map: hook})).X
	}
	plain := run(nil)
	const layer, head = 1, 2
	off := run(func(am *attention.Map) {
		if am.Kind == attention.Cross && am.Layer == layer && am.Head == head {
			for i := range am.Weights.Rows {
				clear(am.Weights.Row(i))
			}
		}
	})
	w := m.decoder.blocks[layer].cross.Out.W
	width := m.Width / m.DecoderHeads
	w.Set(func(x tensor.Matrix) {
		for i := range x.Rows {
			clear(x.Row(i)[head*width : (head+1)*width])
		}
	})
	want := run(nil)
	var differs float64
	for i := range plain.Data {
		if d := math.Abs(float64(off.Data[i] - want.Data[i])); d > 1e-5 {
			t.Fatalf("logit %d: the hook gives %g, the cut projection %g", i, off.Data[i], want.Data[i])
		}
		differs = max(differs, math.Abs(float64(off.Data[i]-plain.Data[i])))
	}
	if differs < 1e-2 {
		t.Errorf("switching a head off changed the logits by %g only", differs)
	}
}

// TestInferenceAllocs wants no allocation once the arena has grown.
func TestInferenceAllocs(t *testing.T) {
	for name, change := range layouts {
		m := tiny(change)
		p := grad.NewPass()
		var source grad.Sequences
		var st State
		which, one := []int{0}, []int{1}
		id := []int{0}
		run := func() {
			p.Arena.Reset()
			source.Reset()
			source.Add(3, 1, 4)
			encoded := m.Encode(p, &source, attention.Hooks{})
			if m.DecoderLayers == 0 {
				m.Logits(p, encoded)
				return
			}
			st.Begin(m, p, encoded, &source, which, 12, attention.Hooks{})
			for x := range 11 {
				id[0] = x
				m.Logits(p, st.Step(which, one, id, attention.Hooks{}))
			}
		}
		if n := testing.AllocsPerRun(10, run); n != 0 {
			t.Errorf("%s: inference allocates %v times a run", name, n)
		}
	}
}

// tiny is a configuration for gradient checks.
func tiny(change func(*Config)) *Model {
	c := Config{Vocab: 11, Width: 8, EncoderLayers: 2, DecoderLayers: 2, EncoderHeads: 2, DecoderHeads: 4, EncoderFFN: 12,
		DecoderFFN: 10, Activation: "swish", MaxPositions: 12, ScaleEmbedding: true, Pad: 10, Start: 10}
	change(&c)
	m, err := New(c)
	if err != nil {
		panic(err)
	}
	m.Init(rand.New(rand.NewPCG(1, 2)))
	r := rand.New(rand.NewPCG(3, 4))
	for _, p := range m.Params.List {
		if p.Rows == 1 {
			p.Set(func(x tensor.Matrix) {
				for i := range x.Data {
					x.Data[i] += float32(0.1 * r.NormFloat64())
				}
			})
		}
	}
	return m
}

// ofGPT2 and ofBERT make tiny's configuration one of the other families.
func ofGPT2(c *Config) {
	c.ModelType, c.EncoderLayers, c.ScaleEmbedding, c.Activation = GPT2, 0, false, "gelu_new"
}

func ofBERT(c *Config) {
	c.ModelType, c.DecoderLayers, c.ScaleEmbedding, c.Activation = BERT, 0, false, "gelu"
}

// layouts make tiny's configuration one of every kind.
var layouts = map[string]func(*Config){
	"marian":   func(*Config) {},
	"pre-norm": func(c *Config) { c.PreNorm, c.Activation = true, "gelu_new" },
	"learned":  func(c *Config) { c.LearnedPosition, c.Activation, c.ScaleEmbedding = true, "gelu", false },
	"gpt2":     ofGPT2,
	"bert":     ofBERT,
}

// output runs a batch through a model of any family: what Logits reads.
func output(m *Model, p *grad.Pass, source, target *grad.Sequences, hooks attention.Hooks) grad.Value {
	encoded := m.Encode(p, source, hooks)
	if m.DecoderLayers == 0 {
		return encoded
	}
	return m.Decode(p, target, encoded, source, hooks)
}

// TestGradient holds the whole model's gradient against central differences, over a batch of
// several sequences, for every layout.
func TestGradient(t *testing.T) {
	for name, change := range layouts {
		t.Run(name, func(t *testing.T) {
			m := tiny(change)
			var source, target grad.Sequences
			source.Add(3, 1, 4, 0)
			source.Add(5)
			source.Add(9, 9)
			target.Add(10, 2, 7)
			target.Add(10, 8, 1, 6)
			target.Add()
			labels := []int{2, 7, 0, 8, 1, 6, 0}
			p := grad.NewPass()
			loss := func(tape *grad.Tape) float64 {
				p.Arena.Reset()
				p.Tape = tape
				l, _ := p.CrossEntropy(m.Logits(p, output(m, p, &source, &target, attention.Hooks{})), labels, 0.1, 1)
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
				for range 3 {
					i := r.IntN(w.Rows * w.Cols)
					const h = 2e-3
					x := w.Values().Data[i]
					eval := func(v float32) float64 { w.Set(func(x tensor.Matrix) { x.Data[i] = v }); return loss(nil) }
					slope := (eval(x+h) - eval(x-h)) / float64((x+h)-(x-h))
					eval(x)
					if d := math.Abs(slope - float64(g.Data[i])); d > 6e-3*(1+math.Abs(slope)) {
						t.Errorf("%s[%d]: gradient %g, central difference %g", w.Name, i, g.Data[i], slope)
					}
				}
			}
		})
	}
}
