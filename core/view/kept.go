package view

import (
	"errors"

	patterns "heed/core/explain"
	"heed/core/record"
	"heed/core/text"
)

// Kept is what Build keeps of one scene for the next of the same Record, so that pointing at something, or
// turning the tower, does not merge, average, sort and measure it all again. Its zero value is empty; one
// belongs to one figure.
type Kept struct {
	words, frame, rollout, pictures, tower memo

	differing *differing
}

// memo is something that was made of a Record and of some parts of a State.
type memo struct {
	_    [0]func() // it is not compared, so the compiler need not write how
	of   *record.Record
	with State
	made any
}

// get is what make makes, or what it made of the same before. Nil is not kept.
func (m *memo) get(r *record.Record, s State, make func() any) any {
	if m.made == nil || m.of != r || m.with != s {
		m.of, m.with, m.made = r, s, make()
	}
	return m.made
}

// frame is newFrame, or the last one where it still holds.
func (p plot) frame(r *record.Record) (f *frame, sentence string, err error) {
	of := State{View: p.View, Kind: p.Kind, Layer: p.Layer, Heads: p.Heads, HideSpecial: p.HideSpecial, Threshold: p.Threshold}
	kept, _ := p.Kept.frame.get(r, of, func() any {
		if f, sentence, err = newFrame(r, p); f == nil {
			return nil
		}
		return f
	}).(*frame)
	if kept == nil {
		return nil, sentence, err
	}
	again := *kept
	again.plot = p
	return &again, "", nil
}

// errLong is of a Record whose rollout takes longer than anybody waits; a file may take its time.
var errLong = errors.New(text.Of(text.FlowTooLong))

// rollout rolls a Record out, as far as there is room for it in this scene; the result is nil until it is done.
func (p plot) rollout(r *record.Record) (flow *patterns.Flow, result *record.Map, err error) {
	const most = 2e9 // multiplications, some tenths of a second
	flow, _ = p.Kept.rollout.get(r, State{Still: p.Still}, func() any {
		var f *patterns.Flow
		if f, err = patterns.NewFlow(r); err != nil {
			return nil
		}
		if !p.Still && f.Products() > most {
			err = errLong
			return nil
		}
		return f
	}).(*patterns.Flow)
	if flow == nil {
		return nil, nil, err
	}
	return flow, flow.Roll(func(weights int) bool { return takes(p.room, weights) }), nil
}
