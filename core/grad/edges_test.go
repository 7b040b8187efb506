package grad

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"heed/core/tensor"
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

// TestShapes gives every operation what does not fit, and wants a panic of this package that names both
// shapes.
func TestShapes(t *testing.T) {
	var ps Params
	weight := func(role Role, rows, cols int) *Param { return ps.New("w", role, rows, cols) }
	v := func(rows, cols int) Value {
		return Value{X: tensor.New(rows, cols), G: tensor.New(rows, cols)}
	}
	m := func(rows, cols int) tensor.Matrix { return tensor.New(rows, cols) }
	spans := []Span{{0, 2, 0, 3}}
	var seqs, three Sequences
	seqs.Add(1, 2)
	for range 3 {
		three.Add(1)
	}
	w45, w1, b5 := weight(Matrix, 4, 5), weight(Bias, 1, 4), weight(Bias, 1, 5)
	p := NewPass()
	for name, c := range map[string]struct {
		run  func()
		says []string
	}{
		"New, a bias of two rows":  {func() { weight(Bias, 2, 3) }, []string{"w", "2×3"}},
		"Linear":                   {func() { p.Linear(v(2, 6), w45, nil) }, []string{"2×6", "w", "4×5"}},
		"Linear, bias":             {func() { p.Linear(v(2, 5), w45, b5) }, []string{"1×5", "4×5"}},
		"Embed":                    {func() { p.Embed(w45, []int{3, 4}, 1) }, []string{"id 4", "w", "4×5"}},
		"Embed, negative":          {func() { p.Embed(w45, []int{-1}, 1) }, []string{"id -1", "4×5"}},
		"AddRows, fewer positions": {func() { p.AddRows(v(3, 5), m(7, 5), []int{0, 1}) }, []string{"2 rows", "3×5"}},
		"AddRows, width":           {func() { p.AddRows(v(2, 5), m(7, 4), []int{0, 1}) }, []string{"7×4", "2×5"}},
		"AddRows, no such row":     {func() { p.AddRows(v(2, 5), m(7, 5), []int{0, 7}) }, []string{"row 7 of 7"}},
		"AddRow":                   {func() { p.AddRow(v(2, 6), w45, 0) }, []string{"4×5", "2×6"}},
		"AddRow, no such row":      {func() { p.AddRow(v(2, 5), w45, 4) }, []string{"row 4", "4×5"}},
		"Add":                      {func() { p.Add(v(2, 5), v(5, 5)) }, []string{"2×5", "5×5"}},
		"Mul":                      {func() { p.Mul(v(2, 5), v(2, 4)) }, []string{"2×5", "2×4"}},
		"Activate":                 {func() { p.Activate(99, v(2, 5)) }, []string{"99"}},
		"LayerNorm":                {func() { p.LayerNorm(v(2, 5), w1, b5, 1) }, []string{"1×4", "2×5"}},
		"LayerNorm, bias":          {func() { p.LayerNorm(v(2, 5), b5, w1, 1) }, []string{"1×4", "2×5"}},
		"RMSNorm":                  {func() { p.RMSNorm(v(2, 5), w1, 1) }, []string{"1×4", "2×5"}},
		"Norm of heads":            {func() { (&Norm{Gain: w1}).ForwardHeads(p, v(2, 9), 2) }, []string{"1×4", "2 heads", "2×9"}},
		"Dropout":                  {func() { (&Pass{Arena: p.Arena, Rand: rand.NewPCG(1, 2)}).Dropout(v(2, 5), 1) }, []string{"1", "below 1"}},
		"CrossEntropy, targets":    {func() { p.CrossEntropy(v(3, 5), []int{1, 2}, 0, 1) }, []string{"2 targets", "3×5"}},
		"CrossEntropy, no such":    {func() { p.CrossEntropy(v(2, 5), []int{1, 5}, 0, 1) }, []string{"target 5 of 5"}},
		"Map":                      {func() { Map(m(5, 3), spans, 3, 0, 2) }, []string{"4 to 6", "5×3"}},
		"Map, no such head":        {func() { Map(m(4, 3), spans, 2, 0, 2) }, []string{"4 to 6", "4×3"}},
		"CrossEntropy, smoothing":  {func() { p.CrossEntropy(v(1, 5), []int{1}, 1.5, 1) }, []string{"1.5", "0 to 1"}},
		"New, negative":            {func() { weight(Matrix, -1, 3) }, []string{"w", "-1×3"}},
		"New, no such role":        {func() { weight(Vector+1, 1, 3) }, []string{"w", "role 6"}},
		"RowRange, too many":       {func() { weight(Matrix, 4, 5).RowRange(3, 9) }, []string{"3 to 9", "w", "4×5"}},
		"RowRange, turned round":   {func() { w45.RowRange(3, 1) }, []string{"3 to 1", "w", "4×5"}},
		"StoreOrder":               {func() { Linear{w45, nil}.StoreOrder([]int{0}) }, []string{"1×1", "w", "4×5"}},
		"GRU, too few starts":      {func() { p.GRU(v(2, 3), v(1, 1), []int{}, weight(Matrix, 3, 1), nil, seqs.Steps(false), nil) }, []string{"w", "3×1", "2×3"}},
		"Scores, heads":            {func() { p.Scores(v(2, 10), v(3, 10), spans, 3, 3, 1) }, []string{"2×10", "3 heads"}},
		"Scores, widths":           {func() { p.Scores(v(2, 9), v(3, 12), spans, 3, 3, 1) }, []string{"2×9", "3×12"}},
		"Scores, key–value heads":  {func() { p.Scores(v(2, 12), v(3, 6), spans, 4, 3, 1) }, []string{"3 key–value heads", "4 heads"}},
		"Scores, no heads":         {func() { p.Scores(v(2, 12), v(3, 6), spans, 4, 0, 1) }, []string{"0 key–value heads"}},
		"Scores, queries":          {func() { p.Scores(v(1, 4), v(3, 4), spans, 2, 2, 1) }, []string{"0 to 2 of 1 queries"}},
		"Scores, keys":             {func() { p.Scores(v(2, 4), v(2, 4), spans, 2, 2, 1) }, []string{"0 to 3 of 2 keys"}},
		"ScoreBias, maps":          {func() { p.ScoreBias(v(5, 3), w45, spans, 5, nil) }, []string{"5×3", "10×3"}},
		"ScoreBias, heads":         {func() { p.ScoreBias(v(4, 3), w45, spans, 2, nil) }, []string{"4×5", "2 heads"}},
		"Softmax":                  {func() { p.Softmax(v(5, 3), spans, 2, Mask{}) }, []string{"5×3", "4×3"}},
		"Softmax, causal":          {func() { p.Softmax(v(4, 1), []Span{{0, 2, 0, 1}}, 2, Mask{Causal: true}) }, []string{"2 masked queries of 1"}},
		"Mix, maps":                {func() { p.Mix(v(5, 3), v(3, 4), spans, 2, 2) }, []string{"5×3", "4×3"}},
		"Mix, heads":               {func() { p.Mix(v(4, 3), v(3, 5), spans, 2, 2) }, []string{"3×5", "2 heads"}},
		"Mix, keys":                {func() { p.Mix(v(4, 3), v(2, 4), spans, 2, 2) }, []string{"0 to 3 of 2 keys"}},
		"Mix, key–value heads":     {func() { p.Mix(v(4, 3), v(3, 4), spans, 2, 4) }, []string{"4 key–value heads", "2 heads"}},
		"Rotate, positions":        {func() { p.Rotate(v(2, 8), m(9, 2), m(9, 2), []int{1}, 2, false) }, []string{"1 positions", "2×8"}},
		"Rotate, angles":           {func() { p.Rotate(v(2, 8), m(9, 3), m(9, 3), []int{1, 2}, 2, false) }, []string{"3 angles", "2×8"}},
		"Rotate, tables":           {func() { p.Rotate(v(2, 8), m(9, 2), m(8, 2), []int{1, 2}, 2, false) }, []string{"9×2", "8×2"}},
		"Rotate, no such position": {func() { p.Rotate(v(2, 8), m(9, 2), m(9, 2), []int{1, 9}, 2, false) }, []string{"row 9 of 9"}},
		"Put":                      {func() { p.Put(v(2, 5), v(3, 5), nil) }, []string{"2×5", "3×5"}},
		"Put, rows":                {func() { p.Put(v(2, 5), v(3, 5), []int{1}) }, []string{"1 rows", "3×5", "2×5"}},
		"Put, width":               {func() { p.Put(v(1, 4), v(3, 5), []int{1}) }, []string{"3×5", "1×4"}},
		"Gather, no such row":      {func() { p.Gather(v(3, 5), []int{-1, 3}) }, []string{"row 3 of 3"}},
		"Loop":                     {func() { p.Loop(v(3, 4), v(3, 6), w45, nil, false) }, []string{"3×6", "4×5"}},
		"Loop, result":             {func() { p.Loop(v(3, 5), v(3, 5), w45, nil, false) }, []string{"3×5", "4×5"}},
		"Loop, bias":               {func() { p.Loop(v(3, 4), v(3, 5), w45, b5, false) }, []string{"1×5", "4×5"}},
		"Loop, step":               {func() { p.Loop(v(3, 4), v(3, 5), w45, nil, false).Step(p, 2, 4) }, []string{"2 to 4", "3×4"}},
		"GRUStep":                  {func() { p.GRUStep(v(2, 4), v(2, 12), v(2, 12), v(3, 4)) }, []string{"2×4", "3×4"}},
		"GRUStep, gates":           {func() { p.GRUStep(v(2, 4), v(2, 8), v(2, 8), v(2, 4)) }, []string{"2×8", "2×4"}},
		"GRUStep, two gates":       {func() { p.GRUStep(v(2, 4), v(2, 12), v(1, 12), v(2, 4)) }, []string{"2×12", "1×12"}},
		"GRU":                      {func() { p.GRU(v(2, 12), Value{}, nil, w45, nil, seqs.Steps(false), nil) }, []string{"4×5", "2×12"}},
		"GRU, rows":                {func() { p.GRU(v(3, 3), Value{}, nil, weight(Matrix, 3, 1), nil, seqs.Steps(false), nil) }, []string{"3×3", "2 rows"}},
		"Additive":                 {func() { p.Additive(v(2, 5), v(3, 4), b5, spans) }, []string{"2×5", "3×4"}},
		"Additive, vector":         {func() { p.Additive(v(2, 5), v(3, 5), w1, spans) }, []string{"1×4", "2×5"}},
		"Additive, keys":           {func() { p.Additive(v(2, 5), v(2, 5), b5, spans) }, []string{"0 to 3 of 2 keys"}},
		"Cross":                    {func() { seqs.Cross(p, &three) }, []string{"1 sequences over 3"}},
		"Plan":                     {func() { new(Steps).Plan([]Span{{0, 2, 0, 2}, {3, 4, 3, 4}}, false) }, []string{"sequence 1", "3 to 4"}},
		"Grad of another's weight in the same place": {func() {
			var one, other Params
			one.New("w", Matrix, 4, 5)
			NewTape(&one).Grad(other.New("w", Matrix, 4, 5))
		}, []string{"w", "4×5"}},
		"Grad of another's weight": {func() { NewTape(&Params{}).Grad(w45) }, []string{"w", "4×5"}},
		"Rows":                     {func() { v(6, 5).Rows(0, 2).Rows(0, 5) }, []string{"0 to 5", "2×5"}},
		"Cols":                     {func() { v(6, 5).Cols(2, 6) }, []string{"2 to 6", "6×5"}},
	} {
		got := panics(c.run)
		if !strings.HasPrefix(got, "grad: ") && !strings.HasPrefix(got, "tensor: ") {
			t.Errorf("%s: the panic is %q", name, got)
		}
		for _, s := range c.says {
			if !strings.Contains(got, s) {
				t.Errorf("%s: the panic %q does not name %s", name, got, s)
			}
		}
	}
}

