package recurrent

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/tensor"
)

func copied(x tensor.Matrix) tensor.Matrix {
	y := tensor.New(x.Rows, x.Cols)
	for i := range x.Rows {
		copy(y.Row(i), x.Row(i))
	}
	return y
}

func off(a, b tensor.Matrix) (most float64) {
	for i := range a.Rows {
		for j, v := range a.Row(i) {
			most = max(most, math.Abs(float64(v-b.Row(i)[j])))
		}
	}
	return most
}

// batches are two sequences each.
func batches() (source, target *grad.Sequences) {
	source, target = new(grad.Sequences), new(grad.Sequences)
	source.Add(3, 1, 4, 0)
	source.Add(5, 0)
	target.Add(10, 2)
	target.Add(10, 8, 1)
	return source, target
}

var scores = []string{"none", "additive", "dot", "general", "scaled_dot"}

func kind(t *testing.T, score string) *Model {
	c := tiny()
	c.Attention = score
	return initialised(t, c)
}

// TestSites wants the activations in the order in which they are computed, at the places of their
// tokens, and looking to change nothing.
func TestSites(t *testing.T) {
	for _, score := range scores {
		m := kind(t, score)
		source, target := batches()
		run := func(hook func(*attention.Values)) tensor.Matrix {
			p := grad.NewPass()
			hooks := attention.Hooks{Values: hook}
			return m.Logits(p, m.Decode(p, target, m.Encode(p, source, hooks), source, hooks)).X
		}
		var seen []string
		got := run(func(v *attention.Values) {
			seen = append(seen, fmt.Sprintf("%s%d %d%v%v", v.Kind, v.Layer, v.Site, v.Sequence, v.Position))
			if len(v.Sequence) != v.X.X.Rows || len(v.Position) != v.X.X.Rows {
				t.Errorf("%s, site %d: %d rows, sequences %v, positions %v", score, v.Site, v.X.X.Rows, v.Sequence, v.Position)
			}
		})
		if d := off(got, run(nil)); d != 0 {
			t.Errorf("%s: looking changed the logits by %g", score, d)
		}
		var want []string
		see := func(kind attention.Kind, layer int, site attention.Site, places string) {
			want = append(want, fmt.Sprintf("%s%d %d%s", kind, layer, site, places))
		}
		see(attention.Self, -1, attention.Embedding, "[0 0 0 0 1 1][0 1 2 3 0 1]")
		for l := range m.EncoderLayers {
			see(attention.Self, l, attention.Residual, "[0 0 0 0 1 1][0 1 2 3 0 1]")
		}
		if score == "none" {
			see(attention.RNN, 0, attention.Context, "[0 1][0 0]")
		}
		see(attention.RNN, -1, attention.Embedding, "[1 0 1 0 1][0 0 1 1 2]")
		for _, places := range []string{"[1 0][0 0]", "[1 0][1 1]", "[1][2]"} {
			if score != "none" {
				see(attention.RNN, 0, attention.Context, places)
			}
			see(attention.RNN, 0, attention.States, places)
		}
		if diff := cmp.Diff(want, seen); diff != "" {
			t.Errorf("%s: what the hook saw (+) is not what was expected (-):\n%s", score, diff)
		}
	}
}

// TestOtherContext gives the decoder the context vector of another sentence: from there on it is that
// sentence's.
func TestOtherContext(t *testing.T) {
	m := kind(t, "none")
	source, target := batches()
	other := new(grad.Sequences)
	other.Add(9, 9)
	other.Add(1, 2, 6)
	run := func(source *grad.Sequences, hook func(*attention.Values)) tensor.Matrix {
		p := grad.NewPass()
		return m.Logits(p, m.Decode(p, target, m.Encode(p, source, attention.Hooks{}), source, attention.Hooks{Values: hook})).X
	}
	var vector tensor.Matrix
	want := run(other, func(v *attention.Values) {
		if v.Site == attention.Context {
			vector = copied(v.X.X)
		}
	})
	plain := run(source, nil)
	give := func(v *attention.Values) {
		if v.Site == attention.Context {
			for i := range v.X.X.Rows {
				copy(v.X.X.Row(i), vector.Row(i))
			}
		}
	}
	if d := off(run(source, give), want); d > 1e-6 || off(plain, want) < 1e-3 {
		t.Errorf("with the other's context the logits are off by %g from the other's; without by %g", d, off(plain, want))
	}
	// The same step by step.
	p := grad.NewPass()
	var st State
	st.Begin(m, p, m.Encode(p, source, attention.Hooks{}), source, []int{0, 1}, 5, attention.Hooks{Values: give})
	got := m.Logits(p, st.Step([]int{0, 1}, []int{2, 3}, target.IDs, attention.Hooks{})).X
	if d := off(got, want); d > 1e-6 {
		t.Errorf("by steps, with the other's context, the logits are off by %g", d)
	}
}

