package page

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"heed/core/catalog"
	"heed/core/model"
	"heed/core/record"
	"heed/core/run"
	"heed/core/say"
	"heed/core/view"
)

// names are the parts of the state, in the order in which an address lists them. They are the
// element's attributes too.
var names = []string{"model", "text", "view", "kind", "layer", "head", "target", "words", "special", "threshold", "layout", "lens",
	"compare", "token", "key", "temperature", "top-k", "top-p",
	"off", "force", "attention-temperature", "record"}

// usual is the model that is shown when none is asked for.
const usual = "en-fr"

// settings is what the attributes, the address and the reader say about the state, by name. What
// they do not say is the model's to choose.
type settings map[string]string

// state is what is on the screen.
type state struct {
	model     string
	entry     *catalog.Entry // nil while the list of models is not there
	text      string
	target    *string // the reader's own translation
	view      string
	kind      record.Kind
	layer     int
	heads     []int   // none: their mean
	threshold float64 // the share of each word's weight that links draw
	special   bool    // special tokens are shown
	words     bool    // pieces are merged to words
	layout    string  // of links: view.Arcs, or "" for columns

	compare  []string       // the models beside this one, in the view Compare
	against  string         // what is compared there: "" models, or sentences or heads
	second   string         // the other sentence
	pair     [2][2]int      // the two heads: layer and head
	token    int            // the word that is opened in context, predictions, steps and tower; -1 is the view's choice
	lens     bool           // what each layer would have predicted is shown in the predictions
	key      int            // and the word that it looks at, in the steps; -1 is the heaviest; or its floor, in the tower
	sampling run.Sampling   // of a text written on
	changes  record.Changes // of the attention, by hand
}

// compare is the view that puts the models of a task side by side. It shows several Records, so it is
// the page's and not of core/view.
const compare = "compare"

// What the view Compare may put side by side, besides models: two sentences on one, or two of its heads.
const (
	sentencePair = "sentences"
	headPair     = "heads"
)

// ofSentence begins the value of compare that is a sentence.
const ofSentence = "text:"

// comparing is what the address says of what is compared.
func (st *state) comparing() string {
	switch st.against {
	case sentencePair:
		return ofSentence + st.second
	case headPair:
		return placeName(st.pair[0]) + "," + placeName(st.pair[1])
	}
	return strings.Join(st.compare, ",")
}

// placeName writes a head as LAYER.HEAD.
func placeName(p [2]int) string { return strconv.Itoa(p[0]) + "." + strconv.Itoa(p[1]) }

// comparable says whether there is anything to put side by side.
func comparable(index *catalog.Index, e *catalog.Entry) bool {
	return len(e.Stacks) > 0 || len(peers(index, e)) > 1
}

// task tells what the state's model does, "" while that is not known.
func (st *state) task() string {
	if st.entry == nil {
		return ""
	}
	return st.entry.Task
}

// peers lists the models that do what a model does, itself included.
func peers(index *catalog.Index, e *catalog.Entry) []string {
	var ids []string
	for _, other := range index.Models {
		if other.Task == e.Task && other.Source == e.Source && other.Target == e.Target {
			ids = append(ids, other.ID)
		}
	}
	return ids
}

// views lists the views that there are of the state's model, with their names.
func (st *state) views(index *catalog.Index) []option {
	if st.entry == nil {
		return []option{{st.view, viewNames[st.view]}}
	}
	var all []option
	for _, v := range st.entry.Views {
		all = append(all, option{v, viewNames[v]})
	}
	if comparable(index, st.entry) {
		all = append(all, option{compare, viewNames[compare]})
	}
	return all
}

var viewNames = map[string]string{
	view.Links: "Links", view.Heatmap: "Heatmap", view.Context: "Context", view.Predictions: "Predictions",
	view.Heads: "Grid", view.Tower: "Tower", view.Steps: "Steps", view.Flow: "Flow", compare: "Side by side",
}