// TestNaN wants what the comment of the package says of NaN behind a mask, and of the loss.
func TestNaN(t *testing.T) {
	nan := float32(math.NaN())
	isNaN := func(x float32) bool { return x != x }
	spans := []Span{{0, 2, 0, 2}}
	p := NewPass()
	scores, v := Const(tensor.New(2, 2)), Const(tensor.New(2, 3))
	scores.X.Row(0)[1] = nan // of the second key, which the first query does not see
	w := p.Softmax(scores, spans, 1, Mask{Causal: true})
	if got := w.X.Data; got[0] != 1 || got[1] != 0 || got[2] != 0.5 || got[3] != 0.5 {
		t.Errorf("a hidden score of NaN gives the weights %v", got)
	}
	v.X.Row(1)[2] = nan
	y := p.Mix(w, v, spans, 1, 1).X
	for i := range y.Rows {
		for j, x := range y.Row(i) {
			if isNaN(x) != (j == 2) {
				t.Errorf("a value of NaN: %g at (%d, %d)", x, i, j)
			}
		}
	}
	for _, bad := range []float32{nan, float32(math.Inf(1))} {
		logits := Const(tensor.New(1, 4))
		logits.X.Data[3] = bad
		if loss, nll := p.CrossEntropy(logits, []int{0}, 0.1, 1); loss == loss || nll == nll {
			t.Errorf("a logit of %g: the losses are %g and %g", bad, loss, nll)
		}
	}
}

