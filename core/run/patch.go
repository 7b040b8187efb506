package run

import (
	"errors"
	"math"
	"slices"
	"strings"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/record"
	"heed/core/say"
	"heed/core/tensor"
)

// Patching says what of another text's run is put into the last one.
type Patching struct {
	Other    string // the other text
	At       string // record.AtHeads or record.AtResidual, which "" is too
	Progress Progress
}

// Patches is the result of Patch.
type Patches struct {
	List []record.Patched
	record.Donor
}

// Patch runs the last text once for each activation of a kind, with that activation taken from the run of
// another text, and says how much of the difference between the two outputs comes back (activation patching,
// also called causal tracing: Meng et al. 2022, "Locating and Editing Factual Associations in GPT", section 2;
// the normalised logit difference: Wang et al. 2022, "Interpretability in the Wild", section 2.1).
// Where both give the same token next, it says how much of the difference of its log-probabilities comes back.
//
// Both runs are given what the two outputs begin with in common. Positions are aligned from the first; those that only
// one of the texts has are not patched. What the last run has patched by hand is left out, since it would be half of
// the answer.
func (s *Session) Patch(o Patching) (*Patches, error) {
	if o.At != "" && o.At != record.AtHeads && o.At != record.AtResidual {
		return nil, say.Error("“", say.Cut(o.At, 40), "” cannot be patched; choose heads or residual")
	}
	s, err := s.unpatched()
	if err != nil {
		return nil, err
	}
	own, err := s.lastTrial()
	if err != nil {
		return nil, err
	}
	if strings.TrimSpace(o.Other) == "" {
		return nil, errors.New("the other text is empty; type a sentence to take activations from")
	}
	other := NewSession(s.Model)
	changes := s.last.changes
	changes.Replace = nil // which are words of this text
	theirs, err := other.Run(o.Other, Options{Changes: changes})
	if err != nil {
		return nil, err
	}
	donor, err := other.lastTrial()
	if err != nil {
		return nil, say.Error("the other text: ", err)
	}
	out := &Patches{Donor: record.Donor{Text: theirs.Text, Output: theirs.Output}}
	a, b, err := s.diverge(&own, &donor, other, out)
	if err != nil {
		return nil, err
	}
	difference := func(logits tensor.Matrix) float64 {
		if a == b {
			return logProb(logits, own.labels)
		}
		return float64(logits.Row(0)[b]) - float64(logits.Row(0)[a])
	}

	taken := map[site]*siteRows{}
	full := difference(other.logits(grad.NewPass(), []trial{donor}, attention.Hooks{Values: func(v *attention.Values) { collect(taken, v) }}).X)
	base := difference(s.logits(grad.NewPass(), []trial{own}, attention.Hooks{}).X)
	out.Base, out.Full = float32(base), float32(full)
	least := 1e-6
	if a == b { // one output: below this it is rounding that would come back
		least = 1e-3
	}
	if math.Abs(full-base) < least {
		return nil, say.Error("both texts give “", strings.TrimSpace(out.Token), "” with nearly the same probability, so there is no difference to bring back")
	}

	s.places(o.At, own, donor, out)
	out.Own = s.last.record.Output
	if n := len(own.target); n > 0 {
		read := s.last.record.Tokens.Target
		if len(read) == 0 {
			read = s.last.record.Tokens.Source
		}
		for _, t := range read[:min(n+1, len(read))] {
			out.Target = append(out.Target, t.Text)
		}
	}
	hooks := func(first int) attention.Hooks {
		return attention.Hooks{Values: func(v *attention.Values) {
			for i := range v.X.X.Rows {
				k := first + v.Sequence[i]
				if k >= len(out.List) {
					continue
				}
				p := &out.List[k]
				from, to, ok := patched(p, v, i, s.Model.Net.Heads)
				if !ok {
					continue
				}
				if row := taken[siteOf(v)].row(v.Position[i]); row != nil {
					copy(v.X.X.Row(i)[from:to], row[from:to])
				}
			}
		}}
	}
	encodes := func(i int) bool { return out.List[i].Kind == record.Self }
	err = s.inBatches(own, len(out.List), encodes, func(int) trial { return own }, hooks, o.Progress, func(i int, logits tensor.Matrix) {
		out.List[i].Recovered = float32((difference(logits) - base) / (full - base))
	})
	return out, err
}

// unpatched is a session whose last run is that of s without what is patched by hand: s itself where nothing is.
func (s *Session) unpatched() (*Session, error) {
	c := s.last.changes
	if len(c.Patched) == 0 {
		return s, nil
	}
	c.Patched = nil
	o, r := Options{Changes: c}, s.last.record
	if !s.last.greedy && len(r.Tokens.Target) > 0 { // the reader's own output
		o.Target = &r.Output
	}
	other := NewSession(s.Model)
	_, err := other.Run(r.Text, o)
	return other, err
}