// option is one of several things to choose from.
type option struct{ value, text string }

// resolve makes a state out of the settings. The list of models and the stacks of a model, which
// say how many layers and heads it has, may be missing at first. What the settings ask for in vain
// is replaced by what the model opens with, and a sentence says so.
func (s settings) resolve(index *catalog.Index, stacks func(id string) []model.Stack) (st state, complaints []string) {
	complain := func(parts ...any) { complaints = append(complaints, say.Text(parts...)) }

	st = state{model: s["model"], text: s["text"], view: view.Links, kind: record.Cross, threshold: view.DefaultThreshold, special: true, token: -1, key: -1, sampling: run.Sampling{Temperature: 0.7}}
	if t, ok := s["target"]; ok {
		st.target = &t
	}
	opening := catalog.Opening{View: st.view, Kind: st.kind}
	if index != nil && len(index.Models) > 0 {
		if st.entry = index.Find(st.model); st.entry == nil {
			if st.entry = index.Find(usual); st.entry == nil {
				st.entry = &index.Models[0]
			}
			if st.model != "" {
				complain("There is no model named “", st.model, "” here. Showing ", st.entry.ID, " instead.")
			}
			st.model = st.entry.ID
		}
		opening = st.entry.Open
		st.view, st.kind = opening.View, opening.Kind
	}
	st.layer, st.heads = opening.Layer, []int{opening.Head}

	if v, ok := s["view"]; ok && viewNames[v] == "" {
		complain("There is no view named “", v, "”; the views are links, heatmap, grid, tower, steps, context, flow, predictions and compare. Showing ", st.view, ".")
	} else if ok && index != nil && !slices.ContainsFunc(st.views(index), func(o option) bool { return o.value == v }) {
		complain(st.model, " has no view named ", v, ". Showing ", st.view, ".")
	} else if ok {
		st.view = v
	}
	if k, ok := s["kind"]; ok && kindNames[record.Kind(k)] == "" {
		complain("There is no kind of attention named “", k, "”; the kinds are cross, self, decoder and rnn. Showing ", string(st.kind), ".")
	} else if ok {
		st.kind = record.Kind(k)
	}
	if l, ok := s["layer"]; ok {
		if n, err := strconv.Atoi(l); err == nil && n >= 0 {
			st.layer = n
		} else {
			complain("“", l, "” is no layer; layers are numbers, from 0. Showing layer ", st.layer, ".")
		}
	}
	if h, ok := s["head"]; ok {
		heads, wrong := parseHeads(h)
		if len(heads) > 0 || wrong == nil { // what is right of a list is kept
			st.heads = heads
		}
		for _, part := range wrong {
			complain("“", part, "” is no head; heads are numbers, from 0, or a list of them, or mean. Showing head ", st.head(), ".")
		}
	}
	if text, ok := s["threshold"]; ok {
		if v, err := strconv.ParseFloat(text, 64); err == nil && v > 0 && v <= 1 {
			st.threshold = v
		} else {
			complain("“", text, "” is no threshold; a threshold is above 0 and at most 1. Showing ", number(st.threshold), ".")
		}
	}
	for _, f := range []struct {
		name  string
		to    *bool
		shown string
	}{{"special", &st.special, "Special tokens are shown."}, {"words", &st.words, "Pieces are shown."}, {"lens", &st.lens, "What the last layer says is shown."}} {
		switch v := s[f.name]; v {
		case "":
		case "0", "1":
			*f.to = v == "1"
		default:
			complain(f.name, " takes 0 or 1, not “", v, "”. ", f.shown)
		}
	}
	switch v := s["layout"]; v {
	case "", view.Columns:
	case view.Arcs:
		st.layout = v
	default:
		complain("There is no layout named “", v, "”; links are laid out as columns or arcs. Showing columns.")
	}

	for name, to := range map[string]*int{"token": &st.token, "key": &st.key} {
		v, ok := s[name]
		if !ok {
			continue
		}
		if n, err := strconv.Atoi(v); err == nil && n >= 0 {
			*to = n
		} else {
			complain("“" + v + "” is no " + name + "; they are numbers, from 0.")
		}
	}
	pair, rest, notHeads := placesOf(s["compare"])
	if c, ok := s["compare"]; strings.HasPrefix(c, ofSentence) {
		st.against, st.second = sentencePair, c[len(ofSentence):]
	} else if notHeads == nil {
		if st.against, st.pair = headPair, pair; rest != "" {
			complain("Two heads can be compared, not more. Showing ", placeName(pair[0]), " and ", placeName(pair[1]), ", without ", rest, ".")
		}
	} else if ok && index != nil && st.entry != nil {
		for id := range strings.SplitSeq(c, ",") {
			if other := index.Find(strings.TrimSpace(id)); other == nil && placed(id) {
				complain("“", id, "” is a head, and two can be compared: write them as LAYER.HEAD,LAYER.HEAD, such as 0.1,2.3.")
			} else if other == nil {
				complain("There is no model named “", id, "” to compare with.")
			} else if !slices.Contains(peers(index, st.entry), other.ID) {
				complain(other.Title, " does another thing than ", st.entry.Title, ", so there is nothing to compare.")
			} else if other != st.entry && !slices.Contains(st.compare, other.ID) {
				st.compare = append(st.compare, other.ID)
			}
		}
	}
	for _, n := range []struct {
		name      string
		low, high float64
		to        func(float64)
	}{
		{"temperature", 0, 2, func(v float64) { st.sampling.Temperature = v }},
		{"top-k", 0, 100, func(v float64) { st.sampling.TopK = int(v) }},
		{"top-p", 0, 1, func(v float64) { st.sampling.TopP = v }},
	} {
		text, ok := s[n.name]
		if !ok {
			continue
		}
		if v, err := strconv.ParseFloat(text, 64); err == nil && v >= n.low && v <= n.high {
			n.to(v)
		} else {
			complain("“", text, "” is no ", n.name, "; it lies between ", number(n.low), " and ", number(n.high), ".")
		}
	}

	for _, err := range []error{st.changes.ParseOff(s["off"]), st.changes.ParseForce(s["force"])} {
		if err != nil {
			complain(err.Error(), ".")
		}
	}
	if t, ok := s["attention-temperature"]; ok {
		if v, err := strconv.ParseFloat(t, 64); err == nil && v >= record.MinTemperature && v <= record.MaxTemperature {
			st.changes.Temperature = v
		} else {
			complain("“", t, "” is no temperature of attention; it lies between ", number(record.MinTemperature), " and ", number(record.MaxTemperature), ".")
		}
	}

	all := stacks(st.model)
	if st.view == compare && index != nil && st.against == "" && len(peers(index, st.entry)) < 2 {
		st.against, st.pair = headPair, [2][2]int{{opening.Layer, opening.Head}, {opening.Layer, opening.Head + 1}}
		if opening.Head > 0 {
			st.pair[1][1] = opening.Head - 1
		}
	}
	if st.view == compare && st.against != "" && len(all) == 0 && st.entry != nil && len(st.entry.Stacks) == 0 {
		complain(st.model, " has no attention of which two maps could be compared. Showing the models side by side.")
		st.against = ""
	}
	if st.view == compare && st.against != headPair { // each with its own output
		st.target, st.changes = nil, record.Changes{}
	}
	if st.view == compare && st.against == "" { // and each model as it opens
		st.kind, st.layer, st.heads = opening.Kind, opening.Layer, []int{opening.Head}
		return st, complaints
	}
	if len(all) == 0 {
		return st, complaints
	}
	at := slices.IndexFunc(all, func(k model.Stack) bool { return k.Kind == st.kind })
	if at < 0 {
		at = max(0, slices.IndexFunc(all, func(k model.Stack) bool { return k.Kind == opening.Kind }))
		complain(st.model, " has no attention of the kind ", string(st.kind), ". Showing ", string(all[at].Kind), ".")
		st.kind = all[at].Kind
	}
	stack := all[at]
	if st.view == compare && st.against == headPair {
		for i, p := range st.pair {
			if p[0] >= stack.Layers || p[1] >= stack.Heads {
				st.pair[i] = [2]int{min(p[0], stack.Layers-1), min(p[1], stack.Heads-1)}
				complain("There is no head ", placeName(p), " here: ", st.model, " has layers 0 to ", stack.Layers-1, " of heads 0 to ", stack.Heads-1, ". Showing ", placeName(st.pair[i]), ".")
			}
		}
		st.layer, st.heads = st.pair[0][0], []int{st.pair[0][1]}
		return st, complaints
	}
	if st.layer >= stack.Layers {
		wrong := st.layer
		if st.layer = opening.Layer; st.layer >= stack.Layers {
			st.layer = stack.Layers - 1
		}
		if _, asked := s["layer"]; asked {
			complain("There is no layer ", wrong, " here: ", st.model, " has layers 0 to ", stack.Layers-1, ". Showing layer ", st.layer, ".")
		}
	}
	if len(st.heads) > 0 && slices.Max(st.heads) >= stack.Heads {
		wrong := slices.Max(st.heads)
		st.heads = slices.DeleteFunc(st.heads, func(h int) bool { return h >= stack.Heads })
		if len(st.heads) == 0 && opening.Head < stack.Heads {
			st.heads = []int{opening.Head}
		}
		if _, asked := s["head"]; asked {
			complain("There is no head ", wrong, " here: ", st.model, " has heads 0 to ", stack.Heads-1, ". Showing head ", st.head(), ".")
		}
	}
	return st, complaints
}

