package train

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"heed/core/grad"
	"heed/core/model"
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

// One step by hand, from a momentum that points elsewhere than the gradient.
func TestMuonStep(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	const rate, decay, scale = 0.01, 0.1, 0.5
	x, o, m, g, moved := tensor.New(6, 9), tensor.New(6, 9), make([]float32, 54), make([]float32, 54), make([]float32, 54)
	for i := range g {
		x.Data[i], m[i], g[i] = float32(r.NormFloat64()), float32(r.NormFloat64()), float32(r.NormFloat64())
		moved[i] = 0.95*m[i] + scale*g[i]
		o.Data[i] = scale*g[i] + 0.95*moved[i]
	}
	orthogonalize(new(tensor.Arena), o)
	old := slices.Clone(x.Data)
	muonStep(new(tensor.Arena), x, m, g, rate, decay, scale)
	for i := range g {
		want := old[i]*(1-rate*decay) - rate*0.2*3*o.Data[i]
		if math.Abs(float64(x.Data[i]-want)) > 1e-5 || math.Abs(float64(m[i]-moved[i])) > 1e-6 {
			t.Fatalf("weight %d: %g, want %g; momentum %g, want %g", i, x.Data[i], want, m[i], moved[i])
		}
	}
}

// Matrices between layers are taken whatever their size: here they have as many rows as there are positions,
// and pieces. Tables are not, of any family.
func TestIsHidden(t *testing.T) {
	tables := map[string]bool{
		"model.shared.weight": true, "model.encoder.embed_positions.weight": true, "model.decoder.embed_positions.weight": true,
		"transformer.wte.weight": true, "transformer.wpe.weight": true,
		"bert.embeddings.word_embeddings.weight": true, "bert.embeddings.position_embeddings.weight": true, "bert.embeddings.token_type_embeddings.weight": true,
		"shared.weight": true, "lm_head.weight": true,
	}
	met := 0
	for _, config := range []string{
		`"model_type": "marian", "d_model": 64, "encoder_layers": 1, "decoder_layers": 1, "encoder_attention_heads": 2, "decoder_attention_heads": 2,
			"encoder_ffn_dim": 300, "decoder_ffn_dim": 64, "max_position_embeddings": 64, "learned_positions": true,
			"pad_token_id": 0, "eos_token_id": 1, "decoder_start_token_id": 0`,
		`"model_type": "gpt2", "n_embd": 64, "n_layer": 1, "n_head": 2, "n_positions": 64, "n_inner": 300, "bos_token_id": 0, "eos_token_id": 0`,
		`"model_type": "bert", "hidden_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 300, "max_position_embeddings": 64`,
		`"model_type": "recurrent", "d_model": 64, "encoder_layers": 1, "encoder_hidden_size": 100, "bidirectional": true, "decoder_hidden_size": 64,
			"attention": "general", "tie_word_embeddings": false, "scale_embedding": true, "max_position_embeddings": 64,
			"pad_token_id": 0, "eos_token_id": 1, "decoder_start_token_id": 0`,
	} {
		net, err := model.NewNet([]byte(`{"vocab_size": 300, ` + config + `}`))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range net.Weights().List {
			if tables[p.Name] {
				met++
			}
			if got, want := isHidden(p), p.Rows > 1 && !tables[p.Name]; got != want {
				t.Errorf("%s, %d × %d: %v", p.Name, p.Rows, p.Cols, got)
			}
		}
	}
	if met != len(tables) {
		t.Errorf("only %d of the %d tables were met", met, len(tables))
	}
}

func TestMuonTakesMatricesBetweenLayers(t *testing.T) {
	tr := start(t, func(o *Options) { o.Optimizer = Muon }, reversals(20))
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
	before := steps(t, tr, 1)
	if after := steps(t, tr, 60); !(after < 0.8*before) {
		t.Errorf("the loss went from %g to %g", before, after)
	}
}

// TestSecondMoments wants memory for second moments of those weights only that AdamW changes.
func TestSecondMoments(t *testing.T) {
	for name, want := range map[string]func(p *grad.Param) bool{
		AdamW: func(*grad.Param) bool { return true },
		Muon:  func(p *grad.Param) bool { return !isHidden(p) },
		SGD:   func(*grad.Param) bool { return false },
	} {
		tr := start(t, func(o *Options) { o.Optimizer = name }, reversals(20))
		for i, p := range tr.Net.Weights().List {
			if got := tr.State.Second[i] != nil; got != want(p) {
				t.Errorf("%s: %s has a second moment: %v", name, p.Name, got)
			}
		}
	}
}
