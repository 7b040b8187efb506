package grad

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"heed/core/tensor"
)

// dense is a matrix in float64, for the reference loops. NaN in a result means that the operation
// leaves that element unspecified.
type dense [][]float64

func newDense(rows, cols int) dense {
	d := make(dense, rows)
	for i := range d {
		d[i] = make([]float64, cols)
	}
	return d
}

func unspecified(rows, cols int) dense {
	d := newDense(rows, cols)
	for i := range d {
		for j := range d[i] {
			d[i][j] = math.NaN()
		}
	}
	return d
}

func toDense(m tensor.Matrix) dense {
	d := newDense(m.Rows, m.Cols)
	for i := range d {
		for j, v := range m.Row(i) {
			d[i][j] = float64(v)
		}
	}
	return d
}

// size is rows and columns.
type size [2]int

// op is one operation with its reference: run may use inputs and weights of the shapes given.
type op struct {
	name string
	in   []size
	w    []size
	run  func(p *Pass, in []Value, w []*Param) Value
	want func(in, w []dense) dense
}

// The spans differ in size; two sequences share keys, as hypotheses of a beam do.
var (
	crossSpans  = []Span{{0, 3, 0, 3}, {3, 4, 3, 10}, {4, 9, 0, 3}, {9, 11, 10, 11}}
	causalSpans = []Span{{0, 3, 0, 3}, {3, 4, 3, 10}, {4, 9, 4, 11}}
)

const (
	spanQueries, spanKeys, spanHeads, spanWidth = 11, 11, 3, 15
	scoreScale                                  = 0.37
)

func mapRows(spans []Span) int {
	rows, _ := mapsShape(spans, spanHeads)
	return rows
}

// eachWeight calls f for every query and key that belong together, with the place of their score.
func eachWeight(spans []Span, f func(row, col, head, query, key, output int, s Span)) {
	row, out := 0, 0
	for _, s := range spans {
		n := s.Q1 - s.Q0
		for h := range spanHeads {
			for i := range n {
				for j := range s.K1 - s.K0 {
					f(row, j, h, s.Q0+i, s.K0+j, out+i, s)
				}
				row++
			}
		}
		out += n
	}
}

func wantLinear(in, w []dense) dense {
	x, m := in[0], w[0]
	y := newDense(len(x), len(m))
	for i := range y {
		for o := range y[i] {
			if len(w) > 1 {
				y[i][o] = w[1][0][o]
			}
			for k := range x[i] {
				y[i][o] += x[i][k] * m[o][k]
			}
		}
	}
	return y
}

func wantLayerNorm(in, w []dense) dense {
	y := newDense(len(in[0]), len(in[0][0]))
	for i, x := range in[0] {
		var mean, variance float64
		for _, v := range x {
			mean += v / float64(len(x))
		}
		for _, v := range x {
			variance += (v - mean) * (v - mean) / float64(len(x))
		}
		for j, v := range x {
			y[i][j] = (v-mean)/math.Sqrt(variance+1e-5)*w[0][0][j] + w[1][0][j]
		}
	}
	return y
}

func wantMul(in, _ []dense) dense {
	y := newDense(len(in[0]), len(in[0][0]))
	for i := range y {
		for j := range y[i] {
			y[i][j] = in[0][i][j] * in[1][i][j]
		}
	}
	return y
}

func wantRMSNorm(in, w []dense) dense {
	y := newDense(len(in[0]), len(in[0][0]))
	for i, x := range in[0] {
		var square float64
		for _, v := range x {
			square += v * v / float64(len(x))
		}
		for j, v := range x {
			y[i][j] = v / math.Sqrt(square+1e-5) * w[0][0][j]
		}
	}
	return y
}

