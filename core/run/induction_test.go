package run

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/record"
	"heed/core/say"
	"heed/core/tensor"
	"heed/core/token"
)

// inductionCircuit is a decoder of two layers of two heads whose weights are set by hand, so that the answer is
// known: head 0.0 looks at the previous token and copies which it is; head 1.1 looks for the place whose copied
// token is the current one, and predicts the token there. The other heads look at all alike and bring nothing
// (Elhage et al. 2021, "A Mathematical Framework for Transformer Circuits", the section on induction heads).
//
// The residual stream holds a token's number, its position's, and the copied number, each as one 1 among zeros.
func inductionCircuit(t *testing.T) *model.Model {
	t.Helper()
	const positions = 64
	k := byHandTokens(t, 257, "a b")
	v := k.Len()
	width := 2*v + positions
	width += width % 2
	head := width / 2
	const sharp = 200 // so that softmax all but picks one
	return byHand(t, "circuit", k, 2, width, positions, map[string]func(x tensor.Matrix){
		// Rows of a fused weight are queries, keys and values, each of all heads: row out, column in.
		"h.0.attn.c_attn.weight": func(x tensor.Matrix) {
			for i := range positions {
				if i > 0 {
					x.Row(i - 1)[v+i] = sharp // the query of position i asks for position i-1
				}
				x.Row(width + i)[v+i] = 1
			}
			for i := range v {
				x.Row(2*width + i)[i] = 1
			}
		},
		"h.0.attn.c_proj.weight": func(x tensor.Matrix) {
			for i := range v {
				x.Row(v + positions + i)[i] = 1
			}
		},
		"h.1.attn.c_attn.weight": func(x tensor.Matrix) {
			for i := range v {
				x.Row(head + i)[i] = sharp
				x.Row(width + head + i)[v+positions+i] = 1
				x.Row(2*width + head + i)[i] = 1
			}
		},
		"h.1.attn.c_proj.weight": func(x tensor.Matrix) {
			for i := range v {
				x.Row(i)[head+i] = 4
			}
		},
	})
}

// byHandTokens is a tokenizer of that many tokens, trained on texts, that begins every text with the end of one.
func byHandTokens(t *testing.T, size int, texts ...string) *token.Tokenizer {
	t.Helper()
	k, err := token.Train(slices.Values(texts), size, []string{model.EndOfText})
	if err != nil {
		t.Fatal(err)
	}
	k.Surround([]string{model.EndOfText}, nil)
	return k
}

// byHand is a decoder alone of two heads a layer, and hardly a feed-forward network, whose weights are 0 but for what
// set says of the names that end so, and the tables: token i has a 1 in column i, which its logit reads too, position i
// one in column v+i, of v tokens.
func byHand(t *testing.T, name string, k *token.Tokenizer, layers, width, positions int, set map[string]func(x tensor.Matrix)) *model.Model {
	t.Helper()
	v := k.Len()
	net, err := model.NewNet([]byte(say.Text(`{"model_type": "gpt2", "vocab_size": `, v, `, "n_embd": `, width,
		`, "n_layer": `, layers, `, "n_head": 2, "n_inner": 4, "n_positions": `, positions, `, "bos_token_id": 0, "eos_token_id": 0}`)))
	if err != nil {
		t.Fatal(err)
	}
	table := func(rows, first int) func(x tensor.Matrix) {
		return func(x tensor.Matrix) {
			for i := range rows {
				x.Row(i)[first+i] = 1
			}
		}
	}
	weights := map[string]func(x tensor.Matrix){"wte.weight": table(v, 0), "wpe.weight": table(positions, v)}
	maps.Copy(weights, set)
	for _, p := range net.Weights().List {
		for name, set := range weights {
			if strings.HasSuffix(p.Name, name) {
				p.Set(set)
				delete(weights, name)
			}
		}
	}
	if len(weights) > 0 {
		t.Fatalf("the network has no %v", weights)
	}
	return &model.Model{Name: name, About: model.About{Task: model.Generation, Source: "en"}, Tokenizer: k, Net: net}
}

