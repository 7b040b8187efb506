package transformer

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/tensor"
)

// single is what transformers computes for a tiny random GPT-2 or BERT; testdata/golden.py wrote it.
type single struct {
	Header struct{ Tolerance float64 }
	Cases  []struct {
		Input  []int
		Hidden [][]float64
		Logits [][]float64
		Maps   [][][][]float64 // layer, head, query, key
	}
}

// TestSingleGolden runs each case alone, and all as one batch.
func TestSingleGolden(t *testing.T) {
	for folder, kind := range map[string]attention.Kind{"gpt2": attention.Decoder, "bert": attention.Self} {
		var g single
		m := load(t, folder, &g)
		tol := g.Header.Tolerance
		logits, maps, hidden := largest{t, tol, 0}, largest{t, tol, 0}, largest{t, tol, 0}
		for from := range g.Cases {
			for _, cases := range [][2]int{{from, from + 1}, {0, len(g.Cases)}} {
				batch := g.Cases[cases[0]:cases[1]]
				seen := 0
				hook := func(am *attention.Map) {
					seen++
					if am.Kind != kind || am.Causal != (kind == attention.Decoder) {
						t.Errorf("%s: a map of kind %s, causal %v", folder, am.Kind, am.Causal)
					}
					maps.check(folder+": a map", am.Weights, batch[am.Sequence].Maps[am.Layer][am.Head])
				}
				var s grad.Sequences
				for _, c := range batch {
					s.Add(c.Input...)
				}
				for _, tape := range []*grad.Tape{nil, grad.NewTape(&m.Params)} {
					p := grad.NewPass()
					p.Tape = tape
					out := output(m, p, &s, &s, attention.Hooks{Map: hook})
					for i, c := range batch {
						rows := out.Rows(s.Spans[i].Q0, s.Spans[i].Q1)
						hidden.check(folder+": the output", rows.X, c.Hidden)
						logits.check(folder+": logits", m.Logits(p, rows).X, c.Logits)
					}
				}
				layers, heads := m.DecoderLayers, m.DecoderHeads
				if kind == attention.Self {
					layers, heads = m.EncoderLayers, m.EncoderHeads
				}
				if want := 2 * len(batch) * layers * heads; seen != want {
					t.Errorf("%s: the hook saw %d maps, want %d", folder, seen, want)
				}
			}
		}
		t.Logf("%s: largest errors: logits %.2g, attention maps %.2g, output %.2g", folder, logits.err, maps.err, hidden.err)
	}
}

// TestStepAlone decodes without an encoder, all cases side by side, a few tokens at a time; one
// hypothesis goes astray, becomes a copy of another and takes back what is too much.
func TestStepAlone(t *testing.T) {
	var g single
	m := load(t, "gpt2", &g)
	p := grad.NewPass()
	worst := largest{t, g.Header.Tolerance, 0}
	for _, stride := range []int{1, 2, 3, 24} {
		var st State
		st.Begin(m, p, grad.Value{}, nil, make([]int, len(g.Cases)+1), 99, attention.Hooks{})
		for from := 0; from < 20; from += stride {
			var active, counts, ids []int
			for i, c := range g.Cases {
				if n := min(stride, len(c.Input)-from); n > 0 {
					active, counts = append(active, i), append(counts, n)
					ids = append(ids, c.Input[from:from+n]...)
				}
			}
			out := st.Step(active, counts, ids, attention.Hooks{})
			row := 0
			for k, i := range active {
				rows := out.Rows(row, row+counts[k])
				worst.check("output by steps", rows.X, g.Cases[i].Hidden[from:from+counts[k]])
				worst.check("logits by steps", m.Logits(p, rows).X, g.Cases[i].Logits[from:from+counts[k]])
				row += counts[k]
			}
		}
		last, extra := len(g.Cases)-1, len(g.Cases)
		st.Step([]int{extra}, []int{3}, []int{1, 2, 3}, attention.Hooks{})
		st.Copy(extra, last)
		if st.Len(extra) != 20 || st.Room(extra) != 4 {
			t.Fatalf("a copy has %d tokens and room for %d, want 20 and 4", st.Len(extra), st.Room(extra))
		}
		st.Truncate(extra, 11)
		c := g.Cases[last]
		out := st.Step([]int{extra}, []int{9}, c.Input[11:], attention.Hooks{})
		worst.check("logits after taking back", m.Logits(p, out).X, c.Logits[11:])
	}
	t.Logf("largest error %.2g", worst.err)
}

