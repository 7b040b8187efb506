package train

import (
	"math"
	"math/rand/v2"
	"testing"

	"heed/core/tensor"
)

// The orthogonal factor has the singular values of Newton–Schulz's five steps, and the singular vectors of g.
func TestOrthogonalize(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, size := range [][2]int{{3, 3}, {5, 17}, {17, 5}, {33, 64}} {
		rows, cols := size[0], size[1]
		g := tensor.New(rows, cols)
		for i := range g.Data {
			g.Data[i] = float32(r.NormFloat64())
		}
		o := tensor.New(rows, cols)
		copy(o.Data, g.Data)
		orthogonalize(new(tensor.Arena), o)

		// The small side's products: o oᵀ has eigenvalues near 1, and o gᵀ is symmetric and positive, as
		// U Vᵀ V S Uᵀ = U S Uᵀ is.
		at := func(m tensor.Matrix, i, k int) float64 {
			if rows > cols {
				return float64(m.Row(k)[i])
			}
			return float64(m.Row(i)[k])
		}
		n, m := min(rows, cols), max(rows, cols)
		for try := range 20 {
			v := make([]float64, n)
			for i := range v {
				v[i] = r.NormFloat64()
			}
			var vv, ov, ovgv float64
			for _, x := range v {
				vv += x * x
			}
			for k := range m {
				var a, b float64
				for i := range v {
					a += v[i] * at(o, i, k)
					b += v[i] * at(g, i, k)
				}
				ov += a * a
				ovgv += a * b
			}
			if s := math.Sqrt(ov / vv); s < 0.5 || s > 1.3 || ovgv <= 0 {
				t.Fatalf("%d×%d, try %d: stretches by %g, along g %g", rows, cols, try, s, ovgv)
			}
		}
		for i := range n {
			for j := range i {
				var ij, ji float64
				for k := range m {
					ij += at(o, i, k) * at(g, j, k)
					ji += at(o, j, k) * at(g, i, k)
				}
				if math.Abs(ij-ji) > 1e-3*float64(m) {
					t.Fatalf("%d×%d: o gᵀ is not symmetric: %g and %g", rows, cols, ij, ji)
				}
			}
		}
	}
	zero := tensor.New(4, 4)
	orthogonalize(new(tensor.Arena), zero)
	for _, v := range zero.Data {
		if v != 0 {
			t.Fatal("a zero matrix became", zero.Data)
		}
	}
}

// One step by hand: from rest the momentum is the gradient, and its look ahead is 1.95 times it, which
// orthogonalize does not mind.
func TestMuonStep(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	const rate, decay, scale = 0.01, 0.1, 0.5
	x, g := tensor.New(6, 9), make([]float32, 54)
	for i := range g {
		x.Data[i], g[i] = float32(r.NormFloat64()), float32(r.NormFloat64())
	}
	o := tensor.New(6, 9)
	copy(o.Data, g)
	orthogonalize(new(tensor.Arena), o)
	old, gradient, m := append([]float32{}, x.Data...), append([]float32{}, g...), make([]float32, 54)
	muonStep(new(tensor.Arena), x, m, gradient, rate, decay, scale)
	for i := range g {
		want := old[i]*(1-rate*decay) - rate*0.2*3*o.Data[i]
		if math.Abs(float64(x.Data[i]-want)) > 1e-5 || math.Abs(float64(m[i]-scale*g[i])) > 1e-6 {
			t.Fatalf("weight %d: %g, want %g; momentum %g, want %g", i, x.Data[i], want, m[i], scale*g[i])
		}
	}
}

func TestMuonTakesMatricesBetweenLayers(t *testing.T) {
	r := small()
	r.Optimizer = "muon"
	tr := start(t, r, madeUp(20))
	took := map[string]bool{}
	for i, p := range tr.Net.Weights().List {
		took[p.Name] = tr.opt.muon[i]
	}
	for name, want := range map[string]bool{
		"model.shared.weight": false, "model.encoder.layers.0.self_attn.q_proj.weight": true, "model.encoder.layers.0.self_attn.q_proj.bias": false,
		"model.decoder.layers.0.fc1.weight": true, "model.decoder.layers.0.final_layer_norm.weight": false,
	} {
		if got, ok := took[name]; !ok || got != want {
			t.Errorf("%s: %v, %v", name, got, ok)
		}
	}
	before, _, err := tr.Step()
	if err != nil {
		t.Fatal(err)
	}
	var after float64
	for range 60 {
		if after, _, err = tr.Step(); err != nil {
			t.Fatal(err)
		}
	}
	if !(after < 0.8*before) {
		t.Errorf("the loss went from %g to %g", before, after)
	}
}
