package view

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"heed/core/record"
	"heed/core/text"
)

// Ablation shows what the output loses without each part of the network (Michel et al. 2019).
const Ablation = "ablation"

var ablationView = View{
	Name: Ablation, title: text.AblationTab, Controls: Asks,
	in: func([]record.Stack) bool { return true }, output: true, draw: ablation,
	needs: func(r *record.Record, s *State) record.Want {
		return record.Want{Ask: record.Question{Ablate: s.ablated(r), With: s.Ask.With}}
	},
	table: func(r *record.Record, p plot, n int) *Table {
		columns := []Column{{Name: "Without"}, {Name: "Change in nats", Num: true}, {Name: "Output then", Side: Output}}
		return ranked(text.Of(text.AblationTitle), columns, n, len(r.Ablation), func(i int) float64 { return float64(r.Ablation[i].Delta) }, func(i int) []string {
			a := &r.Ablation[i]
			return []string{ablated(r, a), change(float64(a.Delta), 4), a.Output}
		})
	},
	csv: func(r *record.Record, p plot) ([]byte, error) {
		return csvLines([]string{"part", "kind", "layer", "head", "position", "delta", "output"}, len(r.Ablation), func(i int) []string {
			a := &r.Ablation[i]
			return []string{a.Part, string(a.Kind), index(a.Layer), index(a.Head), index(a.Position), record.Decimal(a.Delta), a.Output}
		})
	},
	click: func(r *record.Record, s *State, _ *Scene, ref Ref) []Setting {
		row := -1 // of the sheet, in which a layer has one
		for i := range r.Ablation {
			a := &r.Ablation[i]
			if i == 0 || a.Kind != r.Ablation[i-1].Kind || a.Layer != r.Ablation[i-1].Layer {
				row++
			}
			if ref == (Ref{Pair, row, a.Head}) && a.Head >= 0 {
				changes := r.Changes
				changes.Switch(record.Place{Kind: a.Kind, Layer: a.Layer, Head: a.Head})
				return []Setting{{"off", changes.OffList()}}
			}
		}
		return nil
	},
}

// ablated is what the State asks to ablate.
func (s *State) ablated(r *record.Record) string { return cmp.Or(s.Ask.Ablate, Ablates(r)) }

// Ablates is what is ablated unless somebody says: heads where there are any, else words.
func Ablates(r *record.Record) string {
	if r != nil && len(r.Stacks)+len(r.Maps) == 0 {
		return record.PositionParts
	}
	return record.HeadParts
}

// Parts are what is ablated one after the other, in the order in which it is offered.
var Parts = []Named{{record.HeadParts, text.AblateHeads}, {record.LayerParts, text.AblateLayers}, {record.FFNParts, text.AblateFFN}, {record.PositionParts, text.AblatePositions}}

// index writes an index; of None nothing.
func index(i int) string {
	if i == record.None {
		return ""
	}
	return strconv.Itoa(i)
}

// ablated names what was ablated.
func ablated(r *record.Record, a *record.Ablated) string {
	switch a.Part {
	case record.PositionParts:
		word := ablatedWord(r, a)
		if len(r.Tokens.Target) > 0 {
			return text.Of(text.WordOf, word, sideName(a.Kind == record.Self))
		}
		return "“" + word + "”"
	case record.FFNParts:
		return text.Of(text.FFNOf, stackName(a.Kind), a.Layer)
	case record.LayerParts:
		return text.Of(text.LayerOf, stackName(a.Kind), a.Layer)
	}
	return PartName(a.Kind, a.Layer, a.Head)
}

// ablatedWord is the word whose embedding was ablated.
func ablatedWord(r *record.Record, a *record.Ablated) string {
	tokens := r.Tokens.Source
	if a.Kind != record.Self && len(r.Tokens.Target) > 0 {
		tokens = r.Tokens.Target
	}
	if a.Position < 0 || a.Position >= len(tokens) {
		return PartName(a.Kind, a.Layer, a.Head)
	}
	return Visible(tokens[a.Position].Text)
}

