//go:build js && wasm

package page

import (
	"slices"
	"strconv"

	"heed/core/record"
	"heed/core/view"
	"heed/wasm/bridge"
	"heed/wasm/page/state"
)

// cursor lays elements over the canvas for the keyboard, for screen readers and for fingers that
// explore: a grid of cells over a heatmap, a list of words over links. Either has one tab stop, from
// which arrow keys go on. The canvas shows where the cursor is.
type cursor struct {
	f *figure

	grid el
	rows []*row
	size [2]int // rows and columns of the matrix

	list    el
	columns [2]*column // keys, then queries

	of      labelled
	at      view.Ref     // the tab stop
	stop    bridge.Value // its element
	inside  bool         // the focus is here
	walks   bool         // and follows keys: what it is at is pointed at
	quiet   bool         // it is moved by the page, not by the reader
	labels  *bridge.Timer
	pending []func() // what waits for its labels, some cells or words each

	selected []bridge.Value // the elements of what is locked
}

// labelled is what labels depend on: not on what is locked, nor on how much is drawn.
type labelled struct {
	record *record.Record
	look   view.State
	lanes  *state.Lanes
	width  float64 // of the scene: words that lie where it has them move with it
}

// most is how many cells a grid has elements for. Of a larger one there is only the cursor's row.
const most = 4096

type row struct {
	element bridge.Value
	index   int
	label   string
}

type column struct {
	element el
	refs    []view.Ref
	spread  bool // the words lie where the scene has them, not below one another
}

func newCursor(f *figure) *cursor {
	c := &cursor{f: f, grid: create("div", "grid", "role", "grid", "aria-readonly", "true"), list: create("div", "list", "role", "listbox")}
	for i := range c.columns {
		c.columns[i] = &column{element: create("div", "column", "role", "group")}
		within(c.list, c.columns[i].element)
	}
	for _, e := range []el{c.grid, c.list} {
		e.SetTabIndex(-1) // so that focus() works on it; the cursor takes the focus over
		e.SetAttribute("aria-describedby", "caption")
		e.SetAttribute("aria-activedescendant", "cursor")
		hide(e, true)
	}
	c.labels = bridge.NewTimer(c.label)
	f.removes = append(f.removes, c.labels.Release)
	f.listen("focusin", c.focused)
	f.listen("focusout", func(event bridge.Event) {
		if !contains(f.stage, event.Related()) {
			c.inside, c.walks = false, false
			c.walk(view.Ref{})
		}
	})
	f.listen("keydown", c.key)
	return c
}

// walk points at what the keyboard is at. It is told if the reader brought it there.
func (c *cursor) walk(ref view.Ref) {
	e := c.f.e
	if ref == e.state.Walker && e.state.Pointer.Part == view.Nowhere {
		return
	}
	e.apply(state.Walk{Ref: ref, Told: !c.quiet})
	c.f.space.follow(ref)
}

// sync brings the elements in line with the scene.
func (c *cursor) sync() {
	s, d := c.f.scene, c.f.e.state.Shown
	of := labelled{}
	if s != nil {
		of = labelled{d.Record, c.f.of.look, nil, s.Width}
		of.look.Focus, of.look.Chosen, of.look.Threshold, of.look.Camera = view.Ref{}, view.Ref{}, 0, view.Camera{}
		if d.View == state.Beside {
			of.lanes = c.f.e.state.Lanes
		}
		if s.Grid != nil {
			c.place(c.grid, [4]float64{s.Grid.X, s.Grid.Y, float64(len(s.Grid.Cols)) * s.Grid.Cell, float64(len(s.Grid.Rows)) * s.Grid.Height})
		}
	}
	if of == c.of && (s == nil || s.Grid != nil || len(c.columns[1].refs) > 0) {
		c.choose()
		return
	}
	c.of = of
	c.pending = nil
	inside := c.inside // which ends where what has the focus goes
	hide(c.grid, s == nil || s.Grid == nil)
	hide(c.list, s == nil || s.Grid != nil || len(s.Hits) == 0)
	switch {
	case s == nil:
		return
	case s.Grid != nil:
		c.syncGrid(s)
	case len(s.Hits) > 0:
		c.syncList(s)
	}
	c.choose()
	c.quiet = true
	if c.f.refocus && c.stop.Truthy() {
		c.f.refocus = false
		c.stop.Call("focus")
	}
	if c.inside = inside; inside { // what had the focus may be gone, or mean something else now
		if c.f.e.root.Get("activeElement").IsNull() {
			c.stop.Call("focus")
		}
		if c.walks {
			c.walk(c.at)
		}
	}
	c.quiet = false
}

// place puts an element over its part of the scene.
func (c *cursor) place(e el, at [4]float64) {
	for i, property := range []string{"left", "top", "width", "height"} {
		style(e, property, px(at[i]))
	}
}

