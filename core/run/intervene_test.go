package run

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heed/core/grad"
	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/record"
	"heed/core/tensor"
)

// same wants the numbers of two runs to be alike to a tolerance; 0 is to the last bit.
func same(t *testing.T, what string, got, want *record.Record, tol float64) {
	t.Helper()
	if got.Output != want.Output || len(got.Maps) != len(want.Maps) || len(got.Predictions) != len(want.Predictions) {
		t.Fatalf("%s: %q with %d maps, want %q with %d", what, got.Output, len(got.Maps), want.Output, len(want.Maps))
	}
	for i, p := range got.Predictions {
		for j, c := range p.Top {
			if w := want.Predictions[i].Top[j]; math.Abs(float64(c.P-w.P)) > tol {
				t.Fatalf("%s: prediction %d of position %d is %v, want %v", what, j, i, c, w)
			}
		}
	}
}

func parse(t *testing.T, off, force string, temperature float64) (c record.Changes) {
	t.Helper()
	if err := c.ParseOff(off); err != nil {
		t.Fatal(err)
	}
	if err := c.ParseForce(force); err != nil {
		t.Fatal(err)
	}
	c.Temperature = temperature
	return c
}

func run(t *testing.T, m *model.Model, text string, o Options) *record.Record {
	t.Helper()
	r, err := NewSession(m).Run(text, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Validate(); err != nil {
		t.Fatal(err)
	}
	return r
}

// edit changes a weight of a network.
func edit(t *testing.T, m *model.Model, name string, change func(x tensor.Matrix)) {
	t.Helper()
	for _, p := range m.Net.Weights().List {
		if p.Name == name {
			p.Set(change)
			return
		}
	}
	t.Fatalf("there is no weight %s", name)
}

func times(v float32) func(tensor.Matrix) {
	return func(x tensor.Matrix) { tensor.Scale(x.Data, v, x.Data) }
}

// TestOff switches heads off and wants what the same network says whose weights let nothing of them
// through.
func TestOff(t *testing.T) {
	const wide = 16
	columns := func(from, to int) func(tensor.Matrix) {
		return func(x tensor.Matrix) {
			for i := range x.Rows {
				clear(x.Row(i)[from:to])
			}
		}
	}
	for _, c := range []struct {
		task, kind, off string
		weights         map[string]func(tensor.Matrix)
	}{
		{model.Translation, "marian", "cross.1.1,self.0.2,decoder.0.0", map[string]func(tensor.Matrix){
			"model.decoder.layers.1.encoder_attn.out_proj.weight": columns(wide/2, wide),
			"model.encoder.layers.0.self_attn.out_proj.weight":    columns(2*wide/4, 3*wide/4),
			"model.decoder.layers.0.self_attn.out_proj.weight":    columns(0, wide/2),
		}},
		{model.Fill, "bert", "self.1.3", map[string]func(tensor.Matrix){
			"bert.encoder.layer.1.attention.output.dense.weight": columns(3*wide/4, wide),
		}},
		{model.Generation, "gpt2", "decoder.1.0", map[string]func(tensor.Matrix){
			"transformer.h.1.attn.c_proj.weight": columns(0, wide/4),
		}},
		{model.Translation, "additive", "rnn.0.0", map[string]func(tensor.Matrix){
			"decoder.weight_ch": times(0), "output.context.weight": times(0),
		}},
	} {
		o := atMost(c.task, 6)
		m := modeltest.New(t, c.task, c.kind)
		plain := run(t, m, "the __ sat", o)
		o.Changes = parse(t, c.off, "", 0)
		got := run(t, m, "the __ sat", o)
		if cmp.Equal(plain.Predictions, got.Predictions) {
			t.Errorf("%s: nothing changed", c.kind)
		}
		if strings.Contains(strings.Join(got.Notices, " "), "switch off") {
			t.Errorf("%s: %q", c.kind, got.Notices)
		}
		for _, p := range o.Changes.Off {
			for _, w := range got.Find(p.Kind, p.Layer, p.Head).Weights {
				if w != 0 {
					t.Fatalf("%s: a weight of %s is %g", c.kind, p.HeadName(), w)
				}
			}
		}
		for name, change := range c.weights {
			edit(t, m, name, change)
		}
		same(t, c.kind, got, run(t, m, "the __ sat", atMost(c.task, 6)), 1e-5)
	}
}

// TestTemperatureWithoutAttention wants the temperature to be reported as applied where there is attention that it
// changes, and a notice elsewhere.
func TestTemperatureWithoutAttention(t *testing.T) {
	for _, c := range []struct {
		task, kind string
		applied    float64
	}{
		{model.Translation, "marian", 4}, {model.Translation, "additive", 4}, {model.Generation, "gpt2", 0}, {model.Fill, "bert", 0},
		{model.Translation, "none", 0},
	} {
		for _, heat := range []float64{4, 1} {
			r, err := NewSession(modeltest.New(t, c.task, c.kind)).Run("the cat sat", Options{Changes: record.Changes{Temperature: heat}})
			if err != nil {
				t.Fatal(err)
			}
			said := slices.ContainsFunc(r.Notices, func(s string) bool { return strings.Contains(s, "temperature") })
			if nothing := heat == 4 && c.applied == 0; said != nothing || heat == 4 && r.Changes.Temperature != c.applied {
				t.Errorf("%s at %g: the record has the temperature %g and the notices %q", c.kind, heat, r.Changes.Temperature, r.Notices)
			}
		}
	}
}

// TestAttentionTemperature wants what the same network says whose scores are smaller.
func TestAttentionTemperature(t *testing.T) {
	for kind, names := range map[string][]string{
		"marian":     {"model.decoder.layers.0.encoder_attn.q_proj.weight", "model.decoder.layers.0.encoder_attn.q_proj.bias", "model.decoder.layers.1.encoder_attn.q_proj.weight", "model.decoder.layers.1.encoder_attn.q_proj.bias"},
		"additive":   {"attention.vector.weight"},
		"general":    {"attention.key.weight"},
		"scaled_dot": nil,
	} {
		m := modeltest.New(t, model.Translation, kind)
		plain := run(t, m, "the cat sat", Options{MaxTokens: 6})
		o := Options{MaxTokens: 6, Changes: record.Changes{Temperature: 4}}
		place := record.Place{Kind: record.Cross, Row: 1}
		if kind != "marian" {
			place.Kind = record.RNN
		}
		o.Detail = &place
		got := run(t, m, "the cat sat", o)
		checkDetail(t, got) // so the scores, divided, give the weights
		for i, map0 := range got.Maps {
			if p := plain.Maps[i]; map0.Kind == place.Kind && cmp.Equal(map0.Weights, p.Weights) {
				t.Errorf("%s: the weights of %v are as before", kind, map0.Kind)
			}
		}
		if names != nil {
			for _, name := range names {
				edit(t, m, name, times(0.25))
			}
			same(t, kind, got, run(t, m, "the cat sat", Options{MaxTokens: 6}), 1e-5)
		}
	}
	for _, wrong := range []float64{-1, 1e-9, 1e9, math.NaN()} {
		if _, err := NewSession(modeltest.New(t, model.Translation, "additive")).Run("a", Options{Changes: record.Changes{Temperature: wrong}}); err == nil || !strings.Contains(err.Error(), "between") {
			t.Errorf("temperature %g: %v", wrong, err)
		}
	}
}

// TestForce forces weights and wants the row that the definition gives, what it mixes, and an output that
// is written with it: at each step the most probable token of the pass that sees all.
func TestForce(t *testing.T) {
	for _, c := range []struct{ task, kind, place string }{
		{model.Translation, "marian", "cross.0.1"}, {model.Translation, "marian", "decoder.1.0"}, {model.Translation, "marian", "self.0.2"},
		{model.Translation, "additive", "rnn.0.0"}, {model.Translation, "dot", "rnn.0.0"},
		{model.Generation, "gpt2", "decoder.1.2"}, {model.Fill, "bert", "self.0.1"},
	} {
		m := modeltest.New(t, c.task, c.kind)
		text := "the __ sat on"
		for _, force := range []string{c.place + ".2.1=0.75", c.place + ".2.0=0", c.place + ".2.0=0.5," + c.place + ".2.2=0.25", c.place + ".2.0=0.9," + c.place + ".2.1=0.6"} {
			o := atMost(c.task, 6)
			o.Changes = parse(t, "", force, 0)
			f := o.Changes.Force[0]
			place := f.Place
			o.Detail = &place
			got := run(t, m, text, o)
			d := got.Detail
			if d == nil {
				t.Fatalf("%s: there is no row 2", c.kind)
			}
			// From the scores on, as Changes defines it.
			want, sum, rest, given := make([]float64, len(d.Scores)), 0.0, 1.0, 0.0
			for j, s := range d.Scores {
				if !d.Masked(j) {
					want[j] = math.Exp(float64(s))
					sum += want[j]
				}
			}
			for j := range want {
				want[j] /= sum
			}
			for _, f := range o.Changes.Force {
				rest -= want[f.Col]
				given += float64(f.Weight)
			}
			for j := range want {
				want[j] *= max(0, 1-given) / rest
			}
			for _, f := range o.Changes.Force {
				want[f.Col] = float64(f.Weight) / max(1, given)
			}
			total := 0.0
			for j, w := range d.Weights {
				if total += float64(w); math.Abs(float64(w)-want[j]) > 1e-6 || math.Abs(float64(w-got.Find(f.Kind, f.Layer, f.Head).At(2, j))) > 1e-6 {
					t.Fatalf("%s, %s: weight %d is %g, want %g", c.kind, force, j, w, want[j])
				}
			}
			if math.Abs(total-1) > 1e-6 {
				t.Fatalf("%s, %s: the row sums to %g", c.kind, force, total)
			}
			for k, v := range d.Output {
				sum := 0.0
				for j, w := range want {
					sum += w * float64(d.Value(j)[k])
				}
				if math.Abs(sum-float64(v)) > 1e-5 {
					t.Fatalf("%s, %s: the output is %g, want %g", c.kind, force, v, sum)
				}
				if x := got.Context; x != nil && math.Abs(sum-float64(x.Values[2*x.Cols+k])) > 1e-5 {
					t.Fatalf("%s, %s: the context is %g, want %g", c.kind, force, x.Values[2*x.Cols+k], sum)
				}
			}
			if c.task == model.Translation {
				for i, p := range got.Predictions {
					best := p.Top[0]
					if pad, _, _ := m.Net.Special(); best.ID == pad {
						best = p.Top[1]
					}
					if id := got.Tokens.Target[i+1].ID; id != best.ID {
						t.Fatalf("%s, %s: token %d is %d, but %d is more probable", c.kind, force, i, id, best.ID)
					}
				}
				source := Encode(m, text)
				outputs, err := beamSearch(m, grad.NewPass(), []unwritten{{source: source}}, 1, maxOutput(m, len(source), 6), interventions{Changes: o.Changes}.pass, nil)
				if err != nil {
					t.Fatal(err)
				}
				for i, id := range outputs[0] {
					if got.Tokens.Target[i+1].ID != id {
						t.Fatalf("%s, %s: the search writes %v", c.kind, force, outputs[0])
					}
				}
			}
		}
	}
}

// TestScore sets scores, one after the other, and wants the row that the softmax makes of them; also where a
// weight of the row was forced before.
func TestScore(t *testing.T) {
	for _, c := range []struct{ task, kind, place, force string }{
		{model.Translation, "marian", "cross.0.1", ""}, {model.Translation, "additive", "rnn.0.0", ""}, {model.Translation, "dot", "rnn.0.0", ".2.3=0.25"},
		{model.Generation, "gpt2", "decoder.1.2", ""}, {model.Fill, "bert", "self.0.1", ".2.0=1"}, {model.Fill, "bert", "self.0.1", ".2.1=0"},
	} {
		m := modeltest.New(t, c.task, c.kind)
		first := parse(t, "", c.place+".2.0=0", 0).Force[0]
		o := Options{Detail: &first.Place}
		if c.force != "" {
			o.Changes = parse(t, "", c.place+c.force, 0)
		}
		d := run(t, m, "the __ sat on", o).Detail
		near := 2e-6
		if strings.HasSuffix(c.force, "=1") { // which leaves too little for float32 to tell exactly
			near = 2e-3
		}
		scores := make([]float64, len(d.Scores))
		for j := range scores {
			var ok bool
			if scores[j], _, ok = o.Changes.ScoreOf(d, j); ok == d.Masked(j) {
				t.Fatalf("%s: key %d has a score: %v", c.kind, j, ok)
			}
		}
		for _, set := range []struct {
			col   int
			score float64
		}{{1, 2.5}, {0, -1}, {1, 0.5}, {0, 4}} {
			o.Changes.SetScore(d, set.col, set.score)
			scores[set.col] = set.score
			d = run(t, m, "the __ sat on", o).Detail
			sum := 0.0
			for j, s := range scores {
				if !d.Masked(j) {
					sum += math.Exp(s)
				}
			}
			for j, s := range scores {
				if !d.Masked(j) && math.Abs(float64(d.Weights[j])-math.Exp(s)/sum) > near {
					t.Errorf("%s%s, score %d set to %g: weight %d is %g, want %g", c.kind, c.force, set.col, set.score, j, d.Weights[j], math.Exp(s)/sum)
				}
			}
			if s, _, _ := o.Changes.ScoreOf(d, set.col); math.Abs(s-set.score) > 10*near {
				t.Errorf("%s%s: score %d was set to %g and is %g", c.kind, c.force, set.col, set.score, s)
			}
		}
	}
	var c record.Changes
	if c.SetScore(&record.Detail{}, 0, 1); c.Any() {
		t.Error("a row without scores was given one")
	}
}

// TestChangesAndBack runs a session without changes, with and without again: nothing is left of them. A decoder
// reads what it has of the run before in one step, and the rest token by token, so that its numbers may differ in
// the last digits from one run to the next; those of an encoder are the same to the last bit.
func TestChangesAndBack(t *testing.T) {
	for _, c := range []struct {
		task, kind, off, force string
		tol                    float64
	}{
		{model.Translation, "marian", "cross.0.0", "cross.1.1.1.0=1", 1e-6}, {model.Translation, "additive", "", "rnn.0.0.0.1=1", 1e-6},
		{model.Generation, "gpt2", "decoder.0.1", "", 1e-6}, {model.Fill, "bert", "self.0.0", "", 0},
	} {
		m := modeltest.New(t, c.task, c.kind)
		s := NewSession(m)
		const text = "the __ sat"
		with := func(changes record.Changes) Options {
			o := atMost(c.task, 6)
			o.Changes = changes
			return o
		}
		run1 := func(changes record.Changes) *record.Record {
			r, err := s.Run(text, with(changes))
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		plain := run1(record.Changes{})
		if one := run(t, m, text, with(record.Changes{Temperature: 1})); !cmp.Equal(one.Predictions, plain.Predictions) || !cmp.Equal(one.Maps, plain.Maps) {
			t.Errorf("%s: a temperature of 1 changes something", c.kind)
		}
		changes := parse(t, c.off, c.force, 0)
		changed := run1(changes)
		if cmp.Equal(changed.Predictions, plain.Predictions) {
			t.Errorf("%s: nothing changed", c.kind)
		}
		same(t, c.kind+", changed after a run without", changed, run(t, m, text, with(changes)), c.tol)
		again := run1(record.Changes{})
		same(t, c.kind+", after a run that was changed", again, plain, c.tol)
		for i, m := range again.Maps {
			for j, w := range m.Weights {
				if math.Abs(float64(w-plain.Maps[i].Weights[j])) > c.tol {
					t.Fatalf("%s: weight %d of map %d is %g after a run that was changed, %g before", c.kind, j, i, w, plain.Maps[i].Weights[j])
				}
			}
		}
	}
}

func TestChangesThatMeetNothing(t *testing.T) {
	m := modeltest.New(t, model.Translation, "marian")
	r := run(t, m, "the cat", Options{MaxTokens: 3, Changes: parse(t, "cross.9.0,cross.0.0", "decoder.0.1.1.2=1,cross.0.1.0.0=1,cross.0.1.40.0=1", 0)})
	all := strings.Join(r.Notices, "\n")
	for _, want := range []string{"cross.9.0", "decoder.0.1.1.2=1", "cross.0.1.40.0=1"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q says nothing of %s", all, want)
		}
	}
	for _, not := range []string{"cross.0.0 ", "cross.0.1.0.0"} {
		if strings.Contains(all, not) {
			t.Errorf("%q complains of %s", all, not)
		}
	}
	// Nor does the Record, by which the views say what was changed, tell of them.
	if c := r.Changes; len(c.Off) != 1 || c.Off[0].HeadName() != "cross.0.0" || len(c.Force) != 1 || c.Force[0].String() != "cross.0.1.0.0=1" {
		t.Errorf("the Record has the changes %+v", c)
	}
}