// layered says whether the model has layers through which something flows: it is a Transformer.
func (st *state) layered() bool { return st.entry != nil && slices.Contains(st.entry.Views, view.Flow) }

// looks says whether the predictions are those of every layer.
func (st *state) looks() bool { return st.lens && st.layered() }

// selfish says whether the attention is a text's to itself, which arcs can show.
func (st *state) selfish() bool { return st.kind == record.Self || st.kind == record.Decoder }

// ref is what the reader has locked: a word that looks, one that is looked at, or both.
func (st *state) ref() view.Ref {
	switch {
	case st.token >= 0 && st.key >= 0:
		return view.Ref{Part: view.Pair, Row: st.token, Col: st.key}
	case st.token >= 0:
		return view.Ref{Part: view.Query, Row: st.token}
	case st.key >= 0:
		return view.Ref{Part: view.Key, Col: st.key}
	}
	return view.Ref{}
}

// parseHeads reads a head, a list of heads, or mean, which is none. It says which parts are wrong.
func parseHeads(s string) (heads []int, wrong []string) {
	if s == "mean" {
		return nil, nil
	}
	for part := range strings.SplitSeq(s, ",") {
		if n, err := strconv.Atoi(strings.TrimSpace(part)); err != nil || n < 0 || n >= record.MaxHeads {
			wrong = append(wrong, part)
		} else if !slices.Contains(heads, n) {
			heads = append(heads, n)
		}
	}
	slices.Sort(heads)
	return heads, wrong
}