func (c *cursor) syncGrid(s *view.Scene) {
	size := [2]int{len(s.Grid.Rows), len(s.Grid.Cols)}
	dense := size[0]*size[1] <= most
	if dense != (c.size[0]*c.size[1] <= most) {
		empty(c.grid)
		c.rows = nil
	}
	there := len(c.rows) // rows with as many cells as are wanted
	if size[1] != c.size[1] {
		there = 0
	}
	c.size = size
	c.grid.SetAttribute("aria-label", s.Title)
	c.grid.SetAttribute("aria-rowcount", strconv.Itoa(size[0]))
	c.grid.SetAttribute("aria-colcount", strconv.Itoa(size[1]))
	want := size[0]
	if !dense {
		want = 2 // the cursor's, and the one that it goes to next
	}
	for len(c.rows) > want {
		last := len(c.rows) - 1
		c.rows[last].element.Call("remove")
		c.rows = c.rows[:last]
	}
	for len(c.rows) < want {
		r := &row{element: create("div", "row", "role", "row", "aria-rowindex", strconv.Itoa(len(c.rows)+1)).Value, index: len(c.rows)}
		c.grid.Call("append", r.element)
		c.rows = append(c.rows, r)
	}
	for _, r := range c.rows[min(there, len(c.rows)):] { // a finger may be sooner than the labels
		c.labelCells(r, 0)
	}
	at := c.cellAt()
	if !dense {
		for i, r := range c.rows {
			r.index = -1
			r.element.Set("hidden", i > 0)
		}
		c.moveTo(at)
		return
	}
	c.moveTo(at)
	for _, r := range c.rows {
		c.labelRow(r)
	}
	if size[0]*size[1] <= 400 {
		c.label()
	} else {
		c.labels.After(400) // not while somebody types
	}
}

// label works on what is pending for a few milliseconds, and leaves the rest for later.
func (c *cursor) label() {
	begin := bridge.Now()
	for len(c.pending) > 0 {
		c.pending[0]()
		c.pending = c.pending[1:]
		if bridge.Now()-begin > 6 && len(c.pending) > 0 {
			c.labels.After(1)
			return
		}
	}
}

// labelCells labels the cells of a row from a column on.
func (c *cursor) labelCells(r *row, from int, labels ...string) {
	bridge.Children(r.element, "gridcell", "aria-colindex", c.size[1], from, labels)
}

// queue has so many cells or words labelled when their turn comes, some at a time, for which nobody looks at the clock.
func (c *cursor) queue(count int, label func(from, to int)) {
	const some = 16
	for from := 0; from < count; from += some {
		c.pending = append(c.pending, func() { label(from, min(from+some, count)) })
	}
}

// labelRow queues the cells of a row: what one of many tokens looks at, and all of them, is much.
func (c *cursor) labelRow(r *row) {
	c.queue(c.size[1], func(from, to int) { c.labelSome(r, from, to) })
}

func (c *cursor) labelSome(r *row, from, to int) {
	s := c.f.scene
	if s == nil || s.Grid == nil || r.index >= len(s.Grid.Rows) || len(s.Grid.Cols) != c.size[1] { // a newer scene: its sync follows
		return
	}
	if from == 0 {
		if label := s.RowLabel(r.index); label != r.label {
			if r.label = label; label == "" {
				r.element.Call("removeAttribute", "aria-label")
			} else {
				r.element.Call("setAttribute", "aria-label", label)
			}
		}
	}
	first := s.Move(view.Ref{}, 0, 0)
	labels := make([]string, to-from)
	for i := range labels {
		if s.Grid.Lengths == nil || from+i < s.Grid.Lengths[r.index] { // rows of several lengths
			labels[i] = s.Label(s.Move(first, r.index, from+i))
		}
	}
	c.labelCells(r, from, labels...)
}

// cellAt is where in the grid the cursor is: its row and column among those shown.
func (c *cursor) cellAt() [2]int {
	g := c.f.scene.Grid
	row, col, ok := c.f.scene.Index(c.at)
	switch {
	case c.at.Part != view.Pair && c.at.Part != view.Head && c.at.Part != view.Node:
		return [2]int{}
	case !ok: // it is beyond the edge of a map that has become smaller
		return [2]int{min(c.at.Row, len(g.Rows)-1), min(c.at.Col, len(g.Cols)-1)}
	}
	return [2]int{row, col}
}

