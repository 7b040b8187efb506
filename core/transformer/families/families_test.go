package families_test

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/model"
	"heed/core/tensor"
	"heed/core/transformer"
	_ "heed/core/transformer/families"
	"heed/core/weights"
)

// golden is what transformers computes for a tiny random model; testdata/golden.py wrote it.
type golden struct {
	Config  json.RawMessage
	Tensors map[string][]int
	Cases   []struct {
		Source, Target []int
		Logits, Hidden [][]float64
		Maps           map[attention.Kind][][][][]float64 // layer, head, query, key
		Greedy         []int
	}
}

// drawn are weights that follow from their names, as draw in testdata/golden.py has it.
type drawn map[string][]int

func (d drawn) Names() []string                        { return slices.Sorted(maps.Keys(d)) }
func (d drawn) Shape(name string) ([]int, bool)        { s, ok := d[name]; return s, ok }
func (d drawn) DType(string) (weights.DType, bool)     { return weights.F32, true }
func (d drawn) Raw(string) ([]byte, error)             { return nil, nil }
func (d drawn) Float32(name string) ([]float32, error) { return draw(name, d[name]), nil }

func (d drawn) Into(out []float32, name string) error {
	copy(out, draw(name, d[name]))
	return nil
}

func draw(name string, shape []int) []float32 {
	n := 1
	for _, side := range shape {
		n *= side
	}
	h := fnv.New64a()
	h.Write([]byte(name))
	parts := strings.Split(strings.ToLower(name), ".")
	kind, layer := parts[len(parts)-1], parts[max(0, len(parts)-2)]
	gain := len(parts) > 1 && (kind == "weight" || kind == "gamma") && (strings.Contains(layer, "norm") || strings.Contains(layer, "ln_"))
	x := make([]float32, n)
	state := h.Sum64()
	for i := range x {
		state += 0x9E3779B97F4A7C15
		z := state
		z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
		z = (z ^ z>>27) * 0x94D049BB133111EB
		z ^= z >> 31
		u := float32(float64(z>>40)/(1<<23) - 1)
		if x[i] = 0.5 * u; gain {
			x[i] = 1 + 0.25*u
		}
	}
	return x
}

// open makes the model of a golden file.
func open(t testing.TB, name string) (*transformer.Model, *golden) {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := json.Unmarshal(data, &g); err != nil {
		t.Fatal(err)
	}
	c, err := transformer.ParseConfig(g.Config)
	if err != nil {
		t.Fatal(name, " ", err)
	}
	if err := c.Fit(drawn(g.Tensors).Names()); err != nil {
		t.Fatal(name, " ", err)
	}
	m, err := transformer.New(c)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.Count(), int64(m.Params.Count()); got != want {
		t.Errorf("%s: Count gives %d, the model has %d weights", name, got, want)
	}
	if err := model.Load(m, drawn(g.Tensors), name); err != nil {
		t.Fatal(err)
	}
	return m, &g
}

func variants(t testing.TB) (names []string) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) < 18 {
		t.Fatal(len(files), "files of golden.py, want 18; ", err)
	}
	for _, f := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(f), ".json"))
	}
	return names
}

const tolerance = 1e-4

// worst tracks the largest absolute error.
type worst float64

func (w *worst) check(t *testing.T, what string, got tensor.Matrix, want [][]float64) {
	t.Helper()
	if got.Rows != len(want) || got.Cols != len(want[0]) {
		t.Fatalf("%s is %d×%d, want %d×%d", what, got.Rows, got.Cols, len(want), len(want[0]))
	}
	for i := range want {
		for j, v := range want[i] {
			d := math.Abs(float64(got.Row(i)[j]) - v)
			if !(d <= tolerance) {
				t.Fatalf("%s at %d, %d: %g, want %g", what, i, j, got.Row(i)[j], v)
			}
			*w = max(*w, worst(d))
		}
	}
}

// TestGolden holds logits, every attention map and what is written greedily of each variant against transformers'.
// With -v it prints the table of largest errors.
func TestGolden(t *testing.T) {
	for _, name := range variants(t) {
		t.Run(name, func(t *testing.T) {
			m, g := open(t, name)
			var logits, hidden, attentions worst
			for i, c := range g.Cases {
				var source, target grad.Sequences
				source.Add(c.Source...)
				target.Add(c.Target...)
				if m.EncoderLayers == 0 {
					target = source
				}
				seen := 0
				p := grad.NewPass()
				hooks := attention.Hooks{Map: func(am *attention.Map) {
					seen++
					attentions.check(t, fmt.Sprintf("case %d, map %s %d.%d", i, am.Kind, am.Layer, am.Head), am.Weights, c.Maps[am.Kind][am.Layer][am.Head])
				}}
				x := m.Encode(p, &source, hooks)
				if m.DecoderLayers > 0 {
					x = m.Decode(p, &target, x, &source, hooks)
				}
				maps := 0
				for _, layers := range c.Maps {
					for _, heads := range layers {
						maps += len(heads)
					}
				}
				if seen != maps {
					t.Errorf("case %d: %d maps, want %d", i, seen, maps)
				}
				if !m.Predicts() {
					hidden.check(t, fmt.Sprintf("case %d, output", i), x.X, c.Hidden)
					continue
				}
				logits.check(t, fmt.Sprintf("case %d, logits", i), m.Logits(p, x).X, c.Logits)
				if m.DecoderLayers > 0 {
					if got := greedy(m, c.Source, len(c.Greedy)); !slices.Equal(got, c.Greedy) {
						t.Errorf("case %d: %v is written, want %v", i, got, c.Greedy)
					}
				}
			}
			t.Logf("%-16s largest errors: logits %.1e, output %.1e, maps %.1e", name, logits, hidden, attentions)
		})
	}
}

