package state

import (
	"math"

	"heed/core/model"
	"heed/core/run"
	"heed/core/text"
	"heed/core/view"
)

// Canvas is the room that a picture has, measured where it is to stand.
type Canvas struct {
	Text float64 // the width of the text above it
	High float64 // the height that there is

	Paper bool // it is for a printer, for which nothing can be painted by WebGL
}

// look is a Choice as package view takes it.
func (c *Choice) look() view.State {
	return view.State{View: c.View, Kind: c.Kind, Layer: c.Layer, Heads: c.Heads, Threshold: c.Threshold, HideSpecial: !c.Special, Words: c.Words, Layout: c.Layout, Lens: c.Looks(), Ask: c.asked()}
}

// Look is how what is shown is to be drawn.
func (s *State) Look(l Canvas) view.State {
	d := s.Shown
	v := d.look()
	v.Zoom, v.Width, v.Height, v.Focus, v.Drawn, v.Chosen = s.Screen.Zoom, s.Room, l.High, s.Focus(), s.Sampled(), s.Locked(&d.Choice)
	if d.has(view.InText) {
		v.Width = min(v.Width, l.Text+8)
	}
	if _, chosen := s.Settings.Get(Layer); v.Lens && !chosen {
		v.Layer = math.MaxInt // the last
	}
	if d.has(view.InSpace) {
		v.Indent = max(0, (s.Room-l.Text)/2-4)
		v.Spatial, v.Camera = !s.Flat && !l.Paper, s.Camera
	}
	return v
}

// Sampled says how a story's next token is drawn, "" where none is.
func (s *State) Sampled() string {
	if s.Task() != model.Generation || s.Imported != nil { // a Record has them as they are
		return ""
	}
	return sampling(s.Sampling)
}

func sampling(how run.Sampling) string {
	says := text.Of(text.AtTemperature, Number(how.Temperature))
	if how.TopK > 0 {
		says += text.Of(text.AtTopK, how.TopK)
	}
	if p := how.TopP; p > 0 && p < 1 {
		says += text.Of(text.AtTopP, Number(p))
	}
	return says
}

// Compared are the two maps whose difference is shown; ok is false where one of them has not run yet, or not with
// the maps that are to be shown.
func (s *State) Compared() (sides [2]view.Compared, ok bool) {
	d := s.Shown
	of, all := s.lanesOf(&d.Choice), s.lanes()
	if len(of) != 2 || len(all) != 2 || s.Record == nil || s.Record.Model != s.Model {
		return sides, false
	}
	for i, of := range of {
		c := view.Compared{Record: s.Record, Layer: of.Layer, Heads: of.Heads, Name: text.Of([]text.Key{text.TheFirstSentence, text.TheSecondSentence}[i])}
		if d.Against == HeadPair {
			c.Name = PlaceWords(d.Pair[i])
		}
		if of.Own {
			if c.Record = all[i].Record; c.Record == nil || c.Record.Find(of.Kind, of.Layer, 0) == nil && len(c.Record.Maps) > 0 {
				return sides, false
			}
		}
		sides[i] = c
	}
	return sides, true
}

// Look is how a lane is drawn: bars is what the scale of all bars must hold.
func (l *Lane) Look(width, bars float64, of Canvas) view.State {
	return view.State{Still: true, View: l.View, Kind: l.Kind, Layer: l.Layer, Heads: l.Heads, HideSpecial: l.Bare, Words: l.Words, Bars: bars,
		Width: width, Height: of.High}
}

// HeadName names the head whose weights are painted, such as "cross layer 2 head 4"; "" where that is no one head's.
func (s *State) HeadName() string {
	d := s.Shown
	if !d.Mapped() {
		return ""
	}
	return text.Of(text.HeadPlace, string(d.Kind), d.Layer, d.Head())
}
