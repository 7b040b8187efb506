package view

import (
	"math"

	"github.com/go-gl/mathgl/mgl64"

	"heed/core/record"
	"heed/core/text"
)

// arcs says whether links are drawn as arcs.
func (f *frame) arcs() bool {
	return f.Layout == Arcs && f.View == Links && (f.Kind == record.Self || f.Kind == record.Decoder) && f.m.Rows == f.m.Cols
}

// arcs draws links of a text to itself on one line: what looks back arches above it, what looks ahead
// hangs below it, and who looks at itself has a loop. The line is not broken: arcs across the ends of
// lines would be longer than what they say; a long one is wider than the page and scrolls.
func arcs(f *frame) *Scene {
	font := wordFont
	s := &Scene{Title: "Links: " + f.name, Width: f.Width}
	f.regions(s)
	ahead := false
	if f.Kind == record.Decoder {
		f.lead(s, text.Of(text.ArcsLeadBack), text.Of(text.ArcsLeadBackShort))
	} else {
		f.lead(s, text.Of(text.ArcsLead), text.Of(text.ArcsLeadShort))
		ahead = len(f.rows) > 1
	}
	y := 42 + f.names(s, f.Width, 42)

	// Pieces of one word stand together; each word has room for a number under it.
	least := 28.0
	if len(f.each) > 1 {
		least = 44
	}
	const space = 14
	x, wide := make([]float64, len(f.rows)), make([]float64, len(f.rows)) // the middles, and the widths of the words
	edges := make([]float64, len(f.rows)+1)                               // between what answers a pointer
	right := pad + 4.0
	for at, i := range f.rows {
		wide[at] = math.Min(f.Measure(f.q[i].text, font), 180)
		if edges[at] = right; at > 0 && !(f.q[i].joins && f.rows[at-1] == i-1) {
			edges[at], right = right+space/2, right+space
		}
		step := math.Max(wide[at], least)
		x[at] = right + step/2
		right += step
	}
	edges[len(f.rows)] = right + 4
	s.Width = math.Max(right+4+pad, math.Min(f.Width, 620))

	// The farther, the higher; but a long text needs no tower.
	high := func(from, to float64) float64 { return math.Min(14+0.42*math.Abs(from-to), 190) }
	n := float64(len(f.each))
	lane := math.Min(3, 16/n)
	room := math.Max(24, 0.75*high(x[0], x[len(x)-1])+n*lane)
	base := y + room + 12
	under := base + 22 // below the numbers
	lit := f.strands(s, func(l link) [4]mgl64.Vec2 {
		q, k := f.rowAt[l.row], f.colAt[l.col]
		off := (float64(l.head) - (n-1)/2) * lane
		switch {
		case q == k:
			return arch(x[q]+7+off/2, x[q]-7-off/2, base-16, -18-off)
		case k < q:
			return arch(x[q]-3+off, x[k]+3+off, base-16, -high(x[q], x[k])-off)
		}
		return arch(x[k]-3+off, x[q]+3+off, under, high(x[q], x[k])+off)
	})
	var locks [][2]mgl64.Vec2
	for at, i := range f.rows {
		ref, key := wordRef(Query, i), wordRef(Key, i)
		t := f.word(f.q[i], x[at], base, font, Middle, 180)
		t.Paint, t.Font.Bold = f.emphasis(f.q[i], f.Focus.has(ref) || f.Focus.has(key), lit.q[i] || lit.k[i])
		s.put(t)
		if l, ok := lit.beside(key); ok {
			s.text(x[at], base+16, f.numbered(l), numberFont, Middle, Ink)
		} else if f.anyHidden && f.Focus.Part == Nowhere {
			s.text(x[at], base+16, brief(f.hidden[i]), numberFont, Middle, Muted)
		}
		if f.open.has(ref) || f.open.has(key) {
			locks = append(locks, [2]mgl64.Vec2{{x[at] - wide[at]/2, base + 4.5}, {x[at] + wide[at]/2, base + 4.5}})
		}
		s.hit(Hit{Ref: ref, X: edges[at], Y: base - 17, W: edges[at+1] - edges[at], H: 36})
	}
	s.brackets(joined(f.q, f.rows, func(at int) (from, to mgl64.Vec2) {
		return mgl64.Vec2{x[at-1] - wide[at-1]/2, base + 4.5}, mgl64.Vec2{x[at] + wide[at]/2, base + 4.5}
	}))
	s.locks(locks)
	if ahead {
		under += room
	}
	f.foot(s, under+24, false)
	return s
}

// arch goes from one place of a line to another that is left of it, and h high, which is below it for
// a positive h.
func arch(from, to, y, h float64) [4]mgl64.Vec2 {
	return [4]mgl64.Vec2{{from, y}, {from, y + h}, {to, y + h}, {to, y}}
}
