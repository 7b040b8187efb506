//go:build js && wasm

package page

import (
	"slices"
	"strings"

	"heed/core/text"
	"heed/core/view"
	"heed/core/view/html"
	"heed/wasm/bridge"
	"heed/wasm/page/state"
)

// lanes put pictures side by side: of the models of a task on the sentence that is being typed, of two
// sentences on one model, or of two heads. Of the latter two the figure then shows the difference.
type lanes struct {
	el
	e     *element
	field *field // of the second sentence; nil where nothing can be edited
	row   el
	all   []*lane
	bars  float64 // what the bars of all heatmaps must hold
	frame *bridge.Timer
	waits bool // there are pictures to be painted in another turn

	of struct { // what is painted
		*state.Lanes
		width, high float64
		theme       int
		printing    bool
	}
}

// lane is one of them on the page.
type lane struct {
	_ [0]func() // it is not compared, so the compiler need not write how
	el
	name    *line
	output  *line
	painter *painter
	now     state.Lane
	kept    view.Kept
	scene   *view.Scene
	of      laneOf // what that is of
	painted laneOf // what is painted
}

// laneOf is all that the painting of a lane depends on.
type laneOf struct {
	state.Lane
	bars, width, high float64
	theme             int
}

func newLanes(e *element) *lanes {
	l := &lanes{el: create("div", "side", "part", "lanes"), e: e, row: create("div", "")}
	if e.state.Editable {
		l.field = newField(e, "second", func(v string) { e.pair(state.SecondSentence(v)) })
		within(l.el, l.field)
	}
	within(l.el, l.row)
	l.frame = bridge.NewTimer(l.paint)
	e.removes = append(e.removes, l.frame.Release)
	return l
}

// show lays out the lanes.
func (l *lanes) show(s *state.State) {
	hide(l, s.Lanes == nil)
	if s.Lanes == nil {
		return
	}
	l.e.drawn()
	now := s.Lanes.All
	if !slices.EqualFunc(l.all, now, func(lane *lane, of state.Lane) bool { return lane.now.ID == of.ID }) {
		for _, lane := range l.all {
			lane.Remove()
		}
		l.all = nil
		for _, of := range now {
			lane := newLane(of)
			l.all = append(l.all, lane)
			within(l.row, lane)
		}
	}
	toggle(l.row, "lanes", true)
	toggle(l.row, "pair", s.Against != "")
	if l.field != nil {
		hide(l.field, s.Against != state.SentencePair)
		l.field.show(text.Of(text.TheSecondSentenceName), s.Entry.Source, s.Second)
	}
	for i, lane := range l.all {
		lane.now = now[i]
		lane.name.set(lane.now.Title)
		name := lane.now.Title
		if s.Against == "" {
			name = lane.now.Entry.Title
		}
		lane.SetAttribute("aria-label", name)
		says := lane.now.Says()
		lane.output.set(says)
		hide(lane.output, s.Against != "" && says == "" || s.Against == state.HeadPair)
		if lane.now.Failed != "" {
			lane.RemoveAttribute("data-waits")
		}
	}
	l.paint()
}

// env is what the page lends to the picture of a lane.
func (l *lanes) env(lane *lane) view.Env {
	return view.Env{Measure: l.e.page.widths.measure, Kept: &lane.kept}
}