// rotate turns so many pairs in each of two heads of 11 numbers, at positions that do not ascend.
func rotate(name string, pairs int, interleaved bool) op {
	const heads, width = 2, 11
	at := []int{3, 0, 2, 2}
	cos, sin := tensor.New(4, pairs), tensor.New(4, pairs)
	for i := range cos.Data {
		s, c := math.Sincos(float64(i) * 0.7)
		cos.Data[i], sin.Data[i] = float32(c), float32(s)
	}
	return op{name, []size{{len(at), heads * width}}, nil,
		func(p *Pass, in []Value, _ []*Param) Value {
			y := p.Empty(len(at), heads*width)
			p.Put(y, in[0], nil)
			p.Rotate(y, cos, sin, at, heads, interleaved)
			return y
		},
		func(in, _ []dense) dense {
			y := newDense(len(at), heads*width)
			for i, row := range in[0] {
				copy(y[i], row)
				for h := range heads {
					for j := range pairs {
						a, b := h*width+j, h*width+j+pairs
						if interleaved {
							a, b = h*width+2*j, h*width+2*j+1
						}
						// As a product of complex numbers: (a + bi) · (cos + sin i).
						turned := complex(row[a], row[b]) * complex(float64(cos.Row(at[i])[j]), float64(sin.Row(at[i])[j]))
						y[i][a], y[i][b] = real(turned), imag(turned)
					}
				}
			}
			return y
		}}
}

// repeated returns x three times side by side: one key–value head as each of three heads has it.
func repeated(x dense) dense {
	y := make(dense, len(x))
	for i, row := range x {
		y[i] = append(append(append([]float64(nil), row...), row...), row...)
	}
	return y
}

func wantScores(in, _ []dense) dense {
	y := unspecified(mapsShape(crossSpans, spanHeads))
	const c = spanWidth / spanHeads
	eachWeight(crossSpans, func(row, col, h, query, key, _ int, _ Span) {
		var dot float64
		for k := h * c; k < (h+1)*c; k++ {
			dot += in[0][query][k] * in[1][key][k]
		}
		y[row][col] = scoreScale * dot
	})
	return y
}

func wantSoftmax(spans []Span, causal bool) func(in, w []dense) dense {
	return func(in, _ []dense) dense {
		y := newDense(len(in[0]), len(in[0][0]))
		sums := make([]float64, len(y))
		eachWeight(spans, func(row, col, _, query, key, _ int, s Span) {
			// The queries are the last positions of the keys.
			if position := s.K1 - (s.Q1 - query); !causal || key <= position {
				y[row][col] = math.Exp(in[0][row][col])
				sums[row] += y[row][col]
			}
		})
		for i := range y {
			for j := range y[i] {
				y[i][j] /= sums[i]
			}
		}
		return y
	}
}

func wantMix(in, _ []dense) dense {
	y := newDense(spanQueries, spanWidth)
	const c = spanWidth / spanHeads
	eachWeight(crossSpans, func(row, col, h, _, key, output int, _ Span) {
		for k := h * c; k < (h+1)*c; k++ {
			y[output][k] += in[0][row][col] * in[1][key][k]
		}
	})
	return y
}

// activations are the formulas in float64; package tensor tests the kernels more closely.
var activations = []struct {
	a tensor.Activation
	f func(float64) float64
}{
	{tensor.Identity, func(x float64) float64 { return x }},
	{tensor.ReLU, func(x float64) float64 { return math.Max(x, 0) }},
	{tensor.SiLU, func(x float64) float64 { return x / (1 + math.Exp(-x)) }},
	{tensor.GELU, func(x float64) float64 { return x / 2 * (1 + math.Erf(x/math.Sqrt2)) }},
	{tensor.GELUTanh, func(x float64) float64 {
		return x / 2 * (1 + math.Tanh(math.Sqrt(2/math.Pi)*(x+0.044715*x*x*x)))
	}},
	{tensor.Tanh, math.Tanh},
	{tensor.Sigmoid, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }},
}

func each(x dense, f func(float64) float64) dense {
	y := newDense(len(x), len(x[0]))
	for i := range y {
		for j := range y[i] {
			y[i][j] = f(x[i][j])
		}
	}
	return y
}

// dropout drops with a fixed seed; what it keeps shows in what becomes of ones.
func dropout(p *Pass, x Value) Value {
	source.Seed(7, 8)
	p.Rand = &source
	return p.Dropout(x, 0.3)
}

var source rand.PCG

