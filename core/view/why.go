package view

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"heed/core/record"
	"heed/core/text"
)

// Why takes one attention score apart by what its query and its key are made of.
const Why = "why"

var whyView = View{
	Name: Why, title: text.WhyTab, lists: [2]text.Key{text.QueryWord, text.KeyWord},
	Controls: Kinds | Layers | OneHead | Asks,
	in:       layered, draw: why,
	needs: func(r *record.Record, s *State) (w record.Want) {
		if at, ok := scored(r, s); ok {
			w.Ask = record.Question{Why: record.Place{Kind: s.Kind, Layer: s.Layer, Head: s.Heads.First(), Row: at.Row}, Col: at.Col}
		}
		return w
	},
	table: func(r *record.Record, p plot, n int) *Table {
		if r.Why == nil {
			return nil
		}
		columns := []Column{{Name: "Of the query"}, {Name: "Of the key"}, {Name: "Part of the score", Num: true}}
		return ranked(text.Of(text.WhyTitle), columns, n, len(r.Why.Parts), func(i int) float64 { return float64(r.Why.Parts[i].Value) }, func(i int) []string {
			part := &r.Why.Parts[i]
			return []string{madeOf(r, part.Query), madeOf(r, part.Key), change(float64(part.Value), 4)}
		})
	},
	csv: func(r *record.Record, p plot) ([]byte, error) {
		var parts []record.WhyPart
		if r.Why != nil {
			parts = r.Why.Parts
		}
		return csvLines([]string{"query", "key", "value"}, len(parts), func(i int) []string {
			return []string{parts[i].Query, parts[i].Key, record.Decimal(parts[i].Value)}
		})
	},
	click: func(_ *record.Record, s *State, _ *Scene, ref Ref) []Setting {
		switch ref.Part {
		case Query:
			return []Setting{{"token", strconv.Itoa(ref.Row)}}
		case Key:
			return []Setting{{"key", strconv.Itoa(ref.Col)}}
		}
		return nil
	},
}

// scored is the weight whose score is taken apart: what is chosen, else the last word's, and its heaviest key where the
// Record holds the map, else the first.
func scored(r *record.Record, s *State) (at Ref, ok bool) {
	if r == nil {
		return Ref{}, false
	}
	queries, keys := r.Queries(s.Kind), r.Keys(s.Kind)
	if len(queries) == 0 || len(keys) == 0 {
		return Ref{}, false
	}
	at = Ref{Pair, min(len(queries)-1, 1), -1}
	if s.Chosen.Part == Query || s.Chosen.Part == Pair {
		at.Row = max(0, min(s.Chosen.Row, len(queries)-1))
	}
	if s.Chosen.Part == Key || s.Chosen.Part == Pair {
		at.Col = max(0, min(s.Chosen.Col, len(keys)-1))
	} else if m := r.Find(s.Kind, s.Layer, s.Heads.First()); m != nil && at.Row < m.Rows {
		weights, _ := m.Row(at.Row)
		for j, w := range weights {
			if at.Col < 0 || w > weights[at.Col] {
				at.Col = j
			}
		}
	}
	if at.Col = max(at.Col, 0); s.Kind == record.Decoder {
		at.Col = min(at.Col, at.Row)
	}
	return at, true
}

// madeOf names in words what a query or a key is made of: a Record has "ffn.1" and "cross.2.4" for feed-forward 1 and
// cross-attention 2.4.
func madeOf(r *record.Record, name string) string {
	kind, at, part := strings.Cut(name, ".")
	switch {
	case !part: // embedding, position, bias
		return name
	case kind == "ffn":
		return text.Of(text.FFNShort, at)
	case len(r.Tokens.Target) == 0: // there is one stack
		return text.Of(text.HeadShort, at)
	case kind == string(record.Cross):
		return text.Of(text.CrossShort, at)
	}
	return stackName(record.Kind(kind)) + " " + at
}

// why draws the words, of which a query and a key are chosen, and the largest parts of their score.
func why(r *record.Record, p plot) (*Scene, error) {
	if refused := r.Answer.Refusal != "" && r.Answer.To.Why.Kind != ""; refused || r.Why == nil {
		return p.unexplained(r, refused, text.NoWhy), nil
	}
	w := r.Why
	queries, keys := words(r.Queries(w.Kind)), words(r.Keys(w.Kind))
	if w.Row >= len(queries) || w.Col >= len(keys) {
		return say(p, text.Of(text.NoWhy)), nil
	}
	if p.asked {
		return something, nil
	}
	s := &Scene{Title: text.Of(text.WhyTitle), Width: math.Min(p.Width, 760)}
	y := p.chips(s, 50, text.Of(text.QueryWord), queries, w.Row, func(i int) Ref { return Ref{Part: Query, Row: i} })
	y = p.chips(s, y+6, text.Of(text.KeyWord), keys, w.Col, func(i int) Ref {
		if w.Kind == record.Decoder && i > w.Row {
			return Ref{}
		}
		return Ref{Part: Key, Col: i}
	})
	const most = 14
	var all []bar
	rest, order := 0.0, heaviest(most, len(w.Parts), func(i int) float64 { return math.Abs(float64(w.Parts[i].Value)) })
	for i := range w.Parts {
		if !slices.Contains(order, i) {
			rest += float64(w.Parts[i].Value)
		}
	}
	for _, i := range order {
		part := &w.Parts[i]
		all = append(all, bar{name: text.Of(text.WhyPair, madeOf(r, part.Query), madeOf(r, part.Key)), values: []float64{float64(part.Value)}})
	}
	if n := len(w.Parts) - most; n > 0 {
		all = append(all, bar{name: text.Of(text.OtherPairs, n), quiet: true, values: []float64{rest}})
	}
	all = append(all, bar{name: text.Of(text.TheScore), values: []float64{float64(w.Score)}})
	y = p.bars(s, y+20, []string{text.Of(text.WhyColumn)}, all)
	s.name = func(ref Ref) string {
		switch {
		case ref.Part == Query && ref.Row >= 0 && ref.Row < len(queries):
			return queries[ref.Row].isolate()
		case ref.Part == Key && ref.Col >= 0 && ref.Col < len(keys) && !(w.Kind == record.Decoder && ref.Col > w.Row):
			return keys[ref.Col].isolate()
		}
		return ""
	}
	s.start = Ref{Part: Query, Row: w.Row}
	s.lists = s.listed(2, inOrder(Query, Key))
	p.head(s, text.Of(text.WhyLead, queries[w.Row].isolate(), keys[w.Col].isolate(), PartName(w.Kind, w.Layer, w.Head))+p.asks(" "+text.Of(text.WhyChoose)),
		text.Of(text.WhyLead, queries[w.Row].isolate(), keys[w.Col].isolate(), PartName(w.Kind, w.Layer, w.Head)), text.Of(text.WhyLeadShort))
	s.Caption = text.Of(text.WhyCaption)
	p.caption(s, y)
	return s, nil
}
