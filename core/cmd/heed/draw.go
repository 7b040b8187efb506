package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"heed/core/model"
	"heed/core/record"
	"heed/core/run"
	"heed/core/view"
	"heed/core/view/html"
	"heed/core/view/svg"
)

// drawn are the names of the views.
var drawn = viewNames(view.All())

// drawing is what the reader asked to see. The flags set kind and head; resolve makes a Kind and
// Heads of them.
type drawing struct {
	view.State
	kind, head string
	row, col   int // of the weight whose steps are drawn; column -1 is the heaviest
	dark       bool
	compare    string    // what is held against each other; "" is nothing
	pair       [2][2]int // of two heads: layer and head
}

// uses are the options that change a view's picture, and those that change its numbers in CSV. Of all pictures
// -width and -dark do. Whatever else is given is refused.
func uses(name string) (picture, csv []string) {
	v := view.Find(name)
	return strings.Fields(v.Options), strings.Fields(v.Columns)
}

// unused refuses an option that does not apply to what is asked for.
func (d *drawing) unused(form string, given map[string]bool) error {
	has, what := "", "-out "+form
	switch {
	case form == "text":
	case form == "json":
		has = "lens words"
	case d.View == "compare":
		return errors.New("-view compare exists only in the page; use -compare LAYER.HEAD,LAYER.HEAD for two heads and their difference, -compare text:S for two sentences")
	case !slices.Contains(drawn, d.View):
		return fmt.Errorf("-view takes %s, not %q", strings.Join(drawn, ", "), d.View)
	case form == "csv":
		has, what = "view "+view.Find(d.View).Columns, what+" -view "+d.View
	default:
		has, what = "view width dark "+view.Find(d.View).Options, what+" -view "+d.View
	}
	uses := strings.Fields(has)
	without := func(name, because string) {
		uses, what = slices.DeleteFunc(uses, func(s string) bool { return s == name }), what+because
	}
	if d.View == view.Predictions && !d.Lens {
		without("layer", " without -lens")
	}
	if given["compare"] && slices.Contains(uses, "compare") && !strings.HasPrefix(d.compare, ofSentence) {
		without("layer", " -compare "+d.compare)
		without("head", "")
	}
	for _, name := range []string{"view", "kind", "layer", "head", "row", "col", "width", "threshold", "layout", "lens", "words", "compare", "dark", "hide-special"} {
		if given[name] && !slices.Contains(uses, name) {
			return fmt.Errorf("-%s does not apply to %s%s", name, what, d.elsewhere(name, form))
		}
	}
	return nil
}

// elsewhere says with what an option has a use that it does not have with a form.
func (d *drawing) elsewhere(name, form string) string {
	if name == "view" || form == "text" || form == "json" {
		return "; it is for -out svg, html or csv"
	}
	var views []string
	for _, v := range drawn {
		if picture, csv := uses(v); slices.Contains(picture, name) && form != "csv" || slices.Contains(csv, name) {
			views = append(views, v)
		}
	}
	switch picture, _ := uses(d.View); {
	case slices.Contains(views, d.View):
		return ""
	case views == nil || form == "csv" && slices.Contains(picture, name):
		return "; it is for pictures, -out svg or html"
	}
	return "; it is for -view " + strings.Join(views, ", ")
}

// resolve checks the drawing against what the model has.
func (d *drawing) resolve(m *model.Model) error {
	switch {
	case !(d.Width >= 240 && d.Width <= 20000):
		return fmt.Errorf("-width takes a number from 240 to 20000, not %g", d.Width)
	case d.Layout != view.Columns && d.Layout != view.Arcs:
		return fmt.Errorf("-layout takes columns or arcs, not %q", d.Layout)
	case !(d.Threshold > 0 && d.Threshold <= 1):
		return fmt.Errorf("-threshold takes a number above 0, up to 1, not %g", d.Threshold)
	}
	if d.whole() { // no kind, layer or head to choose
		return nil
	}
	stack, err := stackOf(m.Stacks(), d.kind)
	if err != nil {
		return err
	}
	d.Kind = stack.Kind
	if d.Layer < 0 || d.Layer >= stack.Layers {
		return fmt.Errorf("-layer takes a number from 0 to %d here, not %d", stack.Layers-1, d.Layer)
	}
	if d.Layout == view.Arcs && d.Kind != record.Self && d.Kind != record.Decoder {
		return fmt.Errorf("-layout arcs is for a text that looks at itself, -kind self or decoder, not %s", d.Kind)
	}
	if d.View == view.Steps {
		if stack.Heads == 1 && d.head == "mean" {
			d.head = "0"
		}
		if d.head == "mean" {
			return fmt.Errorf("-view steps is of one head: -head takes a number from 0 to %d here", stack.Heads-1)
		}
		if d.row < 0 || d.col < -1 {
			return errors.New("-row takes a number from 0, -col one from 0, or -1 for the heaviest")
		}
	}
	if d.head == "mean" {
		return nil
	}
	var heads []int
	for part := range strings.SplitSeq(d.head, ",") {
		head, err := strconv.Atoi(part)
		if err != nil || head < 0 || head >= stack.Heads {
			return fmt.Errorf("-head takes a number from 0 to %d here, or mean, or several with commas between, not %q", stack.Heads-1, d.head)
		}
		heads = append(heads, head)
	}
	d.Heads = record.Heads(heads...)
	if d.Heads.Len() > 1 && d.View == view.Steps {
		return fmt.Errorf("-view steps is of one head: -head takes a number from 0 to %d here", stack.Heads-1)
	}
	return nil
}

