package main

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/record"
)

// asked runs heed and returns what it wrote.
func asked(t *testing.T, args ...string) (out string, err error) {
	t.Helper()
	var b, remarks bytes.Buffer
	err = command(console{&b, &remarks}, args)
	return b.String(), err
}

// TestExplainJSON: the members that DESIGN.md names, of the shipped translator, read back by the Record's own reader.
func TestExplainJSON(t *testing.T) {
	ask := func(args ...string) *record.Record {
		t.Helper()
		out, err := asked(t, append([]string{"run", "-model", "en-fr", "-text", "I see a red car.", "-out", "json"}, args...)...)
		if err != nil {
			t.Fatal(err)
		}
		r, err := record.Parse([]byte(out))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	heads, ffn := ask("-ablate", "heads", "-attribute", "leave-one-out", "-position", "4", "-why", "cross.2.4.3.3"), ask("-ablate", "ffn", "-attribute", "direct", "-position", "2")
	if len(heads.Ablation) != 54 || heads.Ablation[0].Position != record.None {
		t.Errorf("%d heads are ablated, want 54", len(heads.Ablation))
	}
	if len(ffn.Ablation) != 6 || ffn.Ablation[0].Head != record.None {
		t.Errorf("of feed-forward networks %v", ffn.Ablation)
	}
	r := ask("-patch", "text:I see a blue car.", "-at", "residual")
	most := float32(0)
	for _, p := range r.Patch {
		if p.Kind == record.Self && p.Layer == record.None && r.Tokens.Source[p.Position].Text == " red" {
			most = p.Recovered
		}
	}
	if math.Abs(float64(most)-1) > 0.02 {
		t.Errorf("the embedding of the only other word brings %g of the difference, want 1", most)
	}
	r = heads
	if a := r.Attribution; a == nil || a.Token != r.Tokens.Target[5].Text || len(a.Source) != len(r.Tokens.Source) || len(a.Target) != len(r.Tokens.Target) {
		t.Errorf("the attribution is %+v", r.Attribution)
	}
	r = ffn
	sum := r.Attribution.Gap
	for _, p := range r.Attribution.Parts {
		sum += p.Value
	}
	if math.Abs(float64(sum-r.Attribution.Value)) > 1e-3 || math.Abs(float64(r.Attribution.Gap)) > 1e-3 {
		t.Errorf("direct parts sum to %g, the logit is %g, the gap %g", sum, r.Attribution.Value, r.Attribution.Gap)
	}
	r = heads
	sum = 0
	for _, p := range r.Why.Parts {
		sum += p.Value
	}
	if math.Abs(float64(sum-r.Why.Score)) > 1e-3 {
		t.Errorf("the parts of a score sum to %g, not %g", sum, r.Why.Score)
	}
}

func TestExplainText(t *testing.T) {
	for arg, want := range map[string]string{"-ablate heads": "cross.2.", "-attribute gradient-input": "red", "-why cross.2.4.3.3": "query bias, key ffn.2"} {
		out, err := asked(t, append([]string{"run", "-model", "en-fr", "-text", "I see a red car."}, strings.Fields(arg)...)...)
		if err != nil || !strings.Contains(out, want) {
			t.Errorf("%s: %v, %q lacks %q", arg, err, out, want)
		}
	}
}

// TestExplainBefore: what stands behind the explained position was not read yet, and is not listed.
func TestExplainBefore(t *testing.T) {
	out, err := asked(t, "run", "-model", "en-fr", "-text", "I see a red car.", "-attribute", "leave-one-out", "-position", "3")
	_, list, _ := strings.Cut(out, "comes from, by leave one out:\n")
	if err != nil || strings.Contains(list, "rouge") || !strings.Contains(list, "une") || !strings.Contains(list, "red") {
		t.Errorf("%v, %q", err, out)
	}
}

// TestAttributionText: what the page says of two methods, of special tokens and of sums is said here too.
func TestAttributionText(t *testing.T) {
	for methods, want := range map[string][]string{
		"integrated-gradients,leave-one-out": {"the numbers sum to +", "–  </s> (not left out)", "of the sizes of their numbers, without sign, over the 6 tokens of the text"},
		"attention-gradient,leave-one-out":   {"“eats”, the largest of the two together, has opposite signs."},
		"direct,rollout":                     {"The parts sum to the logit +", "“attention rollout” cannot stand beside it."},
	} {
		out, err := asked(t, "run", "-model", "en-fr", "-text", "My brother never eats fish.", "-attribute", methods, "-position", "3")
		for _, w := range want {
			if err != nil || !strings.Contains(out, w) {
				t.Errorf("%s: %v, %q lacks %q", methods, err, out, w)
			}
		}
	}
	out, err := asked(t, "run", "-model", "stories", "-text", "The dog ran to", "-patch", "text:The cat ran to", "-out", "json")
	if err != nil || !strings.Contains(out, `"token":" the","other":""`) || !strings.Contains(out, "Patching compares the probabilities of “ the”, which both texts give, at position 4.") {
		t.Errorf("two texts with the same next token: %v, %q", err, out)
	}
	if _, err = asked(t, "run", "-model", "stories", "-text", "The dog ran to", "-patch", "text:The dog ran to"); err == nil || !strings.Contains(err.Error(), "nearly the same probability") {
		t.Errorf("a text patched from itself: %v", err)
	}
	out, err = asked(t, "run", "-model", "en-fr", "-text", "My brother never eats fish.", "-ablate", "positions")
	if err != nil || !strings.Contains(out, "Mon frère ne mange jamais de poisson. Mon …\n") || !strings.Contains(out, "jamais.\n") {
		t.Errorf("an output that was cut, or one that was not, does not end as it should: %v, %q", err, out)
	}
}

// TestAblationPicture: the picture of an ablation is of words where a model has no heads, as in the page.
func TestAblationPicture(t *testing.T) {
	file := filepath.Join(t.TempDir(), "picture.svg")
	for name, want := range map[string]string{tiny(t, model.Translation+" none"): "without each word", tiny(t, model.Translation+" additive"): "without each head"} {
		if _, err := asked(t, "run", "-model", name, "-text", "the cat", "-view", "ablation", "-o", file); err != nil {
			t.Error(err)
			continue
		}
		if drawn, err := os.ReadFile(file); err != nil || !strings.Contains(string(drawn), want) {
			t.Errorf("the picture lacks %q (%v)", want, err)
		}
	}
}

func TestExplainErrors(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.txt")
	if err := os.WriteFile(empty, []byte("\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	dir, corpus, means := saved(t, modeltest.Small(t)), filepath.Join(filepath.Dir(empty), "texts.txt"), filepath.Join(filepath.Dir(empty), "means.json")
	if err := os.WriteFile(corpus, []byte("the cat\na dog\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err := asked(t, "run", "-model", dir, "-text", "Yes.", "-ablate", "ffn", "-with", "mean", "-corpus", corpus, "-o", means); err != nil {
		t.Fatal(err)
	}
	for args, want := range map[string]string{
		"run -ablate neurons":                           "neurons",
		"run -with mean":                                "-with needs -ablate",
		"run -ablate heads -with mean":                  "-corpus FILE",
		"run -ablate heads -with mean -corpus " + empty: "holds no text",
		"run -ablate heads -with most":                  "zero or mean",
		"run -patch coffee":                             "text:",
		"run -patch text:x -at neurons":                 "neurons",
		"run -patch text:Yes.":                          "same output",
		"run -attribute saliency":                       "saliency",
		"run -attribute direct -position 99":            "position 99",
		"run -position 3":                               "-position needs -attribute",
		"run -why cross.2.4":                            "KIND.LAYER.HEAD.ROW.COL",
		"run -why cross.2.1.50.0":                       "outside",
		"run -why decoder.0.0.0.2":                      "masked",
		"run -why rnn.0.0.0.0":                          "has no head rnn.0.0; it has cross.0.0",
		"run -why cross.9.0.0.0":                        "has no head cross.9.0; it has",
		"run -ablate heads -out svg -view grid":         "-ablate is drawn by -view ablation, not by -view grid",
		"run -view why -out svg":                        "-view why needs -why",
		"run -replay " + means:                          "its mean over 2 texts of texts.txt in its place; give -corpus FILE",
		"heads":                                         "-model",
		"heads -model en-fr-context":                    "no heads",
		"trust -model " + dir:                           "-data",
	} {
		words := strings.Fields(args)
		if words[0] == "run" {
			words = append(words, "-model", dir, "-text", "Yes.")
		}
		if _, err := asked(t, words...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: the error is %v, want %q", args, err, want)
		}
	}
}

// TestReplayQuestions: a Record that explains its run is explained again by -replay, in the same words and numbers, of
// an output that was given too.
func TestReplayQuestions(t *testing.T) {
	dir, soft, writer := saved(t, modeltest.Small(t)), tiny(t, model.Translation+" additive"), tiny(t, model.Generation)
	corpus := filepath.Join(t.TempDir(), "texts.txt")
	if err := os.WriteFile(corpus, []byte("the cat\na dog sat\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	const text = "the cat sat on the mat"
	file := filepath.Join(t.TempDir(), "record.json")
	for _, of := range []struct{ model, flags string }{
		{dir, "-ablate heads"},
		{dir, "-ablate ffn -off cross.0.0"},
		{dir, "-ablate positions -target le|chat|dort"},
		{dir, "-ablate layers -with mean -corpus " + corpus},
		{dir, "-patch text:dog|dog|sat -at heads"},
		{dir, "-patch text:dog|dog|sat -target le|chat"},
		{dir, "-attribute gradient-input,leave-one-out -position 1 -target le|chat|dort"},
		{"en-fr", "-attribute direct -position 1 -beam 4"},
		{dir, "-why cross.0.1.1.2 -attention-temperature 2"},
		{dir, "-ablate heads -why self.1.1.1.2"},
		{soft, "-adversary -target le|chat"},
		{soft, "-patch text:où|est|le|chat|noir -patched decoder.0.-.0 -from dog"},
		{writer, "-ablate heads"},
		{writer, "-attribute direct -position 2 -max-tokens 3"},
	} {
		ask := func(args ...string) (string, error) {
			return asked(t, append([]string{"run", "-model", of.model}, args...)...)
		}
		var flags, again []string
		for flag := range strings.FieldsSeq(of.flags) {
			flags = append(flags, strings.ReplaceAll(flag, "|", " "))
		}
		if at := slices.Index(flags, "-corpus"); at > 0 {
			again = flags[at:]
		}
		first, err := ask(append([]string{"-text", text, "-out", "json"}, flags...)...)
		if err != nil {
			if strings.Contains(err.Error(), "same output") {
				t.Errorf("%s: choose other texts: %v", of.flags, err)
				continue
			}
			t.Fatal(of.flags, ": ", err)
		}
		if err := os.WriteFile(file, []byte(first), 0o666); err != nil {
			t.Fatal(err)
		}
		again = append([]string{"-replay", file}, again...)
		r, err := record.Parse([]byte(first))
		if err != nil {
			t.Fatal(err)
		}
		second, err := asked(t, append([]string{"run", "-out", "json", "-model", of.model}, again...)...)
		if err != nil {
			t.Errorf("%s: %v", of.flags, err)
			continue
		}
		got, err := record.Parse([]byte(second))
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Questions()) == 0 || explained(got) != explained(r) {
			t.Errorf("%s: replayed:\n%s\nwant\n%s", of.flags, explained(got), explained(r))
		}
	}
	if _, err := asked(t, "run", "-replay", file, "-model", writer, "-view", "heatmap", "-o", filepath.Join(t.TempDir(), "map.svg")); err != nil {
		t.Error("a view that draws something else: ", err)
	}
}

// TestHeadsAndTrust: the shipped models have heads that do what the cards say.
func TestHeadsAndTrust(t *testing.T) {
	file := filepath.Join(t.TempDir(), "texts.txt")
	if err := os.WriteFile(file, []byte("The cat sat.\nI like tea\tJ'aime le thé\n\nMy dog.\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	writes, soft := tiny(t, model.Generation), tiny(t, model.Translation+" additive")
	out, err := asked(t, "heads", "-model", writes, "-data", file, "-json")
	if err != nil || strings.Count(out, "\n") != 8 || !strings.Contains(out, `"induction"`) || !strings.Contains(out, `"chance"`) {
		t.Errorf("heads: %v, %.200s", err, out)
	}
	out, err = asked(t, "heads", "-model", writes, "-data", file)
	if head, _, _ := strings.Cut(out, "\n"); err != nil || strings.Count(out, "decoder.") != 8 || !strings.HasPrefix(head, "head              previous        next       first") {
		t.Errorf("heads as a table: %v, %s", err, out)
	}
	out, err = asked(t, "trust", "-model", soft, "-data", file, "-predictions", "2", "-json")
	if err != nil || !strings.Contains(out, `"sentences":3`) || !strings.Contains(out, "attention-gradient") {
		t.Errorf("trust: %v, %s", err, out)
	}
	measured := filepath.Join(t.TempDir(), "soft.json")
	if err := os.WriteFile(measured, []byte(out), 0o666); err != nil {
		t.Fatal(err)
	}
	out, err = asked(t, "trust", "-figure", measured)
	if err != nil || strings.Count(out, `class="f"`) != 3 || !strings.Contains(out, ">attention × gradient<") || !strings.Contains(out, ">soft<") || !strings.Contains(out, "Leave-one-out is no ground truth") {
		t.Errorf("the figure: %v, %s", err, out)
	}
	if _, err = asked(t, "trust", "-figure", file); err == nil || !strings.Contains(err.Error(), "texts.txt") {
		t.Errorf("a figure of what is no measurement: %v", err)
	}
	out, err = asked(t, "trust", "-model", soft, "-text", "Tea.")
	if err != nil || !strings.Contains(out, "could look at") {
		t.Errorf("other weights: %v, %s", err, out)
	}
	if _, err = asked(t, "trust", "-model", soft, "-text", "I like tea.", "-data", file); err == nil {
		t.Error("a text and a file are no error")
	}
}
