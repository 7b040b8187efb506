package learn

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"heed/core/model"
	"heed/core/record"
)

// small is a session that a test can afford.
func small(t testing.TB, options string) *Session {
	t.Helper()
	given := Given{"width": "16", "batch": "8", "steps": "60"}
	for _, part := range strings.Fields(options) {
		name, value, _ := strings.Cut(part, "=")
		given[name] = value
	}
	pairs := ""
	if given["task"] == "pairs" {
		for i := range 40 {
			pairs += "é" + strconv.Itoa(i) + "\t" + strconv.Itoa(i) + "\n"
		}
	}
	s, _, err := given.Setting(pairs)
	if err != nil {
		t.Fatal(err)
	}
	n, err := New(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func steps(t testing.TB, n *Session, count int) {
	t.Helper()
	for range count {
		if _, err := n.Step(); err != nil {
			t.Fatal(err)
		}
	}
}

// Every architecture learns every task that is told apart by how it is read: the loss falls, and a probe shows maps.
func TestArchitectures(t *testing.T) {
	for _, arch := range Architectures {
		for _, task := range []string{"reverse", "toy", "induction", "modular", "pairs"} {
			n := small(t, "arch="+arch+" task="+task+" batch=4 rate=0.01 steps=25")
			steps(t, n, 25)
			first, last := n.Curve[0], n.Curve[len(n.Curve)-1]
			if len(n.Curve) != 2 || last.Step != 25 || !(last.Unseen.Loss < 0.9*first.Unseen.Loss) || !(last.Norm > 0) {
				t.Errorf("%s, %s: from %+v to %+v", arch, task, first, last)
			}
			r, err := n.Probe(n.Example())
			if err != nil {
				t.Errorf("%s, %s: %v", arch, task, err)
				continue
			}
			if len(r.Maps) == 0 && arch != Context {
				t.Errorf("%s, %s: %q shows no map", arch, task, n.Example())
			}
		}
	}
}

// The figures are those of the text that the network writes.
func TestExact(t *testing.T) {
	for _, options := range []string{"arch=dot", "arch=decoder", "arch=encoder", "arch=encoder-decoder"} {
		n := small(t, options+" task=brackets width=32 batch=16 steps=150 rate=0.01")
		for !n.Done() && n.Curve[len(n.Curve)-1].Unseen.Exact < 0.1 {
			steps(t, n, Every)
		}
		right := 0
		const most = 40
		f := n.Figures(n.unseen[:most])
		r := 0
		for _, e := range n.examples[:most] {
			record, err := n.Probe(e.Source)
			if err != nil {
				t.Fatal(err)
			}
			want := e.Target
			if n.Setting.Arch == Encoder {
				want = e.Source + n.Task.Join + e.Target
			}
			if record.Output == want {
				right++
			}
			r++
		}
		if want := float64(right) / most; f.Exact != want || right < 3 {
			t.Errorf("%s: %g of the examples are exactly right, but %d of %d texts", options, f.Exact, right, most)
		}
	}
}

// A decoder that has learned nothing yet writes no more than an answer has room for.
func TestRoom(t *testing.T) {
	for _, task := range []string{"induction", "morse", "modular", "dates", "morse arch=encoder-decoder", "reverse arch=encoder-decoder", "dates arch=dot"} {
		n := small(t, "arch=decoder task="+task)
		needs := -100
		for _, e := range n.examples {
			needs = max(needs, len(encode(n.Model.Tokenizer, e.Target))-n.room(e.Source))
		}
		r, err := n.Probe(n.Example())
		if err != nil {
			t.Fatal(err)
		}
		given, written := len(encode(n.Model.Tokenizer, n.Reads(n.Example()))), len(r.Tokens.Source)-1
		if n.Model.About.Task == model.Translation {
			given, written = 0, len(r.Tokens.Target)-1
		}
		if needs > -2 || written-given > n.room(n.Example()) || written == given {
			t.Errorf("%s: after %d tokens %d are written, and there is room for %d; an example has %d more than that", task, given, written-given, n.room(n.Example()), needs)
		}
		if _, err := n.Probe(""); err != nil {
			t.Error(err)
		}
	}
}

// Two sessions of one setting are equal to the bit, and another seed draws another network of other examples.
func TestSame(t *testing.T) {
	a, b, c := small(t, "dropout=0.1"), small(t, "dropout=0.1"), small(t, "dropout=0.1 seed=2")
	for _, n := range []*Session{a, b, c} {
		steps(t, n, 25)
	}
	if x, y := a.Curve[1], b.Curve[1]; x.Loss != y.Loss || x.Unseen != y.Unseen || x.Norm != y.Norm {
		t.Errorf("%+v and %+v", x, y)
	}
	if a.Curve[1].Loss == c.Curve[1].Loss {
		t.Error("another seed learns alike")
	}
	if a.Example() != c.Example() {
		t.Error("another seed is measured on other examples")
	}
}

// A rate that is too high stops the run, finite or not, and the network is as it was when it was good, and goes on from
// there.
func TestBlowUp(t *testing.T) {
	for options, want := range map[string]string{"optimizer=sgd": "and was", "norms=0": "and was", "dropout=0": "not a number"} {
		n := small(t, options+" rate=0.003 steps=1000")
		steps(t, n, 60)
		good := n.Figures(n.unseen)
		s := n.Setting
		s.Rate = 10
		if err := n.Change(s); err != nil {
			t.Fatal(err)
		}
		var err error
		at := 0
		for ; err == nil && at < 500; at++ {
			if want == "not a number" { // as any setting may come to it
				n.Model.Net.Weights().List[0].Values().Data[0] = float32(math.NaN())
			}
			_, err = n.Step()
		}
		if err == nil || !strings.Contains(err.Error(), "learning rate 10 ") || !strings.Contains(err.Error(), want) {
			t.Fatalf("%s: after %d steps more the error is %v", options, at, err)
		}
		if n.At()%Every != 0 || n.At() > 60+at || n.Past.Steps[n.Past.last()] != n.At() || !strings.Contains(err.Error(), "as it was at step "+strconv.Itoa(n.At())+";") {
			t.Errorf("%s: %v, but it is at step %d, and the past at %v", options, err, n.At(), n.Past.Steps)
		}
		if f := n.Figures(n.unseen); f != n.point(n.At()).Unseen || f.Loss > 2*good.Loss {
			t.Errorf("%s: the network is at %+v, and was at %+v, at step 60 at %+v", options, f, n.point(n.At()).Unseen, good)
		}
		from := n.At()
		s.Rate = 0.003
		if err := n.Change(s); err != nil {
			t.Fatal(err)
		}
		steps(t, n, 2*Every)
		if last := n.Curve[len(n.Curve)-1]; last.Step != from+2*Every || last.Unseen.Loss > 1.5*good.Loss || n.Curve[len(n.Curve)-3].Step != from {
			t.Errorf("%s: with the lower rate it goes on to %+v", options, last)
		}
	}
	n := small(t, "")
	s := n.Setting
	s.Width = 32
	if err := n.Change(s); err == nil || !strings.Contains(err.Error(), "width") {
		t.Errorf("another width goes on: %v", err)
	}
}

// What was saved goes on with the same bits, between two points of the curves too.
func TestSaved(t *testing.T) {
	for _, options := range []string{"dropout=0.1", "arch=dot optimizer=muon", "optimizer=sgd arch=decoder task=induction"} {
		whole := small(t, options)
		steps(t, whole, 35)
		k := whole.Save()
		steps(t, whole, 25)
		n, err := Resume(whole.Setting, k)
		if err != nil {
			t.Fatal(err)
		}
		if n.At() != 35 || len(n.Curve) != 2 || !slices.Equal(n.Past.Steps, []int{0, 35}) {
			t.Errorf("%s: it is at step %d, with %d points and moments %v", options, n.At(), len(n.Curve), n.Past.Steps)
		}
		steps(t, n, 25)
		if !slices.Equal(allWeights(n.Model.Net), allWeights(whole.Model.Net)) {
			t.Errorf("%s: the weights are others", options)
		}
		for i := range whole.Curve {
			if a, b := whole.Curve[i], n.Curve[i]; a.Loss != b.Loss || a.Norm != b.Norm || a.Unseen != b.Unseen || !slices.Equal(a.Heads, b.Heads) {
				t.Errorf("%s: point %d is %+v, not %+v", options, i, b, a)
			}
		}
	}
	k := small(t, "width=32").Save()
	if _, err := Resume(small(t, "").Setting, k); err == nil || !strings.Contains(err.Error(), "does not fit") {
		t.Errorf("another network goes on: %v", err)
	}
}

// The past is bounded, at even intervals, and shows what was.
func TestPast(t *testing.T) {
	n := small(t, "steps=2000")
	text := n.Example()
	drawn, err := n.Probe(text)
	if err != nil {
		t.Fatal(err)
	}
	steps(t, n, 40)
	now, err := n.Probe(text)
	if err != nil {
		t.Fatal(err)
	}
	then, err := n.ProbeThen(0, text)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(then.Maps[0].Weights, drawn.Maps[0].Weights) || slices.Equal(then.Maps[0].Weights, now.Maps[0].Weights) {
		t.Error("the first moment does not show the map of the drawn network")
	}
	p := Past{}
	for step := 0; step <= 20_000; step += Every {
		n.trainer.State.Step = step
		p.keep(n)
		if len(p.Steps) > mostKept+1 || len(p.Steps) != len(p.weights) || p.Steps[0] != 0 || p.Steps[p.last()] != step {
			t.Fatalf("at step %d there are %d moments, from %d to %d", step, len(p.Steps), p.Steps[0], p.Steps[p.last()])
		}
		for i := 2; i < p.last(); i++ {
			if p.Steps[i]-p.Steps[i-1] != p.Steps[1]-p.Steps[0] {
				t.Fatalf("at step %d the moments are %v", step, p.Steps)
			}
		}
	}
}

// Alignment is the weight on the source tokens that are written.
func TestAlignment(t *testing.T) {
	tok := func(ids ...int) (all []record.Token) {
		for _, id := range ids {
			all = append(all, record.Token{ID: id, Special: id == 0})
		}
		return all
	}
	r := &record.Record{}
	r.Tokens.Source, r.Tokens.Target = tok(5, 6, 5, 0), tok(0, 5, 7, 6, 0)
	m := record.Map{Kind: record.Cross, Rows: 4, Cols: 4, Weights: []float32{
		.5, .2, .2, .1, // writes 5: 0.7
		.1, .2, .3, .4, // 7, which the source lacks
		.1, .6, .1, .2, // 6: 0.6
		0, 0, 0, 1}} // the end
	if got := alignment(r, &m); math.Abs(got-0.65) > 1e-6 {
		t.Errorf("the alignment is %g, want 0.65", got)
	}
}
