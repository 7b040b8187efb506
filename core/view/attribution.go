package view

import (
	"math"
	"slices"
	"strconv"
	"strings"

	patterns "heed/core/explain"
	"heed/core/record"
	"heed/core/text"
)

// Attribution shows which words one word of the output comes from, by a method or by two.
const Attribution = "attribution"

// DefaultMethods are the methods that are compared unless others are asked for.
const DefaultMethods = "integrated-gradients,leave-one-out"

var attributionView = View{
	Name: Attribution, title: text.AttributionTab, lists: [2]text.Key{text.ExplainedWords, text.ContributingWords}, Controls: Asks,
	in: func([]record.Stack) bool { return true }, output: true, draw: attributions,
	needs: func(r *record.Record, s *State) (w record.Want) {
		if at, ok := explainable(r, s); ok {
			if w.Ask = (record.Question{Attribute: s.Ask.Attribute, Position: at}); w.Ask.Attribute == "" {
				w.Ask.Attribute = DefaultMethods
			}
		}
		return w
	},
	table: func(r *record.Record, p plot, n int) *Table {
		a := r.Attribution
		if a == nil {
			return nil
		}
		columns, all := contributions(r, a)
		t := &Table{Title: text.Of(text.AttributionTitle, Visible(a.Token)), Columns: []Column{{Name: "Word", Side: Source}}}
		if len(a.Parts) > 0 {
			t.Columns[0] = Column{Name: "Part"}
		}
		for _, c := range columns {
			t.Columns = append(t.Columns, Column{Name: MethodName(c.Method), Num: true})
		}
		for _, b := range all[:min(n, len(all))] {
			row := []string{b.name}
			for _, v := range b.values {
				row = append(row, change(v, 4))
			}
			t.Rows = append(t.Rows, row)
		}
		t.More = len(all) - len(t.Rows)
		return t
	},
	csv: func(r *record.Record, p plot) ([]byte, error) {
		titles := []string{"token"}
		var all []bar
		if r.Attribution != nil {
			var columns []*record.Attribution
			columns, all = contributions(r, r.Attribution)
			for _, c := range columns {
				titles = append(titles, c.Method)
			}
		}
		return csvLines(titles, len(all), func(i int) []string {
			row := []string{all[i].name}
			for _, v := range all[i].values {
				decimal := ""
				if !math.IsNaN(v) {
					decimal = record.Decimal(float32(v))
				}
				row = append(row, decimal)
			}
			return row
		})
	},
	click: func(_ *record.Record, s *State, _ *Scene, ref Ref) []Setting {
		if ref.Part != Query {
			return nil
		}
		return position(s, ref)
	},
}

// Named is a value of a setting, and what people read for it.
type Named struct {
	Name string
	Text text.Key
}

// Names are those of a list.
func Names(all []Named) (names []string) {
	for _, n := range all {
		names = append(names, n.Name)
	}
	return names
}

// named is what people read for a name; one that Records of another version have stands as it is.
func named(all []Named, name string) string {
	for _, n := range all {
		if n.Name == name {
			return text.Of(n.Text)
		}
	}
	return name
}

// Methods are those of attribution, in the order in which they are offered.
var Methods = []Named{{"integrated-gradients", text.ByIntegrated}, {"gradient-input", text.ByGradient}, {"attention-gradient", text.ByAttentionGradient},
	{"leave-one-out", text.ByLeaveOneOut}, {"attention", text.ByAttention}, {"rollout", text.ByRollout}, {"direct", text.ByDirect}}

// MethodName is a method of attribution in words.
func MethodName(method string) string { return named(Methods, method) }

// sideName says of which text tokens are, where there is an output besides.
func sideName(source bool) string {
	if source {
		return text.Of(text.InText)
	}
	return text.Of(text.TheOutput)
}

// Explained are the words that an output has, and which of them can be chosen.
func Explained(r *record.Record) (all []record.Token, can func(i int) bool) {
	switch {
	case len(r.Tokens.Target) > 0:
		all = r.Tokens.Target[1:]
	case r.Task == record.Fill:
		all = r.Tokens.Source
	default:
		all = append(r.Tokens.Source[min(1, len(r.Tokens.Source)):len(r.Tokens.Source):len(r.Tokens.Source)], record.Token{Text: "…", Word: -1})
	}
	predicted := map[int]bool{}
	for _, p := range r.Predictions {
		predicted[p.Position] = true
	}
	return all, func(i int) bool { return i >= 0 && i < len(all) && (predicted[i] || len(r.Tokens.Target) > 0) }
}

