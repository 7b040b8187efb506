//go:build js && wasm

package page

import (
	"bytes"
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"heed/core/record"
	"heed/core/view"
	"heed/core/view/html"
	"heed/core/view/svg"
	"heed/wasm/bridge"
)

// exports are the forms in which a view can be taken away.
var exports = []struct{ kind, name, title string }{
	{"png", "Picture (PNG)", "As it is painted here, at twice its size"},
	{"svg", "Drawing (SVG)", "As lines and letters, for print or for a drawing program"},
	{"csv", "Numbers (CSV)", "The weights, for a spreadsheet"},
	{"json", "Record (JSON)", "All that the model saw, to be imported here or read by a program"},
	{"html", "Page (HTML)", "One file with the picture, the sentences and a table"},
}

// holds says whether what is on the screen can be taken away in a form: several runs have no Record in common, and
// their numbers only where they are compared.
func (e *element) holds(kind string) bool {
	d := &e.drawn
	return d.view != compare || d.against == headPair || kind != "json" && (kind != "csv" || d.against != "")
}

// export takes the view away as a file.
func (t *tools) export(kind string) {
	e := t.e
	switch {
	case e.record == nil || e.blank(), e.drawn.view == compare && !e.lanes.ran():
		t.tell("There is nothing to export yet.")
	case kind == "json", kind == "csv" && !mapped(e.drawn.view) && e.drawn.view != compare:
		e.entire(func() { t.write(kind) })
	default:
		t.write(kind)
	}
}

func (t *tools) write(kind string) {
	e := t.e
	name := e.fileName(kind)
	var data []byte
	var err error
	mime := map[string]string{"svg": "image/svg+xml", "csv": "text/csv", "json": "application/json", "html": "text/html"}[kind]
	switch kind {
	case "png":
		e.figure.png(func(blob bridge.Value) {
			if blob.IsNull() {
				t.tell(tooLarge)
			} else {
				t.save(name, blob)
			}
		})
		return
	case "json":
		r := masked(e.record)
		if how := e.drawing(); how != "" && len(r.Predictions) > 0 {
			r.Notices = append(slices.Clip(r.Notices), "The last prediction is as it is drawn, at "+how+"; the others are the model’s own.")
		}
		data, err = r.JSON()
	case "csv":
		if _, s := e.figure.chosen(); e.drawn.view == compare {
			if sides := e.lanes.compared(); sides != nil {
				data, err = view.DifferenceCSV(sides[0], sides[1], s, e.figure.env())
			}
		} else {
			data, err = view.CSV(e.record, s, e.figure.env())
		}
	default:
		var b bytes.Buffer
		p := html.Page{Palette: *e.figure.painter.palette, Figures: e.figures(kind == "html")}
		if e.entry != nil {
			p.Model, p.Source, p.Target = e.entry.Title, e.entry.Source, cmp.Or(e.entry.Target, e.entry.Source)
		}
		if kind == "html" {
			err = html.Write(&b, p)
		} else {
			err = svg.Write(&b, html.Together(p.Figures), p.Palette)
		}
		data = b.Bytes()
	}
	if err != nil {
		t.tell("This cannot be exported: ", strings.TrimPrefix(err.Error(), "record: "), ".")
		return
	}
	t.save(name, bridge.New("Blob", []any{bridge.BytesToJS(data)}, map[string]any{"type": mime}))
}

// figures are the pictures on the screen, for a page as wide as a page's text.
func (e *element) figures(page bool) []html.Figure {
	if e.drawn.view == compare {
		return e.lanes.figures()
	}
	shown, s := e.figure.chosen()
	return []html.Figure{{Record: shown, Scene: e.figure.flat(page), Table: view.Strongest(shown, s, e.figure.env(), view.Listed)}}
}

// figures are the pictures side by side, and the difference where there is one.
func (l *lanes) figures() (all []html.Figure) {
	for _, lane := range l.all {
		if lane.record == nil {
			continue
		}
		s := lane.chosen()
		if scene, err := view.Build(lane.record, s, lane.env()); err == nil {
			all = append(all, html.Figure{Name: lane.title, Record: lane.record, Scene: scene, Table: view.Strongest(lane.record, s, lane.env(), view.Listed)})
		}
	}
	if l.e.drawn.against != "" && l.e.figure.scene != nil {
		all = append(all, html.Figure{Name: "The difference", Scene: l.e.figure.scene})
	}
	return all
}

// ran says whether there is something to see in every lane.
func (l *lanes) ran() bool {
	return !slices.ContainsFunc(l.all, func(lane *lane) bool { return lane.record == nil || strings.TrimSpace(lane.text) == "" })
}

