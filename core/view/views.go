package view

import (
	"cmp"
	"errors"
	"strconv"

	"heed/core/record"
	"heed/core/text"
)

// View describes one view. Whoever shows views asks it, and never goes by its name: a new view is one file,
// with its line in All.
type View struct {
	Name     string // in addresses and on the command line
	Controls Control

	// Options are those of the command line that change the picture, and those that change its CSV.
	Options, Columns string

	title   text.Key    // on its tab
	lists   [2]text.Key // of what is walked as lists: the queries, and the keys
	in      func(stacks []record.Stack) bool
	output  bool // it is of what a model predicts
	needs   func(*record.Record, *State) record.Want
	draw    func(*record.Record, plot) (*Scene, error)
	table   func(r *record.Record, p plot, n int) *Table
	csv     func(*record.Record, plot) ([]byte, error)
	chosen  func(r *record.Record, s *State, token, key int) Ref // nil: the word or the pair
	click   func(*record.Record, *State, *Scene, Ref) []Setting  // nil: it locks the word or the pair
	opening func(*record.Record, *State) Ref                     // nil: nothing
}

// Control is a set of what a reader may choose about a view.
type Control uint16

const (
	Kinds        Control = 1 << iota // the kind of attention
	Layers                           // its layer
	OneHead                          // its head, or their mean
	SeveralHeads                     // several heads, each in its own colour
	Thresholds                       // the share of the weight that is drawn
	Layouts                          // the layout of links
	CanMerge                         // pieces merged to words
	Specials                         // special tokens left out
	Lenses                           // what each layer would have said
	Zooms                            // the size of cells
	InText                           // nothing, but the picture is as wide as the text, not as the page
	InSpace                          // from where it is seen
	Asks                             // an explanation, of which there are several
	Candidates                       // a Key is a token that may be taken into the text
)

// Has says whether a reader may choose all of some things.
func (v *View) Has(c Control) bool { return v.Controls&c == c }

// Setting is a part of what addresses say, such as token and 3; the value "" takes it back.
type Setting struct{ Name, Value string }

// All lists the views in the order of their tabs.
func All() []*View {
	return []*View{&linksView, &stripsView, &heatmapView, &gridView, &towerView, &stepsView, &contextView, &flowView, &predictionsView,
		&ablationView, &patchView, &attributionView, &adversaryView, &whyView}
}

// Find returns the view of a name, "" being links; nil where there is none.
func Find(name string) *View {
	name = cmp.Or(name, Links)
	for _, v := range All() {
		if v.Name == name {
			return v
		}
	}
	return nil
}

// Of lists the views that there are of a model with some stacks of attention, which predicts tokens or does not;
// without any attention it has one fixed context vector.
func Of(stacks []record.Stack, predicts bool) (all []*View) {
	for _, v := range All() {
		if v.in(stacks) && (predicts || !v.output) {
			all = append(all, v)
		}
	}
	return all
}

// Title is what stands on the view's tab.
func (v *View) Title() string { return text.Of(v.title) }

// Lists are the names of what is walked as lists: of queries, and of keys.
func (v *View) Lists() (queries, keys string) {
	if v.lists[0] == v.lists[1] {
		return text.Of(text.ListQueries), text.Of(text.ListKeys)
	}
	return text.Of(v.lists[0]), text.Of(v.lists[1])
}

// Fills says whether a Record holds what the view draws of a State, special tokens shown: Build as far as it looks for
// what is missing, which takes little time however large the maps are, if the State is of one head.
func (v *View) Fills(r *record.Record, s State) bool {
	r, p := newPlot(r, s, Env{})
	p.asked, p.HideSpecial = true, false
	scene, err := v.draw(r, p)
	return err == nil && scene.Sentence == ""
}

// Needs says what of a run the view draws from.
func (v *View) Needs(r *record.Record, s State) record.Want { return v.needs(r, &s) }

// Chosen is what the settings token and key choose in the view, as State.Chosen has it; they count pieces,
// from 0, and are -1 where nothing is said.
func (v *View) Chosen(r *record.Record, s State, token, key int) Ref {
	if v.chosen != nil {
		return v.chosen(r, &s, token, key)
	}
	ref := Ref{Row: max(token, 0), Col: max(key, 0)}
	if v.Has(CanMerge) && s.Words && r != nil {
		ref.Row, ref.Col = record.Word(r.Queries(s.Kind), ref.Row), record.Word(r.Keys(s.Kind), ref.Col)
	}
	switch {
	case token >= 0 && key >= 0:
		ref.Part = Pair
	case token >= 0:
		ref.Part, ref.Col = Query, 0
	case key >= 0:
		ref.Part, ref.Row = Key, 0
	default:
		return Ref{}
	}
	return ref
}

// Click is what a click on a part of a scene sets. The Record is that which was drawn, in pieces.
func (v *View) Click(r *record.Record, s State, drawn *Scene, ref Ref) []Setting {
	if v.click != nil {
		return v.click(r, &s, drawn, ref)
	}
	return lock(r, &s, ref)
}

