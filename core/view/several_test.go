package view_test

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heed/core/record"
	"heed/core/view"
)

// several is n words with a number of heads, each different.
func several(n, heads int) *record.Record {
	r := square(n)
	m := r.Maps[0]
	for h := 1; h < heads; h++ {
		next := m
		next.Head, next.Weights = h, make([]float32, n*n)
		for i := range n {
			for j := range n {
				next.Weights[i*n+j] = m.Weights[i*n+(j*(2*h+1)+h*i)%n]
			}
		}
		if n%2 == 0 || !sums(next.Weights, n) { // the step is not prime to n
			copy(next.Weights, m.Weights)
		}
		r.Maps = append(r.Maps, next)
	}
	return r
}

func sums(w []float32, n int) bool {
	for i := range n {
		sum := 0.0
		for _, v := range w[i*n:][:n] {
			sum += float64(v)
		}
		if math.Abs(sum-1) > 1e-4 {
			return false
		}
	}
	return true
}

// TestStrongestAgainstSorting counts the links of rows that are sorted whole.
func TestStrongestAgainstSorting(t *testing.T) {
	r := several(101, 3)
	for i := range 101 { // a row of like weights, and one with a single weight
		r.Maps[1].Weights[i], r.Maps[1].Weights[101+i] = 1.0/101, 0
	}
	r.Maps[1].Weights[101+7] = 1
	for _, share := range []float64{0.05, 0.3, 0.8, 0.999, 1} {
		want := 0
		for _, m := range r.Maps {
			for i := range m.Rows {
				row := slices.Clone(m.Weights[i*m.Cols:][:m.Cols])
				slices.Sort(row)
				sum, held := 0.0, 0.0
				for _, w := range row {
					sum += float64(w)
				}
				for k := len(row) - 1; k >= 0 && row[k] > 0 && held < share*sum-1e-6; k-- {
					held += float64(row[k])
					want++
				}
			}
		}
		s := build(t, r, view.State{Heads: record.Heads(0, 1, 2), Threshold: share})
		if part := "(" + strconv.Itoa(want) + " of " + strconv.Itoa(3*101*101) + " links)"; !strings.Contains(s.Caption, part) {
			t.Errorf("share %v: %q lacks %q", share, s.Caption, part)
		}
		if got := len(curves(s)); got != min(want, 2000) {
			t.Errorf("share %v: %d links are drawn of %d", share, got, want)
		}
	}
}

func TestSeveralHeads(t *testing.T) {
	r := small()
	s := build(t, r, view.State{Heads: record.Heads(0, 1), Threshold: 1})
	if got := len(curves(s)); got != 16+4 {
		t.Errorf("%d links, want those of both heads", got)
	}
	byHead := map[float64]float64{} // by color: where the link of a word to itself begins
	for _, c := range curves(s) {
		if c.Paint.Role != view.Hue {
			t.Fatalf("a link is painted %v", c.Paint)
		}
		if c.Ref == pair(0, 0) {
			byHead[c.Paint.Value] = c.P[0][1]
		}
	}
	if len(byHead) != 2 || byHead[0] == byHead[1] {
		t.Errorf("the links of two heads lie at %v", byHead)
	}
	// Two lines over each other are as dark as one of a single head at most.
	one := build(t, r, view.State{Heads: record.Heads(1), Threshold: 1})
	a, b := curves(s), curves(one)
	if both, alone := a[len(a)-1].Paint.Opacity(), b[len(b)-1].Paint.Opacity(); both >= alone || both < 0.4*alone {
		t.Errorf("a link has opacity %v among two heads, %v alone", both, alone)
	}
	for _, want := range []string{"0", "1", "heads"} {
		if _, ok := text(s, want); !ok {
			t.Errorf("nothing says %q", want)
		}
	}
	if !strings.HasPrefix(s.Caption, "Encoder self-attention, layer 0, heads 0 and 1.") || !strings.Contains(s.Caption, "in each head") {
		t.Error(s.Caption)
	}
	if got, want := s.Label(pair(0, 0)), "Cats looks at Cats, 0.8100 in head 0 and 1.0000 in head 1"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := s.Label(query(2)), "ing looks at ing 1.00 in head 1, </s> 0.90 in head 0 and ing 0.09 in head 0"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	// A word's numbers say whose they are: of each key the heaviest.
	s = build(t, r, view.State{Heads: record.Heads(0, 1), Threshold: 1, Focus: query(0)})
	for _, want := range []string{"1·1.00", "0·0.10", "0·0.05"} {
		if _, ok := text(s, want); !ok {
			t.Errorf("no number %q", want)
		}
	}
	// Pointing at a head's name takes the others back.
	name := view.Ref{Part: view.Head, Col: 1}
	x, y, w, h, ok := s.Place(name)
	if hit, found := s.HitAt(x+w/2, y+h/2); !ok || !found || hit.Ref != name || h < 24 || w < 24 {
		t.Errorf("head 1's name is at %v %v %v %v, where there is %v", x, y, w, h, hit.Ref)
	}
	s = build(t, r, view.State{Heads: record.Heads(0, 1), Threshold: 1, Focus: name})
	for _, c := range curves(s) {
		if own := c.Paint.Value == 1; own && c.Paint.Opacity() < 0.16 || !own && c.Paint.Opacity() > 0.2 {
			t.Errorf("a link of head %v has opacity %v", c.Paint.Value, c.Paint.Opacity())
		}
	}
	if s.Readout != "head 1" {
		t.Errorf("readout %q", s.Readout)
	}
	if one.Label(name) != "" {
		t.Error("a single head has a name in the picture")
	}
}