// TestInductionCircuit: measuring heads and ablating them both find the two heads of the circuit, and no other.
func TestInductionCircuit(t *testing.T) {
	m := inductionCircuit(t)
	text := "kqzjxwvkqzjxwv"
	heads, err := Heads(m, []string{text, "abcdefgh"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range heads {
		previous, induction := h.Layer == 0 && h.Head == 0, h.Layer == 1 && h.Head == 1
		if (h.Shares[record.OnPrevious] > 0.9) != previous {
			t.Errorf("head %d.%d looks at the previous token with %.2f", h.Layer, h.Head, h.Shares[record.OnPrevious])
		}
		if (h.Shares[record.OnInduction] > 0.8) != induction {
			t.Errorf("head %d.%d has an induction score of %.2f", h.Layer, h.Head, h.Shares[record.OnInduction])
		}
		if !previous && !induction && math.Abs(h.Shares[record.OnPrevious]-h.Chance[record.OnPrevious]) > 0.01 {
			t.Errorf("head %d.%d is not at chance: %.3f and %.3f", h.Layer, h.Head, h.Shares[record.OnPrevious], h.Chance[record.OnPrevious])
		}
	}

	s := NewSession(m)
	r, err := s.Run(text, Options{})
	if err != nil {
		t.Fatal(err)
	}
	last := r.Predictions[len(r.Predictions)-2] // of the last letter, after the whole sequence but one
	if last.Top[0].Text != "v" {
		t.Fatalf("the circuit predicts %q, not v", last.Top[0].Text)
	}
	parts, err := s.Ablate(Ablation{})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(parts, func(a, b record.Ablated) int { return cmp.Compare(a.Delta, b.Delta) })
	for i, p := range parts {
		if found := p.Layer == p.Head; found != (i < 2) {
			t.Errorf("head %d.%d is %d-th by what it brings (%g)", p.Layer, p.Head, i, p.Delta)
		}
	}
	a, err := s.Attribute(Direct, len(r.Predictions)-2)
	if err != nil {
		t.Fatal(err)
	}
	best := slices.MaxFunc(a.Parts, func(a, b record.AttributedPart) int { return cmp.Compare(a.Value, b.Value) })
	if best.Name != "head" || best.Layer != 1 || best.Head != 1 {
		t.Errorf("the logit comes from %+v", best)
	}
	// The induction head's query is made of the token, its key of what head 0.0 copied.
	why, err := s.Why(record.Place{Kind: record.Decoder, Layer: 1, Head: 1, Row: 13}, 7)
	if err != nil {
		t.Fatal(err)
	}
	top := slices.MaxFunc(why.Parts, func(a, b record.WhyPart) int { return cmp.Compare(a.Value, b.Value) })
	if top.Query != "embedding" || top.Key != "decoder.0.0" {
		t.Errorf("the score comes from %+v", top)
	}
}

// TestTransformerLens holds the scores against TransformerLens's detect_head, computed here as it defines them, of
// every head of the circuit: the share of all weights, over all queries, that lies on the keys of a pattern. Ours are
// means over the queries that have such a key, so the two differ by a factor that the text alone says.
func TestTransformerLens(t *testing.T) {
	m := inductionCircuit(t)
	const text = "kqzjxwvkqzjxwvak"
	s := NewSession(m)
	r, err := s.Run(text, Options{})
	if err != nil {
		t.Fatal(err)
	}
	ids := s.last.target
	n := len(ids)
	earlier := func(i, j int) bool { return j >= 0 && j < i && ids[j] == ids[i] }
	patterns := map[string]func(i, j int) bool{
		"previous":  func(i, j int) bool { return j == i-1 },
		"duplicate": earlier,
		"induction": func(i, j int) bool { return j <= i && earlier(i, j-1) },
	}
	lens := func(am *record.Map, pattern func(i, j int) bool) (score float64, queries int) {
		for i := range n {
			has := false
			for j := range i + 1 {
				if pattern(i, j) {
					score, has = score+float64(am.At(i, j)), true
				}
			}
			if has {
				queries++
			}
		}
		return score / float64(n), queries
	}
	heads, err := Heads(m, []string{text}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range heads {
		am := r.Find(h.Kind, h.Layer, h.Head)
		for name, ours := range map[string]float64{"previous": h.Shares[record.OnPrevious], "duplicate": h.Shares[record.OnDuplicate]} {
			score, queries := lens(am, patterns[name])
			near(t, name, ours, score*float64(n)/float64(queries), 1e-6)
		}
	}

	// Induction is measured on random tokens that are repeated, of which TransformerLens is given the same.
	const half = 5
	ids = append([]int{0}, 10, 11, 12, 13, 14, 10, 11, 12, 13, 14)
	n = len(ids)
	tallies := map[record.Place]*tally{}
	for _, h := range heads {
		tallies[record.Place{Kind: h.Kind, Layer: h.Layer, Head: h.Head}] = &tally{}
	}
	s.repeated(ids[1:1+half], tallies)
	s.states(grad.NewPass(), []trial{{target: ids, rows: []int{0}}}, attention.Hooks{Map: func(am *attention.Map) {
		whole := record.Map{Rows: n, Cols: n}
		for i := range n {
			whole.Weights = append(whole.Weights, am.Weights.Row(i)...)
		}
		score, queries := lens(&whole, patterns["induction"])
		if queries != half {
			t.Errorf("%d queries have been there before, not %d", queries, half)
		}
		ours, _ := tallies[record.Place{Kind: am.Kind, Layer: am.Layer, Head: am.Head}].shares()
		near(t, "induction", ours[record.OnInduction], score*float64(n)/half, 1e-6)
	}})
}

// TestHeadShares: the shares of maps that are known cell by cell, and their chance levels.
func TestHeadShares(t *testing.T) {
	r := &record.Record{Text: "a b a.", Tokens: record.Tokens{Source: []record.Token{
		{Text: "a", ID: 1}, {Text: " b", ID: 2}, {Text: " a", ID: 1}, {Text: ".", ID: 3}, {Text: "</s>", ID: 0, Special: true}}}}
	n := 5
	m := record.Map{Kind: record.Self, Rows: n, Cols: n, Weights: make([]float32, n*n)}
	for i := range n {
		m.Weights[i*n+max(0, i-1)] = 1 // the previous token; the first looks at itself
	}
	m.Weights[2*n+0], m.Weights[2*n+1] = 0.75, 0.25 // and the second a mostly at the first
	var got tally
	got.measure(r, &m)
	s, chance := got.shares()
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"previous", s[record.OnPrevious], (1 + 0.25 + 1) / 3}, {"next", s[record.OnNext], 0}, {"first", s[record.OnFirst], (1 + 1 + 0.75 + 0) / 4}, {"same", s[record.OnSame], 1.0 / 4},
		{"duplicate", s[record.OnDuplicate], 0.75 / 2}, {"punctuation", s[record.OnPunctuation], 0}, {"chance of punctuation", chance[record.OnPunctuation], 0.2},
		{"chance of previous", chance[record.OnPrevious], 0.2}, {"chance of duplicate", chance[record.OnDuplicate], 0.2},
	} {
		near(t, c.name, c.got, c.want, 1e-9)
	}
}

// TestTrusted: every network gives correlations within [-1, 1] for the methods that it has, and the same each time.
func TestTrusted(t *testing.T) {
	for _, n := range modeltest.Networks {
		if n.Task == model.Compression {
			continue
		}
		s, _ := drawn(t, n.Task, n.Kind)
		texts := []string{"the cat sat on a dog", "", "a dog and a cat sat on the mat"}
		if n.Task == model.Fill {
			texts = []string{"the cat ___ on a dog", "a dog and ___ cat sat on the mat"}
		}
		got, err := Trusted(s.Model, texts, 2, nil)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]int{"none": 1, "additive": 3, "general": 3}[n.Kind] // a fixed vector has no maps
		if want == 0 {
			want = 4
		}
		if got.Sentences != 2 || len(got.Methods) != want {
			t.Errorf("%s: %d sentences, methods %v, want %d", n.Kind, got.Sentences, got.Methods, want)
		}
		for _, m := range got.Methods {
			if !(m.Mean >= -1 && m.Mean <= 1) {
				t.Errorf("%s: %+v", n.Kind, m)
			}
		}
		again, _ := Trusted(s.Model, texts, 2, nil)
		if !slices.Equal(again.Methods, got.Methods) {
			t.Errorf("%s: %v, then %v", n.Kind, got.Methods, again.Methods)
		}
	}
}
