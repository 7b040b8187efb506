package view_test

import (
	"runtime"
	"strings"
	"testing"

	"heed/core/record"
	keyed "heed/core/text"
	"heed/core/view"
)

// What a valid Record may hold though no model of this project makes it.
func TestStrangeRecords(t *testing.T) {
	rolled := small() // of all maps only the rollout
	rolled.Maps = []record.Map{{Kind: record.Rollout, Rows: 4, Cols: 4, Weights: rolled.Maps[1].Weights}}
	rolledTwo := translation()
	rolledTwo.Maps = []record.Map{{Kind: record.Rollout, Rows: 3, Cols: 5, Weights: make([]float32, 15)}}
	begun := translation() // the output is its start token
	begun.Tokens.Target = begun.Tokens.Target[:1]
	begun.Maps = []record.Map{{Kind: record.Decoder}}
	special := translation() // a source without a word, and one vector of it
	special.Tokens.Source = []record.Token{{Text: "</s>", Word: -1, Special: true}}
	special.Maps, special.Context = nil, &record.Context{Rows: 1, Cols: 2, Values: []float32{1, -1}}
	for name, c := range map[string]struct {
		r    *record.Record
		s    view.State
		want string
	}{
		"rollout alone, tower":   {rolled, view.State{View: view.Tower}, "holds no attention"},
		"rollout of two, tower":  {rolledTwo, view.State{View: view.Tower}, "holds no attention"},
		"rollout alone, links":   {rolled, view.State{}, "holds no attention"},
		"rollout alone, grid":    {rolled, view.State{View: view.Heads}, "holds no attention"},
		"start token, links":     {begun, view.State{Kind: record.Decoder}, "there is no output"},
		"start token, grid":      {begun, view.State{View: view.Heads, Kind: record.Decoder}, "there is no output"},
		"special source, hidden": {special, view.State{View: view.Context, HideSpecial: true}, keyed.Of(keyed.OnlySpecialSource)},
	} {
		if err := checked(c.r); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if s := build(t, c.r, c.s); !strings.Contains(s.Sentence, c.want) {
			t.Errorf("%s: %q", name, s.Sentence)
		}
	}
	both := small()
	both.Maps = append(both.Maps, rolled.Maps...)
	if s := build(t, both, view.State{Kind: record.Decoder}); s.Sentence != "This record holds no decoder self-attention. It holds encoder self-attention." {
		t.Errorf("%q", s.Sentence)
	}
}

// A caption says once what was done by hand, and nothing of bars that are not drawn.
func TestCaptionsSayWhatIsDrawn(t *testing.T) {
	r := small()
	r.Changes.Off = []record.Place{{Kind: record.Self}}
	for _, name := range []string{view.Links, view.Heatmap, view.Heads, view.Tower} {
		if s := build(t, r, view.State{View: name}); strings.Count(s.Caption, "Changed by hand") != 1 {
			t.Errorf("%s: %s", name, s.Caption)
		}
	}
	a, b := sides()
	s, err := view.Difference(a, b, view.State{Kind: record.Self}, view.Env{})
	if err != nil || s.Sentence != "" || strings.Contains(s.Caption, "bars") {
		t.Errorf("%v, %q: %s", err, s.Sentence, s.Caption)
	}
}

// A picture in a file asks nobody to point at it or to choose.
func TestStill(t *testing.T) {
	states := map[*record.Record]view.State{
		small(): {View: view.Heads, Kind: record.Self}, translation(): {View: view.Tower}, fixedly(64): {View: view.Context}, softly(): {View: view.Context, Heads: record.Heads(0)},
		expecting(): {View: view.Predictions}, masked(): {View: view.Predictions}, detailed(record.Cross, record.Dot, 5, 2, 8, 8): steps(record.Cross, view.Ref{Part: view.Query, Row: 2}, 900)}
	for r, s := range states {
		s.Width = 900
		asked := 0
		for _, s.Still = range []bool{false, true} {
			scene := build(t, r, s)
			for _, w := range strings.Fields(texts(scene) + scene.Caption) {
				if w != "Choose" && w != "Point" {
				} else if asked++; s.Still {
					t.Errorf("%s: %s%s", s.View, texts(scene), scene.Caption)
				}
			}
		}
		if asked == 0 && s.View != view.Tower && s.View != view.Context {
			t.Errorf("%s asks nothing on a page either", s.View)
		}
	}
}

// What is drawn takes memory by what a Record holds, not by the numbers that it names nor by their square: as much for
// a far layer and head as for near ones, and five times as much for five times as many layers.
func TestBudget(t *testing.T) {
	near, far := small(), small()
	far.Maps[1].Layer, far.Maps[1].Head = 1023, 1023
	for name, c := range map[string]struct {
		less, more *record.Record
		times      uint64
	}{
		"a far head":      {near, far, 1},
		"five times maps": {stack(record.Self, 100, 40, 1, 0), stack(record.Self, 500, 40, 1, 0), 5},
	} {
		for _, v := range view.All() {
			takes := func(r *record.Record) uint64 {
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				layer := r.Maps[len(r.Maps)-1].Layer
				build(t, r, view.State{View: v.Name, Kind: record.Self, Layer: layer, Heads: record.Heads(0)})
				view.Strongest(r, view.State{View: v.Name, Kind: record.Self, Layer: layer}, view.Env{}, view.Listed)
				runtime.ReadMemStats(&after)
				return after.TotalAlloc - before.TotalAlloc
			}
			takes(c.less) // what is made once
			less, more := takes(c.less), takes(c.more)
			t.Logf("%s, %s: %d bytes, then %d", name, v.Name, less, more)
			if more > 2*c.times*less+1<<17 {
				t.Errorf("%s, %s: %d bytes became %d", name, v.Name, less, more)
			}
		}
	}
}

// checked is what Validate says of a Record whose tokens are nowhere in a text.
func checked(r *record.Record) error {
	c := *r
	c.Format = record.Format
	return c.Validate()
}
