package families_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/tensor"
	"heed/core/transformer"
	"heed/core/transformer/families"
)

// switched is a network of model type heed with every weight drawn.
func switched(t *testing.T, change func(*transformer.Config)) *transformer.Model {
	t.Helper()
	c := transformer.Config{ModelType: families.Heed, Vocab: 20, Width: 12, EncoderLayers: 2, DecoderLayers: 2, EncoderHeads: 3, DecoderHeads: 2,
		EncoderFFN: 10, DecoderFFN: 14, Activation: "gelu_new", MaxPositions: 16, PreNorm: true, ScaleEmbedding: true, EOS: 1}
	change(&c)
	data, err := c.JSON()
	if err != nil {
		t.Fatal(err)
	}
	read, err := transformer.ParseConfig(data)
	if err != nil {
		t.Fatalf("%v: %s", err, data)
	}
	m, err := transformer.New(read)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := int64(m.Params.Count()), read.Count(); got != want {
		t.Errorf("there are %d weights, and room for %d", got, want)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for _, p := range m.Params.List {
		p.Set(func(x tensor.Matrix) {
			for i := range x.Data {
				x.Data[i] = float32(0.4 * r.NormFloat64())
			}
		})
	}
	return m
}

var switches = map[string]func(*transformer.Config){
	"all":                func(*transformer.Config) {},
	"no positions":       func(c *transformer.Config) { c.NoPositions = true },
	"no residuals":       func(c *transformer.Config) { c.NoResiduals = true },
	"no norms":           func(c *transformer.Config) { c.NoNorms = true },
	"attention only":     func(c *transformer.Config) { c.EncoderFFN, c.DecoderFFN = 0, 0 },
	"nothing but heads":  func(c *transformer.Config) { c.NoNorms, c.NoResiduals, c.EncoderFFN, c.DecoderFFN = true, true, 0, 0 },
	"a decoder":          func(c *transformer.Config) { c.EncoderLayers = 0 },
	"norms after":        func(c *transformer.Config) { c.PreNorm, c.NoResiduals = false, true },
	"learned, and bare":  func(c *transformer.Config) { c.LearnedPosition, c.DecoderFFN, c.NoNorms = true, 0, true },
	"a matrix of logits": func(c *transformer.Config) { c.Untied = true },
}

var source, target = []int{3, 4, 5, 6, 1}, []int{0, 7, 8, 9, 10}

// logits are those of a target, its tokens given whole.
func logits(m *transformer.Model, source, target []int, hooks attention.Hooks) tensor.Matrix {
	var s, d grad.Sequences
	s.Add(source...)
	d.Add(target...)
	p := grad.NewPass()
	return m.Logits(p, m.Decode(p, &d, m.Encode(p, &s, hooks), &s, hooks)).X
}

// Logits are the sums of what the parts bring, which package transformer's Trace works out on another way.
func TestSwitchesAddUp(t *testing.T) {
	for name, change := range switches {
		m := switched(t, change)
		trace, hooks := m.NewTrace(source, target)
		x := logits(m, source, target, hooks)
		for row := range target {
			_, values, err := trace.Logit(grad.NewPass(), row, 11)
			if err != nil {
				t.Fatal(err)
			}
			sum := 0.0
			for _, v := range values {
				sum += v
			}
			if got := float64(x.Row(row)[11]); math.Abs(got-sum) > 1e-4*(1+math.Abs(got)) {
				t.Errorf("%s, row %d: the logit is %g, its parts come to %g", name, row, got, sum)
			}
		}
	}
}

// A decoder that writes computes what it computes of a whole target, except without a mask.
func TestSwitchesWrite(t *testing.T) {
	for name, change := range switches {
		m := switched(t, change)
		whole := logits(m, source, target, attention.Hooks{})
		var s grad.Sequences
		s.Add(source...)
		p := grad.NewPass()
		d := m.Begin(p, m.Encode(p, &s, attention.Hooks{}), &s, []int{0}, len(target), attention.Hooks{})
		for i, id := range target {
			x := m.Logits(p, d.Step([]int{0}, []int{1}, []int{id}, attention.Hooks{})).X.Row(0)
			for j, v := range x {
				if w := whole.Row(i)[j]; math.Abs(float64(v-w)) > 1e-4*(1+math.Abs(float64(w))) {
					t.Fatalf("%s, token %d: the logit %d is %g, of the whole target %g", name, i, j, v, w)
				}
			}
		}
	}
}

func TestMask(t *testing.T) {
	later := slices.Clone(target)
	later[4] = 15
	for _, open := range []bool{false, true} {
		m := switched(t, func(c *transformer.Config) { c.NoMask = open })
		a, b := logits(m, source, target, attention.Hooks{}), logits(m, source, later, attention.Hooks{})
		if same := slices.Equal(a.Row(0), b.Row(0)); same == open {
			t.Errorf("without a mask: %v; the first token sees the last: %v", open, !same)
		}
	}
}

// Without positions an encoder does not know in what order its tokens stand; with any it does.
func TestPositions(t *testing.T) {
	turned := []int{6, 5, 4, 3, 1}
	for name, change := range map[string]func(*transformer.Config){
		"none":    func(c *transformer.Config) { c.NoPositions = true },
		"fixed":   func(*transformer.Config) {},
		"learned": func(c *transformer.Config) { c.LearnedPosition = true },
		"rotary":  func(c *transformer.Config) { c.Rotary = transformer.Rotary{Width: 4, Base: 10000} },
	} {
		m := switched(t, func(c *transformer.Config) { change(c); c.EncoderHeads = 3; c.DecoderHeads = 3 })
		a, b := logits(m, source, target, attention.Hooks{}), logits(m, turned, target, attention.Hooks{})
		far := 0.0
		for i, v := range a.Row(2) {
			far = max(far, math.Abs(float64(v-b.Row(2)[i])))
		}
		if (name == "none") != (far < 1e-4) {
			t.Errorf("positions %s: the order of the source changes logits by %g", name, far)
		}
	}
}

func TestHeedRefuses(t *testing.T) {
	for config, want := range map[string]string{
		`{"model_type": "heed", "encoder_layers": 0, "decoder_layers": 0}`: "neither an encoder nor a decoder",
		`{"model_type": "heed", "encoder_layers": -1}`:                     "encoder has -1 layers",
		`{"model_type": "heed", "decoder_heads": 0}`:                       "0 heads",
		`{"model_type": "heed", "decoder_ffn_dim": -4}`:                    "width -4",
		`{"model_type": "heed", "rotary_dim": 3}`:                          "rotary",
	} {
		if _, err := transformer.ParseConfig([]byte(config)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("of %s the error is %v, want %q", config, err, want)
		}
	}
}