func ops() []op {
	ids, at := []int{4, 0, 4, 6, 1}, []int{0, 1, 0, 2, 1}
	table := tensor.From([]float32{1, 2, 3, 4, 5, 6, 7, 8, 9}, 3, 3)
	wantEmbed := func(_, w []dense) dense {
		y := newDense(len(ids), len(w[0][0]))
		for i, id := range ids {
			for j := range y[i] {
				y[i][j] = 1.7 * w[0][id][j]
			}
		}
		return y
	}
	wantAdd := func(in, _ []dense) dense {
		y := newDense(len(in[0]), len(in[0][0]))
		for i := range y {
			for j := range y[i] {
				y[i][j] = in[0][i][j] + in[1][i][j]
			}
		}
		return y
	}
	list := []op{
		{"Linear", []size{{7, 5}}, []size{{19, 5}, {1, 19}},
			func(p *Pass, in []Value, w []*Param) Value { return p.Linear(in[0], w[0], w[1]) }, wantLinear},
		{"Linear without bias", []size{{3, 13}}, []size{{6, 13}},
			func(p *Pass, in []Value, w []*Param) Value { return p.Linear(in[0], w[0], nil) }, wantLinear},
		{"Linear of one row", []size{{1, 9}}, []size{{35, 9}, {1, 35}},
			func(p *Pass, in []Value, w []*Param) Value { return p.Linear(in[0], w[0], w[1]) }, wantLinear},
		{"Linear of a view", []size{{7, 9}}, []size{{3, 5}, {1, 3}},
			func(p *Pass, in []Value, w []*Param) Value { return p.Linear(in[0].Rows(2, 5).Cols(3, 8), w[0], w[1]) },
			func(in, w []dense) dense {
				var x dense
				for _, row := range in[0][2:5] {
					x = append(x, row[3:8])
				}
				return wantLinear([]dense{x}, w)
			}},
		{"Embed", nil, []size{{7, 3}},
			func(p *Pass, _ []Value, w []*Param) Value { return p.Embed(w[0], ids, 1.7) }, wantEmbed},
		{"AddRows", nil, []size{{7, 3}},
			func(p *Pass, _ []Value, w []*Param) Value {
				y := p.Embed(w[0], ids, 1.7)
				p.AddRows(y, table, at)
				return y
			},
			func(in, w []dense) dense {
				y := wantEmbed(in, w)
				for i := range y {
					for j := range y[i] {
						y[i][j] += float64(table.Row(at[i])[j])
					}
				}
				return y
			}},
		{"AddRow", nil, []size{{7, 3}, {4, 3}},
			func(p *Pass, _ []Value, w []*Param) Value {
				y := p.Embed(w[0], ids, 1.7)
				p.AddRow(y, w[1], 2)
				return y
			},
			func(in, w []dense) dense {
				y := wantEmbed(in, w)
				for i := range y {
					for j := range y[i] {
						y[i][j] += w[1][2][j]
					}
				}
				return y
			}},
		{"Add", []size{{3, 7}, {3, 7}}, nil,
			func(p *Pass, in []Value, _ []*Param) Value { return p.Add(in[0], in[1]) }, wantAdd},
		{"Add of a value to itself", []size{{3, 7}}, nil,
			func(p *Pass, in []Value, _ []*Param) Value { return p.Add(in[0], in[0]) },
			func(in, _ []dense) dense { return wantAdd([]dense{in[0], in[0]}, nil) }},
		{"Add of overlapping views", []size{{5, 7}}, nil,
			func(p *Pass, in []Value, _ []*Param) Value { return p.Add(in[0].Rows(0, 3), in[0].Rows(1, 4)) },
			func(in, _ []dense) dense { return wantAdd([]dense{in[0][0:3], in[0][1:4]}, nil) }},
		{"a chain, which runs back from its end", []size{{3, 5}}, []size{{5, 5}, {1, 5}},
			func(p *Pass, in []Value, w []*Param) Value {
				return p.Add(p.Linear(p.Activate(tensor.Tanh, in[0]), w[0], w[1]), in[0])
			},
			func(in, w []dense) dense {
				return wantAdd([]dense{wantLinear([]dense{each(in[0], math.Tanh)}, w), in[0]}, nil)
			}},
		{"LayerNorm", []size{{5, 11}}, []size{{1, 11}, {1, 11}},
			func(p *Pass, in []Value, w []*Param) Value { return p.LayerNorm(in[0], w[0], w[1], 1e-5) }, wantLayerNorm},
		{"Dropout", []size{{5, 9}}, nil,
			func(p *Pass, in []Value, _ []*Param) Value { return dropout(p, in[0]) },
			func(in, _ []dense) dense {
				ones := tensor.New(5, 9)
				for i := range ones.Data {
					ones.Data[i] = 1
				}
				y := toDense(dropout(NewPass(), Const(ones)).X)
				for i := range y {
					for j := range y[i] {
						y[i][j] *= in[0][i][j]
					}
				}
				return y
			}},
		{"Mul", []size{{3, 17}, {3, 17}}, nil,
			func(p *Pass, in []Value, _ []*Param) Value { return p.Mul(in[0], in[1]) }, wantMul},
		{"Mul of a value by itself", []size{{3, 7}}, nil,
			func(p *Pass, in []Value, _ []*Param) Value { return p.Mul(in[0], in[0]) },
			func(in, _ []dense) dense { return wantMul([]dense{in[0], in[0]}, nil) }},
		{"RMSNorm", []size{{5, 19}}, []size{{1, 19}},
			func(p *Pass, in []Value, w []*Param) Value { return p.RMSNorm(in[0], w[0], 1e-5) }, wantRMSNorm},
		{"RMSNorm of heads", []size{{4, 9}}, []size{{1, 3}},
			func(p *Pass, in []Value, w []*Param) Value {
				return (&Norm{Gain: w[0], Eps: 1e-5}).ForwardHeads(p, in[0], 3)
			},
			func(in, w []dense) dense {
				y := newDense(4, 9)
				for i, row := range in[0] {
					for h := range 3 {
						copy(y[i][3*h:], wantRMSNorm([]dense{{row[3*h : 3*h+3]}}, w)[0])
					}
				}
				return y
			}},
		{"LayerNorm of heads", []size{{4, 9}}, []size{{1, 3}, {1, 3}},
			func(p *Pass, in []Value, w []*Param) Value {
				return (&Norm{w[0], w[1], 1e-5}).ForwardHeads(p, in[0], 3)
			},
			func(in, w []dense) dense {
				y := newDense(4, 9)
				for i, row := range in[0] {
					for h := range 3 {
						copy(y[i][3*h:], wantLayerNorm([]dense{{row[3*h : 3*h+3]}}, w)[0])
					}
				}
				return y
			}},
		rotate("Rotate halves", 5, false), rotate("Rotate neighbours", 5, true),
		rotate("Rotate a part of the halves", 3, false), rotate("Rotate a part of the neighbours", 2, true),
		{"ScoreBias", []size{{mapRows(causalSpans), 7}}, []size{{4, spanHeads}},
			func(p *Pass, in []Value, w []*Param) Value {
				y := p.Empty(mapRows(causalSpans), 7)
				p.Put(y, in[0], nil)
				p.ScoreBias(y, w[0], causalSpans, spanHeads, func(query, key int) int { return (3*query + key) % 4 })
				return y
			},
			func(in, w []dense) dense {
				y := newDense(len(in[0]), len(in[0][0]))
				for i := range y {
					copy(y[i], in[0][i])
				}
				eachWeight(causalSpans, func(row, col, head, query, key, _ int, s Span) {
					position := s.K1 - s.K0 - (s.Q1 - query)
					y[row][col] += w[0][(3*position+key-s.K0)%4][head]
				})
				return y
			}},
		{"Scores of grouped heads", []size{{spanQueries, spanWidth}, {spanKeys, 5}}, nil,
			func(p *Pass, in []Value, _ []*Param) Value {
				return p.Scores(in[0], in[1], crossSpans, spanHeads, 1, scoreScale)
			},
			func(in, _ []dense) dense { return wantScores([]dense{in[0], repeated(in[1])}, nil) }},
		{"Mix of grouped heads", []size{{mapRows(crossSpans), 7}, {spanKeys, 5}}, nil,
			func(p *Pass, in []Value, _ []*Param) Value { return p.Mix(in[0], in[1], crossSpans, spanHeads, 1) },
			func(in, _ []dense) dense { return wantMix([]dense{in[0], repeated(in[1])}, nil) }},
		{"Scores", []size{{spanQueries, spanWidth}, {spanKeys, spanWidth}}, nil,
			func(p *Pass, in []Value, _ []*Param) Value {
				return p.Scores(in[0], in[1], crossSpans, spanHeads, spanHeads, scoreScale)
			}, wantScores},
		{"Softmax", []size{{mapRows(crossSpans), 7}}, nil,
			func(p *Pass, in []Value, _ []*Param) Value { return p.Softmax(in[0], crossSpans, spanHeads, false) },
			wantSoftmax(crossSpans, false)},
		{"Softmax, causal", []size{{mapRows(causalSpans), 7}}, nil,
			func(p *Pass, in []Value, _ []*Param) Value { return p.Softmax(in[0], causalSpans, spanHeads, true) },
			wantSoftmax(causalSpans, true)},
		{"Mix", []size{{mapRows(crossSpans), 7}, {spanKeys, spanWidth}}, nil,
			func(p *Pass, in []Value, _ []*Param) Value {
				return p.Mix(in[0], in[1], crossSpans, spanHeads, spanHeads)
			}, wantMix},
	}
	for _, a := range activations {
		list = append(list, op{fmt.Sprint("Activate ", a.a), []size{{3, 17}}, nil,
			func(p *Pass, in []Value, _ []*Param) Value { return p.Activate(a.a, in[0]) },
			func(in, _ []dense) dense { return each(in[0], a.f) }})
	}
	return list
}

