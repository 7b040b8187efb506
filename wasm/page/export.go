//go:build js && wasm

package page

import (
	"bytes"
	"cmp"
	"math"
	"strings"

	"heed/core/catalog"
	"heed/core/record"
	"heed/core/text"
	"heed/core/view"
	"heed/core/view/html"
	"heed/core/view/svg"
	"heed/wasm/bridge"
	"heed/wasm/page/state"
)

// exports are the forms in which a view can be taken away.
var exports = []struct {
	kind        string
	name, title text.Key
	mime        string
}{
	{"png", text.ExportPNG, text.ExportPNGTitle, ""},
	{"svg", text.ExportSVG, text.ExportSVGTitle, "image/svg+xml"},
	{"csv", text.ExportCSV, text.ExportCSVTitle, "text/csv"},
	{"json", text.ExportJSON, text.ExportJSONTitle, "application/json"},
	{"html", text.ExportHTML, text.ExportHTMLTitle, "text/html"},
}

// export takes the view away as a file.
func (t *tools) export(kind string) {
	s := &t.e.state
	write := func(why string) {
		if why != "" {
			t.tell(why)
		} else {
			t.write(kind)
		}
	}
	switch d := s.Shown; {
	case s.Record == nil || s.Blank(), d.View == state.Beside && !s.LanesRan():
		t.tell(text.Of(text.NothingToExport))
	case kind == "json", kind == "csv" && !d.Mapped() && d.View != state.Beside:
		t.e.entire(write)
	default:
		write("")
	}
}

func (t *tools) write(kind string) {
	e, s := t.e, &t.e.state
	name := s.FileName(kind)
	var data []byte
	var err error
	switch kind {
	case "png":
		e.figure.png(func(blob bridge.Value) {
			if blob.IsNull() {
				t.tell(text.Of(text.PictureTooLarge))
			} else {
				t.save(name, blob)
			}
		})
		return
	case "json":
		r := masked(s.Record)
		if r.Changes.Any() {
			r.Before = s.Without()
		}
		data, err = r.JSON()
	case "csv":
		if look := s.Look(e.figure.canvas()); s.Shown.View != state.Beside {
			data, err = view.CSV(s.Record, look, e.figure.env())
		} else if sides, ok := s.Compared(); ok {
			data, err = view.DifferenceCSV(sides[0], sides[1], look, e.figure.env())
		}
	default:
		data, err = e.drawing(kind == "html")
	}
	if err != nil {
		t.tell(text.Of(text.CannotExport, strings.TrimPrefix(err.Error(), "record: ")))
		return
	}
	for _, x := range exports {
		if x.kind == kind {
			t.save(name, bridge.Blob(data, x.mime))
		}
	}
}

// save hands a file to the browser.
func (t *tools) save(name string, blob bridge.Value) {
	bridge.Save(name, blob)
	t.tell(text.Of(text.SavedAs, name))
}

// drawing is what is shown as an SVG, or as a page with one.
func (e *element) drawing(page bool) ([]byte, error) {
	var b bytes.Buffer
	p := html.Page{Palette: *e.figure.painter.palette, Figures: e.figures(page)}
	if s := &e.state; s.Entry != nil {
		p.Model, p.Source, p.Target = s.Entry.Title, s.Entry.Source, cmp.Or(s.Entry.Target, s.Entry.Source)
	}
	if page {
		err := html.Write(&b, p)
		return b.Bytes(), err
	}
	err := svg.Write(&b, html.Together(p.Figures), p.Palette)
	return b.Bytes(), err
}

// figures are the pictures on the screen, for a page as wide as a page's text.
func (e *element) figures(page bool) []html.Figure {
	if e.state.Shown.View == state.Beside {
		return e.lanes.figures()
	}
	look, shown := e.state.Look(e.figure.canvas()), e.state.Shown.Record
	return []html.Figure{{Record: shown, Scene: e.figure.flat(page), Table: view.Strongest(shown, look, e.figure.env(), view.Listed)}}
}

// flat is the scene for a file: as it can be drawn without WebGL, and for a page as wide as its text.
func (f *figure) flat(page bool) *view.Scene {
	look := f.e.state.Look(f.canvas())
	if look.Spatial, look.Still = false, true; page {
		look.Width, look.Indent = min(look.Width, html.Width), 0
	}
	scene, err := view.Build(f.e.state.Shown.Record, look, f.env())
	if err != nil {
		return f.scene
	}
	return scene
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

// picture makes the view an SVG's text or a PNG's Blob, for other scripts; why says what keeps it from that.
func (e *element) picture(kind string, got func(picture bridge.Value, why string)) {
	s := &e.state
	refuse := func(why string) { got(bridge.Null(), why) }
	switch beside := s.View == state.Beside; {
	case s.Record == nil, s.Blank(), s.Alone(), !beside && e.figure.scene == nil:
		refuse(text.Of(text.NoPicture))
	case beside && (!s.LanesRan() || s.Against == state.HeadPair && !s.All()):
		e.entire(func(why string) {
			if e.state.View != state.Beside {
				why = text.Of(text.PictureCancelled)
			}
			if why != "" {
				refuse(why)
			} else {
				e.picture(kind, got)
			}
		})
	case kind == "png":
		e.figure.png(func(blob bridge.Value) { got(blob, text.Of(text.PictureTooLarge)) })
	default:
		if data, err := e.drawing(false); err != nil {
			refuse(state.Sentence(err.Error()))
		} else {
			got(bridge.ValueOf(string(data)), "")
		}
	}
}

func exampleOf(model string) string { return bridge.URL("models/" + model + "/" + catalog.ExampleFile) }

// parseRecord reads a file of a Record, or says why it cannot be shown. It is for goroutines only.
func parseRecord(data []byte) (*record.Record, string) {
	r, err := record.ParsePausing(data, bridge.Pausing())
	if err != nil {
		return nil, strings.TrimPrefix(err.Error(), "record: ")
	}
	if len(r.Tokens.Source) == 0 {
		return nil, text.Of(text.NoTokens)
	}
	return r, ""
}
