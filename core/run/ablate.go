package run

import (
	"slices"
	"strings"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/model"
	"heed/core/record"
	"heed/core/say"
	"heed/core/tensor"
)

// Ablation says what to switch off, one after the other.
type Ablation struct {
	Parts string // record.HeadParts, LayerParts, FFNParts or PositionParts; "" is HeadParts
	// Mean, where it holds texts, puts the mean of an activation over all tokens of these texts in its
	// place instead of zeros.
	Mean     []string
	Corpus   bool // the same with the session's own texts: see Session.Over
	Outputs  bool // writes the output again where it changes; for outputs of greedy search only
	Progress Progress
}

// Ablate runs the last text that the session ran once without each part, and returns what that changes of its output,
// or of the token that comes next where nothing was written, in the network's order.
func (s *Session) Ablate(o Ablation) ([]record.Ablated, error) {
	t, err := s.outcome()
	if err != nil {
		return nil, err
	}
	found := map[site]bool{}
	whole := logProbs(s.logits(grad.NewPass(), []trial{t}, attention.Hooks{Values: func(v *attention.Values) { found[siteOf(v)] = true }}).X, t.labels)
	parts, err := s.parts(o.Parts, found)
	if err != nil {
		return nil, err
	}
	texts, means := o.Mean, activations(nil)
	if o.Corpus {
		if texts, means = s.over().texts, s.over().means; means != nil {
			texts = nil
		}
	}
	total := len(texts) + len(parts)
	// What follows a generated text is another text; the change of its probabilities is said.
	rewrites := o.Outputs && s.last.greedy && s.Model.About.Task != model.Generation
	if rewrites {
		total += len(parts)
	}
	if len(texts) > 0 {
		if means, err = s.means(texts, o.Progress.stage(0, total)); err != nil {
			return nil, err
		}
	}
	if o.Corpus {
		s.over().means = means
	}
	replace := func(part *record.Ablated, v *attention.Values, i int) {
		if from, to, ok := s.cells(part, v, i); ok {
			replaceBy(v.X.X.Row(i)[from:to], means[siteOf(v)], from)
		}
	}
	hooks := func(first int) attention.Hooks {
		return attention.Hooks{Values: func(v *attention.Values) {
			for i := range v.X.X.Rows {
				if k := first + v.Sequence[i]; k < len(parts) {
					replace(&parts[k], v, i)
				}
			}
		}}
	}
	// A token of the output changes nothing of the predictions before it.
	_, decoder := s.Model.Net.Parts()
	from := func(i int) int {
		if a := &parts[i]; decoder && a.Part == record.PositionParts && a.Kind == record.Decoder {
			k, _ := slices.BinarySearch(t.rows, a.Position)
			return k
		}
		return 0
	}
	trialOf := func(i int) trial {
		u, k := t, from(i)
		u.rows, u.labels = t.rows[k:], t.labels[k:]
		return u
	}
	encodes := func(i int) bool { return parts[i].Kind == record.Self }
	right := make([]int, len(parts)) // so many tokens of the output are the most probable ones without the part too
	err = s.inBatches(t, len(parts), encodes, trialOf, hooks, o.Progress.stage(len(texts), total), func(i int, logits tensor.Matrix) {
		k := from(i)
		without := slices.Concat(whole[:k], logProbs(logits, t.labels[k:]))
		parts[i].Delta = float32(without.sum() - whole.sum())
		for j, p := range without {
			if p.best != whole[j].best {
				parts[i].Changed = true
			}
			if right[i] == j && p.best == t.labels[j] {
				right[i]++
			}
		}
	})
	if err != nil {
		return nil, err
	}
	if rewrites {
		return parts, s.rewrite(parts, right, replace, o.Progress.stage(total-len(parts), total))
	}
	return parts, nil
}

// replaceBy replaces an activation by the part of a mean that begins at a column, or by zeros where there is none.
func replaceBy(dst []float32, mean []float32, from int) {
	if mean == nil {
		clear(dst)
	} else {
		copy(dst, mean[from:])
	}
}

