// Package view draws a Record. Build makes a Scene of a Record and a State: what to paint, where a
// pointer or a key can go, and what is said aloud there. The page paints the Scene on a canvas, the
// terminal writes it with package svg; so both show the same, and tests look at it without a
// browser.
//
// Rows are queries and columns are keys, counted as the map's rows and columns from 0. Lengths are
// CSS pixels, y grows downwards, and y of a text is its baseline.
package view

import (
	"errors"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"heed/core/record"
	"heed/core/text"
)

// The views that Build knows.
const (
	Links   = "links"   // two columns of words; a line means "looks at"
	Heatmap = "heatmap" // a matrix; rows ask, columns answer
	Heads   = "grid"    // every layer and head of a kind as a small picture
	Tower   = "tower"   // all layers at once, in space

	Context     = "context"     // the vector that a recurrent decoder gets of the source
	Predictions = "predictions" // what the model expects at a position
	Steps       = "steps"       // how one weight came about
	Flow        = "flow"        // how much of each word reaches a position through all layers
)

// The layouts of links. Arcs are for attention of a text to itself; other kinds have columns.
const (
	Columns = "columns" // keys on the left, queries on the right
	Arcs    = "arcs"    // one line of text: above it words look back, below it ahead
)

// DefaultThreshold is the share of each word's weight that the links view draws unless told otherwise.
const DefaultThreshold = 0.8

// maxLinks is how many links are drawn at most; beyond it the strongest are, and the caption says so.
const maxLinks = 2000

// State is what the reader chose to see. Its zero value is the links of the mean over heads. Two states that
// are == draw the same picture of the same Record.
type State struct {
	View  string
	Kind  record.Kind
	Layer int
	Heads record.HeadSet // one head, or several: links draw each in its colour, the other views their mean; none: the mean over all heads of the layer
	Focus Ref            // what is pointed at, by pointer or keyboard: the Ref of a Hit

	// Chosen is what was clicked and stays open when nothing is pointed at: in links and heatmap a word or a pair,
	// which is marked; the output word whose context is taken apart, the position whose predictions are listed, of
	// which only the Row counts. Nowhere leaves the choice to the view. In the steps view it is the weight that is
	// taken apart, by the Row and Col of its map; of a Query the heaviest. In the tower a Node that is on no floor
	// lights nothing.
	Chosen Ref

	// Lens shows in the predictions what each layer would have said, where the Record holds it; Layer is then
	// the one whose candidates are listed.
	Lens bool

	// Ask is what the views that explain a run are asked: its Position and Why are those of Chosen, Kind, Layer and
	// Heads.
	Ask record.Question

	// Drawn says how the next token is drawn, such as "temperature 0.7", where that is not as the model
	// expects it: the predictions of what follows the text are then those of the drawing.
	Drawn string

	Camera  Camera  // from where the tower is seen
	Indent  float64 // from where on the tower's text stands, in a picture that is wider than the text around it
	Spatial bool    // leave what stands in space to the Scene's Solid, for whoever can paint that

	// Threshold is how much of each word's weight the links view draws: its strongest links, until
	// they hold this share. 0 is DefaultThreshold, 1 draws every link.
	Threshold   float64
	Zoom        float64 // of heatmaps: how many times larger than usual cells are; below 1 is 1
	Bars        float64 // of heatmaps: what the scale of their bars must hold at least, see Received
	Labels      float64 // of heatmaps: the height that column labels have at least, see LabelRoom
	Layout      string  // of links: Columns, which "" is too, or Arcs
	HideSpecial bool    // leave special tokens out, and show the weight that went to them

	// Words merges the pieces of each word, as Record.Words does, in the views that draw maps: links,
	// heatmap, grid and tower. Their Refs then count words. The other views take pieces apart and stay as they are.
	Words bool

	Width  float64 // pixels to draw in; a scene may be wider, see Build
	Height float64 // pixels that a heatmap fits into if its cells stay large enough; 0: as many as it likes

	// Still makes a picture for a file: it does not say what there is to point at or to choose.
	Still bool
}

