package grad

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heed/core/tensor"
)

// The sequences of the recurrent operations: ragged, an empty one among them, two of one length.
func raggedBatch() *Sequences {
	s := new(Sequences)
	s.Add(1, 2)
	s.Add()
	s.Add(3, 4, 5, 6)
	s.Add(7)
	s.Add(8, 9)
	return s
}

const raggedRows = 9

// TestSteps wants the rows of a loop over time as they are said to lie, in both directions.
func TestSteps(t *testing.T) {
	s := raggedBatch()
	for reverse, want := range map[bool][]int{false: {2, 0, 7, 6, 3, 1, 8, 4, 5}, true: {5, 1, 8, 6, 4, 0, 7, 3, 2}} {
		steps := s.Steps(reverse)
		back := make([]int, raggedRows)
		for i, r := range want {
			back[r] = i
		}
		whole := &Steps{Order: []int{2, 0, 4, 3, 1}, Start: []int{0, 4, 7, 8, 9}, Rows: want, Back: back, Of: []int{2, 0, 4, 3, 2, 0, 4, 2, 2}}
		if diff := cmp.Diff(whole, steps); diff != "" {
			t.Errorf("reverse %v: the steps (+) are not as expected (-):\n%s", reverse, diff)
		}
	}
	first, last := s.Ends()
	if !slices.Equal(first, []int{0, -1, 2, 6, 7}) || !slices.Equal(last, []int{1, -1, 5, 6, 8}) {
		t.Errorf("the sequences go from %v to %v", first, last)
	}
	s.Add(1)
	if n := len(s.Steps(false).Rows); n != raggedRows+1 {
		t.Errorf("after Add the loop has %d rows", n)
	}
	s.Reset()
	if n := s.Steps(true).Len(); n != 0 {
		t.Errorf("without sequences there are %d steps", n)
	}
	if n := testing.AllocsPerRun(5, func() {
		s.Reset()
		s.Add(1, 2, 3)
		s.Add(4)
		s.Steps(false)
		s.Steps(true)
	}); n != 0 {
		t.Errorf("planning allocates %v times", n)
	}
}

func sigmoid(x float64) float64 { return 1 / (1 + math.Exp(-x)) }

// wantCell is one step of the unit from what comes to its gates.
func wantCell(gi, gh, prev []float64) []float64 {
	h := len(prev)
	y := make([]float64, h)
	for j := range y {
		r, z := sigmoid(gi[j]+gh[j]), sigmoid(gi[h+j]+gh[h+j])
		n := math.Tanh(gi[2*h+j] + r*gh[2*h+j])
		y[j] = (1-z)*n + z*prev[j]
	}
	return y
}

// wantGRU runs the unit over one sequence after the other. in are the gates and, if any, the
// starts, of which the k'th sequence of the loop's order takes row from[k].
func wantGRU(batch *Sequences, from []int, reverse bool) func(in, w []dense) dense {
	return func(in, w []dense) dense {
		steps := batch.Steps(reverse)
		y := newDense(raggedRows, len(w[0][0]))
		for k, seq := range steps.Order {
			state := make([]float64, len(w[0][0]))
			if from != nil {
				state = in[1][from[k]]
			}
			for i, of := range steps.Of { // the order of a sequence's rows is that of its steps
				if of == seq {
					state = wantCell(in[0][i], wantLinear([]dense{{state}}, w)[0], state)
					y[i] = state
				}
			}
		}
		return y
	}
}