// paint paints what changed of all lanes, at the width there is. After a picture of many weights others have their
// turn.
func (l *lanes) paint() {
	f := l.e.figure
	canvas, of, room := f.canvas(), l.of, work
	l.waits = false
	of.Lanes, of.width, of.high, of.theme, of.printing = l.e.state.Lanes, l.Get("clientWidth").Float(), canvas.High, f.theme, f.printing
	if of.Lanes == nil {
		return
	}
	if of != l.of {
		l.of, l.bars = of, 0
		for _, lane := range l.all {
			if r := lane.now.Record; r != nil && lane.now.View == view.Heatmap {
				l.bars = max(l.bars, view.Received(r, lane.now.Look(lane.width(), 0, canvas), l.env(lane)))
			}
		}
		toggle(l.row, "wide", false) // two heatmaps take as much room as one alone may, more than the text, if they need it
		if !l.draw(canvas) && l.e.state.Against != "" {
			toggle(l.row, "wide", true)
			l.draw(canvas)
		}
		for _, lane := range l.all {
			room -= lane.weights() // which were looked at
		}
	}
	for _, lane := range l.all {
		if lane.scene == nil || lane.painted == lane.of {
			continue
		}
		if room <= 0 && !f.printing {
			l.waits = true
			l.frame.After(0)
			return
		}
		lane.paint(l)
		room -= lane.weights()
	}
}

// draw makes the pictures that changed, and says whether all have room.
func (l *lanes) draw(canvas state.Canvas) bool {
	fits := true
	for _, lane := range l.all {
		fits = lane.draw(l, canvas) && fits
	}
	return fits
}

func newLane(now state.Lane) *lane {
	l := &lane{el: create("section", "lane", "data-waits", ""), now: now, name: newLine("h2", "label"), painter: newPainter(), // it waits for its first picture
		output: newLine("p", "sentence", "lang", now.Entry.Target, "dir", "auto", "aria-live", "polite")}
	within(l.el, l.name, l.output, within(create("div", "picture"), l.painter.canvas))
	return l
}

func (l *lane) width() float64 { return l.Get("clientWidth").Float() }

// draw makes the picture, and says whether it has room.
func (l *lane) draw(all *lanes, canvas state.Canvas) bool {
	r, width := l.now.Record, l.width()
	if r == nil || width == 0 {
		return true
	}
	of := laneOf{l.now, all.bars, width, canvas.High, all.e.figure.theme}
	of.Loading, of.Failed = state.Loading{}, ""
	if of != l.of {
		scene, err := view.Build(r, l.now.Look(width, all.bars, canvas), all.env(l))
		if err != nil {
			return true
		}
		l.scene, l.of = scene, of
	}
	return l.scene.Width <= width
}

// weights is how many weights the picture has.
func (l *lane) weights() (n int) {
	if l.scene != nil {
		for _, m := range l.scene.Marks {
			if cells, ok := m.(view.Cells); ok {
				n += len(cells.Values)
			}
		}
	}
	return n
}

func (l *lane) paint(all *lanes) {
	f, scene := all.e.figure, l.scene
	hide(l.painter.canvas, strings.TrimSpace(l.now.Record.Text) == "")
	l.painter.palette, l.painter.colors, l.painter.ground = f.painter.palette, f.painter.colors, f.painter.ground
	l.painter.paint(scene, window{width: scene.Width, height: scene.Height, density: min(2, all.e.density())})
	l.RemoveAttribute("data-waits")
	l.painter.canvas.SetAttribute("aria-hidden", "false")
	l.painter.canvas.SetAttribute("role", "img")
	l.painter.canvas.SetAttribute("aria-label", scene.Title+". "+scene.Caption)
	l.painted = l.of
}

// figures are the pictures side by side, and the difference where there is one.
func (l *lanes) figures() (all []html.Figure) {
	for _, lane := range l.all {
		if lane.now.Record == nil {
			continue
		}
		look := lane.now.Look(lane.width(), l.bars, l.e.figure.canvas())
		if scene, err := view.Build(lane.now.Record, look, l.env(lane)); err == nil {
			all = append(all, html.Figure{Name: lane.now.Title, Record: lane.now.Record, Scene: scene, Table: view.Strongest(lane.now.Record, look, l.env(lane), view.Listed)})
		}
	}
	if l.e.state.Shown.Against != "" && l.e.figure.scene != nil {
		all = append(all, html.Figure{Name: text.Of(text.TheDifference), Scene: l.e.figure.scene})
	}
	return all
}