// Env is what whoever draws lends to a picture. Its zero value draws one by itself.
type Env struct {
	Measure func(text string, f Font) float64 // width of a text; nil is ApproxWidth
	Kept    *Kept                             // what a scene keeps for the next of the same Record; may be nil
	Work    int                               // weights that are looked at for a scene, about, where the next one goes on with what is kept (see Scene.More); 0: all
	Before  *record.Record                    // the run before this one; the context view shows what has changed since. May be nil
}

// Part says which part of a view a Ref points at.
type Part uint8

const (
	Nowhere Part = iota // no part: nothing is pointed at
	Query               // a query word: Row
	Key                 // a key word: Col
	Pair                // a query and a key: Row and Col; a link or a cell
	Head                // a head: its layer is Row, its head Col, which in the grid is -1 for the mean
	Node                // a token on a floor of the tower: the floor is Row, counted from the ground, the token Col
)

// Ref points at something in a view. Rows and columns are those of the map, hidden ones counted.
//
// In the context view a Query is an output word, a Key a source word (Row is the output word that is
// open), and a Pair the number Col of the context of output word Row; Row is 0 where all share one.
// In the steps view a Pair is the number Col of part Row, counted from the top; one of the parts is the
// row of keys, where Col is the map's. Scene.Chooses has what a click there chooses.
// In the flow view a Query is a word above, that something reaches, and a Key one that was put in.
// In the predictions view a Query is a position, as record.Prediction counts them, and a Key the
// candidate Col of position Row; with the lens a Pair is what layer Col would say at position Row.
type Ref struct {
	Part     Part
	Row, Col int
}

// Build makes the scene. The scene is as wide as it needs, at most State.Width, except that a
// heatmap of many columns is wider and is meant to be scrolled. What the Record does not hold (no
// text yet, no output, no such map) is no error: the scene is then one sentence that says so,
// repeated in Scene.Sentence. An error is a State or a Record that contradicts itself.
func Build(r *record.Record, s State, env Env) (*Scene, error) {
	v := Find(s.View)
	if v == nil {
		return nil, noView(s.View)
	}
	return v.draw(newPlot(r, s, env))
}

// noView is the error of a State that names no view.
func noView(name string) error {
	var names []string
	for _, v := range All() {
		names = append(names, v.Name)
	}
	return errors.New("there is no view named " + strconv.Quote(name) + "; the views are " + text.List(names))
}

// framed draws what is drawn of one frame.
func framed(draw func(*frame) *Scene) func(*record.Record, plot) (*Scene, error) {
	return func(r *record.Record, p plot) (*Scene, error) {
		f, sentence, err := p.frame(r)
		if err != nil {
			return nil, err
		}
		if sentence != "" {
			return say(p, sentence), nil
		}
		if p.asked {
			return something, nil
		}
		if f.open = f.Chosen; !f.shows(f.open) {
			f.open = Ref{}
		}
		if !f.shows(f.Focus) {
			f.Focus = f.open
		}
		return draw(f), nil
	}
}

// say makes the scene of a view that has nothing to draw.
func say(s plot, sentence string) *Scene {
	sc := &Scene{Title: sentence, Sentence: sentence, Width: math.Min(s.Width, 640)}
	y := 28.0
	for _, line := range wrap(sentence, captionFont, sc.Width-2*pad, s.Measure) {
		sc.text(pad, y, line, captionFont, Left, Muted)
		y += 20
	}
	sc.Height = y
	return sc
}

// word is one token as it is shown.
type word struct {
	text    string // visible and trimmed, at full length
	rtl     bool
	special bool
	joins   bool // continues the word of the token before it
}

// frame is what both views draw from: one map, its words, and which of them are to be seen.
type frame struct {
	plot
	m            *record.Map
	each         []*record.Map // the maps that links draw: m, or those of several heads, of which m is the mean
	open         Ref           // State.Chosen, where it is shown
	strong       *strong       // what strongest found of all of them
	painted      *matrix       // and what the heatmap paints, each once it is wanted
	name         string        // "cross-attention, layer 2, head 3"
	qName        string        // what the queries are words of: "text", "source" or "output"
	kName        string
	q, k         []word    // all, by row and by column of m
	rows, cols   []int     // those to be seen, in order
	rowAt, colAt []int     // by row and column of m: its place among those, or -1
	hidden       []float64 // by row of m: the weight on columns that are not to be seen
	anyHidden    bool
	versus       *versus         // of a difference: what it is made of
	forced       []record.Forced // of one head: the weights that were set by hand
}

