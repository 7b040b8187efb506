package view

import (
	"math"
	"strconv"

	"heed/core/record"
	"heed/core/text"
)

// Adversary shows other weights of a recurrent model's soft attention with which it writes the same, beside the true
// ones (Jain & Wallace 2019; Wiegreffe & Pinter 2019).
const Adversary = "adversary"

var adversaryView = View{
	Name: Adversary, title: text.AdversaryTab, Controls: Asks,
	in: func(stacks []record.Stack) bool { return len(stacks) > 0 && stacks[0].Kind == record.RNN }, draw: adversaries,
	needs: func(*record.Record, *State) record.Want { return record.Want{Ask: record.Question{Adversary: true}} },
	table: func(r *record.Record, p plot, n int) *Table {
		if r.Adversary == nil {
			return nil
		}
		rows := r.Adversary.Rows
		columns := []Column{{Name: "Word", Side: Output}, {Name: "Distance of the weights", Num: true}, {Name: "Change of the output", Num: true}}
		return ranked(text.Of(text.AdversaryTitle), columns, n, len(rows), func(i int) float64 { return rows[i].Distance }, func(i int) []string {
			return []string{Visible(rows[i].Token), fixed(rows[i].Distance, 4), fixed(rows[i].Change, 4)}
		})
	},
	csv: func(r *record.Record, p plot) ([]byte, error) {
		out := record.AppendCSV(nil, []string{"row", "query", "col", "key", "weight", "other"})
		if a := r.Adversary; a != nil {
			for i, row := range a.Rows {
				for j, key := range a.Keys {
					out = record.AppendCSV(out, []string{strconv.Itoa(i), row.Token, strconv.Itoa(j), key, record.Decimal(row.Weights[j]), record.Decimal(row.Other[j])})
				}
			}
		}
		return out, nil
	},
	click: func(*record.Record, *State, *Scene, Ref) []Setting { return nil },
}

func fixed(v float64, digits int) string { return strconv.FormatFloat(v, 'f', digits, 64) }

// adversaries draws the two maps on one scale.
func adversaries(r *record.Record, p plot) (*Scene, error) {
	if refused := r.Answer.Refusal != "" && r.Answer.To.Adversary; refused || r.Adversary == nil || len(r.Adversary.Rows) == 0 {
		return p.unexplained(r, refused, text.NoAdversary), nil
	}
	if p.asked {
		return something, nil
	}
	a := r.Adversary
	s := &Scene{Title: text.Of(text.AdversaryTitle), Width: math.Min(p.Width, 760)}
	t := &sheet{plot: p, s: s, most: 1, weights: true}
	farthest, most := 0, 0.0 // the row; the largest change of all
	for i, title := range []text.Key{text.TrueWeights, text.OtherWeights} {
		b := sheetBlock{title: text.Of(title)}
		for _, key := range a.Keys {
			b.cols = append(b.cols, Visible(key))
		}
		for at, row := range a.Rows {
			b.rows = append(b.rows, Visible(row.Token))
			for col, key := range a.Keys {
				b.cells = append(b.cells, sheetCell{value: [][]float32{row.Weights, row.Other}[i][col], says: func() string {
					return text.Of(text.AdversaryCell, Visible(row.Token), Visible(key), fixed(float64(row.Weights[col]), 3), fixed(float64(row.Other[col]), 3))
				}})
			}
			if most = math.Max(most, row.Change); row.Distance > a.Rows[farthest].Distance {
				farthest = at
			}
		}
		t.blocks = append(t.blocks, b)
	}
	y := t.draw(48)
	p.head(s, text.Of(text.AdversaryLead), text.Of(text.AdversaryLeadShort))
	together := text.AdversaryDiffers
	if a.Same {
		together = text.AdversarySame
	}
	far := &a.Rows[farthest]
	s.Caption = text.Of(text.AdversaryFar, Visible(far.Token), fixed(far.Distance, 2), fixed(most, 4)) + " " + text.Of(together) + " " + text.Of(text.AdversaryCaption)
	p.caption(s, y)
	return s, nil
}
