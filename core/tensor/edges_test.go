package tensor

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// panics returns what f panics with, "" if it does not.
func panics(f func()) (message string) {
	defer func() {
		if r := recover(); r != nil {
			message = fmt.Sprint(r)
		}
	}()
	f()
	return ""
}

// TestShapes gives every exported function what does not fit, and wants a panic of this package that
// names both shapes, before anything is read or written past a slice.
func TestShapes(t *testing.T) {
	var ar Arena
	f := func(n int) []float32 { return make([]float32, n) }
	m := New
	long := make([]float32, 100)
	wide := Matrix{2, 3, 8, long[:8]} // its last row lies past its data
	packed := Pack(m(4, 6))
	for name, c := range map[string]struct {
		run  func()
		says []string
	}{
		"New":                     {func() { New(-2, -3) }, []string{"-2×-3"}},
		"From":                    {func() { From(f(7), 2, 4) }, []string{"7", "2×4"}},
		"Row":                     {func() { m(3, 5).RowRange(0, 2).Row(2) }, []string{"2", "2×5"}},
		"Row, negative":           {func() { m(3, 5).Row(-1) }, []string{"-1", "3×5"}},
		"RowRange":                {func() { m(6, 5).RowRange(0, 2).RowRange(0, 5) }, []string{"0 to 5", "2×5"}},
		"RowRange, one too many":  {func() { m(6, 5).RowRange(0, 7) }, []string{"0 to 7", "6×5"}},
		"ColRange, one too many":  {func() { m(6, 8).ColRange(0, 9) }, []string{"0 to 9", "6×8"}},
		"RowRange, negative":      {func() { m(6, 5).RowRange(-1, 2) }, []string{"-1 to 2", "6×5"}},
		"RowRange, turned round":  {func() { m(6, 5).RowRange(3, 2) }, []string{"3 to 2", "6×5"}},
		"ColRange":                {func() { m(6, 8).RowRange(0, 3).ColRange(4, 12) }, []string{"4 to 12", "3×8"}},
		"ColRange, negative":      {func() { m(6, 8).ColRange(-4, 2) }, []string{"-4 to 2", "6×8"}},
		"Arena.Floats":            {func() { ar.Floats(-1) }, []string{"-1"}},
		"Arena.Matrix":            {func() { ar.Matrix(-2, -3) }, []string{"-2×-3"}},
		"Arena.Zeros":             {func() { ar.Zeros(2, -3) }, []string{"2×-3"}},
		"Add":                     {func() { Add(f(8), f(16)) }, []string{"8", "16"}},
		"MaxInto":                 {func() { MaxInto(f(8), f(16)) }, []string{"8", "16"}},
		"AddScaled":               {func() { AddScaled(f(8), 1, f(16)) }, []string{"8", "16"}},
		"AddMul":                  {func() { AddMul(f(8), f(8), f(16)) }, []string{"8", "16"}},
		"AddMul, left":            {func() { AddMul(f(8), f(16), f(8)) }, []string{"8", "16"}},
		"Mul":                     {func() { Mul(f(8), f(8), f(16)) }, []string{"8", "16"}},
		"Mul, left":               {func() { Mul(f(8), f(16), f(8)) }, []string{"8", "16"}},
		"Scale":                   {func() { Scale(f(8), 1, f(16)) }, []string{"8", "16"}},
		"ScaleAdd":                {func() { ScaleAdd(f(8), 1, f(16), 0) }, []string{"8", "16"}},
		"Dot":                     {func() { Dot(f(8), f(16)) }, []string{"8", "16"}},
		"Softmax":                 {func() { Softmax(f(8), f(16)) }, []string{"8", "16"}},
		"SoftmaxGrad":             {func() { SoftmaxGrad(f(8), f(16), f(16)) }, []string{"8", "16"}},
		"SoftmaxGrad, dy":         {func() { SoftmaxGrad(f(8), f(16), f(8)) }, []string{"16", "8"}},
		"LayerNorm":               {func() { LayerNorm(f(8), f(16), f(16), f(16), 1) }, []string{"8", "16"}},
		"LayerNorm, gain":         {func() { LayerNorm(f(16), f(16), f(8), f(16), 1) }, []string{"8", "16"}},
		"LayerNorm, bias":         {func() { LayerNorm(f(16), f(16), f(16), f(8), 1) }, []string{"8", "16"}},
		"LayerNormGrad, dx":       {func() { LayerNormGrad(f(8), f(16), f(16), f(16), f(16), f(16), 0, 1) }, []string{"8", "16"}},
		"LayerNormGrad, dgain":    {func() { LayerNormGrad(f(16), f(8), f(16), f(16), f(16), f(16), 0, 1) }, []string{"8", "16"}},
		"LayerNormGrad, dbias":    {func() { LayerNormGrad(f(16), f(16), f(8), f(16), f(16), f(16), 0, 1) }, []string{"8", "16"}},
		"LayerNormGrad, dy":       {func() { LayerNormGrad(f(16), f(16), f(16), f(8), f(16), f(16), 0, 1) }, []string{"8", "16"}},
		"LayerNormGrad, gain":     {func() { LayerNormGrad(f(16), f(16), f(16), f(16), f(16), f(8), 0, 1) }, []string{"8", "16"}},
		"RMSNorm":                 {func() { RMSNorm(f(8), f(16), f(16), 1) }, []string{"8", "16"}},
		"RMSNorm, gain":           {func() { RMSNorm(f(16), f(16), f(8), 1) }, []string{"8", "16"}},
		"RMSNormGrad, dx":         {func() { RMSNormGrad(f(8), f(16), f(16), f(16), f(16), 1) }, []string{"8", "16"}},
		"RMSNormGrad, dgain":      {func() { RMSNormGrad(f(16), f(8), f(16), f(16), f(16), 1) }, []string{"8", "16"}},
		"RMSNormGrad, dy":         {func() { RMSNormGrad(f(16), f(16), f(8), f(16), f(16), 1) }, []string{"8", "16"}},
		"RMSNormGrad, gain":       {func() { RMSNormGrad(f(16), f(16), f(16), f(16), f(8), 1) }, []string{"8", "16"}},
		"Rotate":                  {func() { Rotate(f(8), f(8), f(8), false) }, []string{"8", "16"}},
		"Rotate, sines":           {func() { Rotate(f(16), f(8), f(4), true) }, []string{"4", "8"}},
		"RotateBack":              {func() { RotateBack(f(8), f(8), f(8), true) }, []string{"8", "16"}},
		"RotateBack, sines":       {func() { RotateBack(f(16), f(8), f(4), false) }, []string{"4", "8"}},
		"AdamStep":                {func() { AdamStep(&Adam{}, f(8), f(16), f(16), f(16)) }, []string{"8", "16"}},
		"AdamStep, m":             {func() { AdamStep(&Adam{}, f(16), f(8), f(16), f(16)) }, []string{"8", "16"}},
		"AdamStep, v":             {func() { AdamStep(&Adam{}, f(16), f(16), f(8), f(16)) }, []string{"8", "16"}},
		"Activate":                {func() { Activate(ReLU, f(8), f(16)) }, []string{"8", "16"}},
		"Activate, unknown":       {func() { Activate(99, f(8), f(8)) }, []string{"99"}},
		"ActivateGrad, dx":        {func() { ActivateGrad(ReLU, f(8), f(16), f(16)) }, []string{"8", "16"}},
		"ActivateGrad, dy":        {func() { ActivateGrad(ReLU, f(16), f(8), f(16)) }, []string{"8", "16"}},
		"ActivateGrad, unknown":   {func() { ActivateGrad(99, f(8), f(8), f(8)) }, []string{"99"}},
		"GRU":                     {func() { GRU(f(8), f(24), f(24), f(24), f(16)) }, []string{"8", "16"}},
		"GRU, gates":              {func() { GRU(f(8), f(8), f(24), f(24), f(8)) }, []string{"8", "24"}},
		"GRU, input":              {func() { GRU(f(8), f(24), f(8), f(24), f(8)) }, []string{"8", "24"}},
		"GRU, state":              {func() { GRU(f(8), f(24), f(24), f(8), f(8)) }, []string{"8", "24"}},
		"GRUGrad":                 {func() { GRUGrad(f(24), f(24), f(8), f(8), f(24), f(24), f(16)) }, []string{"8", "16"}},
		"GRUGrad, dprev":          {func() { GRUGrad(f(24), f(24), f(4), f(8), f(24), f(24), f(8)) }, []string{"4", "8"}},
		"GRUGrad, dgi":            {func() { GRUGrad(f(8), f(24), f(8), f(8), f(24), f(24), f(8)) }, []string{"8", "24"}},
		"GRUGrad, dgh":            {func() { GRUGrad(f(24), f(8), f(8), f(8), f(24), f(24), f(8)) }, []string{"8", "24"}},
		"GRUGrad, gates":          {func() { GRUGrad(f(24), f(24), f(8), f(8), f(8), f(24), f(8)) }, []string{"8", "24"}},
		"GRUGrad, gh":             {func() { GRUGrad(f(24), f(24), f(8), f(8), f(24), f(8), f(8)) }, []string{"8", "24"}},
		"Additive":                {func() { Additive(f(8), f(16), f(8)) }, []string{"8", "16"}},
		"Additive, key":           {func() { Additive(f(8), f(8), f(16)) }, []string{"8", "16"}},
		"AdditiveGrad":            {func() { AdditiveGrad(f(8), f(8), f(8), f(8), f(8), f(16), 1) }, []string{"8", "16"}},
		"AdditiveGrad, dv":        {func() { AdditiveGrad(f(16), f(8), f(8), f(8), f(8), f(8), 1) }, []string{"8", "16"}},
		"Transpose":               {func() { Transpose(m(2, 3), m(2, 3)) }, []string{"2×3"}},
		"Transpose, short":        {func() { Transpose(wide, m(3, 2)) }, []string{"2×3", "8"}},
		"Pack, short":             {func() { Pack(wide) }, []string{"2×3", "8"}},
		"PackT, short":            {func() { PackT(wide) }, []string{"2×3", "8"}},
		"SetT":                    {func() { packed.SetT(m(4, 6)) }, []string{"4×6"}},
		"SetT, short":             {func() { PackT(m(2, 3)).SetT(wide) }, []string{"2×3", "8"}},
		"Column":                  {func() { packed.Column(f(4), 6) }, []string{"6", "4×6"}},
		"Column, short":           {func() { packed.Column(f(3), 0) }, []string{"3", "4×6"}},
		"MatMul, inside":          {func() { MatMul(&ar, m(2, 2), m(2, 3), m(2, 2), false) }, []string{"2×3", "2×2"}},
		"MatMul, one row":         {func() { MatMul(&ar, m(1, 2), m(1, 3), m(4, 2), false) }, []string{"1×3", "4×2"}},
		"MatMul, rows":            {func() { MatMul(&ar, m(3, 2), m(2, 3), m(3, 2), false) }, []string{"2×3", "3×2"}},
		"MatMul, columns":         {func() { MatMul(&ar, m(2, 4), m(2, 3), m(3, 2), false) }, []string{"2×3", "2×4"}},
		"MatMul, short dst":       {func() { MatMul(&ar, wide, m(2, 4), m(4, 3), false) }, []string{"2×3", "8"}},
		"MatMul, short left":      {func() { MatMul(&ar, m(2, 4), wide, m(3, 4), false) }, []string{"2×3", "8"}},
		"MatMul, short right":     {func() { MatMul(&ar, m(2, 3), m(2, 2), wide, false) }, []string{"2×3", "8"}},
		"MatMul, narrow stride":   {func() { MatMul(&ar, m(2, 3), m(2, 2), Matrix{2, 3, 1, long}, false) }, []string{"2×3", "stride 1"}},
		"MatMulT":                 {func() { MatMulT(&ar, m(2, 2), m(2, 3), m(2, 4), false) }, []string{"2×3", "4×2"}},
		"MatMulT, one row":        {func() { MatMulT(&ar, m(1, 2), m(1, 3), m(2, 4), false) }, []string{"1×3", "4×2"}},
		"MatMulT, short right":    {func() { MatMulT(&ar, m(2, 2), m(2, 3), wide, false) }, []string{"2×3", "8"}},
		"MatTMul":                 {func() { MatTMul(&ar, m(3, 4), m(2, 3), m(1, 4), false) }, []string{"3×2", "1×4"}},
		"MatTMul, short right":    {func() { MatTMul(&ar, m(5, 3), m(2, 5), wide, false) }, []string{"2×3", "8"}},
		"MatMulRight":             {func() { MatMulRight(&ar, m(2, 6), m(2, 5), packed, false) }, []string{"2×5", "4×6"}},
		"MatMulRight, short left": {func() { MatMulRight(&ar, m(2, 6), Matrix{2, 4, 8, long[:8]}, packed, false) }, []string{"2×4", "8"}},
		"Affine":                  {func() { Affine(&ar, m(2, 5), m(2, 4), packed, nil) }, []string{"4×6", "2×5"}},
		"Affine, bias":            {func() { Affine(&ar, m(2, 6), m(2, 4), packed, f(5)) }, []string{"5", "2×6"}},
		"a matrix of negative rows": {func() { MatMul(&ar, Matrix{-1, 2, 2, nil}, Matrix{-1, 2, 2, nil}, m(2, 2), false) },
			[]string{"-1×2"}},
	} {
		got := panics(c.run)
		if !strings.HasPrefix(got, "tensor: ") {
			t.Errorf("%s: the panic is %q", name, got)
		}
		for _, s := range c.says {
			if !strings.Contains(got, s) {
				t.Errorf("%s: the panic %q does not name %s", name, got, s)
			}
		}
	}
	for i, v := range long {
		if v != 0 {
			t.Errorf("number %d past the data of a matrix was written", i)
		}
	}
}

