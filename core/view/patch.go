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

// Patch shows how much of the difference between two runs comes back with one activation of the other (activation
// patching: Meng et al. 2022; Wang et al. 2022).
const Patch = "patch"

var patchView = View{
	Name: Patch, title: text.PatchTab, Controls: Asks,
	in: func([]record.Stack) bool { return true }, output: true, draw: patches,
	needs: func(_ *record.Record, s *State) (w record.Want) {
		if strings.TrimSpace(s.Ask.Patch) != "" {
			w.Ask = record.Question{Patch: s.Ask.Patch, At: s.Ask.At}
		}
		return w
	},
	table: func(r *record.Record, p plot, n int) *Table {
		columns := []Column{{Name: "Activation"}, {Name: "At", Side: Neither}, {Name: "Recovered", Num: true}}
		return ranked(text.Of(text.PatchTitle), columns, n, len(r.Patch), func(i int) float64 { return float64(r.Patch[i].Recovered) }, func(i int) []string {
			a := &r.Patch[i]
			return []string{patched(a), patchedAt(r, a), change(float64(a.Recovered), 4)}
		})
	},
	csv: func(r *record.Record, p plot) ([]byte, error) {
		return csvLines([]string{"kind", "layer", "head", "position", "recovered"}, len(r.Patch), func(i int) []string {
			a := &r.Patch[i]
			return []string{string(a.Kind), index(a.Layer), index(a.Head), strconv.Itoa(a.Position), record.Decimal(a.Recovered)}
		})
	},
	click: func(r *record.Record, s *State, _ *Scene, ref Ref) []Setting {
		row := -1
		for i := range r.Patch {
			a := &r.Patch[i]
			if i == 0 || a.Kind != r.Patch[i-1].Kind || a.Layer != r.Patch[i-1].Layer || a.Head != r.Patch[i-1].Head {
				row++
			}
			if r.Donor != nil && ref == (Ref{Pair, row, a.Position}) {
				changes := r.Changes
				changes.Patch(record.Place{Kind: a.Kind, Layer: a.Layer, Head: a.Head, Row: a.Position}, r.Donor.Text)
				return []Setting{{"patched", changes.PatchedList()}, {"from", r.Donor.Text}}
			}
		}
		return nil
	},
}

// patched names what was taken from the other run.
func patched(a *record.Patched) string {
	switch {
	case a.Kind == record.RNN:
		return text.Of(text.ContextVector)
	case a.Head != record.None:
		return PartName(a.Kind, a.Layer, a.Head)
	case a.Layer == record.None:
		return text.Of(text.EmbeddingOf, stackName(a.Kind))
	}
	return text.Of(text.LayerOf, stackName(a.Kind), a.Layer)
}

// PatchedName says which activation was patched, such as "encoder, layer 1 at “red”".
func PatchedName(r *record.Record, p record.Place) string {
	a := &record.Patched{Kind: p.Kind, Layer: p.Layer, Head: p.Head, Position: p.Row}
	if oneContext(r, a.Kind) {
		return patched(a)
	}
	return text.Of(text.PatchedPlace, patched(a), patchedAt(r, a))
}

// oneContext says whether the kind is that of a context vector that all steps read.
func oneContext(r *record.Record, kind record.Kind) bool {
	return kind == record.RNN && !has(r, kind) && !slices.ContainsFunc(r.Stacks, func(s record.Stack) bool { return s.Kind == kind })
}

// patchedTokens are the tokens at whose positions activations of a kind stand, in the run that is patched: a patch may
// give the Record another output.
func patchedTokens(r *record.Record, kind record.Kind) (all []string) {
	tokens := r.Tokens.Target
	if kind == record.Self || len(tokens) == 0 {
		tokens = r.Tokens.Source
	}
	for _, t := range tokens {
		all = append(all, t.Text)
	}
	if kind == record.Self {
		return all
	}
	if r.Donor != nil && len(r.Donor.Target) > 0 {
		all = append(r.Donor.Target[:len(r.Donor.Target):len(r.Donor.Target)], all[min(len(all), len(r.Donor.Target)):]...)
	}
	if kind == record.RNN && len(all) > 0 { // a step writes the token after the one that it reads
		return all[1:]
	}
	return all
}

func patchedAt(r *record.Record, a *record.Patched) string {
	if oneContext(r, a.Kind) {
		return text.Of(text.EveryStep)
	}
	if tokens := patchedTokens(r, a.Kind); a.Position < len(tokens) {
		return Visible(tokens[a.Position])
	}
	return strconv.Itoa(a.Position)
}

