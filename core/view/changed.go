package view

import (
	"slices"
	"strconv"
	"strings"

	"heed/core/record"
	"heed/core/text"
)

// byHand says what was done by hand to a run: " Changed by hand: cross.2.1 off, 7 weights set.", or nothing. Of each
// sort a few are named.
func byHand(r *record.Record) string {
	if r == nil || !r.Changes.Any() {
		return ""
	}
	c := &r.Changes
	var all []string
	say := func(n int, noun, done string, name func(i int) string) {
		const few = 3
		var names []string
		for i := range n {
			if n <= few {
				names = append(names, name(i))
			}
		}
		if n > few {
			names = []string{count(n, noun)}
		}
		if n > 0 {
			all = append(all, text.List(names)+done)
		}
	}
	say(len(c.Off), "head", " off", func(i int) string { return c.Off[i].HeadName() })
	say(len(c.Force), "weight", " set", func(i int) string { return c.Force[i].String() })
	say(len(c.Patched), "activation", " patched from “"+c.From+"”", func(i int) string { return PatchedName(r, c.Patched[i]) })
	say(len(c.Replace), "replaced word", "", func(i int) string {
		return text.Of(text.WordReplaced, c.Replace[i].Of(r.Text, record.WordsOf(r.Text)), c.Replace[i].With)
	})
	if c.Steer.Any() {
		all = append(all, "steered from “"+c.Steer.Away+"” toward “"+c.Steer.Toward+"”")
	}
	if c.Scales() {
		all = append(all, "scores divided by "+strconv.FormatFloat(c.Temperature, 'f', -1, 64))
	}
	return " Changed by hand: " + strings.Join(all, ", ") + "."
}

// Effect says what came of the changes, in an output that was written: another, or another probability of the same.
func Effect(was, is record.Outcome) string {
	switch {
	case is.Output != was.Output:
		return text.Of(text.OutputChanged, was.Output)
	case was.P == 0 || is.P == 0:
		return text.Of(text.OutputSameOnly)
	}
	return text.Of(text.OutputSame, strconv.FormatFloat(was.P, 'f', 3, 64), strconv.FormatFloat(is.P, 'f', 3, 64))
}

// Expects says what a story goes on with.
func Expects(o record.Outcome) string {
	return text.Of(text.ExpectsNext, Visible(o.Output), strconv.FormatFloat(o.P, 'f', 3, 64))
}

// set says whether a weight was set by hand.
func (f *frame) set(row, col int) bool {
	return slices.ContainsFunc(f.forced, func(c record.Forced) bool { return c.Row == row && c.Col == col })
}

// off says whether a head was switched off.
func off(r *record.Record, m *record.Map) bool {
	off, _ := r.Changes.Of(m.Kind, m.Layer, m.Head)
	return off
}
