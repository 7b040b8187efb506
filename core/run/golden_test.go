package run

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/model"
	"heed/core/record"
	"heed/core/tensor"
	"heed/core/token"
	"heed/core/weights"
)

// TestExplainGolden holds ablations, patches, gradients and integrated gradients of a tiny random translator against
// PyTorch's own hooks and gradients in float64; testdata/explain.py wrote them.
func TestExplainGolden(t *testing.T) {
	var want struct {
		Source, Target []int
		Other          struct{ Source, Target []int }
		Position       int
		Ablation       []struct {
			Kind        record.Kind
			Layer, Head int
			Delta       float64
		}
		Patch []struct {
			Kind            record.Kind
			Layer, Position int
			Recovered       float64
		}
		Gradient   []float64 `json:"gradient-input"`
		Integrated []float64 `json:"integrated-gradients"`
	}
	read := func(name string) []byte {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	if err := json.Unmarshal(read("testdata/explain.json"), &want); err != nil {
		t.Fatal(err)
	}
	const folder = "../transformer/testdata/marian/"
	net, err := model.NewNet(read(folder + "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	file, err := weights.Parse(read(folder + "model.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range net.Weights().List {
		x, err := file.Float32(p.Name)
		if err != nil {
			t.Fatal(err)
		}
		p.Set(func(m tensor.Matrix) { copy(m.Data, x) })
	}
	k, err := token.Train(func(yield func(string) bool) { yield("a b") }, 257, []string{model.EndOfText})
	if err != nil {
		t.Fatal(err)
	}
	_, _, start := net.Special()
	ran := func(source, target []int) *Session {
		s := NewSession(&model.Model{Name: "marian", About: model.About{Task: model.Translation}, Tokenizer: k, Net: net})
		s.last = finished{source: source, target: append([]int{start}, target[:len(target)-1]...), labels: target}
		return s
	}
	s := ran(want.Source, want.Target)
	worst := map[string]float64{}
	near := func(what string, got, want float64) {
		t.Helper()
		d := math.Abs(got-want) / max(1, math.Abs(want))
		if worst[what] = max(worst[what], d); !(d <= 1e-4) {
			t.Errorf("%s is %g, PyTorch has %g", what, got, want)
		}
	}

	parts, err := s.Ablate(Ablation{})
	if err != nil || len(parts) != len(want.Ablation) {
		t.Fatalf("%d parts, %v; want %d", len(parts), err, len(want.Ablation))
	}
	for _, w := range want.Ablation {
		for _, p := range parts {
			if p.Kind == w.Kind && p.Layer == w.Layer && p.Head == w.Head {
				near("ablation of "+string(w.Kind), float64(p.Delta), w.Delta)
			}
		}
	}

	for method, all := range map[string][]float64{GradientInput: want.Gradient, IntegratedGradients: want.Integrated} {
		a, err := s.Attribute(method, want.Position)
		if method == IntegratedGradients { // as exact as PyTorch's
			var tr trial
			if a, tr, _, err = s.prediction(method, want.Position); err == nil {
				err = s.integrate(a, tr, 1e-4, nil)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		for i, w := range all {
			if n := len(want.Source); i < n {
				near(method, float64(a.Source[i]), w)
			} else {
				near(method, float64(a.Target[i-n]), w)
			}
		}
	}

	other := ran(want.Other.Source, want.Other.Target)
	d := want.Position
	a, b := want.Target[d], want.Other.Target[d]
	cut := func(s *Session) trial {
		return trial{source: s.last.source, target: s.last.target[:d+1], rows: []int{d}}
	}
	difference := func(s *Session, hooks attention.Hooks) float64 {
		row := s.logits(grad.NewPass(), []trial{cut(s)}, hooks).X.Row(0)
		return float64(row[b]) - float64(row[a])
	}
	from := map[site]*siteRows{}
	full := difference(other, attention.Hooks{Values: func(v *attention.Values) { collect(from, v) }})
	base := difference(s, attention.Hooks{})
	for _, w := range want.Patch {
		p := record.Patched{Kind: w.Kind, Layer: w.Layer, Head: record.None, Position: w.Position}
		got := difference(s, attention.Hooks{Values: func(v *attention.Values) {
			for i := range v.X.X.Rows {
				if begin, end, ok := patched(&p, v, i, net.Heads); ok {
					copy(v.X.X.Row(i)[begin:end], from[siteOf(v)].row(v.Position[i])[begin:end])
				}
			}
		}})
		near("patch of "+string(w.Kind), (got-base)/(full-base), w.Recovered)
	}
	t.Log(worst)
}