// TestManyHeads has as many colours as heads, to 16.
func TestManyHeads(t *testing.T) {
	r := several(7, 16)
	var all []int
	for h := range 16 {
		all = append(all, h)
	}
	s := build(t, r, view.State{Heads: record.Heads(all...), Width: 320})
	for _, p := range []*view.Palette{&view.Light, &view.Dark} {
		colors := map[string]bool{}
		for _, c := range curves(s) {
			colors[p.Color(c.Paint).CSS()] = true
		}
		if len(colors) != 16 {
			t.Errorf("%d colours", len(colors))
		}
	}
	for h := range 16 {
		if x, _, w, _, ok := s.Place(view.Ref{Part: view.Head, Col: h}); !ok || x < -6 || x+w > s.Width+6 {
			t.Errorf("head %d's name is from %v to %v, in %v", h, x, x+w, s.Width)
		}
	}
}

func TestArcs(t *testing.T) {
	r := translation()
	if s := build(t, r, view.State{Kind: record.Cross, Layout: view.Arcs}); len(shown[view.Text](s)) != len(shown[view.Text](build(t, r, view.State{Kind: record.Cross}))) {
		t.Error("cross-attention is laid out as arcs, though it has two texts")
	}
	for name, s := range map[string]*view.Scene{
		"decoder": build(t, r, view.State{Kind: record.Decoder, Layout: view.Arcs, Threshold: 1}),
		"self":    build(t, small(), view.State{Heads: record.Heads(0), Layout: view.Arcs, Threshold: 1}),
		"several": build(t, small(), view.State{Heads: record.Heads(0, 1), Layout: view.Arcs, Threshold: 1}),
	} {
		var line float64
		places := map[int]float64{}
		for i, h := range s.Hits {
			if h.Ref.Part == view.Query {
				if line != 0 && h.Y != line {
					t.Errorf("%s: word %d stands on another line", name, i)
				}
				line, places[h.Ref.Row] = h.Y, h.X+h.W/2
			}
			if h.Ref.Part == view.Key {
				t.Errorf("%s: there is a duplicate word", name)
			}
		}
		for _, c := range curves(s) {
			above := c.P[1][1] < c.P[0][1]
			if back := c.Ref.Col <= c.Ref.Row; back != above {
				t.Errorf("%s: the link %v is above: %v", name, c.Ref, above)
			}
			if c.P[0][0] < c.P[3][0] {
				t.Errorf("%s: the arc of %v runs to the right", name, c.Ref)
			}
			from, to := places[max(c.Ref.Row, c.Ref.Col)], places[min(c.Ref.Row, c.Ref.Col)]
			if math.Abs(c.P[0][0]-from) > 16 || math.Abs(c.P[3][0]-to) > 16 {
				t.Errorf("%s: the arc of %v goes from %v to %v, its words stand at %v and %v", name, c.Ref, c.P[0][0], c.P[3][0], from, to)
			}
			mid := 0.125*c.P[0][1] + 0.375*c.P[1][1] + 0.375*c.P[2][1] + 0.125*c.P[3][1]
			if hit, ok := s.HitAt(0.5*(c.P[0][0]+c.P[3][0]), mid); !ok || hit.Ref.Part != view.Pair {
				t.Errorf("%s: at the top of the arc of %v there is %v", name, c.Ref, hit.Ref)
			}
		}
		// All arrow keys go along the line.
		at := s.Move(view.Ref{}, 0, 0)
		for i := range len(places) {
			if at != query(i) {
				t.Errorf("%s: step %d is at %v", name, i, at)
			}
			if i%2 == 0 {
				at = s.Move(at, 0, 1)
			} else {
				at = s.Move(at, 1, 0)
			}
		}
	}
	// A long text is wider than the page; a short one is not.
	if s := build(t, square(60), view.State{Layout: view.Arcs, Width: 390}); s.Width < 60*40 || s.Height > 900 {
		t.Errorf("60 words take %v × %v", s.Width, s.Height)
	}
	if s := build(t, small(), view.State{Layout: view.Arcs, Width: 390}); s.Width != 390 {
		t.Errorf("4 words are %v wide", s.Width)
	}
}

