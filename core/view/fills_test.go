package view_test

import (
	"strings"
	"testing"

	"heed/core/record"
	keyed "heed/core/text"
	"heed/core/view"
)

// Fills is asked in place of Build, and says the same.
func TestFills(t *testing.T) {
	records := map[string]*record.Record{"none": nil, "small": small(), "translation": translation(), "empty": {Format: record.Format}}
	begun := translation()
	begun.Tokens.Target = begun.Tokens.Target[:1]
	begun.Maps = []record.Map{{Kind: record.Decoder}}
	records["begun"] = begun
	for name, edit := range map[string]func(r *record.Record){
		"without maps":    func(r *record.Record) { r.Maps = nil },
		"without context": func(r *record.Record) { r.Context = nil },
		"without a layer": func(r *record.Record) { r.Maps = r.Maps[len(r.Maps)-1:] },
		"without a head":  func(r *record.Record) { r.Maps = r.Maps[1:] },
		"a rollout": func(r *record.Record) {
			r.Maps = []record.Map{{Kind: record.Rollout, Rows: 4, Cols: 4, Weights: make([]float32, 16)}}
		},
		"with predictions": func(r *record.Record) {
			r.Predictions = []record.Prediction{{Top: []record.Candidate{{Text: "a", P: 1}}}}
		},
		"of special tokens": func(r *record.Record) {
			for i := range r.Tokens.Source {
				r.Tokens.Source[i].Special = true
			}
		},
	} {
		for from, r := range map[string]*record.Record{"small ": small(), "translation ": translation()} {
			if edit(r); checked(r) == nil {
				records[from+name] = r
			}
		}
	}
	yes, no := 0, 0
	for name, r := range records {
		for _, v := range view.All() {
			for _, s := range []view.State{{}, {Heads: record.Heads(0)}, {Heads: record.Heads(1)}, {Kind: record.Cross}, {Kind: record.RNN}, {Kind: record.Decoder, Layer: 1, Spatial: true}} {
				s.View = v.Name
				scene, err := view.Build(r, s, view.Env{})
				want := err == nil && scene.Sentence == ""
				if got := v.Fills(r, s); got != want {
					t.Errorf("%s, %s of %s %d %v: Fills says %v, Build otherwise: %v", name, v.Name, s.Kind, s.Layer, s.Heads, got, err)
				}
				if want {
					yes++
				} else {
					no++
				}
			}
		}
	}
	if yes < 100 || no < 100 {
		t.Errorf("%d pictures and %d sentences are no test", yes, no)
	}
}

// The flow of a long text takes products that grow with its third power. A page does without, a file takes the time.
func TestLongFlow(t *testing.T) {
	const n = 1300
	r := &record.Record{Format: record.Format, Task: record.Fill, Tokens: record.Tokens{Source: make([]record.Token, n)}}
	for layer := range 2 {
		r.Maps = append(r.Maps, record.Map{Kind: record.Self, Layer: layer, Rows: n, Cols: n, Weights: make([]float32, n*n)})
	}
	if s := build(t, r, view.State{View: view.Flow}); s.Sentence != keyed.Of(keyed.FlowTooLong) {
		t.Errorf("two layers: %q", s.Sentence)
	}
	r.Maps = r.Maps[:1] // which are no product
	if s := build(t, r, view.State{View: view.Flow}); s.Sentence != "" {
		t.Errorf("one layer: %q", s.Sentence)
	}
}

// Of the heaviest links of even rows, and of many rows, as many are drawn as may be.
func TestEvenLinks(t *testing.T) {
	const n = 400
	r := &record.Record{Format: record.Format, Task: record.Fill, Tokens: record.Tokens{Source: make([]record.Token, n)}}
	m := record.Map{Kind: record.Self, Rows: n, Cols: n, Weights: make([]float32, n*n)}
	for i := range m.Weights {
		m.Weights[i] = 1.0 / n
	}
	m.Weights[n*n-1] = 2.0 / n // the heaviest comes last
	r.Maps = []record.Map{m}
	s := build(t, r, view.State{})
	if want := "(128000 of 160000 links)"; !strings.Contains(s.Caption, want) { // a link less in the last row
		t.Errorf("the caption is %q, without %s", s.Caption, want)
	}
	curves, heaviest := 0, false
	for _, mark := range s.Marks {
		if c, ok := mark.(view.Curve); ok && c.Ref.Part == view.Pair {
			curves++
			heaviest = heaviest || c.Ref == view.Ref{Part: view.Pair, Row: n - 1, Col: n - 1}
		}
	}
	if curves != 2000 || !heaviest {
		t.Errorf("%d links are drawn; the heaviest among them: %v", curves, heaviest)
	}
}
