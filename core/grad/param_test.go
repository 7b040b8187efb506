package grad

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"heed/core/tensor"
)

// TestStore wants a weight in blocks to stay in them until it changes, and products and embeddings to read them.
func TestStore(t *testing.T) {
	const width = 32
	for _, training := range []bool{false, true} {
		for _, role := range []Role{Matrix, Table} {
			var ps Params
			w := ps.New("w", role, 5, width)
			if training {
				NewTape(&ps)
			}
			want := make([]float32, 5*width)
			see := func(what string) {
				t.Helper()
				p := NewPass()
				for k := range width {
					x := tensor.New(1, width)
					x.Data[k] = 1
					for i, v := range p.Linear(Const(x), w, nil).X.Data {
						if d := v - want[i*width+k]; d > 1e-3 || d < -1e-3 {
							t.Fatalf("training %v, role %d: %s: a product gives %g, want %g", training, role, what, v, want[i*width+k])
						}
					}
				}
				if e := p.Embed(w, []int{4}, 1).X.Data; !slices.Equal(e, want[4*width:]) || !slices.Equal(w.Values().Data, want) {
					t.Fatalf("training %v, role %d: %s: the values are %g, want %g", training, role, what, w.Values().Data, want)
				}
				for i := range 3 {
					if got := w.RowRange(i, i+2); got.Rows != 2 || !slices.Equal(got.Row(0), want[i*width:(i+1)*width]) || !slices.Equal(got.Row(1), want[(i+1)*width:(i+2)*width]) {
						t.Fatalf("training %v, role %d: %s: rows %d and %d are %g", training, role, what, i, i+1, got.Data)
					}
				}
			}
			b := tensor.NewBlocks(width, 5, 4, 32, func(j int, q []int8, scale, offset []float32) {
				scale[0], offset[0] = 0.5, float32(j)
				for i := range q {
					q[i] = int8(i % 16)
					want[j*width+i] = float32(i%16)/2 + float32(j)
				}
			})
			w.Store(b)
			see("in blocks")
			ps.Compact(true)
			see("in blocks, and compact")
			ps.Compact(false)
			if w.Bytes() != b.Bytes() {
				t.Errorf("training %v: it takes %d bytes, and the blocks %d", training, w.Bytes(), b.Bytes())
			}
			w.Set(func(x tensor.Matrix) { x.Data[3], want[3] = 7, 7 })
			see("after a change")
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

// TestPackedAtOnce reads weights from several goroutines at once, as products, rows, values and a bias, while their
// stored form changes, for products and for a tape: all see the same numbers. The race detector watches it.
func TestPackedAtOnce(t *testing.T) {
	for range 20 {
		var ps Params
		w, bias := ps.New("w", Table, 40, 8), ps.New("bias", Bias, 1, 40)
		w.Set(func(x tensor.Matrix) {
			for i := range x.Data {
				x.Data[i] = float32(i)
			}
		})
		x := tensor.New(2, 8)
		x.Row(0)[3] = 1
		var wg sync.WaitGroup
		for n := range 8 {
			wg.Go(func() {
				p := NewPass()
				var got float32
				switch n % 4 {
				case 0:
					got = p.Linear(Const(x), w, bias).X.Row(0)[39]
				case 1:
					got = p.Embed(w, []int{39}, 1).X.Row(0)[3]
				case 2:
					got = w.Values().Row(39)[3]
				default:
					NewTape(&ps)
					return
				}
				if got != 39*8+3 {
					t.Errorf("reader %d got %g, want %d", n, got, 39*8+3)
				}
			})
		}
		wg.Wait()
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

// TestCompact wants products of the same values in either form, less memory where they are bytes, the same values
// in every form, whether they came one by one or in bytes, and float32 as soon as a tape trains them.
func TestCompact(t *testing.T) {
	for i, role := range []Role{Matrix, Table, Matrix, Table} {
		var ps Params
		w, other := ps.New("w", role, 50, 33), ps.New("other", role, 50, 33)
		w.Set(func(x tensor.Matrix) {
			for i := range x.Rows {
				for j := range x.Row(i) {
					x.Row(i)[j] = float32((i*7+j*5)%255-127) * (0.01 * float32(i+1))
				}
				x.Row(i)[0] = 127 * (0.01 * float32(i+1))
			}
		})
		other.Set(func(x tensor.Matrix) {
			for i := range x.Data {
				x.Data[i] = float32(i) * 0.137
			}
		})
		if i >= 2 {
			w.Store(tensor.PackInt8T(w.Values()))
		}
		want, wantOther := slices.Clone(w.Values().Data), slices.Clone(other.Values().Data)
		x := tensor.New(4, 33)
		for i := range x.Data {
			x.Data[i] = float32(i%19)/7 - 1
		}
		product := func() []float32 { return slices.Clone(NewPass().Linear(Const(x), w, nil).X.Data) }
		exact, whole := product(), w.Bytes()
		NewPass().Linear(Const(x), other, nil)
		see := func(what string, compact bool) {
			t.Helper()
			got := product()
			worst, size := float32(0), float32(0)
			for i, v := range got {
				worst, size = max(worst, v-exact[i], exact[i]-v), max(size, v)
			}
			switch bytes := w.Bytes(); {
			case compact && (worst == 0 || worst > 1e-4*size || bytes > whole*2/5): // of 33 rows, where 40 are stored
				t.Errorf("%s: products differ by %g of %g, and take %d bytes of %d", what, worst, size, bytes, whole)
			case !compact && (worst != 0 || bytes < whole):
				t.Errorf("%s: products differ by %g, and take %d bytes of %d", what, worst, bytes, whole)
			}
			NewPass().Linear(Const(x), other, nil)
			e := NewPass().Embed(w, []int{49, 3}, 1).X
			if !slices.Equal(w.Values().Data, want) || !slices.Equal(other.Values().Data, wantOther) || !slices.Equal(e.Data, slices.Concat(want[49*33:], want[3*33:4*33])) {
				t.Errorf("%s: the values have changed", what)
			}
		}
		see("at first", false)
		ps.Compact(true)
		see("compact", true)
		ps.Compact(false)
		see("not any more", false)
		ps.Compact(true)
		see("compact again", true)
		NewTape(&ps)
		see("in training", false)
	}
}