// TestSplit wants the parts of a score to sum to the score that a pass has, in every variant: with positions that turn
// queries and keys or that are added to scores, norms of queries and keys, and heads that share keys.
func TestSplit(t *testing.T) {
	for _, name := range variants(t) {
		m, g := open(t, name)
		c := g.Cases[0]
		var source, target grad.Sequences
		source.Add(c.Source...)
		target.Add(c.Target...)
		if m.EncoderLayers == 0 {
			target = source
			c.Target = c.Source
		}
		trace, hooks := m.NewTrace(c.Source, c.Target)
		type score struct {
			attention.Kind
			layer, head, row, col int
			value                 float64
		}
		var all []score
		hooks.Map = func(am *attention.Map) {
			row := am.Weights.Rows - 1
			lo, hi := am.Visible(row)
			for _, col := range []int{lo, lo + (am.Layer+2)%(hi-lo)} {
				all = append(all, score{am.Kind, am.Layer, am.Head, row, col, float64(am.Scores.Row(row)[col])})
			}
		}
		p := grad.NewPass()
		x := m.Encode(p, &source, hooks)
		if m.DecoderLayers > 0 {
			m.Decode(p, &target, x, &source, hooks)
		}
		for _, s := range all {
			_, _, values, err := trace.Score(p, s.Kind, s.layer, s.head, s.row, s.col)
			if err != nil {
				t.Fatal(name, " ", err)
			}
			sum := 0.0
			for _, line := range values {
				for _, v := range line {
					sum += v
				}
			}
			if !(math.Abs(sum-s.value) <= tolerance*(1+math.Abs(s.value))) {
				t.Fatalf("%s: the score %s.%d.%d.%d.%d is %g, its parts sum to %g", name, s.Kind, s.layer, s.head, s.row, s.col, s.value, sum)
			}
		}
		if len(all) == 0 {
			t.Error(name, " has no scores")
		}
	}
}

// TestWritten reads the configuration of each variant, writes it, and reads it again.
func TestWritten(t *testing.T) {
	for _, name := range variants(t) {
		m, _ := open(t, name)
		data, err := m.Config.JSON()
		if err != nil {
			t.Fatal(name, " ", err)
		}
		c, err := transformer.ParseConfig(data)
		if err != nil {
			t.Fatalf("%s: %s: %v", name, data, err)
		}
		c.Spelling, c.Headless, c.Rotary.Interleaved = m.Spelling, m.Headless, m.Rotary.Interleaved // which the tensors say
		if !cmp.Equal(c, m.Config) {
			t.Errorf("%s: %+v\nbecame %+v", name, m.Config, c)
		}
	}
}

// greedy writes token by token, over the cache.
func greedy(m *transformer.Model, source []int, most int) (out []int) {
	p := grad.NewPass()
	var s grad.Sequences
	s.Add(source...)
	encoded := m.Encode(p, &s, attention.Hooks{})
	st := m.Begin(p, encoded, &s, []int{0}, 30, attention.Hooks{})
	next := source
	if m.EncoderLayers > 0 {
		next = []int{m.Start}
	}
	for len(out) < most {
		x := st.Step([]int{0}, []int{len(next)}, next, attention.Hooks{})
		l := m.Logits(p, x).X
		row := l.Row(l.Rows - 1)
		id := tensor.ArgMax(row)
		out = append(out, id)
		if id == m.EOS {
			break
		}
		next = []int{id}
	}
	return out
}

// TestMissing leaves each tensor of each variant out of its file: the error names it. By what tells how BERT's norms
// are spelled, the error has the other spelling.
func TestMissing(t *testing.T) {
	for _, name := range variants(t) {
		_, g := open(t, name)
		for missing := range g.Tensors {
			less := drawn(maps.Clone(g.Tensors))
			delete(less, missing)
			c, err := transformer.ParseConfig(g.Config)
			if err != nil {
				t.Fatal(err)
			}
			err = c.Fit(less.Names())
			if strings.Contains(missing, "pooler.") || missing == "final_logits_bias" { // which it does without
				if err != nil {
					t.Errorf("%s without %s: %v", name, missing, err)
				}
				continue
			}
			if err == nil {
				var m *transformer.Model
				if m, err = transformer.New(c); err == nil {
					err = model.Load(m, less, "model.safetensors")
				}
			}
			if missing == "bert.encoder.layer.0.attention.output.LayerNorm.gamma" {
				missing = "LayerNorm.weight"
			}
			if err == nil || !strings.Contains(err.Error(), missing) {
				t.Errorf("%s without %s: %v", name, missing, err)
			}
		}
	}
}