// TestInitFamilies wants the spreads that the papers give, and nothing but weights drawn.
func TestInitFamilies(t *testing.T) {
	big := func(change func(*Config)) func(*Config) {
		return func(c *Config) {
			change(c)
			c.Width, c.DecoderFFN, c.EncoderFFN, c.Vocab = 64, 256, 256, 300
		}
	}
	const truncated = 0.8796 // standard deviation of a normal variable cut off at 2
	for name, change := range map[string]func(*Config){"gpt2": big(ofGPT2), "bert": big(ofBERT)} {
		m := tiny(change)
		m.Init(rand.New(rand.NewPCG(1, 2)))
		for _, p := range m.Params.List {
			if p.Rows == 1 {
				continue
			}
			var most, sum float64
			for _, v := range p.Values().Data {
				most, sum = max(most, math.Abs(float64(v))), sum+float64(v)*float64(v)
			}
			sd, want := math.Sqrt(sum/float64(len(p.Values().Data))), 0.02
			switch {
			case name == "bert":
				want *= truncated
				if most > 0.04 {
					t.Errorf("%s: a weight of %g lies beyond two standard deviations", p.Name, most)
				}
			case strings.HasSuffix(p.Name, "c_proj.weight"):
				want /= 2 // √(2·2 layers)
			}
			// The error of a standard deviation of n draws is about 1/√(2n) of it.
			if tol := 5 / math.Sqrt(2*float64(len(p.Values().Data))); math.Abs(sd/want-1) > tol {
				t.Errorf("%s, %s: standard deviation %.5f, want %.5f", name, p.Name, sd, want)
			}
		}
	}
}

// TestDropoutFamilies wants dropout on the embeddings and on every branch, and none without a source
// of randomness: at each place, a change of its probability alone changes the output.
func TestDropoutFamilies(t *testing.T) {
	for name, change := range layouts {
		m := tiny(change)
		var s grad.Sequences
		s.Add(3, 1, 4, 1, 5)
		run := func(r *rand.PCG) []float32 {
			p := grad.NewPass()
			p.Rand = r
			return output(m, p, &s, &s, attention.Hooks{}).X.Data
		}
		differ := func(a, b []float32) bool {
			for i := range a {
				if a[i] != b[i] {
					return true
				}
			}
			return false
		}
		plain := run(nil)
		m.SetDropout(0.5)
		if differ(plain, run(nil)) {
			t.Errorf("%s: dropout without randomness", name)
		}
		m.SetDropout(0)
		var places []*float32
		for _, st := range []*stack{&m.encoder, &m.decoder} {
			if len(st.blocks) > 0 {
				places = append(places, &st.dropout)
			}
			for _, b := range st.blocks {
				places = append(places, &b.dropout)
			}
		}
		for i, at := range places {
			m.SetDropout(0.5)
			probability := *at
			m.SetDropout(0)
			if *at = probability; !differ(plain, run(rand.NewPCG(1, 2))) {
				t.Errorf("%s: no dropout at place %d", name, i)
			}
		}
	}
}