func recurOps() []op {
	batch := raggedBatch()
	from := []int{1, 0, 1, 2, 2}
	const h, a = 5, 7
	gather := []int{2, -1, 0, 2, 1}
	wantGather := func(in, _ []dense) dense {
		y := newDense(len(gather), len(in[0][0]))
		for i, r := range gather {
			if r >= 0 {
				copy(y[i], in[0][r])
			}
		}
		return y
	}
	gru := func(starts, reverse bool) func(p *Pass, in []Value, w []*Param) Value {
		return func(p *Pass, in []Value, w []*Param) Value {
			if starts {
				return p.GRU(in[0], in[1], from, w[0], w[1], batch.Steps(reverse), nil)
			}
			return p.GRU(in[0], Value{}, nil, w[0], w[1], batch.Steps(reverse), nil)
		}
	}
	return []op{
		{"Gather", []size{{3, 7}}, nil,
			func(p *Pass, in []Value, _ []*Param) Value { return p.Gather(in[0], gather) }, wantGather},
		{"Put of two side by side", []size{{3, 7}, {5, 2}}, nil,
			func(p *Pass, in []Value, _ []*Param) Value {
				y := p.Empty(5, 9)
				p.Put(y.Cols(0, 7), in[0], gather)
				p.Put(y.Cols(7, 9), in[1], nil)
				return y
			},
			func(in, w []dense) dense {
				y := wantGather(in, w)
				for i := range y {
					y[i] = append(y[i], in[1][i]...)
				}
				return y
			}},
		{"Loop", []size{{9, 5}}, []size{{19, 5}, {1, 19}},
			func(p *Pass, in []Value, w []*Param) Value {
				y := p.Empty(9, 19)
				l := p.Loop(y, in[0], w[0], w[1], false)
				for _, s := range [][2]int{{0, 4}, {4, 5}, {5, 5}, {5, 9}} {
					l.Step(p, s[0], s[1])
				}
				return y
			}, wantLinear},
		{"Loop that adds", []size{{9, 5}, {9, 19}}, []size{{19, 5}, {1, 19}},
			func(p *Pass, in []Value, w []*Param) Value {
				y := p.Empty(9, 19)
				p.Put(y, in[1], nil)
				l := p.Loop(y, in[0], w[0], w[1], true)
				l.Step(p, 0, 8)
				l.Step(p, 8, 9)
				return y
			},
			func(in, w []dense) dense {
				y := wantLinear(in, w)
				for i := range y {
					for j := range y[i] {
						y[i][j] += in[1][i][j]
					}
				}
				return y
			}},
		{"GRUStep", []size{{4, 3 * h}, {4, 3 * h}, {4, h}}, nil,
			func(p *Pass, in []Value, _ []*Param) Value {
				y := p.Empty(4, h)
				p.GRUStep(y, in[0], in[1], in[2])
				return y
			},
			func(in, _ []dense) dense {
				var y dense
				for i := range in[0] {
					y = append(y, wantCell(in[0][i], in[1][i], in[2][i]))
				}
				return y
			}},
		{"GRU", []size{{raggedRows, 3 * h}}, []size{{3 * h, h}, {1, 3 * h}}, gru(false, false), wantGRU(batch, nil, false)},
		{"GRU, reverse", []size{{raggedRows, 3 * h}}, []size{{3 * h, h}, {1, 3 * h}}, gru(false, true), wantGRU(batch, nil, true)},
		{"GRU from given states", []size{{raggedRows, 3 * h}, {3, h}}, []size{{3 * h, h}, {1, 3 * h}}, gru(true, false), wantGRU(batch, from, false)},
		{"Additive", []size{{spanQueries, a}, {spanKeys, a}}, []size{{1, a}},
			func(p *Pass, in []Value, w []*Param) Value { return p.Additive(in[0], in[1], w[0], crossSpans) },
			func(in, w []dense) dense {
				y := unspecified(mapsShape(crossSpans, 1))
				row := 0
				for _, s := range crossSpans {
					for i := s.Q0; i < s.Q1; i++ {
						for j := range s.K1 - s.K0 {
							y[row][j] = 0
							for c, v := range w[0][0] {
								y[row][j] += v * math.Tanh(in[0][i][c]+in[1][s.K0+j][c])
							}
						}
						row++
					}
				}
				return y
			}},
	}
}

// TestRecurrentOperations holds each operation against its reference loop and its central
// differences, with every input in turn a constant too; without a tape it wants the same numbers
// and no allocation.
func TestRecurrentOperations(t *testing.T) {
	for _, o := range recurOps() {
		t.Run(o.name, func(t *testing.T) {
			b := newBench(o)
			want := b.reference()
			var y Value
			for constant := range len(b.inputs) + 1 { // the last time none is
				var tape *Tape
				y, tape = b.backward(func(i int) bool { return i == constant })
				compare(t, "the result", y.X, want, 0)
				for i, v := range b.inputs {
					if i == constant {
						continue
					}
					compare(t, fmt.Sprint("the gradient of input ", i), v.G, b.slopes(i), before)
					for r := range b.wide[i].Rows {
						if row := b.wide[i].Row(r); row[0] != before || row[len(row)-1] != before {
							t.Fatalf("the gradient of input %d was written beyond its columns", i)
						}
					}
				}
				for i, w := range b.weights.List {
					compare(t, fmt.Sprint("the gradient of weight ", i), tape.Grad(w), b.weightSlopes(i), before)
				}
			}
			p := poisoned()
			got := b.run(p, b.inputs, b.weights.List)
			if got.requiresGrad() {
				t.Error("inference made a gradient")
			}
			for i := range want {
				for j, w := range want[i] {
					if g := got.X.Row(i)[j]; w == w && g != y.X.Row(i)[j] {
						t.Fatalf("inference gives %g at (%d, %d), with a tape it is %g", g, i, j, y.X.Row(i)[j])
					}
				}
			}
			if n := testing.AllocsPerRun(5, func() { p.Arena.Reset(); b.run(p, b.inputs, b.weights.List) }); n != 0 {
				t.Errorf("inference allocates %v times", n)
			}
		})
	}
}