// moveTo makes a cell the tab stop.
func (c *cursor) moveTo(at [2]int) {
	s := c.f.scene
	if size := [2]int{len(s.Grid.Rows), len(s.Grid.Cols)}; size != c.size { // a key came sooner than the elements of a new picture
		c.sync()
		at = [2]int{min(at[0], size[0]-1), min(at[1], size[1]-1)}
	}
	c.at = s.Move(s.Move(view.Ref{}, 0, 0), at[0], at[1])
	i := slices.IndexFunc(c.rows, func(r *row) bool { return r.index == at[0] })
	if i < 0 { // of a large matrix: the row that does not hold the cursor becomes the one that does
		i = 0
		if c.rows[0].element.Call("contains", c.stop).Bool() {
			i = 1
		}
		r := c.rows[i]
		r.index = at[0]
		r.element.Call("setAttribute", "aria-rowindex", strconv.Itoa(at[0]+1))
		style := r.element.Get("style")
		style.Set("position", "absolute")
		style.Set("width", "100%")
		style.Set("height", px(s.Grid.Height))
		style.Set("top", px(float64(at[0])*s.Grid.Height))
		r.element.Set("hidden", false)
		c.pending = nil // other rows are as they were, or are not seen
		c.labelRow(r)
		c.labels.After(1)
	}
	c.labelCells(c.rows[i], at[1], s.Label(c.at))
	c.setStop(child(c.rows[i].element, at[1]))
}

func (c *cursor) setStop(e bridge.Value) {
	if c.stop.Truthy() {
		if c.stop.Equal(e) {
			c.stop.Set("ariaDescription", c.f.e.state.HeadName())
			return
		}
		c.stop.Set("tabIndex", -1)
		c.stop.Call("removeAttribute", "id")
		c.stop.Call("removeAttribute", "aria-description")
	}
	c.stop = e
	e.Set("tabIndex", 0)
	e.Set("id", "cursor")
	e.Set("ariaDescription", c.f.e.state.HeadName()) // whose weight it is: heard after the weight
}

func (c *cursor) syncList(s *view.Scene) {
	c.list.SetAttribute("aria-label", s.Title)
	for i, part := range []view.Part{view.Key, view.Query} {
		col := c.columns[i]
		col.refs = col.refs[:0]
		var place [4]float64
		var places []float32 // of the words, where they do not lie below one another
		spread := false
		for _, h := range s.Hits {
			if h.Ref.Part != part {
				continue
			}
			if len(col.refs) == 0 {
				place = [4]float64{h.X, h.Y, h.W, 0}
			}
			spread = spread || h.X != place[0]
			col.refs = append(col.refs, h.Ref)
			places = append(places, float32(h.X), float32(h.Y), float32(h.W), float32(h.H))
			place[3] += h.H
		}
		if spread {
			place = [4]float64{}
		}
		c.place(col.element, place)
		queries, keys := c.f.e.state.Shown.Described().Lists()
		col.element.SetAttribute("aria-label", []string{keys, queries}[i])
		bridge.Children(col.element.Value, "option", "aria-posinset", len(col.refs), 0, nil)
		if spread {
			bridge.Places(col.element.Value, places)
		} else if col.spread {
			bridge.Places(col.element.Value, nil)
		}
		c.queue(len(col.refs), func(from, to int) { c.labelWords(col, from, to) })
		col.spread = spread
	}
	if len(c.columns[0].refs)+len(c.columns[1].refs) <= 80 {
		c.label()
	} else {
		c.labels.After(400) // not while somebody types
	}
	if c.wordAt(c.at).IsUndefined() {
		if at := c.nearest(); at.Part != view.Nowhere {
			c.at = at
		}
	}
	c.setStop(c.wordAt(c.at))
}

// labelWords labels some words of a column.
func (c *cursor) labelWords(col *column, from, to int) {
	if c.f.scene == nil {
		return
	}
	labels := make([]string, to-from)
	for i := range labels {
		labels[i] = c.f.scene.Label(col.refs[from+i])
	}
	bridge.Children(col.element.Value, "option", "aria-posinset", len(col.refs), from, labels)
}

// nearest is the word of the list that is closest to a cursor whose word is gone.
func (c *cursor) nearest() view.Ref {
	queries, keys := c.columns[1].refs, c.columns[0].refs
	switch {
	case c.at.Part == view.Key && len(keys) > 0:
		return keys[len(keys)-1]
	case c.at.Part == view.Query && len(queries) > 0:
		return queries[len(queries)-1]
	}
	return c.f.scene.Move(view.Ref{}, 0, 0)
}

// wordAt is the list's element for a word.
func (c *cursor) wordAt(ref view.Ref) bridge.Value {
	for _, col := range c.columns {
		if i := slices.Index(col.refs, ref); i >= 0 {
			c.labelWords(col, i, i+1) // which may be waiting for its turn
			return child(col.element.Value, i)
		}
	}
	return bridge.Undefined()
}