// placed says whether a text names a head.
func placed(s string) bool {
	_, _, err := view.ParsePlaces(s + "," + s)
	return err == nil
}

// placesOf reads the two heads that are to be compared, and what is written after them.
func placesOf(s string) (pair [2][2]int, rest string, err error) {
	if parts := strings.SplitN(s, ",", 3); len(parts) == 3 {
		s, rest = parts[0]+","+parts[1], parts[2]
	}
	pair[0], pair[1], err = view.ParsePlaces(s)
	return pair, rest, err
}

// head is what the address says of the heads.
func (st *state) head() string { return headNames(st.heads) }

func headNames(heads []int) string {
	if len(heads) == 0 {
		return "mean"
	}
	var b strings.Builder
	for i, h := range heads {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Itoa(h))
	}
	return b.String()
}

// sameRun says whether two states ask for the same run of a model.
func (st *state) sameRun(other *state) bool {
	return st.model == other.model && st.text == other.text && (st.target == nil) == (other.target == nil) &&
		(st.target == nil || *st.target == *other.target) && st.changes.Equal(&other.changes)
}

// sameView says whether two states look at a run in the same way.
func (st *state) sameView(other *state) bool {
	return st.view == other.view && st.kind == other.kind && st.layer == other.layer && slices.Equal(st.heads, other.heads) &&
		st.threshold == other.threshold && st.special == other.special && st.words == other.words && st.layout == other.layout && st.lens == other.lens && st.token == other.token && st.key == other.key && slices.Equal(st.compare, other.compare) &&
		st.against == other.against && st.second == other.second && st.pair == other.pair
}