// TestCross wants each row of a loop to look at the source of its sequence.
func TestCross(t *testing.T) {
	var target, source Sequences
	target.Add(1)
	target.Add(2, 3)
	source.Add(4, 5, 6)
	source.Add(7)
	p := NewPass()
	want := []Span{{0, 1, 3, 4}, {1, 2, 0, 3}, {2, 3, 3, 4}}
	if got := target.Cross(p, &source); !slices.Equal(got, want) {
		t.Errorf("spans %v, want %v", got, want)
	}
	if n := testing.AllocsPerRun(5, func() { target.Cross(p, &source) }); n != 0 {
		t.Errorf("without a tape it allocates %v times", n)
	}
	p.Tape = NewTape(&Params{})
	if a, b := target.Cross(p, &source), target.Cross(p, &source); &a[0] == &b[0] {
		t.Error("two passes on a tape share their spans")
	}
}

// BenchmarkGRU is a batch of 64 sequences of 24 tokens, forward and back.
func BenchmarkGRU(b *testing.B) {
	for _, h := range []int{128, 256} {
		b.Run(fmt.Sprint(h), func(b *testing.B) {
			var ps Params
			w, bias := ps.New("w", Matrix, 3*h, h), ps.New("b", Bias, 1, 3*h)
			var s Sequences
			for range 64 {
				s.Add(make([]int, 24)...)
			}
			gi := Value{X: tensor.New(64*24, 3*h), G: tensor.New(64*24, 3*h)}
			p := NewPass()
			p.Tape = NewTape(&ps)
			for b.Loop() {
				p.Arena.Reset()
				p.GRU(gi, Value{}, nil, w, bias, s.Steps(false), nil)
				p.Tape.Backward()
			}
			b.ReportMetric(3*2*float64(64*24*3*h*h)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
		})
	}
}

// TestSequencesReset wants nothing of what was added before a Reset to be seen after it.
func TestSequencesReset(t *testing.T) {
	var used, fresh Sequences
	used.Add(1, 2, 3)
	used.Add()
	used.Steps(false)
	used.Steps(true)
	used.Reset()
	for _, s := range []*Sequences{&used, &fresh} {
		s.Add(4, 5)
		s.Add(6)
	}
	for what, got := range map[string][2]any{
		"ids": {used.IDs, fresh.IDs}, "positions": {used.Positions, fresh.Positions}, "spans": {used.Spans, fresh.Spans},
		"first": {used.first, fresh.first}, "last": {used.last, fresh.last},
		"steps": {used.Steps(false).Rows, fresh.Steps(false).Rows}, "steps back": {used.Steps(true).Rows, fresh.Steps(true).Rows},
	} {
		if !cmp.Equal(got[0], got[1]) {
			t.Errorf("%s: %v, want %v", what, got[0], got[1])
		}
	}
}

// TestLoopAdds wants a step to add to what stands in its rows when it is said to, with and without a bias, and to write
// over it otherwise.
func TestLoopAdds(t *testing.T) {
	var ps Params
	w, b := ps.New("w", Matrix, 1, 1), ps.New("b", Bias, 1, 1)
	w.Set(func(x tensor.Matrix) { x.Data[0] = 3 })
	b.Set(func(x tensor.Matrix) { x.Data[0] = 5 })
	p := NewPass()
	x, y := p.Empty(1, 1), p.Empty(1, 1)
	for _, c := range []struct {
		b    *Param
		add  bool
		want float32
	}{{nil, false, 6}, {nil, true, 106}, {b, false, 11}, {b, true, 111}} {
		x.X.Data[0], y.X.Data[0] = 2, 100
		p.Loop(y, x, w, c.b, c.add).Step(p, 0, 1)
		if got := y.X.Data[0]; got != c.want {
			t.Errorf("bias %v, add %v: %g, want %g", c.b != nil, c.add, got, c.want)
		}
	}
}

// TestGatherNone gathers nothing, of nil and of an empty list alike.
func TestGatherNone(t *testing.T) {
	for _, rows := range [][]int{nil, {}} {
		if y := NewPass().Gather(Const(tensor.New(3, 5)), rows); y.X.Rows != 0 || y.X.Cols != 5 {
			t.Errorf("no rows of %v are %d×%d", rows, y.X.Rows, y.X.Cols)
		}
	}
}