// stackOf finds the stack of that kind; no kind is the first.
func stackOf(stacks []model.Stack, kind string) (model.Stack, error) {
	var kinds []string
	for _, s := range stacks {
		if kind == "" || kind == string(s.Kind) {
			return s, nil
		}
		kinds = append(kinds, string(s.Kind))
	}
	hint := ""
	if slices.Contains(kinds, string(record.RNN)) {
		hint = ": how a recurrent model's output looks at the source"
	}
	return model.Stack{}, fmt.Errorf("-kind takes one of %s%s, not %q", strings.Join(kinds, ", "), hint, kind)
}

// whole tells whether the view is of all that was seen, not of one map.
func (d *drawing) whole() bool {
	v := view.Find(d.View)
	return d.View == view.Context || d.View == view.Predictions || d.View == view.Flow || v != nil && v.Has(view.Asks)
}

// place is the row of a map that the steps view is of; nil for the others.
func (d *drawing) place() *record.Place {
	if d.View != view.Steps {
		return nil
	}
	return &record.Place{Kind: d.Kind, Layer: d.Layer, Head: d.Heads.First(), Row: d.row}
}

// choose makes of row and column what the steps view draws, if the map has them.
func (d *drawing) choose(r *record.Record) error {
	if d.View != view.Steps {
		return nil
	}
	if rows := len(r.Queries(d.Kind)); r.Detail == nil {
		return fmt.Errorf("-row takes a number from 0 to %d here, not %d", rows-1, d.row)
	}
	cols := len(r.Keys(d.Kind))
	switch {
	case d.col >= cols:
		return fmt.Errorf("-col takes a number from 0 to %d here, or -1 for the heaviest, not %d", cols-1, d.col)
	case d.col < 0:
		d.Chosen = view.Ref{Part: view.Query, Row: d.row}
	default:
		d.Chosen = view.Ref{Part: view.Pair, Row: d.row, Col: d.col}
	}
	return nil
}

// ofSentence begins what is compared if that is a second sentence.
const ofSentence = "text:"

// against checks what is to be compared against what the model has.
func (d *drawing) against(m *model.Model) (err error) {
	if second, ok := strings.CutPrefix(d.compare, ofSentence); ok {
		if strings.TrimSpace(second) == "" {
			return errors.New("-compare text: needs a second sentence after the colon")
		}
		return nil
	}
	if d.pair[0], d.pair[1], err = view.ParsePlaces(d.compare); err != nil {
		return fmt.Errorf("-compare: %w; or write text: and a second sentence (models are compared in the page)", err)
	}
	stack, err := stackOf(m.Stacks(), string(d.Kind))
	for _, p := range d.pair {
		if err == nil && (p[0] >= stack.Layers || p[1] >= stack.Heads) {
			err = fmt.Errorf("-compare: there is no head %d.%d here; layers go from 0 to %d, heads from 0 to %d", p[0], p[1], stack.Layers-1, stack.Heads-1)
		}
	}
	return err
}