func newFrame(r *record.Record, s plot) (f *frame, sentence string, err error) {
	m, name, sentence, err := choose(r, s)
	if m == nil || err != nil {
		return nil, sentence, err
	}
	each := []*record.Map{m}
	if s.View == Links && s.Heads.Len() > 1 {
		each = each[:0]
		for _, h := range s.Heads.List() {
			each = append(each, r.Find(s.Kind, s.Layer, h))
		}
		name = PartName(s.Kind, s.Layer, record.None) + ", " + plural("head", numbered(s.Heads.List()))
	}
	f, sentence, err = frameOf(r, s, m, name)
	if f != nil && len(each) > 1 {
		f.each = each
	}
	return f, sentence, err
}

// frameOf is the frame of a map of the State's kind.
func frameOf(r *record.Record, s plot, m *record.Map, name string) (f *frame, sentence string, err error) {
	if err := r.CheckMap(m); err != nil {
		return nil, "", err
	}
	q, k := r.Queries(s.Kind), r.Keys(s.Kind)
	if m.Kind == record.Rollout && m.Mask == nil {
		m = unreached(m)
	}
	f = &frame{plot: s, m: m, each: []*record.Map{m}, strong: &strong{}, painted: &matrix{}, name: name, q: words(q), k: words(k), hidden: make([]float64, m.Rows)}
	if s.Heads.Len() == 1 || m.Kind == record.RNN {
		_, f.forced = r.Changes.Of(m.Kind, m.Layer, max(m.Head, 0))
	}
	f.qName, f.kName = "text", "text"
	switch {
	case s.Kind == record.Cross || s.Kind == record.RNN:
		f.qName, f.kName = "output", "source"
	case len(r.Tokens.Target) == 0:
	case s.Kind == record.Decoder:
		f.qName, f.kName = "output", "output"
	default:
		f.qName, f.kName = "source", "source"
	}
	f.rows, f.rowAt = seen(f.q, s.HideSpecial)
	f.cols, f.colAt = seen(f.k, s.HideSpecial)
	if len(f.rows) == 0 || len(f.cols) == 0 {
		return nil, text.Of(text.OnlySpecial), nil
	}
	if f.anyHidden = len(f.cols) < m.Cols; f.anyHidden {
		for i := range f.hidden {
			for j, w := range f.k {
				if w.special {
					f.hidden[i] += float64(m.At(i, j))
				}
			}
		}
	}
	return f, "", nil
}

// lacks says what is missing before there can be maps of the kind that the State asks for, and names it.
func lacks(r *record.Record, s plot) (kind, sentence string, err error) {
	kind, ok := kindNames[s.Kind]
	switch {
	case !ok:
		err = errors.New("there is no attention of kind " + strconv.Quote(string(s.Kind)) + "; the kinds are self, decoder, cross and rnn")
	case r == nil || len(r.Tokens.Source) == 0:
		sentence = text.Of(text.EmptyText)
	case (s.Kind == record.Cross || s.Kind == record.RNN) && len(r.Tokens.Target) < 2:
		sentence = text.Of(text.NoOutputToRead)
	case s.Kind == record.Decoder && len(r.Tokens.Target) == 1:
		sentence = text.Of(text.NoOutputToLookBack)
	}
	return kind, sentence, err
}

