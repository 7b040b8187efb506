package run

import (
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"heed/core/attention"
	"heed/core/explain"
	"heed/core/grad"
	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/record"
	"heed/core/tensor"
)

// drawn is a session of a small network of which every weight was drawn, gains and biases too, after a run.
func drawn(t *testing.T, task, kind string) (*Session, *record.Record) {
	t.Helper()
	m := modeltest.New(t, task, kind)
	r := rand.New(rand.NewPCG(7, 7))
	for _, p := range m.Net.Weights().List {
		p.Set(func(x tensor.Matrix) {
			for i := range x.Data {
				if x.Data[i] += float32(r.NormFloat64()) * 0.2; p.Role == grad.Gain {
					x.Data[i] = 0.5 + r.Float32()
				}
			}
		})
	}
	s := NewSession(m)
	text, o := "the cat sat on a dog", Options{}
	switch task {
	case model.Fill:
		text = "the cat ___ on a dog"
	case model.Translation:
		target := "le chat est"
		o.Target = &target
	}
	rec, err := s.Run(text, o)
	if err != nil {
		t.Fatal(err)
	}
	return s, rec
}

// networks runs a test on every network that translates, generates or fills.
func networks(t *testing.T, f func(t *testing.T, kind string, s *Session, r *record.Record)) {
	for _, n := range modeltest.Networks {
		if n.Task == model.Compression {
			continue
		}
		t.Run(n.Kind, func(t *testing.T) {
			s, r := drawn(t, n.Task, n.Kind)
			f(t, n.Kind, s, r)
		})
	}
}

// logProbOf is the log-probability of the session's output under hooks, computed alone and in float64.
func logProbOf(t *testing.T, s *Session, tr trial, hooks attention.Hooks) float64 {
	t.Helper()
	logits := s.logits(grad.NewPass(), []trial{tr}, hooks).X
	total := 0.0
	for i, id := range tr.labels {
		sum := 0.0
		for _, v := range logits.Row(i) {
			sum += math.Exp(float64(v))
		}
		total += float64(logits.Row(i)[id]) - math.Log(sum)
	}
	return total
}

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s is %g, want %g", what, got, want)
	}
}

// TestAblate: a head that Ablate switches off in a batch changes the output's probability as much as one
// whose weights are cleared in a pass of its own; and so for the other parts.
func TestAblate(t *testing.T) {
	networks(t, func(t *testing.T, kind string, s *Session, r *record.Record) {
		base, err := s.outcome()
		if err != nil {
			t.Fatal(err)
		}
		whole := logProbOf(t, s, base, attention.Hooks{})
		for _, of := range []string{record.HeadParts, record.LayerParts, record.FFNParts, record.PositionParts} {
			parts, err := s.Ablate(Ablation{Parts: of})
			if err != nil {
				recurrent := !slices.Contains([]string{"marian", "gpt2", "bert"}, kind)
				if none := recurrent && of != record.PositionParts && !(of == record.HeadParts && kind != "none"); !none {
					t.Errorf("%s: %v", of, err)
				} else if !strings.HasPrefix(err.Error(), "this model has no "+strings.Replace(of, record.FFNParts, "feed-forward networks", 1)) {
					t.Errorf("the error %q does not name %s", err, of)
				}
				continue
			}
			for _, a := range parts {
				alone := attention.Hooks{}
				switch of {
				case record.HeadParts:
					alone.Map = func(m *attention.Map) {
						if m.Kind == a.Kind && m.Layer == a.Layer && m.Head == a.Head {
							for i := range m.Weights.Rows {
								clear(m.Weights.Row(i))
							}
						}
					}
				default:
					alone.Values = func(v *attention.Values) {
						encoder := v.Kind == attention.Self
						if encoder != (a.Kind == record.Self) {
							return
						}
						for i := range v.X.X.Rows {
							switch {
							case of == record.PositionParts && v.Site == attention.Embedding && v.Position[i] == a.Position,
								of != record.PositionParts && v.Site == attention.FeedForward && v.Layer == a.Layer,
								of == record.LayerParts && v.Site == attention.Attended && v.Layer == a.Layer:
								clear(v.X.X.Row(i))
							}
						}
					}
				}
				near(t, of+" "+string(a.Kind), float64(a.Delta), logProbOf(t, s, base, alone)-whole, 2e-4)
			}
			if !slices.ContainsFunc(parts, func(a record.Ablated) bool { return math.Abs(float64(a.Delta)) > 1e-3 }) {
				t.Errorf("no ablation of %s changes anything", of)
			}
		}
	})
}