// parts lists all parts of a kind that the network has; found are the sites that a pass of it has.
func (s *Session) parts(of string, found map[site]bool) (parts []record.Ablated, err error) {
	add := func(kind record.Kind, layer, head, position int) {
		parts = append(parts, record.Ablated{Part: of, Kind: kind, Layer: layer, Head: head, Position: position})
	}
	net := s.Model.Net
	_, decoder := net.Parts()
	layered := func(kind record.Kind) int { layers, _ := net.Heads(kind); return layers }
	switch of {
	case "", record.HeadParts:
		of = record.HeadParts
		for _, stack := range s.Model.Stacks() {
			for layer := range stack.Layers {
				for head := range stack.Heads {
					add(stack.Kind, layer, head, record.None)
				}
			}
		}
	case record.LayerParts, record.FFNParts:
		for _, kind := range []record.Kind{record.Self, record.Decoder} {
			for layer := range layered(kind) {
				if of == record.LayerParts || found[site{attention.FeedForward, kind, layer}] {
					add(kind, layer, record.None, record.None)
				}
			}
		}
	case record.PositionParts:
		for i := range s.last.source {
			add(record.Self, record.None, record.None, i)
		}
		if decoder {
			for i := range s.last.target {
				add(record.Decoder, record.None, record.None, i)
			}
		}
	default:
		return nil, say.Error("“", say.Cut(of, 40), "” cannot be ablated; choose heads, layers, ffn or positions")
	}
	if len(parts) == 0 {
		return nil, say.Error("this model has no ", strings.Replace(of, record.FFNParts, "feed-forward networks", 1), " to switch off; choose each word (positions)")
	}
	return parts, nil
}

// cells says which columns of row i of an activation belong to a part.
func (s *Session) cells(a *record.Ablated, v *attention.Values, i int) (from, to int, ok bool) {
	n := v.X.X.Cols
	switch a.Part {
	case record.HeadParts:
		if a.Kind == record.RNN {
			return 0, n, v.Site == attention.Context
		}
		if v.Site != attention.Heads || v.Kind != a.Kind || v.Layer != a.Layer {
			return 0, 0, false
		}
		_, heads := s.Model.Net.Heads(a.Kind)
		from, to = headColumns(n, a.Head, heads)
		return from, to, true
	case record.LayerParts:
		branch := v.Site == attention.Attended || v.Site == attention.FeedForward
		return 0, n, branch && v.Layer == a.Layer && (v.Kind == record.Self) == (a.Kind == record.Self)
	case record.FFNParts:
		return 0, n, v.Site == attention.FeedForward && v.Layer == a.Layer && v.Kind == a.Kind
	case record.PositionParts:
		return 0, n, v.Site == attention.Embedding && v.Position[i] == a.Position && (v.Kind == record.Self) == (a.Kind == record.Self)
	}
	return 0, 0, false
}

// site names an activation; a mean over a corpus is kept by it.
type site struct {
	attention.Site
	kind  record.Kind
	layer int
}

func siteOf(v *attention.Values) site { return site{v.Site, v.Kind, v.Layer} }

// activations are vectors by site.
type activations map[site][]float32

// means runs texts, with what the model writes of them, and returns the mean of every activation over all
// their tokens.
func (s *Session) means(texts []string, progress Progress) (activations, error) {
	sums, counts := activations{}, map[site]int{}
	other := NewSession(s.Model)
	for i, text := range texts {
		if err := progress.tell(i, len(texts)); err != nil {
			return nil, err
		}
		if _, err := other.Run(text, Options{}); err != nil {
			return nil, say.Error("the corpus of means: ", err)
		}
		t, err := other.lastTrial()
		if err != nil || len(t.rows) == 0 {
			continue // an empty line
		}
		other.logits(grad.NewPass(), []trial{t}, attention.Hooks{Values: func(v *attention.Values) {
			at := siteOf(v)
			if sums[at] == nil {
				sums[at] = make([]float32, v.X.X.Cols)
			}
			for i := range v.X.X.Rows {
				tensor.Add(sums[at], v.X.X.Row(i))
				counts[at]++
			}
		}})
	}
	if len(sums) == 0 {
		return nil, say.Error("the corpus of means holds no text")
	}
	for at, sum := range sums {
		tensor.Scale(sum, 1/float32(counts[at]), sum)
	}
	return sums, nil
}