// choose tells those who listen what is locked.
func (c *cursor) choose() {
	d := c.f.e.state.Shown
	ref := c.f.e.state.Locked(&d.Choice)
	var now []bridge.Value
	switch s := c.f.scene; {
	case s == nil || d.View != view.Links && d.View != view.Heatmap:
	case s.Grid != nil:
		if at, col, ok := s.Index(ref); ok {
			if i := slices.IndexFunc(c.rows, func(r *row) bool { return r.index == at }); i >= 0 {
				c.labelCells(c.rows[i], col, s.Label(ref)) // which may be waiting for its turn
				now = append(now, child(c.rows[i].element, col))
			}
		}
	default:
		for _, word := range []view.Ref{{Part: view.Query, Row: ref.Row}, {Part: view.Key, Col: ref.Col}} {
			if e := c.wordAt(word); (word.Part == ref.Part || ref.Part == view.Pair) && e.Truthy() {
				now = append(now, e)
			}
		}
	}
	for _, e := range c.selected {
		if !slices.ContainsFunc(now, e.Equal) {
			e.Call("removeAttribute", "aria-selected")
		}
	}
	for _, e := range now {
		e.Call("setAttribute", "aria-selected", "true")
	}
	c.selected = now
}

// focused follows the focus, whoever moved it: the cursor, a pointer, or a script.
func (c *cursor) focused(event bridge.Event) {
	target := event.Target()
	s := c.f.scene
	switch {
	case s == nil, target.Equal(c.f.stage.Value): // a pressed tower: nothing of it is walked to yet
		return
	case target.Equal(c.grid.Value) || target.Equal(c.list.Value):
		if c.stop.Truthy() {
			c.stop.Call("focus")
		}
		return
	case s.Grid != nil:
		row, col := number1(target.Get("parentNode"), "aria-rowindex"), number1(target, "aria-colindex")
		if row < 0 || col < 0 || row >= len(s.Grid.Rows) || col >= len(s.Grid.Cols) {
			return
		}
		c.moveTo([2]int{row, col})
	default:
		i := number1(target, "aria-posinset")
		for _, col := range c.columns {
			if i >= 0 && i < len(col.refs) && target.Get("parentNode").Equal(col.element.Value) {
				c.at = col.refs[i]
				c.setStop(c.wordAt(c.at))
			}
		}
	}
	if c.inside = true; !c.f.pressed {
		c.walks = true
		c.walk(c.at)
	}
}

// child is one of an element's children.
func child(of bridge.Value, i int) bridge.Value { return of.Get("children").Index(i) }

// number1 reads an attribute that counts from 1, as an index; -1 without one.
func number1(e bridge.Value, attribute string) int {
	n, err := strconv.Atoi(e.Call("getAttribute", attribute).String())
	if err != nil {
		return -1
	}
	return n - 1
}

// key moves the cursor.
func (c *cursor) key(event bridge.Event) {
	s, e := c.f.scene, c.f.e
	if s == nil || event.Alt() || event.Meta() || c.f.space.key(event) {
		return
	}
	const far = 1 << 20
	var rows, cols int
	switch key := event.Key(); key {
	case "Enter", " ":
		event.Prevent()
		if key == "Enter" && e.state.Openable(c.at) {
			e.apply(state.Open{Ref: c.at})
		} else {
			c.f.click(c.at)
		}
		return
	case "Escape":
		if (e.state.Token >= 0 || e.state.Key >= 0) && e.state.View != view.Steps {
			event.Prevent()
			e.apply(state.Release{})
		}
		return
	case "+", "=", "-", "0":
		if x, y, w, h, ok := s.Place(c.at); ok && c.f.zooms() && !event.Ctrl() {
			event.Prevent()
			left, top, scale := c.f.origin()
			zoom := map[string]float64{"-": e.state.Zoom / 1.5, "0": 1}[key]
			if zoom == 0 {
				zoom = e.state.Zoom * 1.5
			}
			c.f.zoomTo(zoom, left+scale*(x+w/2), top+scale*(y+h/2))
		}
		return
	case "ArrowUp":
		rows = -1
	case "ArrowDown":
		rows = 1
	case "ArrowLeft":
		cols = -1
	case "ArrowRight":
		cols = 1
	case "PageUp":
		rows = -10
	case "PageDown":
		rows = 10
	case "Home", "End":
		d := far
		if key == "Home" {
			d = -far
		}
		if s.Grid == nil || event.Ctrl() {
			rows = d
		}
		if s.Grid != nil {
			cols = d
		}
	default:
		return
	}
	event.Prevent()
	to := s.Move(c.at, rows, cols)
	if to == c.at && c.inside && c.walks {
		return
	}
	c.at, c.walks = to, true
	if s.Grid != nil {
		c.moveTo(c.cellAt())
	} else {
		c.setStop(c.wordAt(to))
	}
	c.stop.Call("focus")
	c.walk(to)
}
