package view

import (
	"math"
	"strings"

	"github.com/go-gl/mathgl/mgl64"
)

// What words are set with on an axis, whichever way that goes: the word itself, what points at it, what binds its
// pieces.

// wordRef points at a word: a query's number is its row, a key's its column.
func wordRef(part Part, i int) Ref {
	if part == Key {
		return Ref{Part: Key, Col: i}
	}
	return Ref{Part: part, Row: i}
}

// word is a word on a baseline, as much of it as there is room for; special tokens stand back.
func (p *plot) word(w word, x, y float64, font Font, a Anchor, room float64) Text {
	t := Text{X: x, Y: y, Text: elide(w.text, font, room, p.Measure), Font: font, Anchor: a, RTL: w.rtl, Paint: Paint{Role: Ink}}
	if w.special {
		t.Paint.Role = Muted
	}
	return t
}

// point makes a text that of what is pointed at, or was chosen.
func (t *Text) point() { t.Paint.Role, t.Font.Bold = Focus, true }

// joined are strokes that bind the pieces of words, of those that are shown next to each other; stroke goes from the
// piece before a place to the piece there.
func joined(ws []word, places []int, stroke func(at int) (from, to mgl64.Vec2)) (all [][2]mgl64.Vec2) {
	for at := 1; at < len(places); at++ {
		if i := places[at]; ws[i].joins && places[at-1] == i-1 {
			from, to := stroke(at)
			all = join(all, from, to)
		}
	}
	return all
}

// join adds a stroke to strokes that follow each other, as part of the last where they meet on one line, level
// or upright.
func join(strokes [][2]mgl64.Vec2, a, b mgl64.Vec2) [][2]mgl64.Vec2 {
	if n := len(strokes) - 1; n >= 0 && a[0] <= strokes[n][1][0] && a[1] <= strokes[n][1][1] &&
		(a[0] == strokes[n][0][0] && b[0] == a[0] || a[1] == strokes[n][0][1] && b[1] == a[1]) {
		strokes[n][1] = b
		return strokes
	}
	return append(strokes, [2]mgl64.Vec2{a, b})
}

// item is a word in a line of words.
type item struct {
	i    int // which
	x, w float64
}

// lines sets words in lines of a width; a word is at least and at most so wide, and gap is the space before one that
// does not begin a line, by its place.
func (p *plot) lines(ws []word, places []int, width, least, most float64, gap func(at int) float64) (all [][]item) {
	x, ended := 0.0, true
	for at, i := range places {
		w := math.Max(p.Measure(elide(ws[i].text, wordFont, math.Min(width, most), p.Measure), wordFont), least)
		if space := gap(at); ended || x+space+w > width {
			all, x = append(all, nil), 0
		} else {
			x += space
		}
		all[len(all)-1] = append(all[len(all)-1], item{i, x, w})
		x += w
		ended = strings.HasSuffix(ws[i].text, "↵")
	}
	return all
}

// itemsOf counts the words of lines.
func itemsOf(lines [][]item) (n int) {
	for _, line := range lines {
		n += len(line)
	}
	return n
}