// bench holds an operation's inputs, as views of wider matrices, and its weights.
type bench struct {
	op
	inputs  []Value
	wide    []tensor.Matrix // the gradients that the inputs' are views of
	weights Params
	loss    dense // the loss is the sum of result × loss
}

// before stands in every gradient before it is added to, and beside it.
const before = 0.25

func fill(x []float32, v float32) {
	for i := range x {
		x[i] = v
	}
}

// role is one that a weight of this size can have.
func role(s size) Role {
	if s[0] == 1 {
		return Bias
	}
	return Matrix
}

func newBench(o op) *bench {
	r := rand.New(rand.NewPCG(11, 12))
	draw := func(x []float32) {
		for i := range x {
			x[i] = float32(r.NormFloat64())
		}
	}
	b := &bench{op: o}
	for _, s := range o.in {
		x, g := tensor.New(s[0], s[1]+3), tensor.New(s[0], s[1]+3)
		draw(x.Data)
		b.inputs = append(b.inputs, Value{x.ColRange(1, 1+s[1]), g.ColRange(1, 1+s[1])})
		b.wide = append(b.wide, g)
	}
	for i, s := range o.w {
		b.weights.New(fmt.Sprint("w", i), role(s), s[0], s[1]).Set(func(x tensor.Matrix) { draw(x.Data) })
	}
	y := b.reference()
	b.loss = newDense(len(y), len(y[0]))
	for i := range y {
		for j := range y[i] {
			if y[i][j] == y[i][j] {
				b.loss[i][j] = r.NormFloat64()
			}
		}
	}
	return b
}

