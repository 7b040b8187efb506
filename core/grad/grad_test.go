package grad

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"heed/core/tensor"
)

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