// TestAblateMean: with the mean over a corpus of one text the head brings the same to every token.
func TestAblateMean(t *testing.T) {
	s, _ := drawn(t, model.Generation, "gpt2")
	parts, err := s.Ablate(Ablation{Mean: []string{"a dog and a cat", "the cat sat on the mat"}})
	if err != nil {
		t.Fatal(err)
	}
	zero, _ := s.Ablate(Ablation{})
	base, _ := s.outcome()
	means, _ := s.means([]string{"a dog and a cat", "the cat sat on the mat"}, nil)
	whole := logProbOf(t, s, base, attention.Hooks{})
	for i, a := range parts {
		if a.Delta == zero[i].Delta {
			t.Errorf("head %d.%d: the mean acts like zeros", a.Layer, a.Head)
		}
		want := logProbOf(t, s, base, attention.Hooks{Values: func(v *attention.Values) {
			if v.Site == attention.Heads && v.Layer == a.Layer {
				for i := range v.X.X.Rows {
					w := v.X.X.Cols / 4
					copy(v.X.X.Row(i)[a.Head*w:(a.Head+1)*w], means[siteOf(v)][a.Head*w:])
				}
			}
		}})
		near(t, "delta", float64(a.Delta), want-whole, 1e-4)
	}
}

func TestAblateProgress(t *testing.T) {
	s, _ := drawn(t, model.Translation, "marian")
	stop := errors.New("stop")
	if _, err := s.Ablate(Ablation{Progress: func(done, of int) error { return stop }}); err != stop {
		t.Errorf("a cancelled sweep returns %v", err)
	}
	last := 0
	if _, err := s.Ablate(Ablation{Progress: func(done, of int) error { last = of - done; return nil }}); err != nil || last != 0 {
		t.Errorf("progress ends %d before the end: %v", last, err)
	}
	if _, err := s.Ablate(Ablation{Parts: "neurons"}); err == nil || !strings.Contains(err.Error(), "neurons") {
		t.Errorf("unknown parts: %v", err)
	}
	if _, err := NewSession(s.Model).Ablate(Ablation{}); err == nil {
		t.Error("a session without a run ablates")
	}
}

// TestGradients: the gradients behind the attributions are those of central differences.
func TestGradients(t *testing.T) {
	networks(t, func(t *testing.T, kind string, s *Session, r *record.Record) {
		position := r.Predictions[min(2, len(r.Predictions)-1)].Position
		a, err := s.Attribute(GradientInput, position)
		if err != nil {
			t.Fatal(err)
		}
		tr := one(t, s, position)
		for _, side := range []struct {
			encoder bool
			values  []float32
		}{{true, a.Source}, {false, a.Target}} {
			for at, got := range side.values {
				moved := func(by float32) float64 {
					return logProbOf(t, s, tr, attention.Hooks{Values: func(v *attention.Values) {
						if v.Site != attention.Embedding || (v.Kind != attention.Self) == side.encoder && a.Target != nil {
							return
						}
						for i := range v.X.X.Rows {
							if v.Position[i] == at {
								tensor.Scale(v.X.X.Row(i), 1+by, v.X.X.Row(i))
							}
						}
					}})
				}
				const h = 1e-2
				want := (moved(h) - moved(-h)) / (2 * h)
				near(t, "gradient × input", float64(got), want, 2e-3*(1+math.Abs(want)))
			}
		}
	})
}

// one is the trial of one position.
func one(t *testing.T, s *Session, position int) trial {
	t.Helper()
	tr, err := s.lastTrial()
	if err != nil {
		t.Fatal(err)
	}
	at := slices.Index(tr.rows, position)
	tr.rows, tr.labels = tr.rows[at:at+1], tr.labels[at:at+1]
	return tr
}

// TestIntegratedGradients: the numbers sum to the difference from the baseline, except for the gap that is said, which
// is small.
func TestIntegratedGradients(t *testing.T) {
	networks(t, func(t *testing.T, kind string, s *Session, r *record.Record) {
		position := r.Predictions[0].Position
		a, err := s.Attribute(IntegratedGradients, position)
		if err != nil {
			t.Fatal(err)
		}
		tr := one(t, s, position)
		whole := logProbOf(t, s, tr, attention.Hooks{})
		none := logProbOf(t, s, tr, attention.Hooks{Values: func(v *attention.Values) {
			if v.Site == attention.Embedding {
				for i := range v.X.X.Rows {
					clear(v.X.X.Row(i))
				}
			}
		}})
		near(t, "the sum and the gap", totalOf(a)+float64(a.Gap), whole-none, 1e-3)
		if math.Abs(float64(a.Gap)) > AttributionGap && a.Steps < AttributionSteps {
			t.Errorf("the gap is %g of %g after %d steps", a.Gap, whole-none, a.Steps)
		}
	})
}