// flat is the scene for a file: as it can be drawn without WebGL, and for a page as wide as its text.
func (f *figure) flat(page bool) *view.Scene {
	shown, s := f.chosen()
	if s.Spatial, s.Still = false, true; page {
		s.Width, s.Indent = min(s.Width, html.Width), 0
	}
	scene, err := view.Build(shown, s, f.env())
	if err != nil {
		return f.scene
	}
	return scene
}

// masked is a Record with the masks of a decoder, which the engine does not send.
func masked(r *record.Record) *record.Record {
	with := *r
	with.Maps = append([]record.Map{}, r.Maps...)
	kept := with.Maps[:0]
	for _, m := range with.Maps {
		if m.Kind == record.Rollout || m.Head < 0 { // computed of the others
			continue
		}
		if m.Kind == record.Decoder && m.Mask == nil {
			m.Mask = record.LowerTriangle(m.Rows)
		}
		kept = append(kept, m)
	}
	with.Maps = kept
	return &with
}

// png paints the whole scene at twice its size, or, of one too large for that, as large as browsers paint,
// and hands over its Blob, or null where it is too large even so.
func (f *figure) png(got func(blob bridge.Value)) {
	const most, side = 32e6, 16000.0 // pixels
	s := html.Together(f.e.figures(false))
	p := newPainter()
	p.palette, p.colors, p.ground = f.painter.palette, f.painter.colors, true
	w := window{width: s.Width, height: s.Height, density: 2}
	w.density = min(w.density, math.Sqrt(most/(s.Width*s.Height)), side/max(s.Width, s.Height))
	p.paint(s, w)
	var done func()
	var blob bridge.Value
	blob, done = bridge.Func(func(_ bridge.Value, args []bridge.Value) {
		done()
		got(args[0])
	})
	p.canvas.Call("toBlob", blob)
}

const tooLarge = "This browser cannot paint so large a picture. Export it as a drawing (SVG)."

// picture makes the view an SVG's text or a PNG's Blob, for other scripts; why says what keeps it from that.
func (e *element) picture(kind string, got func(picture bridge.Value, why string)) {
	switch beside := e.view == compare; {
	case e.record == nil, e.blank(), e.alone(), !beside && e.figure.scene == nil:
		got(bridge.Null(), "There is no picture to take: this heed-view shows none.")
	case beside && e.against == headPair && !e.all():
		e.entire(func() { e.picture(kind, got) })
	case beside && !e.lanes.ran():
		e.lanes.then = append(e.lanes.then, func(why string) {
			if why != "" {
				got(bridge.Null(), why)
			} else {
				e.picture(kind, got)
			}
		})
	case kind == "png":
		e.figure.png(func(blob bridge.Value) { got(blob, tooLarge) })
	default:
		var b bytes.Buffer
		if err := svg.Write(&b, html.Together(e.figures(false)), *e.figure.painter.palette); err != nil {
			got(bridge.Null(), sentence(err.Error()))
			return
		}
		got(bridge.ValueOf(b.String()), "")
	}
}

// save hands a file to the browser.
func (t *tools) save(name string, blob bridge.Value) {
	urls := bridge.Global().Get("URL")
	address := urls.Call("createObjectURL", blob)
	a := create("a", "")
	a.Set("href", address)
	a.Set("download", name)
	a.Call("click")
	urls.Call("revokeObjectURL", address)
	t.tell("Saved as ", name, ".")
}

// fileName says model and view, such as heed-en-fr-links-cross-layer2-head4.svg.
func (e *element) fileName(kind string) string {
	var b strings.Builder
	for _, r := range "heed-" + e.model + "-" + e.drawn.view {
		if r == '-' || r == '.' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			b.WriteRune(r)
		} else {
			b.WriteByte('_')
		}
	}
	d := &e.drawn
	if kind == "json" { // it holds every head
		return "heed-" + strings.TrimPrefix(strings.TrimSuffix(b.String(), "-"+d.view), "heed-") + ".json"
	}
	if mapped(d.view) {
		b.WriteString("-" + string(d.kind) + "-layer" + strconv.Itoa(d.layer) + "-head" + strings.ReplaceAll(d.head(), ",", "_"))
	} else if d.view == view.Heads {
		b.WriteString("-" + string(d.kind))
	}
	return b.String() + "." + kind
}

// entire does something once the Record holds all maps of its run.
func (e *element) entire(do func()) {
	e.wholes = append(e.wholes, do)
	e.need()
}
