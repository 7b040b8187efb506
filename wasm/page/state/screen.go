package state

import (
	"slices"
	"strconv"
	"strings"

	"heed/core/model"
	"heed/core/record"
	"heed/core/view"
)

// The messages about the picture.
type (
	Resize struct{ Room float64 } // the width that it has
	Zoom   struct{ By float64 }   // of a heatmap: the zoom itself
	Turn   struct{ view.Camera }  // of the tower
	Point  struct{ view.Ref }     // the pointer is at it, or nowhere
	Walk   struct {               // the keyboard is at it
		view.Ref
		Told bool // by the reader's own key, and so it is told
	}
	Click struct { // on a part
		view.Ref
		Sets []view.Setting // what the view says of it
	}
	Open    struct{ view.Ref } // how a weight came about, or one of several heads alone
	Release struct{}           // what was locked
	Flatten struct{ Yes bool } // there is no WebGL, or there is again
)

func (m Resize) update(c *change) {
	c.Room = m.Room
	c.need() // what a flow takes depends on it
}

// MaxZoom is the largest zoom of a heatmap.
const MaxZoom = 8.0

func (m Zoom) update(c *change) { c.Screen.Zoom = max(1, min(m.By, MaxZoom)) }

func (m Turn) update(c *change) { c.Camera = m.Camera.Clamp() }

func (m Point) update(c *change) { c.Pointer = m.Ref }

func (m Walk) update(c *change) {
	c.Walker, c.Pointer = m.Ref, view.Ref{}
	switch c.hold(m.Ref); {
	case m.Part == view.Nowhere: // who comes back is told anew
		c.Told = Selection{}
	case m.Told:
		c.tell(c.pieces(m.Ref))
	}
}

func (m Flatten) update(c *change) { c.Flat = m.Yes }

// hold notes which weight is pointed at; a word's is no single one.
func (c *change) hold(ref view.Ref) {
	if d := c.Shown; ref.Part == view.Pair && d.has(view.Zooms) && !d.Merging() {
		c.Held = ref
	}
}

// Click takes what the model expects at a place into the text, or does what the view says.
func (m Click) update(c *change) {
	c.hold(m.Ref)
	if d := c.Shown; m.Part == view.Key && d.has(view.Candidates) {
		c.accept(m.Row, m.Col)
		return
	}
	if len(m.Sets) == 0 {
		return
	}
	pointer := c.Pointer
	var pairs []Pair
	before := c.View
	for _, s := range m.Sets {
		n, _ := Named(s.Name)
		if (n == Off || n == Patched || n == Replace) && !c.Editable {
			return
		}
		if c.Settings.Unset(n); s.Value != "" {
			pairs = append(pairs, Pair{n, s.Value})
		}
	}
	if len(pairs) > 0 {
		c.choose(0, pairs...)
	} else {
		c.chosen()
	}
	if c.View == before {
		c.Pointer = pointer // it is still pointed at
	}
}

func (m Release) update(c *change) {
	pointer := c.Pointer
	c.Settings.Unset(Token, Key)
	c.chosen()
	c.Pointer = pointer
}

// Openable says whether there is something to open at a part of the view.
func (s *State) Openable(ref view.Ref) bool {
	d := s.Shown
	switch {
	case ref.Part == view.Head && d.has(view.SeveralHeads):
		return true
	case ref.Part != view.Pair || d.View != view.Heatmap && d.View != view.Links || s.Entry == nil || !slices.Contains(s.Entry.Views, view.Steps):
		return false
	}
	return s.Imported == nil || s.Imported.explains(&d.Choice, s.pieces(ref).Row)
}

func (m Open) update(c *change) {
	switch at := c.pieces(m.Ref); {
	case !c.Openable(m.Ref):
	case m.Part == view.Head:
		Solo{m.Col}.update(c)
	default:
		c.choose(0, Pair{View, view.Steps}, Pair{Token, strconv.Itoa(at.Row)}, Pair{Key, strconv.Itoa(at.Col)})
	}
}

// accept takes a candidate for a position into the text: after the token that it follows, or in place of the hidden
// word.
func (c *change) accept(position, candidate int) {
	r := c.Record
	at := slices.IndexFunc(r.Predictions, func(p record.Prediction) bool { return p.Position == position })
	if !c.Editable || r.Text != c.Text || at < 0 || candidate >= len(r.Candidates(at)) || position >= len(r.Tokens.Source) {
		return
	}
	word, token := r.Candidates(at)[candidate].Text, r.Tokens.Source[position]
	if strings.HasPrefix(word, "<|") || strings.HasPrefix(word, "[") {
		return // it is no text
	}
	var next string
	switch c.Task() {
	case model.Generation:
		c.Settings.Unset(Token)
		next = c.Text[:token.End] + word
	case model.Fill:
		next = c.Text[:token.Start] + strings.TrimSpace(word) + c.Text[token.End:]
	default:
		return
	}
	c.replace(next)
	c.choose(0, Pair{Text, next})
}

// turn keeps the tower's camera while the text changes, with room for some more words than there were when it ran
// out of room.
func (c *change) turn() {
	d := c.Shown
	if !d.has(view.InSpace) || d.Record == nil {
		return
	}
	if d.Model != c.Turned.Model {
		c.Camera = view.Camera{}
	}
	if of := (Turned{d.Model, d.Words}); of != c.Turned {
		c.Turned, c.Camera.Columns = of, 0
	}
	columns := func(tokens []record.Token) int {
		if d.Words {
			return record.Word(tokens, len(tokens)-1) + 1
		}
		return len(tokens)
	}
	n := max(columns(d.Record.Tokens.Source), columns(d.Record.Tokens.Target)-1)
	switch at := &c.Camera; {
	case at.Columns == 0:
		at.Columns = n
	case n > at.Columns, 2*n < at.Columns:
		at.Columns = n + max(2, n/4)
	}
}