// TestAttentionGradient: weight times gradient, against central differences of single weights.
func TestAttentionGradient(t *testing.T) {
	networks(t, func(t *testing.T, kind string, s *Session, r *record.Record) {
		position := r.Predictions[min(1, len(r.Predictions)-1)].Position
		a, err := s.Attribute(AttentionGradient, position)
		if err != nil {
			t.Fatal(err)
		}
		tr := one(t, s, position)
		want := make([]float64, len(a.Source))
		for _, stack := range s.Model.Stacks() {
			if stack.Kind == record.Decoder && a.Target != nil || stack.Kind == record.Self && a.Target != nil {
				continue
			}
			for layer := range stack.Layers {
				for head := range stack.Heads {
					for col := range want {
						// The share of one weight: the others stay, so the row no longer sums to 1.
						moved := func(by float32) float64 {
							return logProbOf(t, s, tr, attention.Hooks{Map: func(m *attention.Map) {
								if i := tr.rows[0] - m.Row; m.Kind == stack.Kind && m.Layer == layer && m.Head == head && i >= 0 && i < m.Weights.Rows && col < m.Weights.Cols {
									m.Weights.Row(i)[col] *= 1 + by
								}
							}})
						}
						const h = 3e-2
						want[col] += (moved(h) - moved(-h)) / (2 * h)
					}
				}
			}
		}
		for i, w := range want {
			near(t, "attention × gradient", float64(a.Source[i]), w, 5e-3*(1+math.Abs(w)))
		}
	})
}

// TestLeaveOneOut: a token's number is what the probability loses when the text is typed without it.
func TestLeaveOneOut(t *testing.T) {
	networks(t, func(t *testing.T, kind string, s *Session, r *record.Record) {
		position := r.Predictions[len(r.Predictions)-1].Position
		if r.Task == model.Generation {
			position--
		}
		a, err := s.Attribute(LeaveOneOut, position)
		if err != nil {
			t.Fatal(err)
		}
		tr := one(t, s, position)
		whole := logProbOf(t, s, tr, attention.Hooks{})
		without := tr
		if r.Task == model.Generation {
			without.target = append([]int{tr.target[0]}, tr.target[2:]...)
			without.rows = []int{tr.rows[0] - 1}
		} else {
			at := 1
			if kind == "bert" && tr.rows[0] == 1 {
				at = 2
			}
			without.source = slices.Delete(slices.Clone(tr.source), at, at+1)
			if kind == "bert" && at < tr.rows[0] {
				without.rows = []int{tr.rows[0] - 1}
			}
		}
		near(t, "leave one out", float64(a.Source[1]), whole-logProbOf(t, s, without, attention.Hooks{}), 1e-4)
		for i, token := range r.Tokens.Source {
			if seen := r.Task != model.Generation || i <= position; seen && explain.Stays(r, a, i, &token) != (a.Source[i] == 0) {
				t.Errorf("token %d, %s, has %g, as if that were not known to be left out or not", i, token.Text, a.Source[i])
			}
		}
	})
}

