package run

import (
	"math"
	"testing"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/model"
	"heed/core/record"
	"heed/core/recurrent"
)

// plainDecoder is a recurrent decoder in plain loops over float64, as package recurrent documents it, over the states
// of an encoder.
type plainDecoder struct {
	net     *recurrent.Model
	weights map[string]*grad.Param
}

// linear returns w·x + b; bias may be "".
func (d plainDecoder) linear(weight, bias string, x []float64) []float64 {
	w := d.weights[weight].Values()
	y := make([]float64, w.Rows)
	for i := range y {
		for j, v := range w.Row(i) {
			y[i] += float64(v) * x[j]
		}
		if bias != "" {
			y[i] += float64(d.weights[bias].Values().Data[i])
		}
	}
	return y
}

func each(f func(float64) float64, x []float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = f(v)
	}
	return y
}

func plus(all ...[]float64) []float64 {
	y := make([]float64, len(all[0]))
	for _, x := range all {
		for i, v := range x {
			y[i] += v
		}
	}
	return y
}

func dot(a, b []float64) (sum float64) {
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}

func wide(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

// run decodes target over the encoder's states and returns the logits of the last step, and the states of all. patched
// maps a step to the state that takes the place of its own.
func (d plainDecoder) run(encoded [][]float64, target []int, patched map[int][]float64) (logits []float64, states [][]float64) {
	m := d.net
	h := m.EncoderHidden
	fixed := append([]float64{}, encoded[len(encoded)-1][:h]...)
	if m.Bidirectional {
		fixed = append(fixed, encoded[0][h:]...)
	}
	s := each(math.Tanh, d.linear("decoder.initial.weight", "decoder.initial.bias", fixed))
	var y []float64
	for t, id := range target {
		e := wide(d.weights["shared.weight"].Values().Row(id))
		if m.ScaleEmbedding {
			e = each(func(v float64) float64 { return v * math.Sqrt(float64(m.Width)) }, e)
		}
		context := fixed
		if m.Attention != recurrent.NoAttention {
			weights, sum := make([]float64, len(encoded)), 0.0
			for j, key := range encoded {
				if m.Attention == string(attention.Additive) {
					hidden := plus(d.linear("attention.query.weight", "", s), d.linear("attention.key.weight", "attention.key.bias", key))
					weights[j] = dot(wide(d.weights["attention.vector.weight"].Values().Data), each(math.Tanh, hidden))
				} else {
					weights[j] = dot(s, d.linear("attention.key.weight", "", key))
				}
				weights[j] = math.Exp(weights[j])
				sum += weights[j]
			}
			context = make([]float64, len(fixed))
			for j, key := range encoded {
				for i, v := range key {
					context[i] += weights[j] / sum * v
				}
			}
		}
		gi := plus(d.linear("decoder.weight_ih", "decoder.bias_ih", e), d.linear("decoder.weight_ch", "", context))
		gh := d.linear("decoder.weight_hh", "decoder.bias_hh", s)
		n := len(s)
		sigmoid := func(v float64) float64 { return 1 / (1 + math.Exp(-v)) }
		next := make([]float64, n)
		for i := range next {
			r, z := sigmoid(gi[i]+gh[i]), sigmoid(gi[n+i]+gh[n+i])
			next[i] = (1-z)*math.Tanh(gi[2*n+i]+r*gh[2*n+i]) + z*s[i]
		}
		s = next
		if other := patched[t]; other != nil {
			s = other
		}
		states = append(states, s)
		y = each(math.Tanh, plus(d.linear("output.state.weight", "output.state.bias", s), d.linear("output.embedding.weight", "", e),
			d.linear("output.context.weight", "", context)))
	}
	head := "lm_head.weight"
	if m.Tied {
		head = "shared.weight"
	}
	return d.linear(head, "final_logits_bias", y), states
}

// TestPatchStates: what a patched state of a recurrent decoder brings back is what plain loops give that go on from the
// state.
func TestPatchStates(t *testing.T) {
	for _, kind := range []string{"none", "additive", "general"} {
		s, _ := drawn(t, model.Translation, kind)
		d := plainDecoder{s.Model.Net.(*recurrent.Model), map[string]*grad.Param{}}
		for _, p := range s.Model.Net.Weights().List {
			d.weights[p.Name] = p
		}
		tried := 0
		for _, text := range []string{"the cat sat on a dog", "chat", "a dog and a cat"} {
			if _, err := s.Run(text, Options{}); err != nil {
				t.Fatal(err)
			}
			for _, from := range []string{"a dog sat on the cat", "the mat and a tapis", "où est l'été", "le tapis est sur", "a cat"} {
				out, err := s.Patch(Patching{Other: from})
				if err != nil { // both give the same
					continue
				}
				_, own, donor, a, b := against(t, s, from)
				encoded := func(ids []int) (rows [][]float64) {
					var source grad.Sequences
					source.Add(ids...)
					x := s.Model.Net.Encode(grad.NewPass(), &source, attention.Hooks{}).X
					for i := range x.Rows {
						rows = append(rows, wide(x.Row(i)))
					}
					return rows
				}
				difference := func(logits []float64, _ [][]float64) float64 { return logits[b] - logits[a] }
				mine := encoded(own.source)
				full, states := d.run(encoded(donor.source), donor.target, nil)
				near(t, kind+": the other's difference", float64(out.Full), difference(full, nil), 1e-4)
				near(t, kind+": the difference", float64(out.Base), difference(d.run(mine, own.target, nil)), 1e-4)
				seen := 0
				for _, p := range out.List {
					if p.Kind != record.Decoder || p.Layer != 0 {
						continue
					}
					got := float64(out.Base) + float64(out.Full-out.Base)*float64(p.Recovered)
					near(t, kind+": with a patched state", got, difference(d.run(mine, own.target, map[int][]float64{p.Position: states[p.Position]})), 1e-3)
					seen++
				}
				if seen != len(own.target) {
					t.Errorf("%s: %d states are patched, of %d", kind, seen, len(own.target))
				}
				if len(own.target) > 1 {
					tried++
				}
			}
		}
		if tried == 0 {
			t.Errorf("%s: no two texts have outputs that begin alike", kind)
		}
	}
}