// TestChosen keeps what was clicked while nothing is pointed at.
func TestChosen(t *testing.T) {
	for _, name := range []string{view.Links, view.Heatmap} {
		for _, layout := range []string{view.Columns, view.Arcs} {
			for _, ref := range []view.Ref{query(1), pair(2, 3), key(0)} {
				st := view.State{View: name, Heads: record.Heads(0), Layout: layout}
				plain := build(t, small(), st)
				st.Focus = ref
				pointed := build(t, small(), st)
				st.Focus, st.Chosen = view.Ref{}, ref
				s := build(t, small(), st)
				if s.Readout != pointed.Readout || s.Readout == "" {
					t.Errorf("%s: locked, %v is said to be %q", name, ref, s.Readout)
				}
				if len(s.Marks) <= len(pointed.Marks) {
					t.Errorf("%s: nothing marks what is locked", name)
				}
				if cmp.Equal(s.Marks, plain.Marks) {
					t.Errorf("%s: %v is not open", name, ref)
				}
				st.Focus = query(0)
				if s := build(t, small(), st); s.Label(query(0)) != s.Readout {
					t.Errorf("%s: another word is pointed at, and %q is said", name, s.Readout)
				}
				st.Focus, st.Chosen = view.Ref{}, query(9) // it is beyond a text that has become shorter
				if s := build(t, small(), st); !cmp.Equal(s.Marks, plain.Marks) {
					t.Errorf("%s: a word that is not there is marked", name)
				}
			}
		}
	}
}

// TestKept draws the same from what is kept, of the right Record and state.
func TestKept(t *testing.T) {
	a, b := several(9, 3), several(9, 3)
	b.Maps[0], b.Maps[1] = b.Maps[1], b.Maps[0]
	b.Maps[0].Head, b.Maps[1].Head = 0, 1
	for i := range a.Tokens.Source { // every third begins a word
		a.Tokens.Source[i].Word = i / 3
	}
	a.Tokens.Source[0].Special, a.Tokens.Source[0].Word = true, -1
	var kept view.Kept
	for _, r := range []*record.Record{a, b, a} {
		for _, st := range []view.State{{Heads: record.Heads(0)}, {Heads: record.Heads(0, 1)}, {Heads: record.Heads(0, 1), Focus: query(1)}, {Heads: record.Heads(0, 1), Threshold: 0.3}, {View: view.Heatmap, Heads: record.Heads(0, 1)},
			{View: view.Heatmap, Words: true}, {Words: true}, {View: view.Heads, Words: true}, {HideSpecial: true}, {Layout: view.Arcs, Words: true}, {}} {
			plain := build(t, r, st)
			for range 2 {
				if s := build(t, r, st, view.Env{Kept: &kept}); !cmp.Equal(s.Marks, plain.Marks) || s.Caption != plain.Caption {
					t.Fatalf("%+v: %s; want %s", st, s.Caption, plain.Caption)
				}
			}
		}
	}
}

// TestWordsInViews wants every view of maps to draw the Record of words, and to say so.
func TestWordsInViews(t *testing.T) {
	r := small()
	w := r.Words()
	for _, name := range []string{view.Links, view.Heatmap, view.Heads} {
		s, of := build(t, r, view.State{View: name, Words: true}), build(t, w, view.State{View: name})
		if !strings.Contains(s.Caption, "merged to words") || strings.Contains(of.Caption, "merged") {
			t.Errorf("%s: %s", name, s.Caption)
		}
		if !cmp.Equal(s.Hits, of.Hits, cmp.AllowUnexported(view.Hit{})) {
			t.Errorf("%s: the places of pieces", name)
		}
	}
	s := build(t, r, view.State{Heads: record.Heads(0), Words: true, HideSpecial: true})
	if got, want := s.Label(query(1)), "sleeping looks at Cats 0.25, sleeping 0.24 and hidden tokens 0.51"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	csv, err := view.CSV(r, view.State{Kind: record.Self, Heads: record.Heads(0), Words: true}, view.Env{})
	if want, _ := w.CSV(record.Self, 0, 0); err != nil || string(csv) != string(want) {
		t.Errorf("%s %v", csv, err)
	}
	// Views that take pieces apart stay as they are.
	if s := build(t, r, view.State{View: view.Steps, Words: true}); strings.Contains(s.Caption+s.Sentence, "merged") {
		t.Error(s.Caption)
	}
}

// BenchmarkBuild times what a keystroke and a pointer cost to draw, at most one head and all of six.
func BenchmarkBuild(b *testing.B) {
	for _, n := range []int{64, 256, 512} {
		r := several(n-1, 6)
		for _, c := range []struct {
			name string
			s    view.State
		}{{"links", view.State{Heads: record.Heads(0)}}, {"links6", view.State{Heads: record.Heads(0, 1, 2, 3, 4, 5)}}, {"arcs6", view.State{Layout: view.Arcs, Heads: record.Heads(0, 1, 2, 3, 4, 5)}},
			{"heatmap", view.State{View: view.Heatmap}}, {"grid", view.State{View: view.Heads}}, {"words", view.State{Words: true}}} {
			c.s.Width, c.s.Height = 1100, 720
			b.Run(c.name+"/"+strconv.Itoa(n), func(b *testing.B) {
				for b.Loop() {
					build(b, r, c.s)
				}
			})
			c.s.Focus = query(3)
			kept := view.Env{Kept: &view.Kept{}}
			b.Run(c.name+"/"+strconv.Itoa(n)+"/pointed", func(b *testing.B) {
				for b.Loop() {
					build(b, r, c.s, kept)
				}
			})
		}
	}
}
