package grad

import (
	"fmt"
	"math"
	"math/rand/v2"

	"heed/core/tensor"
)

// The spans differ in size; two sequences share keys, as hypotheses of a beam do.
var (
	crossSpans  = []Span{{0, 3, 0, 3}, {3, 4, 3, 10}, {4, 9, 0, 3}, {9, 11, 10, 11}}
	causalSpans = []Span{{0, 3, 0, 3}, {3, 4, 3, 10}, {4, 9, 4, 11}}
)

const (
	spanQueries, spanKeys, spanHeads, spanGroups, spanWidth = 11, 11, 4, 2, 12
	scoreScale                                              = 0.37
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
// repeated gives each head the keys, or the values, of its group.
func repeated(x dense) dense {
	y := make(dense, len(x))
	const c = spanWidth / spanHeads
	for i, row := range x {
		for h := range spanHeads {
			group := h / (spanHeads / spanGroups)
			y[i] = append(y[i], row[group*c:(group+1)*c]...)
		}
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

func wantSoftmax(spans []Span, mask Mask) func(in, w []dense) dense {
	return func(in, _ []dense) dense {
		y := newDense(len(in[0]), len(in[0][0]))
		sums := make([]float64, len(y))
		eachWeight(spans, func(row, col, _, query, key, _ int, s Span) {
			// The queries are the last positions of the keys.
			position := s.K1 - (s.Q1 - query)
			if near := mask.Near; (!mask.Causal || key <= position) && (near == 0 || key > position-near && key < position+near) {
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
		{"Scale", []size{{3, 17}}, nil,
			func(p *Pass, in []Value, _ []*Param) Value { return p.Scale(in[0], -1.7) },
			func(in, _ []dense) dense {
				y := newDense(3, 17)
				for i := range y {
					for j := range y[i] {
						y[i][j] = -1.7 * in[0][i][j]
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
		{"Scores of grouped heads", []size{{spanQueries, spanWidth}, {spanKeys, spanWidth / spanHeads * spanGroups}}, nil,
			func(p *Pass, in []Value, _ []*Param) Value {
				return p.Scores(in[0], in[1], crossSpans, spanHeads, spanGroups, scoreScale)
			},
			func(in, _ []dense) dense { return wantScores([]dense{in[0], repeated(in[1])}, nil) }},
		{"Mix of grouped heads", []size{{mapRows(crossSpans), 7}, {spanKeys, spanWidth / spanHeads * spanGroups}}, nil,
			func(p *Pass, in []Value, _ []*Param) Value {
				return p.Mix(in[0], in[1], crossSpans, spanHeads, spanGroups)
			},
			func(in, _ []dense) dense { return wantMix([]dense{in[0], repeated(in[1])}, nil) }},
		{"Scores", []size{{spanQueries, spanWidth}, {spanKeys, spanWidth}}, nil,
			func(p *Pass, in []Value, _ []*Param) Value {
				return p.Scores(in[0], in[1], crossSpans, spanHeads, spanHeads, scoreScale)
			}, wantScores},
		{"Softmax", []size{{mapRows(crossSpans), 7}}, nil,
			func(p *Pass, in []Value, _ []*Param) Value { return p.Softmax(in[0], crossSpans, spanHeads, Mask{}) },
			wantSoftmax(crossSpans, Mask{})},
		{"Softmax, causal", []size{{mapRows(causalSpans), 7}}, nil,
			func(p *Pass, in []Value, _ []*Param) Value {
				return p.Softmax(in[0], causalSpans, spanHeads, Mask{Causal: true})
			},
			wantSoftmax(causalSpans, Mask{Causal: true})},
		{"Softmax, causal and local", []size{{mapRows(causalSpans), 7}}, nil,
			func(p *Pass, in []Value, _ []*Param) Value {
				return p.Softmax(in[0], causalSpans, spanHeads, Mask{true, 2})
			},
			wantSoftmax(causalSpans, Mask{true, 2})},
		{"Softmax, local", []size{{mapRows(causalSpans), 7}}, nil,
			func(p *Pass, in []Value, _ []*Param) Value {
				return p.Softmax(in[0], causalSpans, spanHeads, Mask{Near: 2})
			},
			wantSoftmax(causalSpans, Mask{Near: 2})},
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