// TestStates replaces a state of the decoder: the steps before it stay, that one and those after it
// change, and as they do when all states before were those of another text.
func TestStates(t *testing.T) {
	for _, score := range scores {
		m := kind(t, score)
		source, target := batches()
		run := func(hook func(*attention.Values)) tensor.Matrix {
			p := grad.NewPass()
			return m.Logits(p, m.Decode(p, target, m.Encode(p, source, attention.Hooks{}), source, attention.Hooks{Values: hook})).X
		}
		plain := run(nil)
		got := run(func(v *attention.Values) {
			if v.Site == attention.States {
				for i, s := range v.Sequence {
					if s == 1 && v.Position[i] == 1 {
						clear(v.X.X.Row(i))
					}
				}
			}
		})
		for i, changes := range []bool{false, false, false, true, true} { // the second sequence from its second step on
			if d := off(got.RowRange(i, i+1), plain.RowRange(i, i+1)); (d > 1e-4) != changes {
				t.Errorf("%s: row %d changes by %g", score, i, d)
			}
		}
		var st State
		p := grad.NewPass()
		st.Begin(m, p, m.Encode(p, source, attention.Hooks{}), source, []int{0, 1}, 5, attention.Hooks{})
		st.Step([]int{0, 1}, []int{1, 1}, []int{10, 10}, attention.Hooks{})
		st.Step([]int{1}, []int{1}, []int{8}, attention.Hooks{Values: func(v *attention.Values) {
			if v.Site == attention.States {
				if !slices.Equal(v.Sequence, []int{0}) || !slices.Equal(v.Position, []int{1}) {
					t.Errorf("%s: a step of the second hypothesis is shown as sequences %v, positions %v", score, v.Sequence, v.Position)
				}
				clear(v.X.X.Row(0))
			}
		}})
		last := m.Logits(p, st.Step([]int{1}, []int{1}, []int{1}, attention.Hooks{})).X
		if d := off(last, got.RowRange(4, 5)); d > 1e-5 {
			t.Errorf("%s: by steps the last logits are off by %g", score, d)
		}
	}
}

// TestFrozenGradient goes back on a tape over frozen weights: the gradients with respect to embeddings,
// contexts and states are those of central differences.
func TestFrozenGradient(t *testing.T) {
	for _, score := range scores {
		m := kind(t, score)
		source, target := batches()
		run := func(tape *grad.Tape, hook func(*attention.Values)) grad.Value {
			p := grad.NewPass()
			p.Tape = tape
			hooks := attention.Hooks{Values: hook}
			return m.Logits(p, m.Decode(p, target, m.Encode(p, source, hooks), source, hooks))
		}
		const row, id = 4, 5 // of the last step
		tape := grad.NewTape(nil)
		var all []attention.Values
		y := run(tape, func(v *attention.Values) { all = append(all, *v) })
		y.G.Row(row)[id] = 1
		tape.Backward()
		moves := 0
		for k, v := range all {
			for i := range v.X.X.Rows {
				j := (i + k) % v.X.X.Cols
				const h = 1.0 / 256
				moved := func(by float32) float64 {
					n := 0
					y := run(nil, func(v *attention.Values) {
						if n == k {
							v.X.X.Row(i)[j] += by
						}
						n++
					})
					return float64(y.X.Row(row)[id])
				}
				got, want := float64(v.X.G.Row(i)[j]), (moved(h)-moved(-h))/(2*h)
				if math.Abs(got-want) > 2e-3*(1+math.Abs(want)) {
					t.Errorf("%s: %s layer %d, site %d, (%d, %d): the gradient is %g, central differences give %g", score, v.Kind, v.Layer, v.Site, i, j, got, want)
				}
				if math.Abs(want) > 1e-4 {
					moves++
				}
			}
		}
		if moves < 8 {
			t.Errorf("%s: only %d of the activations matter", score, moves)
		}
	}
}
