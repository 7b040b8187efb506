package transformer

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

// pair is a batch of two sequences, of which one has a single token.
func pair(ids ...int) *grad.Sequences {
	s := new(grad.Sequences)
	s.Add(ids...)
	s.Add(ids[0])
	return s
}

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

// TestSites wants every activation to be what the network goes on with: the heads, projected, are what
// attention adds; what the branches of a pre-norm model add to the embeddings is its residual stream.
func TestSites(t *testing.T) {
	for name, change := range layouts {
		m := tiny(change)
		source, target := pair(3, 1, 4), pair(10, 2, 7)
		p := grad.NewPass()
		plain := copied(m.Logits(p, output(m, p, source, target, attention.Hooks{})).X)
		var stream, heads tensor.Matrix
		var seen []string
		y := m.Logits(p, output(m, p, source, target, attention.Hooks{Values: func(v *attention.Values) {
			seen = append(seen, fmt.Sprint(v.Kind, v.Layer, ".", v.Site))
			if !slices.Equal(v.Sequence, []int{0, 0, 0, 1}) || !slices.Equal(v.Position, []int{0, 1, 2, 0}) {
				t.Errorf("%s: sequences %v, positions %v", name, v.Sequence, v.Position)
			}
			x := copied(v.X.X)
			add := func(x tensor.Matrix) {
				for i := range x.Rows {
					tensor.Add(stream.Row(i), x.Row(i))
				}
			}
			switch v.Site {
			case attention.Embedding:
				stream = x
			case attention.Heads:
				heads = x
			case attention.Attended:
				blocks := m.encoder.blocks
				if v.Kind != attention.Self {
					blocks = m.decoder.blocks
				}
				out := blocks[v.Layer].self.Out
				if v.Kind == attention.Cross {
					out = blocks[v.Layer].cross.Out
				}
				if d := off(x, out.Forward(grad.NewPass(), grad.Const(heads)).X); d > 1e-6 {
					t.Errorf("%s: %s layer %d: what attention adds is off by %g from its heads'", name, v.Kind, v.Layer, d)
				}
				add(x)
			case attention.FeedForward:
				add(x)
			case attention.Residual:
				if d := off(x, stream); m.PreNorm && d > 1e-5 {
					t.Errorf("%s: %s layer %d: the residual stream is off by %g from the sum of its parts", name, v.Kind, v.Layer, d)
				}
				stream = x
			}
		}}))
		if d := off(y.X, plain); d != 0 {
			t.Errorf("%s: looking changed the logits by %g", name, d)
		}
		var want []string
		expect := func(kind attention.Kind, layers int, cross bool) {
			for l := range layers {
				if l == 0 {
					want = append(want, fmt.Sprint(kind, -1, ".", attention.Embedding))
				}
				add := func(kind attention.Kind, site attention.Site) { want = append(want, fmt.Sprint(kind, l, ".", site)) }
				add(kind, attention.Heads)
				add(kind, attention.Attended)
				if cross {
					add(attention.Cross, attention.Heads)
					add(attention.Cross, attention.Attended)
				}
				add(kind, attention.FeedForward)
				add(kind, attention.Residual)
			}
		}
		expect(attention.Self, m.EncoderLayers, false)
		expect(attention.Decoder, m.DecoderLayers, m.EncoderLayers > 0)
		if diff := cmp.Diff(want, seen); diff != "" {
			t.Errorf("%s: what the hook saw (+) is not what was expected (-):\n%s", name, diff)
		}
	}
}