// poisoned returns a pass whose arena hands out NaN.
func poisoned() *Pass {
	p := NewPass()
	fill(p.Arena.Floats(1<<18), float32(math.NaN()))
	p.Arena.Reset()
	return p
}

// backward runs the operation on a tape with some inputs constant, and the loss's gradient back
// into those that are not and into the weights.
func (b *bench) backward(constant func(i int) bool) (y Value, tape *Tape) {
	tape = NewTape(&b.weights)
	for _, w := range b.weights.List {
		fill(tape.Grad(w).Data, before)
	}
	return b.backwardOn(tape, constant)
}

func (b *bench) backwardOn(tape *Tape, constant func(i int) bool) (Value, *Tape) {
	in := make([]Value, len(b.inputs))
	for i, v := range b.inputs {
		fill(b.wide[i].Data, before)
		if in[i] = v; constant(i) {
			in[i] = Const(v.X)
		}
	}
	p := poisoned()
	p.Tape = tape
	y := b.run(p, in, b.weights.List)
	for i := range b.loss {
		for j, v := range b.loss[i] {
			y.G.Row(i)[j] += float32(v)
		}
	}
	tape.Backward()
	return y, tape
}

func (b *bench) reference() dense {
	in, w := make([]dense, len(b.inputs)), make([]dense, len(b.weights.List))
	for i, v := range b.inputs {
		in[i] = toDense(v.X)
	}
	for i, p := range b.weights.List {
		w[i] = toDense(p.Values())
	}
	return b.want(in, w)
}

// slopes returns the central differences of the reference's loss, for every element of an input.
func (b *bench) slopes(input int) dense { return b.differences(input, -1) }

// weightSlopes is slopes for a weight.
func (b *bench) weightSlopes(weight int) dense { return b.differences(-1, weight) }