// TestDirect: the parts sum to the logit.
func TestDirect(t *testing.T) {
	networks(t, func(t *testing.T, kind string, s *Session, r *record.Record) {
		position := r.Predictions[min(2, len(r.Predictions)-1)].Position
		a, err := s.Attribute(Direct, position)
		if kind != "marian" && kind != "gpt2" {
			if err == nil {
				t.Error("a network without such a way to the logits is split")
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		total := 0.0
		for _, p := range a.Parts {
			total += float64(p.Value)
		}
		tr := one(t, s, position)
		logit := float64(s.logits(grad.NewPass(), []trial{tr}, attention.Hooks{}).X.Row(0)[tr.labels[0]])
		near(t, "the sum of the parts", total, logit, 1e-4)
		near(t, "the gap", float64(a.Gap), 0, 1e-4)
		heads := 0
		for _, st := range s.Model.Stacks() {
			if st.Kind != record.Self {
				heads += st.Layers * st.Heads
			}
		}
		if n := len(a.Parts); n != heads+2+3 { // two layers of feed-forward; embedding, position, bias
			t.Errorf("there are %d parts, want %d heads, 2 feed-forward networks, embedding, position and bias", n, heads)
		}
	})
}

// TestDirectRounded: of weights as the page has them the parts sum to the logit too, with what bytes round off as a
// part of its own where it is more than a ten-thousandth; it is never much.
func TestDirectRounded(t *testing.T) {
	rounds := 0
	for id, text := range map[string]string{"stories": "Once upon a time there was a little girl who had a red ball. She liked to play with", "en-fr": "I see a red car and a white house."} {
		m, err := model.Open(os.DirFS("../../web/models/" + id))
		if err != nil {
			t.Fatal(err)
		}
		m.Net.Weights().Compact(true)
		s := NewSession(m)
		r, err := s.Run(text, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range r.Predictions {
			if p.Position%4 != 0 { // natively these products are slow
				continue
			}
			a, err := s.Attribute(Direct, p.Position)
			if err != nil {
				t.Fatal(err)
			}
			total := 0.0
			for _, p := range a.Parts {
				if total += float64(p.Value); p.Name == "rounding" {
					rounds++
					near(t, id+"'s rounding", float64(p.Value), 0, 0.02)
				}
			}
			near(t, id+"'s sum", total, float64(a.Value), 1e-4)
			near(t, id+"'s gap", float64(a.Gap), 0, 1e-4)
		}
	}
	if rounds == 0 {
		t.Error("no rounding is more than a ten-thousandth: is the part needed?")
	}
}

// TestWhy: the parts of every score of every head sum to the score that a pass shows.
func TestWhy(t *testing.T) {
	for _, n := range []struct{ task, kind string }{{model.Translation, "marian"}, {model.Generation, "gpt2"}, {model.Fill, "bert"}} {
		s, r := drawn(t, n.task, n.kind)
		for _, m := range r.Maps {
			for row := range m.Rows {
				d := s.Detail(record.Place{Kind: m.Kind, Layer: m.Layer, Head: m.Head, Row: row})
				col := (row * 7) % m.Cols
				w, err := s.Why(d.Place, col)
				if d.Masked(col) {
					if err == nil {
						t.Errorf("a masked score is split: %v", w)
					}
					continue
				}
				if err != nil {
					t.Fatal(err)
				}
				total := 0.0
				for _, p := range w.Parts {
					total += float64(p.Value)
				}
				near(t, "the sum of the parts", total, float64(d.Scores[col]), 1e-4*(1+math.Abs(total)))
				near(t, "the score", float64(w.Score), float64(d.Scores[col]), 1e-4*(1+math.Abs(total)))
			}
		}
		for _, at := range []record.Place{{Kind: record.Self, Layer: 9}, {Kind: record.Decoder, Head: 9}, {Kind: record.Cross, Row: 900}, {Kind: record.RNN}} {
			if _, err := s.Why(at, 0); err == nil {
				t.Errorf("%s: %+v is no place, and is split", n.kind, at)
			}
		}
	}
	s, _ := drawn(t, model.Translation, "additive")
	if _, err := s.Why(record.Place{Kind: record.RNN}, 0); err == nil || !strings.Contains(err.Error(), "recurrent") {
		t.Errorf("a recurrent network: %v", err)
	}
}

func TestAttributeErrors(t *testing.T) {
	s, _ := drawn(t, model.Translation, "marian")
	for method, position := range map[string]int{"saliency": 0, Direct: 99, GradientInput: -1} {
		if _, err := s.Attribute(method, position); err == nil {
			t.Errorf("%s at %d: no error", method, position)
		}
	}
	if _, err := s.Run("  ", Options{}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Attribute(Direct, 0); err == nil || !strings.Contains(err.Error(), "empty") {
		t.Errorf("an empty text: %v", err)
	}
}

// TestAblateOutputs: nothing is said to change that does not, whatever was written: an own translation is rarely what
// the model would write, and yet a head that changes nothing changes nothing.
func TestAblateOutputs(t *testing.T) {
	s, _ := drawn(t, model.Translation, "marian") // of an own target
	base, _ := s.lastTrial()
	best := func(hooks attention.Hooks) (ids []int) {
		logits := s.logits(grad.NewPass(), []trial{base}, hooks).X
		for i := range logits.Rows {
			ids = append(ids, tensor.ArgMax(logits.Row(i)))
		}
		return ids
	}
	parts, err := s.Ablate(Ablation{Outputs: true})
	if err != nil {
		t.Fatal(err)
	}
	whole, quiet := best(attention.Hooks{}), 0
	if slices.Equal(whole, base.labels) {
		t.Fatal("the target is what the model would write")
	}
	for _, a := range parts {
		without := best(attention.Hooks{Map: func(m *attention.Map) {
			if m.Kind == a.Kind && m.Layer == a.Layer && m.Head == a.Head {
				for i := range m.Weights.Rows {
					clear(m.Weights.Row(i))
				}
			}
		}})
		if a.Changed == slices.Equal(whole, without) {
			t.Errorf("%s.%d.%d: changed is %v", a.Kind, a.Layer, a.Head, a.Changed)
		}
		if !a.Changed {
			quiet++
		}
		if a.Output != "" {
			t.Errorf("a translation by hand is rewritten as %q", a.Output)
		}
	}
	if quiet == 0 {
		t.Error("every head changes the output")
	}
}

// TestAblateWrites: where a part changes the output, what is written without it is said, whatever the part is and
// whatever stands in its place; without a head it is what a run with that head off writes.
func TestAblateWrites(t *testing.T) {
	for _, of := range []struct{ task, kind string }{{model.Translation, "marian"}, {model.Translation, "additive"}, {model.Fill, "bert"}} {
		s, r := drawn(t, of.task, of.kind)
		r, err := s.Run(r.Text, Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, parts := range []string{record.HeadParts, record.LayerParts, record.FFNParts, record.PositionParts} {
			if of.kind == "additive" && parts != record.HeadParts && parts != record.PositionParts {
				continue
			}
			for _, mean := range [][]string{nil, {"a dog ___ sat"}} {
				all, err := s.Ablate(Ablation{Parts: parts, Mean: mean, Outputs: true})
				if err != nil {
					t.Fatal(err)
				}
				changed := 0
				for _, a := range all {
					if a.Changed != (a.Output != "") {
						t.Errorf("%s, mean over %q, %+v: changed is %v, and the output %q", of.kind, mean, a, a.Changed, a.Output)
					}
					if a.Changed && a.Output != r.Output { // a special token where words are asked for, or the end of what is cut, is not seen
						changed++
					}
					if parts != record.HeadParts || mean != nil || !a.Changed {
						continue
					}
					off, err := NewSession(s.Model).Run(r.Text, Options{Changes: record.Changes{Off: []record.Place{{Kind: a.Kind, Layer: a.Layer, Head: a.Head}}}})
					stopped := slices.ContainsFunc(off.Notices, func(n string) bool { return strings.Contains(n, "stopped") })
					if err != nil || strings.TrimSuffix(a.Output, " …") != off.Output || strings.HasSuffix(a.Output, " …") != stopped {
						t.Errorf("%s without %s.%d.%d: %q, a run with it off writes %q (%v)", of.kind, a.Kind, a.Layer, a.Head, a.Output, off.Output, err)
					}
				}
				if changed == 0 && mean == nil && of.task == model.Translation { // drawn weights fill in special tokens
					t.Errorf("%s: none of the %s changes the output", of.kind, parts)
				}
			}
		}
	}
}

// TestExplainChanged: an attention temperature counts in a split score, and gradients refuse to pass over it.
func TestExplainChanged(t *testing.T) {
	s, _ := drawn(t, model.Translation, "marian")
	if _, err := s.Run("the cat sat", Options{Changes: record.Changes{Temperature: 2}}); err != nil {
		t.Fatal(err)
	}
	d := s.Detail(record.Place{Kind: record.Cross, Layer: 1, Head: 1, Row: 0})
	w, err := s.Why(d.Place, 1)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "the score", float64(w.Score), float64(d.Scores[1]), 1e-4)
	for _, method := range []string{GradientInput, IntegratedGradients, AttentionGradient} {
		if _, err := s.Attribute(method, 0); err == nil || !strings.Contains(err.Error(), "temperature") {
			t.Errorf("%s: %v", method, err)
		}
	}
	if _, err := s.Attribute(LeaveOneOut, 0); err != nil {
		t.Error(err)
	}
	at := record.Place{Kind: record.Cross, Row: 0}
	for _, c := range []record.Changes{
		{Force: []record.Forced{{Place: at, Col: -1, Weight: 0.5}}},
		{Force: []record.Forced{{Place: at, Col: 1, Weight: 0.5}, {Place: at, Col: 1, Weight: 0.7}}},
	} {
		if _, err := s.Run("the cat sat", Options{Changes: c}); err == nil {
			t.Errorf("%+v is no error", c.Force)
		}
	}
}