// TestPatch puts all activations of a site from one run into a run of other tokens: from there on the
// second is the first.
func TestPatch(t *testing.T) {
	for name, change := range layouts {
		m := tiny(change)
		run := func(ids []int, hook func(*attention.Values)) tensor.Matrix {
			p := grad.NewPass()
			batch := pair(ids...)
			return m.Logits(p, output(m, p, batch, batch, attention.Hooks{Values: hook})).X
		}
		a, b := []int{3, 1, 4}, []int{9, 0, 2}
		want, other := run(a, nil), run(b, nil)
		for _, site := range []attention.Site{attention.Embedding, attention.Residual} {
			kept := map[string]tensor.Matrix{}
			key := func(v *attention.Values) string { return fmt.Sprint(v.Kind, v.Layer, v.Site) }
			run(a, func(v *attention.Values) { kept[key(v)] = copied(v.X.X) })
			got := run(b, func(v *attention.Values) {
				if v.Site == site {
					for i := range v.X.X.Rows {
						copy(v.X.X.Row(i), kept[key(v)].Row(i))
					}
				}
			})
			if d := off(got, want); d > 1e-6 {
				t.Errorf("%s: patched at site %d the logits are off by %g", name, site, d)
			}
		}
		if off(other, want) < 1e-3 {
			t.Errorf("%s: the two texts give the same", name)
		}
	}
}

// TestFrozenGradient goes back on a tape over frozen weights: the gradient of a logit with respect to
// the embeddings, and along each site that a hook can move, is that of central differences.
func TestFrozenGradient(t *testing.T) {
	for name, change := range layouts {
		m := tiny(change)
		batch := pair(3, 1, 4)
		run := func(tape *grad.Tape, hook func(*attention.Values)) grad.Value {
			p := grad.NewPass()
			p.Tape = tape
			return m.Logits(p, output(m, p, batch, batch, attention.Hooks{Values: hook}))
		}
		const row, id = 2, 5
		tape := grad.NewTape(nil)
		var all []attention.Values
		y := run(tape, func(v *attention.Values) { all = append(all, *v) })
		y.G.Row(row)[id] = 1
		tape.Backward()
		for _, w := range m.Params.List {
			if most := 4 * (w.Rows + 31) * w.Cols; w.Bytes() > most { // the last panel is filled up
				t.Errorf("%s: %s takes %d bytes: more than once", name, w.Name, w.Bytes())
			}
		}
		for k, v := range all {
			for _, at := range [][2]int{{0, 0}, {1, 3}, {2, 7}} {
				const h = 1.0 / 128
				moved := func(by float32) float64 {
					n := 0
					y := run(nil, func(v *attention.Values) {
						if n == k {
							v.X.X.Row(at[0])[at[1]] += by
						}
						n++
					})
					return float64(y.X.Row(row)[id])
				}
				got, want := float64(v.X.G.Row(at[0])[at[1]]), (moved(h)-moved(-h))/(2*h)
				if math.Abs(got-want) > 2e-3*(1+math.Abs(want)) {
					t.Errorf("%s: %s layer %d, site %d, (%d, %d): the gradient is %g, central differences give %g", name, v.Kind, v.Layer, v.Site, at[0], at[1], got, want)
				}
			}
		}
	}
}

// TestStepSites wants hooks to see the new rows of a decoder that goes on, at their places.
func TestStepSites(t *testing.T) {
	m := tiny(ofGPT2)
	p := grad.NewPass()
	var st State
	st.Begin(m, p, grad.Value{}, nil, []int{0, 0}, 9, attention.Hooks{})
	st.Step([]int{1}, []int{3}, []int{3, 1, 4}, attention.Hooks{})
	n := 0
	st.Step([]int{1, 0}, []int{2, 1}, []int{5, 9, 2}, attention.Hooks{Values: func(v *attention.Values) {
		n++
		if v.X.X.Rows != 3 || !slices.Equal(v.Sequence, []int{0, 0, 1}) || !slices.Equal(v.Position, []int{3, 4, 0}) {
			t.Errorf("site %d: %d rows, sequences %v, positions %v", v.Site, v.X.X.Rows, v.Sequence, v.Position)
		}
	}})
	if want := 1 + 4*m.DecoderLayers; n != want {
		t.Errorf("the hook was called %d times, want %d", n, want)
	}
}
