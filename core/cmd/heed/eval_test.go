package main

import (
	"encoding/json"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"heed/core/data"
	"heed/core/eval"
	"heed/core/model/modeltest"
	"heed/core/tensor"
	"heed/core/train"
)

// pairs has three sources, of which the first has two references.
var pairs = []string{
	"The cat sat on the mat.\tLe chat est sur le tapis.",
	"Where is the summer?\tOù est l'été ?",
	"The cat sat on the mat.\tLe chat était sur le tapis.",
	"A dog.\tUn chien.",
}

func TestEval(t *testing.T) {
	dir := saved(t, modeltest.Small(t))
	file := write(t, pairs...)
	m, err := openModel(dir)
	if err != nil {
		t.Fatal(err)
	}
	read, err := data.Read("translation", file, [2]int{})
	if err != nil {
		t.Fatal(err)
	}
	for _, beam := range []string{"1", "3"} {
		var got map[string]any
		text := answer(t, "eval", "-model", dir, "-data", file, "-json", "-beam", beam)
		if err := json.Unmarshal([]byte(text), &got); err != nil || strings.Count(text, "\n") != 1 {
			t.Fatalf("%q: %v", text, err)
		}
		if got["n"] != 3.0 || got["lines"] != 4.0 || got["model"] != "small" || got["as_typed"] != nil {
			t.Errorf("the object is %s", text)
		}
		if want := eval.BLEU(m, eval.Cases(read), int(got["beam"].(float64))).BLEU; got["bleu"] != want {
			t.Errorf("BLEU is %v, want %v", got["bleu"], want)
		}
	}
	if out := answer(t, "eval", "-model", dir, "-data", file); !strings.Contains(out, "3 sources, 4 references") || strings.Count(out, "\n") != 1 {
		t.Errorf("the sentence is %q", out)
	}
}

// TestEvalSentences wants a table of a hundred sentences with a column a model, and no other flag's data.
func TestEvalSentences(t *testing.T) {
	dir := saved(t, modeltest.Small(t))
	out := strings.Split(strings.TrimSpace(answer(t, "eval", "-model", dir+","+dir, "-sentences")), "\n")
	if len(out) != 102 || !strings.HasPrefix(out[2], "| Hello! | ") || strings.Count(out[2], " |") != 3 || out[1] != "|---|---|---|" {
		t.Errorf("%d lines, the first three are %q", len(out), out[:min(3, len(out))])
	}
	var rows []struct {
		Source  string
		Outputs map[string]string
	}
	if err := json.Unmarshal([]byte(answer(t, "eval", "-model", dir, "-sentences", "-json")), &rows); err != nil || len(rows) != 100 || len(rows[7].Outputs) != 1 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	refuse(t, "leave -data out", "eval", "-model", dir, "-sentences", "-data", write(t, pairs...))
	refuse(t, "give one of", "eval", "-model", dir, "-sentences", "-probe")
	refuse(t, "-as-typed does not apply", "eval", "-model", dir, "-probe", "-as-typed", "-data", write(t, pairs...))
}

// TestEvalPerLine wants an object a line, whose probabilities are those of the perplexity and do not
// depend on the other lines.
func TestEvalPerLine(t *testing.T) {
	dir := saved(t, modeltest.Small(t))
	m, err := openModel(dir)
	if err != nil {
		t.Fatal(err)
	}
	file := write(t, pairs...)
	lines := strings.Split(strings.TrimSpace(answer(t, "eval", "-model", dir, "-data", file, "-per-line")), "\n")
	if len(lines) != len(pairs) {
		t.Fatalf("%d lines for %d pairs", len(lines), len(pairs))
	}
	var sum float64
	tokens := 0
	for i, line := range lines {
		var got struct {
			LogProb *float64 `json:"log_prob"`
			Tokens  int      `json:"tokens"`
		}
		if err := json.Unmarshal([]byte(line), &got); err != nil || got.LogProb == nil {
			t.Fatalf("line %d is %q: %v", i, line, err)
		}
		_, target, _ := strings.Cut(pairs[i], "\t")
		if want := len(m.Tokenizer.Encode(target)); got.Tokens != want {
			t.Errorf("line %d has %d tokens, want %d", i, got.Tokens, want)
		}
		if *got.LogProb >= 0 {
			t.Errorf("line %d has the log probability %g", i, *got.LogProb)
		}
		var alone train.Score
		if err := json.Unmarshal([]byte(answer(t, "eval", "-model", dir, "-data", write(t, pairs[i]), "-per-line")), &alone); err != nil {
			t.Fatal(err)
		}
		if alone.Tokens != got.Tokens || math.Abs(alone.LogProb-*got.LogProb) > 1e-3 {
			t.Errorf("line %d is %v alone, %s among others", i, alone, line)
		}
		sum += *got.LogProb
		tokens += got.Tokens
	}
	var whole struct{ Perplexity float64 }
	if err := json.Unmarshal([]byte(answer(t, "eval", "-model", dir, "-data", file, "-json")), &whole); err != nil {
		t.Fatal(err)
	}
	if want := math.Exp(-sum / float64(tokens)); math.Abs(whole.Perplexity/want-1) > 1e-6 {
		t.Errorf("the perplexity is %g, the lines give %g", whole.Perplexity, want)
	}
}