// compared writes two heatmaps and what the second has more or less than the first.
func (r *runner) compared(rec *record.Record) ([]byte, error) {
	d := r.drawing
	sides := []view.Compared{{Record: rec, Layer: d.Layer, Heads: d.Heads, Name: "the first sentence"}, {Record: rec, Layer: d.Layer, Heads: d.Heads, Name: "the second sentence"}}
	names := []string{"First sentence", "Second sentence", "The difference"}
	if second, ok := strings.CutPrefix(d.compare, ofSentence); ok {
		with := *r
		with.session = run.NewSession(r.session.Model)
		other, err := with.run(second)
		if err != nil {
			return nil, err
		}
		sides[1].Record = other
	} else {
		for i, p := range d.pair {
			sides[i].Layer, sides[i].Heads = p[0], record.Heads(p[1])
			sides[i].Name = fmt.Sprintf("layer %d, head %d", p[0], p[1])
			names[i] = "L" + sides[i].Name[1:]
		}
	}
	difference, err := view.Difference(sides[0], sides[1], d.State, view.Env{})
	if err != nil {
		return nil, err
	}
	if difference.Sentence != "" {
		return nil, refusal(difference.Sentence)
	}
	if r.form == "csv" {
		if sides[1].Record != rec { // the words of one alone are in no line
			fmt.Fprintln(r.err, "heed:", difference.Caption)
		}
		return view.DifferenceCSV(sides[0], sides[1], d.State, view.Env{})
	}
	states := []view.State{d.State, d.State}
	for i, side := range sides {
		states[i].Layer, states[i].Heads = side.Layer, side.Heads
	}
	bars := max(view.Received(rec, states[0], view.Env{}), view.Received(sides[1].Record, states[1], view.Env{}))
	labels := max(view.LabelRoom(rec, states[0], view.Env{}), view.LabelRoom(sides[1].Record, states[1], view.Env{}))
	var figures []html.Figure
	for i, side := range sides {
		states[i].Bars, states[i].Labels = bars, labels
		scene, err := view.Build(side.Record, states[i], view.Env{})
		if err != nil {
			return nil, err
		}
		figures = append(figures, html.Figure{Name: names[i], Record: side.Record, Scene: scene, Table: view.Strongest(side.Record, states[i], view.Env{}, view.Listed)})
	}
	return d.write(r.session.Model, append(figures, html.Figure{Name: names[2], Scene: difference}), r.form)
}

// csv writes what the chosen view shows.
func (d *drawing) csv(r *record.Record) ([]byte, error) {
	if err := d.choose(r); err != nil {
		return nil, err
	}
	return view.CSV(r, d.State, view.Env{})
}

// draw writes the chosen view of it, as an SVG or as a page that holds one.
func (d *drawing) draw(m *model.Model, r *record.Record, form string) ([]byte, error) {
	if err := d.choose(r); err != nil {
		return nil, err
	}
	scene, err := view.Build(r, d.State, view.Env{})
	if err != nil {
		return nil, err
	}
	if scene.Sentence != "" {
		return nil, refusal(scene.Sentence)
	}
	switch n := len(r.Lens); {
	case d.Lens && n == 0:
		return nil, errors.New("-lens has no layers to look into in this model")
	case d.Lens && d.Layer != last && !slices.ContainsFunc(r.Lens, func(l record.Lens) bool { return l.Layer == d.Layer }):
		return nil, fmt.Errorf("-layer takes a number from 0 to %d here, not %d", r.Lens[n-1].Layer, d.Layer)
	}
	if d.whole() && d.Chosen.Part == view.Query && scene.Label(d.Chosen) == "" {
		return nil, fmt.Errorf("-row takes the number of a position of this text, from 0, not %d", d.row)
	}
	if d.Chosen.Part == view.Node && scene.Label(d.Chosen) == "" {
		return nil, fmt.Errorf("this tower has %d floors, from 0, and no token %d on floor %d", len(scene.Grid.Rows), d.col, d.row)
	}
	return d.write(m, []html.Figure{{Record: r, Scene: scene, Table: view.Strongest(r, d.State, view.Env{}, view.Listed)}}, form)
}

// last is the layer that the lens lists unless it is told.
const last = math.MaxInt

// refusal makes an error of what a view says in place of a picture.
func refusal(sentence string) error {
	first, n := utf8.DecodeRuneInString(sentence)
	return errors.New(string(unicode.ToLower(first)) + strings.TrimSuffix(sentence[n:], "."))
}

// write writes pictures as an SVG, several beside each other, or as a page.
func (d *drawing) write(m *model.Model, figures []html.Figure, form string) ([]byte, error) {
	palette := view.Light
	if d.dark {
		palette = view.Dark
	}
	var b bytes.Buffer
	var err error
	if form == "svg" {
		err = svg.Write(&b, html.Together(figures), palette)
	} else {
		err = html.Write(&b, html.Page{Model: m.About.Title, Source: m.About.Source, Target: cmp.Or(m.About.Target, m.About.Source), Palette: palette, Figures: figures})
	}
	return b.Bytes(), err
}