// TestFirstBad breaks weights and wants the place where it shows first.
func TestFirstBad(t *testing.T) {
	for name, cases := range map[string]map[string]string{
		"marian": {"model.shared.weight": "the embeddings", "model.encoder.layers.1.fc1.weight": "encoder layer 1",
			"model.decoder.layers.0.encoder_attn.k_proj.bias": "decoder layer 0", "model.decoder.layers.1.final_layer_norm.bias": "decoder layer 1",
			"final_logits_bias": "the logits"},
		"gpt2": {"transformer.wpe.weight": "the embeddings", "transformer.h.0.attn.c_attn.weight": "decoder layer 0",
			"transformer.h.1.mlp.c_proj.bias": "decoder layer 1", "transformer.ln_f.bias": "the logits"},
		"bert": {"bert.embeddings.token_type_embeddings.weight": "the embeddings", "bert.embeddings.LayerNorm.weight": "the embeddings",
			"bert.encoder.layer.1.output.dense.weight": "encoder layer 1", "cls.predictions.transform.dense.bias": "the logits"},
	} {
		for broken, want := range cases {
			for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
				m := tiny(layouts[name])
				var s grad.Sequences
				s.Add(3, 1, 4)
				s.Add(0, 7)
				p := grad.NewPass()
				p.Tape = grad.NewTape(&m.Params)
				before := p.Arena.Mark()
				if got := m.FirstBad(p, &s, &s); got != "" || p.Arena.Mark() != before {
					t.Fatalf("%s: a sound model is bad in %q, or what was checked is kept", name, got)
				}
				for _, w := range m.Params.List {
					if w.Name == broken {
						w.Set(func(x tensor.Matrix) { x.Data[0] = float32(bad) })
					}
				}
				if got := m.FirstBad(p, &s, &s); got != want {
					t.Errorf("%g in %s: got %q, want %q", bad, broken, got, want)
				}
			}
		}
	}
}

func TestDecodeOfAnEncoder(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("BERT decodes")
		}
	}()
	m := tiny(ofBERT)
	var s grad.Sequences
	s.Add(1)
	m.Decode(grad.NewPass(), &s, grad.Const(tensor.New(1, m.Width)), &s, attention.Hooks{})
}

// TestLens holds the logit lens of the tiny GPT-2 against testdata/lens.py's, layer by layer, each case
// alone; and that of every family against its own logits, which the last layer gives.
func TestLens(t *testing.T) {
	var g single
	m := load(t, "gpt2", &g)
	b, err := os.ReadFile("testdata/gpt2/lens.json")
	if err != nil {
		t.Fatal(err)
	}
	var want struct{ Layers [][][][]float64 }
	if err := json.Unmarshal(b, &want); err != nil {
		t.Fatal(err)
	}
	worst := largest{t, g.Header.Tolerance, 0}
	for i, c := range g.Cases {
		var s grad.Sequences
		s.Add(c.Input...)
		p := grad.NewPass()
		layers := 0
		m.Decode(p, &s, grad.Value{}, nil, attention.Hooks{Values: func(v *attention.Values) {
			if v.Site == attention.Residual {
				worst.check("the lens", m.Logits(p, m.Final(p, v.X)).X, want.Layers[i][v.Layer])
				layers++
			}
		}})
		if layers != m.DecoderLayers {
			t.Errorf("the lens shows %d layers of %d", layers, m.DecoderLayers)
		}
	}
	t.Logf("largest error %.2g", worst.err)

	for name, change := range layouts {
		m := tiny(change)
		var source, target grad.Sequences
		source.Add(3, 1, 4)
		target.Add(2, 5)
		p := grad.NewPass()
		logits := m.Logits(p, output(m, p, &source, &target, attention.Hooks{})).X
		layers, kind := m.DecoderLayers, attention.Decoder
		if m.DecoderLayers == 0 {
			layers, kind = m.EncoderLayers, attention.Self
		}
		output(m, p, &source, &target, attention.Hooks{Values: func(v *attention.Values) {
			if v.Site != attention.Residual || v.Kind != kind || v.Layer != layers-1 {
				return
			}
			got := m.Logits(p, m.Final(p, v.X)).X
			for i := range got.Rows {
				for j, v := range got.Row(i) {
					if d := math.Abs(float64(v - logits.Row(i)[j])); !(d < 1e-5) {
						t.Fatalf("%s: the last layer's lens is %v off the logits at %d, %d", name, d, i, j)
					}
				}
			}
			layers = -1
		}})
		if layers != -1 {
			t.Errorf("%s: the lens does not show the last layer", name)
		}
	}
}