func TestEvalAsTyped(t *testing.T) {
	dir := saved(t, modeltest.Small(t))
	typed := make([]string, len(pairs))
	for i, p := range pairs {
		source, target, _ := strings.Cut(p, "\t")
		typed[i] = strings.ToLower(strings.TrimRight(source, ".?")) + "\t" + strings.TrimRight(target, " .?")
	}
	got := answer(t, "eval", "-model", dir, "-data", write(t, pairs...), "-as-typed", "-per-line")
	if want := answer(t, "eval", "-model", dir, "-data", write(t, typed...), "-per-line"); got != want {
		t.Errorf("as typed:\n%s\nwant\n%s", got, want)
	}
	if out := answer(t, "eval", "-model", dir, "-data", write(t, pairs...), "-as-typed", "-json"); !strings.Contains(out, `"as_typed":true`) {
		t.Errorf("%s does not say that it is as typed", out)
	}
}

func TestEvalRefuses(t *testing.T) {
	dir := saved(t, modeltest.Small(t))
	good := write(t, pairs...)
	for _, c := range []struct {
		want  string
		flags []string
	}{
		{"name a file", nil},
		{"gone.tsv", []string{"-data", "gone.tsv"}},
		{"-beam takes a number from 1 to 64", []string{"-data", good, "-beam", "0"}},
		{"-beam takes a number from 1 to 64", []string{"-data", good, "-beam", "65"}},
		{"line 2: no tab", []string{"-data", write(t, pairs[0], "no tab here", pairs[1])}},
		{"line 3: one side is empty", []string{"-data", write(t, pairs[0], pairs[1], "the cat\t ")}},
		{"line 1: one side is empty", []string{"-data", write(t, "\tle chat")}},
		{"line 2: no tab", []string{"-data", write(t, pairs[0], "", pairs[1])}},
		{"line 2: not UTF-8", []string{"-data", write(t, pairs[0], "caf\xe9\tcafé")}},
		{"line 2", []string{"-data", write(t, pairs[0], strings.Repeat("a", 2<<20)+"\tb")}},
	} {
		refuse(t, c.want, append([]string{"eval", "-model", dir}, c.flags...)...)
	}
	refuse(t, "name a model", "eval", "-data", good)
	empty := filepath.Join(t.TempDir(), "empty.tsv")
	put(t, empty, "")
	refuse(t, "holds no lines", "eval", "-model", dir, "-data", empty)

	broken := modeltest.Small(t)
	for _, p := range broken.Net.Weights().List {
		p.Set(func(x tensor.Matrix) { tensor.Scale(x.Data, 1e25, x.Data) })
	}
	refuse(t, "the file is damaged", "eval", "-model", saved(t, broken), "-data", good, "-json")
	refuse(t, "the file is damaged", "eval", "-model", saved(t, broken), "-data", good, "-per-line")
}

// TestEvalUnknownTask: a task that heed eval has no measure for is an error, and is not given BLEU.
func TestEvalUnknownTask(t *testing.T) {
	m := modeltest.Small(t)
	m.About.Task = "poetry"
	e := &evaluation{beam: 1}
	if err := e.measure(m, []data.Pair{{Source: "the cat", Target: "le chat"}}); err == nil || !strings.Contains(err.Error(), "no measure") {
		t.Errorf("the error is %v", err)
	}
}
