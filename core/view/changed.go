package view

import (
	"strconv"
	"strings"

	"heed/core/record"
)

// byHand says what was done by hand to a run: " Changed by hand: 2 heads off, 1 weight
// set.", or nothing.
func byHand(r *record.Record) string {
	if r == nil || !r.Changes.Any() {
		return ""
	}
	c := &r.Changes
	var all []string
	if n := len(c.Off); n > 0 {
		all = append(all, count(n, "head")+" off")
	}
	if n := len(c.Force); n > 0 {
		all = append(all, count(n, "weight")+" set")
	}
	if n := len(c.Patched); n > 0 {
		all = append(all, count(n, "activation")+" patched from “"+c.From+"”")
	}
	if n := len(c.Replace); n > 0 {
		all = append(all, count(n, "word")+" replaced")
	}
	if c.Steer.Any() {
		all = append(all, "steered from “"+c.Steer.Away+"” toward “"+c.Steer.Toward+"”")
	}
	if c.Scales() {
		all = append(all, "scores divided by "+strconv.FormatFloat(c.Temperature, 'f', -1, 64))
	}
	return " Changed by hand: " + strings.Join(all, ", ") + "."
}

// set says whether a weight was set by hand.
func (f *frame) set(row, col int) bool {
	for _, c := range f.forced {
		if c.Row == row && c.Col == col {
			return true
		}
	}
	return false
}

// off says whether a head was switched off.
func off(r *record.Record, m *record.Map) bool {
	off, _ := r.Changes.Of(m.Kind, m.Layer, m.Head)
	return off
}