// diverge cuts both trials to what their outputs have in common, and returns the tokens that the two would
// write next.
func (s *Session) diverge(own, donor *trial, other *Session, out *Patches) (a, b int, err error) {
	encoder, decoder := s.Model.Net.Parts()
	switch {
	case encoder && decoder:
		d := 0
		for d < min(len(own.labels), len(donor.labels)) && own.labels[d] == donor.labels[d] {
			d++
		}
		if d == len(own.labels) || d == len(donor.labels) {
			return 0, 0, say.Error("both texts give the same output; choose one that gives another")
		}
		a, b, out.Position = own.labels[d], donor.labels[d], d
		own.target, donor.target = own.target[:d+1], donor.target[:d+1]
		own.rows, donor.rows = []int{d}, []int{d}
	case decoder:
		a, b = tensor.ArgMax(s.last.next), tensor.ArgMax(other.last.next)
		out.Position = len(own.target) - 1
		own.rows, donor.rows = []int{len(own.target) - 1}, []int{len(donor.target) - 1}
	default:
		a, b = own.labels[0], donor.labels[0]
		out.Position = own.rows[0]
		own.rows, donor.rows = own.rows[:1], donor.rows[:1]
	}
	own.labels, donor.labels = []int{a}, []int{b}
	if out.Token = s.Model.Tokenizer.Text(a); a != b {
		out.Other = s.Model.Tokenizer.Text(b)
	}
	if x, y := len(own.source)+len(own.target), len(donor.source)+len(donor.target); x != y {
		out.Note = say.Text("The texts have ", x, " and ", y, " tokens. Positions are aligned from the first.")
	}
	return a, b, nil
}

// siteRows are the activations of a site in the other run, a row for each position.
type siteRows struct{ rows [][]float32 }

func (t *siteRows) row(position int) []float32 {
	if t == nil || position >= len(t.rows) {
		return nil
	}
	return t.rows[position]
}

func collect(all map[site]*siteRows, v *attention.Values) {
	t := all[siteOf(v)]
	if t == nil {
		t = &siteRows{}
		all[siteOf(v)] = t
	}
	for i := range v.X.X.Rows {
		for len(t.rows) <= v.Position[i] {
			t.rows = append(t.rows, nil)
		}
		t.rows[v.Position[i]] = slices.Clone(v.X.X.Row(i))
	}
}

// places lists what can be patched.
func (s *Session) places(at string, own, donor trial, out *Patches) {
	add := func(kind record.Kind, layer, head, position int) {
		out.List = append(out.List, record.Patched{Kind: kind, Layer: layer, Head: head, Position: position})
	}
	positions := func(kind record.Kind) int {
		if kind == record.Self {
			return min(len(own.source), len(donor.source))
		}
		return min(len(own.target), len(donor.target))
	}
	if at == record.AtHeads {
		for _, stack := range s.Model.Stacks() {
			for layer := range stack.Layers {
				for head := range stack.Heads {
					for i := range positions(stack.Kind) {
						add(stack.Kind, layer, head, i)
					}
				}
			}
		}
		return
	}
	encoder, decoder := s.Model.Net.Layers()
	for _, stack := range []struct {
		kind   record.Kind
		layers int
	}{{record.Self, encoder}, {record.Decoder, decoder}} {
		if stack.layers == 0 {
			continue
		}
		for layer := record.None; layer < stack.layers; layer++ {
			for i := range positions(stack.kind) {
				add(stack.kind, layer, record.None, i)
			}
		}
	}
	if attends, _ := s.Model.Net.Heads(record.Decoder); decoder == 0 || attends > 0 {
		return
	}
	contexts := 1 // which all steps of a recurrent decoder read
	if attends, _ := s.Model.Net.Heads(record.RNN); attends > 0 {
		contexts = positions(record.RNN)
	}
	for i := range contexts {
		add(record.RNN, 0, record.None, i)
	}
}

// patched says which columns of row i of an activation a patch replaces. A recurrent decoder has its embeddings and
// states where a Transformer's has embeddings and residual streams: of kind record.Decoder, before its only layer and
// after it. Its contexts are of kind record.RNN.
func patched(p *record.Patched, v *attention.Values, i int, stack func(record.Kind) (layers, heads int)) (from, to int, ok bool) {
	n, kind := v.X.X.Cols, v.Kind
	if kind == record.RNN && v.Site != attention.Context {
		kind = record.Decoder
	}
	if v.Position[i] != p.Position || kind != p.Kind || v.Layer != p.Layer && v.Site != attention.Context {
		return 0, 0, false
	}
	switch v.Site {
	case attention.Context, attention.Residual, attention.Embedding, attention.States:
		return 0, n, p.Head == record.None
	case attention.Heads:
		if _, heads := stack(p.Kind); p.Head >= 0 && p.Head < heads {
			from, to = headColumns(n, p.Head, heads)
			return from, to, true
		}
	}
	return 0, 0, false
}