// explainable is the position that is explained: the one that is chosen, else that of the longest word of the output,
// of the first hidden word, or of what follows the text.
func explainable(r *record.Record, s *State) (at int, ok bool) {
	if r == nil || len(r.Tokens.Source) == 0 {
		return 0, false
	}
	tokens, can := Explained(r)
	if s.Chosen.Part == Query && can(s.Chosen.Row) {
		return s.Chosen.Row, true
	}
	best := -1
	for i, t := range tokens {
		switch {
		case !can(i):
		case len(r.Tokens.Target) == 0 && r.Task != record.Fill:
			best = i // the last
		case best < 0, r.Task != record.Fill && !t.Special && len(strings.TrimSpace(t.Text)) > len(strings.TrimSpace(tokens[best].Text)):
			best = i
		}
	}
	return best, best >= 0
}

// contributions are the numbers of an attribution, and of the one beside it: a bar for each token, or for each part of
// the network. That of a token which was not left out is no number.
func contributions(r *record.Record, a *record.Attribution) (columns []*record.Attribution, all []bar) {
	columns = []*record.Attribution{a}
	if len(a.Parts) > 0 {
		for _, i := range bySize(len(a.Parts), func(i int) float64 { return float64(a.Parts[i].Value) }) {
			part := &a.Parts[i]
			name := part.Name
			switch {
			case part.Kind != "" && part.Head != record.None:
				name = PartName(part.Kind, part.Layer, part.Head)
			case part.Layer != record.None:
				name = text.Of(text.FFNAlone, part.Layer)
			}
			all = append(all, bar{name: name, values: []float64{float64(part.Value)}})
		}
		return columns, all
	}
	if a.Beside != nil && len(a.Beside.Parts) == 0 {
		columns = append(columns, a.Beside)
	}
	add := func(tokens []record.Token, of func(*record.Attribution) []float32, most int) {
		for i, t := range tokens[:min(most, len(tokens))] {
			b := bar{name: Visible(t.Text), quiet: t.Special}
			if i == 0 && len(r.Tokens.Target) > 0 {
				b.group = sideName(len(all) == 0)
			}
			for _, c := range columns {
				v := 0.0
				if numbers := of(c); i < len(numbers) {
					v = float64(numbers[i])
				}
				if v == 0 && patterns.Stays(r, c, i, &t) {
					v = math.NaN()
				}
				b.values = append(b.values, v)
			}
			all = append(all, b)
		}
	}
	most := len(r.Tokens.Source)
	if len(r.Tokens.Target) == 0 && r.Task != record.Fill {
		most = a.Position + 1
	}
	add(r.Tokens.Source, func(a *record.Attribution) []float32 { return a.Source }, most)
	add(r.Tokens.Target, func(a *record.Attribution) []float32 { return a.Target }, a.Position+1)
	return columns, all
}