// choose finds the map that the State asks for, or a sentence that says what is missing.
func choose(r *record.Record, s plot) (m *record.Map, name, sentence string, err error) {
	kind, sentence, err := lacks(r, s)
	if sentence != "" || err != nil {
		return nil, "", sentence, err
	}
	var heads []*record.Map
	for i := range r.Maps {
		if m := &r.Maps[i]; m.Kind == s.Kind && m.Layer == s.Layer {
			heads = append(heads, m)
		}
	}
	if len(heads) == 0 {
		return nil, "", holdsNone(r, s), nil
	}
	name = kind + ", layer " + strconv.Itoa(s.Layer)
	if s.Heads == (record.HeadSet{}) {
		how := ", mean over " + strconv.Itoa(len(heads)) + " heads"
		if len(heads) == 1 {
			how = ", its only head"
		}
		m, err = mean(r, heads)
		return m, name + how, "", err
	}
	var chosen []*record.Map
	for _, h := range s.Heads.List() {
		m := r.Find(s.Kind, s.Layer, h)
		if m == nil {
			var have []int
			for _, m := range heads {
				have = append(have, m.Head)
			}
			return nil, "", "This record holds no head " + strconv.Itoa(h) + " of " + name + ". It holds " + plural("head", numbered(have)) + ".", nil
		}
		chosen = append(chosen, m)
	}
	name += ", " + headsName(s.Heads)
	if len(chosen) == 1 && off(r, chosen[0]) {
		name += ", switched off"
	}
	m, err = mean(r, chosen)
	return m, name, "", err
}

// holdsNone says what a Record holds that has no map of the layer that is asked for.
func holdsNone(r *record.Record, s plot) string {
	kind, kinds := kindNames[s.Kind], []string(nil)
	for i := range r.Maps {
		if name := kindNames[r.Maps[i].Kind]; name != "" { // a rollout is no head's
			kinds = add(kinds, name)
		}
	}
	layers := layersOf(r, s.Kind)
	switch {
	case len(kinds) == 0:
		return text.Of(text.NoAttention)
	case len(layers) == 0:
		return "This record holds no " + kind + ". It holds " + text.List(kinds) + "."
	}
	return "This record holds no " + kind + " of layer " + strconv.Itoa(s.Layer) + ". It holds " + plural("layer", numbered(layers)) + "."
}

// numbered writes numbers.
func numbered(all []int) (names []string) {
	for _, n := range all {
		names = append(names, strconv.Itoa(n))
	}
	return names
}

var kindNames = map[record.Kind]string{
	record.Self:    "encoder self-attention",
	record.Decoder: "decoder self-attention",
	record.Cross:   "cross-attention",
	record.RNN:     "soft attention",
}

// Holds says which heads a Record holds, such as "12 heads of decoder self-attention in 2 layers"; it is ""
// of one without any.
func Holds(r *record.Record) string {
	var kinds, parts []string
	heads := map[record.Kind]int{}
	for i := range r.Maps {
		if k := r.Maps[i].Kind; kindNames[k] != "" {
			kinds = add(kinds, string(k))
			heads[k]++
		}
	}
	for _, kind := range kinds {
		k := record.Kind(kind)
		parts = append(parts, count(heads[k], "head")+" of "+kindNames[k]+" in "+count(len(layersOf(r, k)), "layer"))
	}
	return text.List(parts)
}

// mean averages maps of one kind and layer of a Record.
func mean(r *record.Record, maps []*record.Map) (*record.Map, error) {
	if len(maps) == 1 {
		return maps[0], nil
	}
	var heads []int
	for _, m := range maps {
		if err := r.CheckMap(m); err != nil {
			return nil, err
		}
		heads = append(heads, m.Head)
	}
	return r.Mean(maps[0].Kind, maps[0].Layer, heads...), nil
}

// regions are those of links: the words, in two columns or in one line.
func (f *frame) regions(s *Scene) {
	s.down, s.start, s.name = true, Ref{Part: Query, Row: f.rows[0]}, f.spoken
	s.lists = s.listed(2, inOrder(Key, Query))
}

// spoken is the name of what is shown.
func (f *frame) spoken(ref Ref) string {
	if !f.shows(ref) {
		return ""
	}
	return f.label(ref, 3, true)
}

// shows says whether what a Ref points at is to be seen.
func (f *frame) shows(ref Ref) bool {
	row := ref.Row >= 0 && ref.Row < len(f.rowAt) && f.rowAt[ref.Row] >= 0
	col := ref.Col >= 0 && ref.Col < len(f.colAt) && f.colAt[ref.Col] >= 0
	switch ref.Part {
	case Query:
		return row
	case Key:
		return col
	case Pair:
		return row && col
	case Head:
		return len(f.each) > 1 && ref.Row == f.Layer && f.Heads.Has(ref.Col)
	}
	return false
}