// TestTooEarly wants a build for debugging to notice, before the tape goes back, what it would read
// wrong.
func TestTooEarly(t *testing.T) {
	run := func(spoil func(p *Pass, s *Sequences)) string {
		var ps Params
		w := ps.New("w", Table, 5, 3)
		p := NewPass()
		p.Tape = NewTape(&ps)
		var s Sequences
		s.Add(1, 2)
		y := p.Gather(p.Embed(w, s.IDs, 1), []int{1, 0})
		fill(y.G.Data, 1)
		if spoil != nil {
			spoil(p, &s)
		}
		return panics(p.Tape.Backward)
	}
	if got := run(nil); got != "" {
		t.Errorf("a sound pass: %q", got)
	}
	for name, c := range map[string]struct {
		spoil func(p *Pass, s *Sequences)
		says  string
	}{
		"other ids":          {func(p *Pass, s *Sequences) { s.Reset(); s.Add(3, 3) }, "what Embed was given has changed"},
		"the arena reset":    {func(p *Pass, s *Sequences) { p.Arena.Reset() }, "the arena was reset"},
		"the arena released": {func(p *Pass, s *Sequences) { p.Arena.Release(tensor.Mark{}) }, "the arena was reset, or its memory released"},
	} {
		if got := run(c.spoil); strings.Contains(got, c.says) != tensor.Debug {
			t.Errorf("%s: %q", name, got)
		}
	}
}