// lock is what a click sets that chooses a word or a pair, or lets go of what is chosen.
func lock(r *record.Record, s *State, ref Ref) []Setting {
	if ref.Part != Nowhere && ref.Part != Query && ref.Part != Key && ref.Part != Pair {
		return nil
	}
	if ref == s.Chosen {
		ref = Ref{}
	}
	if s.Words && r != nil {
		ref.Row, ref.Col = record.Piece(r.Queries(s.Kind), ref.Row), record.Piece(r.Keys(s.Kind), ref.Col)
	}
	token, key := "", ""
	if ref.Part == Query || ref.Part == Pair {
		token = strconv.Itoa(ref.Row)
	}
	if ref.Part == Key || ref.Part == Pair {
		key = strconv.Itoa(ref.Col)
	}
	return []Setting{{"token", token}, {"key", key}}
}

// position is what a click sets in views of which only the row is chosen.
func position(s *State, ref Ref) []Setting {
	if s.Chosen.Part != Nowhere && s.Chosen.Row == ref.Row {
		return []Setting{{"token", ""}}
	}
	return []Setting{{"token", strconv.Itoa(ref.Row)}}
}

// Opening is what the view shows where nothing is chosen.
func (v *View) Opening(r *record.Record, s State) Ref {
	if v.opening == nil || r == nil {
		return Ref{}
	}
	return v.opening(r, &s)
}

// attends says whether a model has attention, layered whether it has layers of it.
func attends(stacks []record.Stack) bool { return len(stacks) > 0 }
func layered(stacks []record.Stack) bool {
	return len(stacks) > 0 && stacks[0].Kind != record.RNN
}
func recurrent(stacks []record.Stack) bool { return !layered(stacks) }

// oneLayer is what views of one layer need.
func oneLayer(_ *record.Record, s *State) record.Want {
	return record.Want{Kind: s.Kind, Layer: s.Layer}
}

var linksView = View{
	Name: Links, title: text.LinksTab,
	Options: "kind layer head threshold layout words hide-special", Columns: "kind layer head words",
	Controls: Kinds | Layers | OneHead | SeveralHeads | Thresholds | Layouts | CanMerge | Specials,
	in:       attends, needs: oneLayer, draw: framed(links), table: listed(ofState), csv: mapCSV,
}

var heatmapView = View{
	Name: Heatmap, title: text.HeatmapTab,
	Options: "kind layer head words hide-special compare", Columns: "kind layer head words compare",
	Controls: Kinds | Layers | OneHead | CanMerge | Specials | Zooms,
	in:       attends, needs: oneLayer, draw: framed(heatmap), table: listed(ofState), csv: mapCSV,
}

var gridView = View{
	Name: Heads, title: text.GridTab,
	Options: "kind layer head words hide-special", Columns: "kind words",
	Controls: Kinds | CanMerge,
	in:       attends, draw: heads,
	needs: func(r *record.Record, s *State) record.Want {
		ask := record.Question{Roles: s.Ask.Roles}
		if r != nil && r.Large(s.Kind) && !s.Words {
			return record.Want{Small: s.Kind, HideSpecial: s.HideSpecial, Ask: ask}
		}
		return record.Want{Kind: s.Kind, All: true, Ask: ask}
	},
	table: listed(func(r *record.Record, p plot) (all []attended) {
		for i := range r.Maps {
			if m := &r.Maps[i]; m.Kind == p.Kind && m.Head >= 0 {
				all = append(all, attended{m.Kind, m.Layer, record.Heads(m.Head), m})
			}
		}
		return all
	}),
	csv: func(r *record.Record, p plot) ([]byte, error) { return r.LinksCSV(p.Kind, -1, nil) },
	click: func(_ *record.Record, _ *State, _ *Scene, ref Ref) []Setting {
		if ref.Part != Head {
			return nil
		}
		head := "mean"
		if ref.Col >= 0 {
			head = strconv.Itoa(ref.Col)
		}
		return []Setting{{"view", Heatmap}, {"layer", strconv.Itoa(ref.Row)}, {"head", head}}
	},
}

var towerView = View{
	Name: Tower, title: text.TowerTab,
	Options: "head threshold words hide-special row col", Columns: "words",
	Controls: OneHead | Thresholds | CanMerge | Specials | InSpace,
	in:       attends, draw: towers,
	needs: func(_ *record.Record, s *State) record.Want { return record.Want{Means: true, Heads: s.Heads} },
	table: func(r *record.Record, p plot, n int) *Table { // of each layer's mean
		means, _, _ := p.means(r)
		if means == nil {
			return nil
		}
		var all []attended
		for i := range means.Maps {
			all = append(all, attended{means.Maps[i].Kind, means.Maps[i].Layer, record.HeadSet{}, &means.Maps[i]})
		}
		t := strongest(means, p, all, n, 0, 6)
		if t != nil {
			for _, row := range t.Rows {
				row[5] = oneHead(p.Heads)
			}
		}
		return t
	},
	csv: func(r *record.Record, p plot) ([]byte, error) { return r.LinksCSV("", -1, nil) },
	chosen: func(_ *record.Record, _ *State, token, key int) Ref {
		if token < 0 || key < 0 {
			return Ref{}
		}
		return Ref{Node, key, token}
	},
	click: func(_ *record.Record, s *State, _ *Scene, ref Ref) []Setting {
		if ref.Part != Node || ref == s.Chosen {
			return []Setting{{"token", ""}, {"key", ""}}
		}
		return []Setting{{"token", strconv.Itoa(ref.Col)}, {"key", strconv.Itoa(ref.Row)}}
	},
}