// ablation draws heads as a sheet of cells, other parts as bars, and below them what is written without them.
func ablation(r *record.Record, p plot) (*Scene, error) {
	if refused := r.Answer.Refusal != "" && r.Answer.To.Ablate != ""; refused || len(r.Ablation) == 0 {
		return p.unexplained(r, refused, text.NoAblation), nil
	}
	if p.asked {
		return something, nil
	}
	s := &Scene{Title: text.Of(text.AblationTitle), Width: math.Min(p.Width, 760)}
	most := 1e-6
	for _, a := range r.Ablation {
		most = math.Max(most, math.Abs(float64(a.Delta)))
	}
	label := func(a *record.Ablated) string {
		says := text.Of(text.WithoutPart, ablated(r, a), change(float64(a.Delta), 4))
		switch {
		case a.Output != "":
			says += ": " + a.Output
		case a.Changed && upcoming(r) == "":
			says += text.Of(text.OutputChanges)
		}
		return says
	}
	y, choose := 48.0, ""
	if r.Ablation[0].Part == record.HeadParts {
		choose = " " + text.Of(text.AblationChoose)
		t := &sheet{plot: p, s: s, most: most, ends: [2]string{text.Of(text.LessProbable), text.Of(text.MoreProbable)}}
		for from := 0; from < len(r.Ablation); {
			kind, layers, heads := r.Ablation[from].Kind, 0, 0
			to := from
			for ; to < len(r.Ablation) && r.Ablation[to].Kind == kind; to++ {
				layers, heads = max(layers, r.Ablation[to].Layer+1), max(heads, r.Ablation[to].Head+1)
			}
			b := sheetBlock{title: upper(kindNames[kind]), cells: make([]sheetCell, layers*heads)}
			for l := range layers {
				b.rows = append(b.rows, text.Of(text.LayerNumber, l))
			}
			for h := range heads {
				b.cols = append(b.cols, strconv.Itoa(h))
			}
			for i := from; i < to; i++ {
				a := &r.Ablation[i]
				c := sheetCell{value: a.Delta, dot: a.Changed, says: func() string { return label(a) }}
				if c.skip, _ = r.Changes.Of(a.Kind, a.Layer, a.Head); c.skip {
					c.says = func() string { return text.Of(text.PartIsOff, ablated(r, a)) }
				}
				b.cells[a.Layer*heads+a.Head] = c
			}
			t.blocks, from = append(t.blocks, b), to
		}
		y = t.draw(y)
	} else {
		var all []bar
		for i := range r.Ablation {
			a := &r.Ablation[i]
			b := bar{name: ablated(r, a), values: []float64{float64(a.Delta)}, ref: Ref{Part: Key, Col: i}, dot: a.Changed}
			if a.Part == record.PositionParts {
				if b.name = ablatedWord(r, a); a.Position == 0 && len(r.Tokens.Target) > 0 {
					b.group = sideName(a.Kind == record.Self)
				}
			}
			all = append(all, b)
		}
		s.name = func(ref Ref) string {
			if ref.Part != Key || ref.Col < 0 || ref.Col >= len(r.Ablation) {
				return ""
			}
			return label(&r.Ablation[ref.Col])
		}
		s.start, s.down = Ref{Part: Key}, true
		s.Readout = s.name(p.Focus)
		y = p.bars(s, y, []string{text.Of(text.ChangeInNats)}, all)
		s.lists = s.listed(1, inOrder(Key))
	}
	parts := named(Parts, r.Ablation[0].Part)
	measured, caption := Measured(r), text.AblationCaption
	if upcoming(r) != "" {
		s.Title, caption = text.Of(text.AblationTitleNext), text.AblationCaptionNext
	}
	p.head(s, text.Of(text.AblationLead, parts, measured)+p.asks(choose), text.Of(text.AblationLead, parts, measured), text.Of(text.AblationLeadShort, parts))
	y, rewritten := p.withouts(s, y, r)
	s.Caption = text.Of(text.AblationZeros)
	if r.AblatedWith != "" {
		s.Caption = text.Of(text.AblationMeans, r.AblatedWith)
	}
	s.Caption += " " + text.Of(caption) + " "
	if slices.ContainsFunc(r.Ablation, func(a record.Ablated) bool { return a.Changed }) {
		dot := text.AblationDot
		if rewritten && r.Task != record.Fill {
			dot = text.AblationGreedy
		}
		s.Caption += text.Of(dot) + " "
	}
	s.Caption += text.Of(text.AblationProves)
	p.caption(s, y)
	return s, nil
}

// Measured says of what an ablation has the change: of the output, or of the token that comes next where a text was
// only read.
func Measured(r *record.Record) string {
	if next := upcoming(r); next != "" {
		return text.Of(text.NextLogProb, Visible(next))
	}
	return text.Of(text.OutputLogProb)
}

// upcoming is the token that comes next where a text was only read.
func upcoming(r *record.Record) string {
	if n := len(r.Predictions); r.Task == record.Generation && r.Output == "" && n > 0 && len(r.Predictions[n-1].Top) > 0 {
		return r.Predictions[n-1].Top[0].Text
	}
	return ""
}

// withouts lists the outputs that change, the words that the output itself does not have in bold, and returns where the
// list ends, and whether there are any.
func (p *plot) withouts(s *Scene, y float64, r *record.Record) (end float64, any bool) {
	const most = 8
	n := 0
	for _, a := range r.Ablation {
		n += min(1, len(a.Output))
	}
	for at, i := range heaviest(most, len(r.Ablation), func(i int) float64 {
		if r.Ablation[i].Output == "" {
			return -1
		}
		return math.Abs(float64(r.Ablation[i].Delta))
	}) {
		a := &r.Ablation[i]
		if at == 0 {
			y += 8
		}
		name := text.Of(text.Without, ablated(r, a))
		s.text(pad, y, elide(name, captionFont, s.Width-2*pad, p.Measure), captionFont, Left, Muted)
		y = p.marked(s, y+22, a.Output, r.Output) + 10
	}
	if n > most {
		s.text(pad, y, text.Of(text.AndOthers, n-most), leadFont, Left, Muted)
		y += 24
	}
	return y, n > 0
}

// CommonWords says which words of two texts the other has too, in the same order.
func CommonWords(a, b []string) (inA, inB []bool) {
	split := func(text []string) (all []word) {
		for _, w := range text {
			all = append(all, word{text: w})
		}
		return all
	}
	inA, inB = make([]bool, len(a)), make([]bool, len(b))
	for _, pair := range align(split(a), split(b)) {
		inA[pair[0]], inB[pair[1]] = true, true
	}
	return inA, inB
}

// mostMarked are the words of a text of which several stand below one another.
const mostMarked = 1000

// marked sets a text whose words are bold where another text does not have them, from y on, and returns where it ends.
func (p *plot) marked(s *Scene, y float64, is, was string) float64 {
	words := strings.Fields(is)
	if len(words) > mostMarked {
		words = append(words[:mostMarked:mostMarked], "…")
	}
	same, _ := CommonWords(words, strings.Fields(was))
	x := pad
	for i, w := range words {
		font, role := wordFont, Ink
		if !same[i] {
			font.Bold, role = true, Focus
		}
		says := elide(Visible(w), font, s.Width-2*pad, p.Measure)
		wide := p.Measure(says, font)
		if x+wide > s.Width-pad && x > pad {
			x, y = pad, y+22
		}
		s.text(x, y, says, font, Left, role)
		x += wide + 5
	}
	return y + 14
}