// attributions draws the words of the output, to choose from, and bars over what the chosen one comes from.
func attributions(r *record.Record, p plot) (*Scene, error) {
	if refused := r.Answer.Refusal != "" && r.Answer.To.Attribute != ""; refused || r.Attribution == nil {
		return p.unexplained(r, refused, text.NoAttribution), nil
	}
	if p.asked {
		return something, nil
	}
	a := r.Attribution
	s := &Scene{Title: text.Of(text.AttributionTitle, Visible(a.Token)), Width: math.Min(p.Width, 760)}
	tokens, can := Explained(r)
	y := p.chips(s, 50, text.Of(text.ExplainedWord), words(tokens), a.Position, func(i int) Ref {
		if !can(i) {
			return Ref{}
		}
		return Ref{Part: Query, Row: i}
	})
	columns, all := contributions(r, a)
	var titles []string
	for _, c := range columns {
		titles = append(titles, MethodName(c.Method))
	}
	const most = 40
	shown := all[:min(len(all), most)]
	for i := range shown {
		shown[i].ref = Ref{Part: Key, Col: i}
	}
	s.name = func(ref Ref) string {
		switch {
		case ref.Part == Query && can(ref.Row):
			return Visible(tokens[ref.Row].Text)
		case ref.Part == Key && ref.Col >= 0 && ref.Col < len(shown):
			says := shown[ref.Col].name
			for c, v := range shown[ref.Col].values {
				number := change(v, 4)
				if math.IsNaN(v) {
					number = text.Of(text.NotLeftOut)
				}
				says += ", " + number + " " + text.Of(text.By, titles[c])
			}
			return says
		}
		return ""
	}
	s.Readout = s.name(p.Focus)
	y = p.bars(s, y+22, titles, shown)
	if n := len(all) - len(shown); n > 0 {
		rest := 0.0
		for _, b := range all[most:] {
			if v := b.values[0]; !math.IsNaN(v) {
				rest += v
			}
		}
		s.text(pad, y, text.Of(text.AllOthers, n, change(rest, 3)), leadFont, Left, Muted)
		y += 24
	}
	s.start, s.down = Ref{Part: Query, Row: a.Position}, true
	s.lists = s.listed(2, inOrder(Query, Key))
	lead, short := text.AttributionLead, text.AttributionLeadShort
	if len(a.Parts) > 0 {
		lead, short = text.DirectLead, text.DirectLeadShort
	}
	p.head(s, text.Of(lead, Visible(a.Token)), text.Of(short))
	s.Caption = measured(r, a)
	p.caption(s, y)
	return s, nil
}

// measured says what the numbers are, how far two methods agree, and what neither proves.
func measured(r *record.Record, a *record.Attribution) (says string) {
	for m := a; m != nil; m = m.Beside {
		if sums := Sums(m); sums != "" {
			says += sums + " "
		}
	}
	if b := a.Beside; b != nil {
		if len(a.Parts)+len(b.Parts) == 0 {
			says += text.Of(text.OwnScales) + " "
		}
		says += Agreement(r, a, b) + " "
	}
	return says + text.Of(text.AttributionCaption)
}

// Sums says what the numbers of a method sum to; "" where it promises no sum.
func Sums(a *record.Attribution) (says string) {
	gap := float64(a.Gap)
	switch a.Method {
	case "integrated-gradients":
		sum := 0.0
		for _, v := range slices.Concat(a.Source, a.Target) {
			sum += float64(v)
		}
		says = text.Of(text.CompletenessGap, a.Steps, change(sum, 4), change(sum+gap, 4))
		if math.Abs(gap) > math.Max(0.1, 0.05*math.Abs(sum+gap)) {
			says += " " + text.Of(text.GapTooLarge)
		}
	case "direct":
		says = text.Of(text.DirectSum, change(float64(a.Value), 4), strconv.FormatFloat(math.Ceil(math.Max(1, 1e6*math.Abs(gap)))/1e6, 'f', -1, 64))
	}
	return says
}

// Agreement says how far two methods agree.
func Agreement(r *record.Record, a, b *record.Attribution) string {
	switch kept := patterns.Counted(r, a.Position); {
	case len(a.Parts) > 0:
		return text.Of(text.PartsNotWords, MethodName(b.Method))
	case len(b.Parts) > 0:
		return text.Of(text.PartsNotWords, MethodName(a.Method))
	case len(kept) < 3:
		return text.Of(text.TooFewToCompare)
	default:
		v := patterns.Agreement(r, a, b)
		key := text.AgreeLittle
		switch {
		case v >= 0.7:
			key = text.AgreeMuch
		case v >= 0.3:
			key = text.AgreeSome
		}
		says := text.Of(text.RankCorrelation, signed(v, 2), len(kept)) + " " + text.Of(key)
		most, of := 0.0, 0
		for _, i := range kept {
			if both := float64(a.Source[i]) * float64(b.Source[i]); math.Abs(both) > math.Abs(most) {
				most, of = both, i
			}
		}
		if most < 0 {
			says += " " + text.Of(text.OppositeSigns, Visible(r.Tokens.Source[of].Text))
		}
		return says
	}
}
