package view

import (
	"cmp"
	"math"

	"heed/core/record"
	"heed/core/text"
)

// plot is what one picture is drawn with: what the reader chose, with nothing left open, and what is lent to it.
type plot struct {
	State
	Env
	byHand string // what was done to the run by hand, for the caption
	room   *int   // how many weights more may be looked at for this scene; nil: all
	asked  bool   // it is asked whether there is something to draw, and nothing is drawn: see View.Fills
}

// something stands for a scene that is not drawn.
var something = &Scene{}

// newPlot puts in what a State and an Env leave open, an empty Record in the place of none, and the Record in words
// where they are wanted and the view draws them.
func newPlot(r *record.Record, s State, env Env) (*record.Record, plot) {
	if r == nil {
		r = &record.Record{}
	}
	p := plot{State: s, Env: env, byHand: byHand(r)}
	p.View, p.Kind = cmp.Or(p.View, Links), cmp.Or(p.Kind, record.Self)
	if !(p.Width > 0) {
		p.Width = 720
	}
	p.Width = math.Max(p.Width, 240)
	if !(p.Threshold > 0) {
		p.Threshold = DefaultThreshold
	}
	p.Threshold = math.Min(p.Threshold, 1)
	if p.Measure == nil {
		p.Measure = ApproxWidth
	}
	if p.Kept == nil {
		p.Kept = &Kept{}
	}
	if p.Work > 0 && !p.Still {
		p.room = &p.Work
	}
	v := Find(p.View)
	if p.Words = p.Words && v != nil && v.Has(CanMerge); p.Words {
		r = p.Kept.words.get(r, State{}, func() any { return r.Words() }).(*record.Record)
	}
	return r, p
}

// takes says whether there is room for so many weights more; what is begun may be larger than the room.
func takes(room *int, weights int) bool {
	if room == nil {
		return true
	}
	if *room <= 0 {
		return false
	}
	*room -= weights
	return true
}

// soon is the scene of a picture of which so many parts are ready, and for which there was no more room.
func (p plot) soon(ready, parts int) *Scene {
	s := say(p, text.Of(text.Drawing, 100*ready/max(1, parts)))
	s.More = true
	return s
}

// asks is what a picture has who looks at it do: nothing, in a file.
func (p *plot) asks(hint string) string {
	if p.Still {
		return ""
	}
	return hint
}