func (b *bench) differences(input, weight int) dense {
	in, w := make([]dense, len(b.inputs)), make([]dense, len(b.weights.List))
	var changed dense
	for i, v := range b.inputs {
		if in[i] = toDense(v.X); i == input {
			changed = in[i]
		}
	}
	for i, p := range b.weights.List {
		if w[i] = toDense(p.Values()); i == weight {
			changed = w[i]
		}
	}
	loss := func() float64 {
		var sum float64
		for i, row := range b.want(in, w) {
			for j, v := range row {
				if v == v {
					sum += v * b.loss[i][j]
				}
			}
		}
		return sum
	}
	const h = 1e-5
	s := newDense(len(changed), len(changed[0]))
	for i := range s {
		for j := range s[i] {
			v := changed[i][j]
			changed[i][j] = v + h
			up := loss()
			changed[i][j] = v - h
			s[i][j] = (up - loss()) / (2 * h)
			changed[i][j] = v
		}
	}
	return s
}

func compare(t *testing.T, what string, got tensor.Matrix, want dense, offset float64) {
	t.Helper()
	if got.Rows != len(want) || got.Cols != len(want[0]) {
		t.Fatalf("%s is %d×%d, want %d×%d", what, got.Rows, got.Cols, len(want), len(want[0]))
	}
	for i := range want {
		for j, w := range want[i] {
			g := float64(got.Row(i)[j]) - offset
			if w == w && !(math.Abs(g-w) <= 2e-5*(1+math.Abs(w))) {
				t.Errorf("%s at (%d, %d): got %g, want %g", what, i, j, g, w)
				return
			}
		}
	}
}