// pairs lists the state as an address does: what is there always, and what differs from the usual.
func (st *state) pairs() [][2]string {
	p := [][2]string{
		{"model", st.model}, {"text", st.text}, {"view", st.view}, {"kind", string(st.kind)},
		{"layer", strconv.Itoa(st.layer)}, {"head", st.head()},
	}
	if st.target != nil {
		p = append(p, [2]string{"target", *st.target})
	}
	if st.threshold != view.DefaultThreshold {
		p = append(p, [2]string{"threshold", number(st.threshold)})
	}
	if !st.special {
		p = append(p, [2]string{"special", "0"})
	}
	if st.words {
		p = append(p, [2]string{"words", "1"})
	}
	if st.lens {
		p = append(p, [2]string{"lens", "1"})
	}
	if st.layout != "" {
		p = append(p, [2]string{"layout", st.layout})
	}
	if c := st.comparing(); c != "" && (st.view == compare || st.against == "") {
		p = append(p, [2]string{"compare", c})
	}
	if st.token >= 0 {
		p = append(p, [2]string{"token", strconv.Itoa(st.token)})
	}
	if st.key >= 0 {
		p = append(p, [2]string{"key", strconv.Itoa(st.key)})
	}
	if off := st.changes.OffList(); off != "" {
		p = append(p, [2]string{"off", off})
	}
	if force := st.changes.ForceList(); force != "" {
		p = append(p, [2]string{"force", force})
	}
	if st.changes.Scales() {
		p = append(p, [2]string{"attention-temperature", number(st.changes.Temperature)})
	}
	if st.task() == model.Generation {
		for _, n := range []struct {
			name       string
			v, without float64
		}{{"temperature", st.sampling.Temperature, 0.7}, {"top-k", float64(st.sampling.TopK), 0}, {"top-p", st.sampling.TopP, 0}} {
			if n.v != n.without {
				p = append(p, [2]string{n.name, number(n.v)})
			}
		}
	}
	return p
}

// kindName says in words who looks at whom.
func (st *state) kindName(k record.Kind) string {
	switch {
	case k == record.Decoder && st.task() == model.Generation:
		return "Text looks back at itself"
	case k == record.Self && st.task() == model.Fill:
		return "Text looks at itself"
	}
	return kindNames[k]
}

var kindNames = map[record.Kind]string{
	record.Cross:   "Output looks at source",
	record.RNN:     "Output looks at source",
	record.Self:    "Source looks at itself",
	record.Decoder: "Output looks at itself",
}

// number writes a number as short as it goes.
func number(v float64) string { return strconv.FormatFloat(math.Round(v*1e4)/1e4, 'f', -1, 64) }

// megabytes writes a number of bytes in MB.
func megabytes(n int64) string { return strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64) }