// TestViews wants a view to end where it is said to: nothing that is appended to it or cut from it
// reaches the rest of the matrix.
func TestViews(t *testing.T) {
	m := New(4, 6)
	for name, v := range map[string]Matrix{"RowRange": m.RowRange(1, 2), "ColRange": m.ColRange(1, 3), "both": m.RowRange(0, 2).ColRange(2, 6)} {
		if want := (v.Rows-1)*v.Stride + v.Cols; len(v.Data) != want || cap(v.Data) != want {
			t.Errorf("%s: %d numbers with room for %d, want %d", name, len(v.Data), cap(v.Data), want)
		}
	}
	for _, v := range []Matrix{m.RowRange(2, 2), m.ColRange(6, 6), New(0, 3).ColRange(1, 2), New(0, 3).RowRange(0, 0)} {
		if v.Rows*v.Cols != 0 {
			t.Errorf("an empty view is %d×%d", v.Rows, v.Cols)
		}
	}
}

// TestNaN wants one meaning of NaN in all builds, at the beginning, inside, and in the tail of a row:
// what is documented.
func TestNaN(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	isNaN := func(x float32) bool { return x != x }
	for _, n := range []int{1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33} {
		for at := range n {
			x := make([]float32, n)
			for i := range x {
				x[i] = float32((i*7+3)%n) - 40
			}
			x[at] = nan
			largest, arg := -inf, 0
			for i, v := range x {
				if v > largest {
					largest, arg = v, i
				}
			}
			if got := Max(x); got != largest {
				t.Fatalf("Max of %d with NaN at %d: %g, want %g", n, at, got, largest)
			}
			if got := ArgMax(x); got != arg {
				t.Fatalf("ArgMax of %d with NaN at %d: %d, want %d", n, at, got, arg)
			}
			ones := make([]float32, n)
			for i := range ones {
				ones[i] = -41
			}
			MaxInto(ones, x)
			for i, v := range ones {
				if want := max(x[i], -41); i != at && v != want || i == at && v != -41 {
					t.Fatalf("MaxInto of %d with NaN at %d: %g at %d", n, at, v, i)
				}
			}
			kept := append([]float32(nil), x...)
			MaxInto(kept, ones)
			if !isNaN(kept[at]) {
				t.Fatalf("MaxInto of %d: the NaN at %d became %g", n, at, kept[at])
			}
			for name, got := range map[string]float32{"Sum": Sum(x), "SumMin": SumMin(x, -50), "Dot": Dot(x, ones), "Dot, right": Dot(ones, x)} {
				if !isNaN(got) {
					t.Fatalf("%s of %d with NaN at %d: %g", name, n, at, got)
				}
			}
			y := make([]float32, n)
			lse := Softmax(y, x)
			for i, v := range append(y, lse) {
				if !isNaN(v) {
					t.Fatalf("Softmax of %d with NaN at %d: %g at %d", n, at, v, i)
				}
			}
			for a := range activations {
				Activate(a, y, x)
				for i, v := range y {
					if isNaN(v) != (i == at) {
						t.Fatalf("activation %d of %d with NaN at %d: %g at %d", a, n, at, v, i)
					}
				}
				// Of the two that a gradient is made of, x has the NaN first, then dy.
				dx, dy := make([]float32, n), make([]float32, n)
				ActivateGrad(a, dx, dy, x)
				for i, v := range dx {
					if want := i == at && a != Identity && a != ReLU; isNaN(v) != want {
						t.Fatalf("the gradient of activation %d of %d with NaN at %d: %g at %d", a, n, at, v, i)
					}
				}
				clear(dx)
				dy[at] = nan
				for i := range y {
					y[i] = 1
				}
				ActivateGrad(a, dx, dy, y)
				for i, v := range dx {
					if isNaN(v) != (i == at) {
						t.Fatalf("the gradient of activation %d of %d with NaN in dy at %d: %g at %d", a, n, at, v, i)
					}
				}
			}
			gain := make([]float32, n)
			LayerNorm(y, x, gain, gain, 1e-5)
			for i, v := range y {
				if !isNaN(v) {
					t.Fatalf("LayerNorm of %d with NaN at %d: %g at %d", n, at, v, i)
				}
			}
			RMSNorm(y, x, gain, 1e-5)
			for i, v := range y {
				if !isNaN(v) {
					t.Fatalf("RMSNorm of %d with NaN at %d: %g at %d", n, at, v, i)
				}
			}
			for _, bad := range []float32{nan, inf, -inf} {
				x[at] = bad
				if Finite(x) {
					t.Fatalf("%d numbers with %g at %d are finite", n, bad, at)
				}
			}
			x[at] = math.MaxFloat32
			if !Finite(x) {
				t.Fatalf("%d finite numbers are not", n)
			}
			if x[at] = inf; Max(x) != inf || ArgMax(x) != at {
				t.Fatalf("Max of %d with +Inf at %d: %g, %d", n, at, Max(x), ArgMax(x))
			}
			lse = Softmax(y, x)
			for i, v := range append(y, lse) {
				if !isNaN(v) {
					t.Fatalf("Softmax of %d with +Inf at %d: %g at %d", n, at, v, i)
				}
			}
		}
		x, y := make([]float32, n), make([]float32, n)
		for name, fill := range map[string]float32{"NaN": nan, "-Inf": -inf} {
			for i := range x {
				x[i] = fill
			}
			if Max(x) != -inf || ArgMax(x) != 0 {
				t.Errorf("Max of %d %s: %g, ArgMax %d", n, name, Max(x), ArgMax(x))
			}
			lse := Softmax(y, x)
			for _, v := range append(y, lse) {
				if !isNaN(v) {
					t.Errorf("Softmax of %d %s: %g", n, name, y)
					break
				}
			}
		}
	}
	if Max(nil) != -inf || ArgMax(nil) != -1 || Softmax(nil, nil) != -inf || !Finite(nil) {
		t.Errorf("of nothing: Max %g, ArgMax %d, Softmax %g, Finite %v", Max(nil), ArgMax(nil), Softmax(nil, nil), Finite(nil))
	}
}