// patches draws a sheet of cells for each kind: a row for a layer, or for a head, a column for a position.
func patches(r *record.Record, p plot) (*Scene, error) {
	if refused := r.Answer.Refusal != "" && r.Answer.To.Patch != ""; refused || len(r.Patch) == 0 {
		if !p.Still && strings.TrimSpace(p.Ask.Patch) == "" {
			return p.unexplained(r, false, text.PatchInvites), nil
		}
		return p.unexplained(r, refused, text.NoPatch), nil
	}
	if p.asked {
		return something, nil
	}
	s := &Scene{Title: text.Of(text.PatchTitle), Width: math.Min(p.Width, 900)}
	t := &sheet{plot: p, s: s, most: 1, ends: [2]string{text.Of(text.PatchAway), text.Of(text.PatchBack)}}
	y := 48.0
	d := r.Donor
	if d != nil {
		y = p.twoOutputs(s, y, r, d)
	}
	for from := 0; from < len(r.Patch); {
		kind := r.Patch[from].Kind
		b := sheetBlock{title: upper(kindNames[kind])}
		switch {
		case kind == record.RNN:
			b.title = upper(text.Of(text.ContextVector))
		case r.Patch[from].Head == record.None:
			b.title = upper(stackName(kind))
		}
		columns, to := 0, from
		for ; to < len(r.Patch) && r.Patch[to].Kind == kind; to++ {
			columns = max(columns, r.Patch[to].Position+1)
			t.most = math.Max(t.most, math.Abs(float64(r.Patch[to].Recovered)))
		}
		tokens := patchedTokens(r, kind)
		for j := range columns {
			switch {
			case oneContext(r, kind):
				b.cols = append(b.cols, text.Of(text.EveryStep))
			case j < len(tokens):
				b.cols = append(b.cols, Visible(tokens[j]))
			default:
				b.cols = append(b.cols, strconv.Itoa(j))
			}
		}
		for i := from; i < to; i++ {
			a := &r.Patch[i]
			if i == from || a.Layer != r.Patch[i-1].Layer || a.Head != r.Patch[i-1].Head {
				name := text.Of(text.LayerNumber, a.Layer)
				switch {
				case kind == record.RNN: // as the title says
					name = ""
				case a.Head != record.None:
					name = strconv.Itoa(a.Layer) + "." + strconv.Itoa(a.Head)
				case a.Layer == record.None:
					name = text.Of(text.EmbeddingRow)
				}
				b.rows = append(b.rows, name)
				b.cells = append(b.cells, make([]sheetCell, columns)...)
			}
			place := record.Place{Kind: a.Kind, Layer: a.Layer, Head: a.Head, Row: a.Position}
			b.cells[(len(b.rows)-1)*columns+a.Position] = sheetCell{value: a.Recovered, dot: slices.Contains(r.Changes.Patched, place), says: func() string {
				return text.Of(text.PatchedCell, PatchedName(r, place), change(float64(a.Recovered), 4))
			}}
		}
		t.blocks, from = append(t.blocks, b), to
	}
	y = t.draw(y)
	p.head(s, text.Of(text.PatchLead)+p.asks(" "+text.Of(text.PatchChoose)), text.Of(text.PatchLead), text.Of(text.PatchLeadShort))
	s.Caption = text.Of(text.PatchCaption)
	if len(r.Changes.Patched) > 0 {
		s.Caption += " " + text.Of(text.PatchColumns)
	}
	if d != nil {
		compares := text.PatchCompares
		if d.Other == "" {
			compares = text.PatchSame
		}
		s.Caption = text.Of(compares, Visible(d.Other), Visible(d.Token), change(float64(d.Base), 2), change(float64(d.Full), 2)) + " " + s.Caption
		if d.Note != "" {
			s.Caption += " " + d.Note
		}
	}
	p.caption(s, y)
	return s, nil
}

// twoOutputs sets the two texts and their outputs below one another, with what differs in bold, and what the output is
// by what is patched.
func (p *plot) twoOutputs(s *Scene, y float64, r *record.Record, d *record.Donor) float64 {
	own := cmp.Or(d.Own, r.Output)
	lines := [][3]string{{text.Of(text.ThisText), r.Text, d.Text}, {text.Of(text.OtherText), d.Text, r.Text},
		{text.Of(text.ThisOutput), own, d.Output}, {text.Of(text.OtherOutput), d.Output, own}}
	if len(r.Changes.Patched) > 0 {
		lines = append(lines, [3]string{text.Of(text.PatchedOutput), r.Output, own})
	}
	for _, line := range lines {
		if strings.TrimSpace(line[1]) == "" {
			continue
		}
		s.text(pad, y, line[0], leadFont, Left, Muted)
		y = p.marked(s, y+21, line[1], line[2]) + 8
	}
	return y + 10
}