var stepsView = View{
	Name: Steps, title: text.StepsTab,
	Options: "kind layer head hide-special row col", Columns: "kind layer head row",
	Controls: Kinds | Layers | OneHead | InText,
	opening:  stepsOpening,
	in:       attends, draw: explain, table: listed(ofState),
	csv: func(r *record.Record, p plot) ([]byte, error) { return r.DetailCSV() },
	needs: func(r *record.Record, s *State) record.Want {
		row := s.Chosen.Row
		if s.Chosen.Part == Nowhere {
			row = stepsOpening(r, s).Row
		}
		return record.Want{Kind: s.Kind, Layer: s.Layer, Detail: true,
			Row: record.Place{Kind: s.Kind, Layer: s.Layer, Head: s.Heads.First(), Row: row}}
	},
	chosen: func(r *record.Record, s *State, token, key int) Ref {
		if token < 0 && key < 0 {
			return stepsOpening(r, s)
		}
		at := Ref{Part: Query, Row: token}
		if token < 0 {
			at = Ref{Part: Query, Row: stepsOpening(r, s).Row}
		}
		if r != nil {
			at.Row = max(0, min(at.Row, len(r.Queries(s.Kind))-1))
		}
		if key >= 0 {
			at.Part, at.Col = Pair, key
		}
		return at
	},
	click: func(_ *record.Record, _ *State, drawn *Scene, ref Ref) []Setting {
		at, ok := drawn.Chooses(ref)
		if !ok {
			return nil
		}
		return []Setting{{"key", strconv.Itoa(at.Col)}, {"token", strconv.Itoa(at.Row)}}
	},
}

var contextView = View{
	Name: Context, title: text.ContextTab,
	Options:  "threshold hide-special",
	Controls: InText,
	in:       recurrent, draw: contexts,
	needs: func(*record.Record, *State) record.Want { return record.Want{Kind: record.RNN} },
	table: listed(func(*record.Record, plot) []attended { return []attended{{kind: record.RNN}} }),
	csv:   func(r *record.Record, p plot) ([]byte, error) { return r.ContextCSV() },
	click: func(_ *record.Record, s *State, _ *Scene, ref Ref) []Setting {
		if ref.Part == Nowhere || ref.Part == Key { // a source word of the sum that is open already
			return nil
		}
		return position(s, ref)
	},
}

var flowView = View{
	Name: Flow, title: text.FlowTab, lists: [2]text.Key{text.FlowQueries, text.FlowKeys},
	Options: "hide-special row",
	in:      layered, draw: flow,
	needs: func(r *record.Record, s *State) record.Want {
		if r != nil && FlowNeeds(r, s.Width) == record.Rollout {
			return record.Want{Kind: record.Rollout}
		}
		return record.Want{All: true}
	},
	table: func(r *record.Record, p plot, n int) *Table {
		if r = p.withRollout(r); r == nil {
			return nil
		}
		p.View = Heatmap
		return strongest(r, p, []attended{{record.Rollout, 0, record.Heads(0), r.Find(record.Rollout, 0, 0)}}, n, 1, 4)
	},
	csv: func(r *record.Record, p plot) ([]byte, error) {
		p.room = nil // a file is whole
		if r = p.withRollout(r); r == nil {
			return nil, errors.New("there is no flow to write: it takes the maps of all layers")
		}
		return r.CSV(record.Rollout, 0, 0)
	},
}

var predictionsView = View{
	Name: Predictions, title: text.PredictionsTab, lists: [2]text.Key{text.PredictedQueries, text.PredictedKeys},
	Options:  "lens layer hide-special row",
	Controls: Lenses | Candidates,
	in:       func([]record.Stack) bool { return true }, output: true, draw: predictions, table: probable,
	needs: func(_ *record.Record, s *State) record.Want { return record.Want{Lens: s.Lens} },
	csv:   func(r *record.Record, p plot) ([]byte, error) { return r.PredictionsCSV(p.Drawn) },
	click: func(_ *record.Record, s *State, _ *Scene, ref Ref) []Setting {
		switch ref.Part {
		case Pair: // of the lens
			return []Setting{{"token", strconv.Itoa(ref.Row)}, {"layer", strconv.Itoa(ref.Col)}}
		case Query:
			return position(s, ref)
		}
		return nil
	},
}