// TestOperations holds every operation, forward against the reference loop, and backward against
// its central differences.
func TestOperations(t *testing.T) {
	for _, o := range ops() {
		t.Run(o.name, func(t *testing.T) {
			b := newBench(o)
			y, tape := b.backward(func(int) bool { return false })
			want := b.reference()
			compare(t, "the result", y.X, want, 0)
			for i, v := range b.inputs {
				compare(t, fmt.Sprint("the gradient of input ", i), v.G, b.slopes(i), before)
				for r := range b.wide[i].Rows {
					row := b.wide[i].Row(r)
					if row[0] != before || row[len(row)-1] != before {
						t.Errorf("the gradient of input %d was written beyond its columns", i)
						break
					}
				}
			}
			for i, w := range b.weights.List {
				compare(t, fmt.Sprint("the gradient of weight ", i), tape.Grad(w), b.weightSlopes(i), before)
			}

			p := poisoned()
			got := b.run(p, b.inputs, b.weights.List)
			if got.wants() {
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

// TestConstants makes each input in turn a constant: it takes no gradient, the others' stay.
func TestConstants(t *testing.T) {
	for _, o := range ops() {
		t.Run(o.name, func(t *testing.T) {
			b := newBench(o)
			for c := range b.inputs {
				y, tape := b.backward(func(i int) bool { return i == c })
				compare(t, "the result", y.X, b.reference(), 0)
				for i, v := range b.inputs {
					if i != c {
						compare(t, fmt.Sprint("the gradient of input ", i), v.G, b.slopes(i), before)
					}
				}
				for i, w := range b.weights.List {
					compare(t, fmt.Sprint("the gradient of weight ", i), tape.Grad(w), b.weightSlopes(i), before)
				}
			}
		})
	}
}

// TestFrozen runs every operation on a tape that freezes the weights: the inputs' gradients are the
// same, and the tape holds none of weights.
func TestFrozen(t *testing.T) {
	for _, o := range append(ops(), recurOps()...) {
		t.Run(o.name, func(t *testing.T) {
			b := newBench(o)
			b.backward(func(int) bool { return false })
			var want []dense
			for _, v := range b.inputs {
				want = append(want, toDense(v.G))
			}
			y, tape := b.backwardOn(NewTape(nil), func(int) bool { return false })
			compare(t, "the result", y.X, b.reference(), 0)
			for i, v := range b.inputs {
				compare(t, fmt.Sprint("the gradient of input ", i), v.G, want[i], 0)
			}
			if !tape.Frozen() {
				t.Error("the tape is not frozen")
			}
			for _, w := range b.weights.List {
				if g := tape.Grad(w); g.Data != nil || g.Rows != 0 {
					t.Errorf("the tape holds a gradient of %s", w.Name)
				}
			}
		})
	}
}

func TestCrossEntropy(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 14))
	for _, smoothing := range []float32{0, 0.1} {
		for _, v := range []int{2, 7, 33} {
			const rows, weight = 5, 0.3
			targets := make([]int, rows)
			logits := Value{X: tensor.New(rows, v+3).ColRange(1, 1+v), G: tensor.New(rows, v+3).ColRange(1, 1+v)}
			for i := range targets {
				targets[i] = r.IntN(v)
				for j := range logits.X.Row(i) {
					logits.X.Row(i)[j] = float32(3*r.NormFloat64() + 20)
				}
			}
			reference := func(x dense) (loss, nll float64) {
				for i, row := range x {
					var sum float64
					for _, l := range row {
						sum += math.Exp(l)
					}
					for j, l := range row {
						p := float64(smoothing) / float64(v)
						if j == targets[i] {
							p += 1 - float64(smoothing)
							nll += math.Log(sum) - l
						}
						loss += p * (math.Log(sum) - l)
					}
				}
				return
			}
			x := toDense(logits.X)
			wantLoss, wantNLL := reference(x)
			slopes := newDense(rows, v)
			const h = 1e-5
			for i := range x {
				for j, l := range x[i] {
					x[i][j] = l + h
					up, _ := reference(x)
					x[i][j] = l - h
					down, _ := reference(x)
					x[i][j] = l
					slopes[i][j] = weight * (up - down) / (2 * h)
				}
			}
			check := func(what string, loss, nll float64) {
				t.Helper()
				if math.Abs(loss-wantLoss) > 1e-5*wantLoss || math.Abs(nll-wantNLL) > 1e-5*(1+wantNLL) {
					t.Errorf("%s, V %d, smoothing %g: loss %g and likelihood %g, want %g and %g", what, v, smoothing, loss, nll, wantLoss, wantNLL)
				}
			}
			p := poisoned()
			p.Tape = NewTape(&Params{})
			for i := range rows {
				fill(logits.G.Row(i), before)
			}
			loss, nll := p.CrossEntropy(logits, targets, smoothing, weight)
			check("with a tape", loss, nll)
			compare(t, "the gradient, which is added", logits.G, slopes, before)
			loss, nll = p.CrossEntropy(Const(logits.X), targets, smoothing, weight)
			check("of a constant", loss, nll)
			p = poisoned()
			loss, nll = p.CrossEntropy(logits, targets, smoothing, weight)
			check("without a tape", loss, nll)
			if n := testing.AllocsPerRun(5, func() { p.Arena.Reset(); p.CrossEntropy(logits, targets, smoothing, weight) }); n != 0 {
				t.Errorf("without a tape it allocates %v times", n)
			}
		}
	}
}

// TestDropoutMask wants elements dropped at the given rate, the others scaled so that the
// expectation stays, and another mask at each call.
func TestDropoutMask(t *testing.T) {
	ones := tensor.New(100, 101)
	fill(ones.Data, 1)
	p := NewPass()
	if y := p.Dropout(Const(ones), 0.5); &y.X.Data[0] != &ones.Data[0] {
		t.Error("without a source of randomness dropout changed its input")
	}
	p.Rand = rand.NewPCG(1, 2)
	for _, probability := range []float32{0.1, 0.5, 0.75} {
		first, second := p.Dropout(Const(ones), probability).X, p.Dropout(Const(ones), probability).X
		dropped, same := 0, 0
		for i, v := range first.Data {
			if v == 0 {
				dropped++
			} else if v != 1/(1-probability) {
				t.Fatalf("dropout of 1 at rate %g gave %g", probability, v)
			}
			if second.Data[i] == v {
				same++
			}
		}
		n := float64(len(first.Data))
		q := float64(probability)
		if rate := float64(dropped) / n; math.Abs(rate-q) > 4*math.Sqrt(q*(1-q)/n) {
			t.Errorf("dropout at rate %g dropped %g", probability, rate)
		}
		if share, want := float64(same)/n, q*q+(1-q)*(1-q); math.Abs(share-want) > 0.03 {
			t.Errorf("two masks agree on %g of the elements, want about %g", share, want)
		}
	}
}

// TestMap wants the view of one span's and head's map at the place where Scores puts it.
func TestMap(t *testing.T) {
	m := tensor.New(mapRows(crossSpans), 7)
	for i := range m.Data {
		m.Data[i] = float32(i)
	}
	row := 0
	for s, span := range crossSpans {
		for h := range spanHeads {
			v := Map(m, crossSpans, spanHeads, s, h)
			if v.Rows != span.Q1-span.Q0 || v.Cols != span.K1-span.K0 || &v.Data[0] != &m.Row(row)[0] {
				t.Errorf("the map of span %d, head %d is %d×%d from %g", s, h, v.Rows, v.Cols, v.Data[0])
			}
			row += v.Rows
		}
	}
}

// TestWeightsChange wants products and embeddings to see a changed weight, whichever came first, and the
// values to be what they were set to, in whatever form they are stored.
func TestWeightsChange(t *testing.T) {
	for _, training := range []bool{false, true} {
		for _, role := range []Role{Matrix, Table} {
			var ps Params
			w := ps.New("w", role, 5, 2)
			if training {
				NewTape(&ps)
			}
			x := Const(tensor.From([]float32{1, 0, 0, 1, 1, 1}, 3, 2))
			w.Pack()
			want := make([]float32, 10)
			see := func(what string) {
				t.Helper()
				p := NewPass()
				y := p.Linear(x, w, nil).X
				e := p.Embed(w, []int{4, 0, 3}, 2).X
				for i := range 5 {
					if y.Row(0)[i] != want[2*i] || y.Row(1)[i] != want[2*i+1] || y.Row(2)[i] != want[2*i]+want[2*i+1] {
						t.Fatalf("training %v, role %d: %s: a product gives %g of %g", training, role, what, y.Data, want)
					}
				}
				for i, id := range []int{4, 0, 3} {
					if e.Row(i)[0] != 2*want[2*id] || e.Row(i)[1] != 2*want[2*id+1] {
						t.Fatalf("training %v, role %d: %s: the embeddings are %g of %g", training, role, what, e.Data, want)
					}
				}
				if !slices.Equal(w.Values().Data, want) {
					t.Fatalf("training %v, role %d: %s: the values are %g, want %g", training, role, what, w.Values().Data, want)
				}
			}
			see("before anything is set")
			for n := range 3 {
				w.Set(func(x tensor.Matrix) {
					if !slices.Equal(x.Data, want) {
						t.Fatalf("training %v: Set starts from %g, want %g", training, x.Data, want)
					}
					for i := range x.Data {
						x.Data[i] += float32(i + n)
						want[i] = x.Data[i]
					}
				})
				if n == 1 {
					w.Pack()
				}
				see(fmt.Sprint("after change ", n))
			}
		}
	}
}

// TestOnce wants the values of a weight in memory once, but where a tape keeps its gradients; and
// a table that no product reads never laid out for one.
func TestOnce(t *testing.T) {
	var ps Params
	matrix, table, bias := ps.New("matrix", Matrix, 64, 64), ps.New("table", Table, 64, 64), ps.New("bias", Bias, 1, 64)
	const once = 4 * 64 * 64
	for _, w := range ps.List {
		w.Set(func(x tensor.Matrix) { fill(x.Data, 1) })
	}
	run := func() {
		p := NewPass()
		p.Linear(p.Embed(table, []int{1, 2}, 1), matrix, bias)
	}
	sizes := func(what string, want ...int) {
		t.Helper()
		for i, w := range ps.List {
			if w.Pack(); w.Bytes() != want[i] {
				t.Errorf("%s: %s takes %d bytes, want %d", what, w.Name, w.Bytes(), want[i])
			}
		}
	}
	run()
	sizes("inference", once, once, 4*64)
	NewTape(nil)
	sizes("with a tape over frozen weights", once, once, 4*64)
	NewTape(&ps)
	run()
	sizes("training", 2*once, once, 4*64)
	if n := ps.Count(); n != 2*64*64+64 {
		t.Errorf("%d weights", n)
	}
}

// TestRoles wants a weight to have the shape in files that its role gives it, and a gain to be 1.
func TestRoles(t *testing.T) {
	var ps Params
	for role, want := range map[Role][]int{Matrix: {1, 3}, Table: {1, 3}, Output: {1, 3}, Gain: {3}, Bias: {3}, Vector: {3}} {
		w := ps.New("w", role, 1, 3)
		if !slices.Equal(w.Shape, want) {
			t.Errorf("role %d: shape %v, want %v", role, w.Shape, want)
		}
		if first := w.Values().Data[2]; (first == 1) != (role == Gain) || first != 0 && first != 1 {
			t.Errorf("role %d starts at %g", role, first)
		}
	}
	w := ps.New("w", Matrix, 2, 3)
	if w.StoreTransposed(); !w.Transposed || !slices.Equal(w.Shape, []int{3, 2}) {
		t.Errorf("stored transposed: %v, shape %v", w.Transposed, w.Shape)
	}
}