// TestProductNaN wants a NaN of either side in every element that depends on it, and in no other: what
// fills a panel or a block up does not leak, nor is a product with 0 left out.
func TestProductNaN(t *testing.T) {
	var ar Arena
	nan := float32(math.NaN())
	for _, s := range [][3]int{{1, 5, 3}, {2, 4, 3}, {5, 7, 3}, {9, 33, 17}} {
		rows, cols, k := s[0], s[1], s[2]
		for _, right := range []bool{false, true} {
			a, b, dst := New(rows, k), New(k, cols), New(rows, cols)
			i, j := rows-1, cols-1
			if right {
				b.Row(k - 1)[j] = nan
			} else {
				a.Row(i)[k-1] = nan
			}
			bt := New(cols, k)
			Transpose(bt, b)
			at := New(k, rows)
			Transpose(at, a)
			for name, run := range map[string]func(){
				"MatMul": func() { MatMul(&ar, dst, a, b, false) }, "MatMulT": func() { MatMulT(&ar, dst, a, bt, false) },
				"MatTMul": func() { MatTMul(&ar, dst, at, b, false) }, "Affine": func() { Affine(&ar, dst, a, Pack(b), nil) },
			} {
				run()
				for r := range rows {
					for c, v := range dst.Row(r) {
						if want := right && c == j || !right && r == i; (v != v) != want {
							t.Fatalf("%s %v, right %v: %g at (%d, %d)", name, s, right, v, r, c)
						}
					}
				}
			}
		}
	}
}