func words(tokens []record.Token) []word {
	ws := make([]word, len(tokens))
	for i, t := range tokens {
		text := Visible(t.Text)
		ws[i] = word{text: text, rtl: rightToLeft(text), special: t.Special,
			joins: i > 0 && t.Word >= 0 && !t.Special && tokens[i-1].Word == t.Word}
	}
	for i := 0; i < len(tokens); {
		i += spell(ws[i:], tokens[i:])
	}
	return ws
}

// spell names pieces that are each a part of one character by that character and their number, as К₁ and К₂,
// if the first of the tokens begins one, and returns how many tokens that took, at least 1.
func spell(ws []word, tokens []record.Token) int {
	var whole []byte
	n := 0
	for ; n < len(tokens) && tokens[n].End > tokens[n].Start && tokens[n].Start == tokens[0].Start && tokens[n].End == tokens[0].End; n++ {
		b, ok := bytesOf(tokens[n].Text)
		if !ok {
			break
		}
		whole = append(whole, b...)
	}
	if _, size := utf8.DecodeRune(whole); n < 2 || size != len(whole) {
		return 1
	}
	name := Visible(string(whole))
	for i := range n {
		ws[i].text = name + string('₁'+rune(i))
	}
	return n
}

// bytesOf reads a token that is but bytes of a character, such as \xd0\x9a.
func bytesOf(token string) (b []byte, ok bool) {
	for token != "" {
		hex, found := strings.CutPrefix(token, `\x`)
		if !found || len(hex) < 2 {
			return nil, false
		}
		v, err := strconv.ParseUint(hex[:2], 16, 8)
		if err != nil || v < 0x80 {
			return nil, false
		}
		b, token = append(b, byte(v)), hex[2:]
	}
	return b, len(b) > 0
}

func seen(ws []word, hideSpecial bool) (shown, at []int) {
	shown, at = make([]int, 0, len(ws)), make([]int, len(ws))
	for i, w := range ws {
		if at[i] = len(shown); hideSpecial && w.special {
			at[i] = -1
		} else {
			shown = append(shown, i)
		}
	}
	return shown, at
}

// unreached is a rollout with a mask that leaves out what was put in after a position, if nothing of it came.
func unreached(m *record.Map) *record.Map {
	with := *m
	with.Mask = make([]int8, len(m.Weights))
	for row := range m.Rows {
		mask, weights := with.Mask[row*m.Cols:][:m.Cols], m.Weights[row*m.Cols:][:m.Cols]
		for col := range mask {
			if col-(m.Cols-m.Rows) <= row || weights[col] > 0 {
				mask[col] = 1
			}
		}
	}
	return &with
}

func (f *frame) weight(row, col int) float64 { return float64(f.m.At(row, col)) }

// looks is what the words on one side do to those on the other.
func (f *frame) looks() string {
	if f.Kind == record.Rollout {
		return " comes from "
	}
	return " looks at "
}

// pairLabel is the spoken name of a link or a cell.
func (f *frame) pairLabel(row, col int) string {
	label := f.q[row].text + f.looks() + f.k[col].text + ", " + f.value(row, col)
	if f.m.Masked(row, col) {
		label += " (masked)"
	}
	if f.set(row, col) {
		label += ", set by hand"
	}
	return label
}

// value says a weight exactly, of several heads each one's.
func (f *frame) value(row, col int) string {
	if f.versus != nil {
		return f.versus.value(f, row, col)
	}
	if len(f.each) == 1 {
		return exact(f.weight(row, col))
	}
	var all []string
	for _, m := range f.each {
		all = append(all, exact(float64(m.At(row, col)))+" in head "+strconv.Itoa(m.Head))
	}
	return text.List(all)
}

// add appends s to a list that does not hold it yet.
func add(all []string, s string) []string {
	if slices.Contains(all, s) {
		return all
	}
	return append(all, s)
}

func plural(noun string, all []string) string {
	if len(all) == 1 {
		return noun + " " + all[0]
	}
	return noun + "s " + text.List(all)
}
