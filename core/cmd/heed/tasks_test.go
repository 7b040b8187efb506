package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"heed/core/data"
	"heed/core/eval"
	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/record"
	"heed/core/weights"
)

// tiny saves a model of a task with random weights in a directory of that name and returns it; the task
// may be followed by an attention, of a recurrent translator.
func tiny(t testing.TB, task string) string {
	t.Helper()
	task, attention, _ := strings.Cut(task, " ")
	kind := map[string]string{model.Generation: "gpt2", model.Fill: "bert"}[task]
	switch {
	case attention != "":
		kind = attention
	case kind == "":
		kind = "marian"
	}
	m := modeltest.New(t, task, kind)
	m.About.Title = "Tiny, " + task + attention
	dir := filepath.Join(t.TempDir(), task+attention)
	if err := m.Save(dir, weights.I8); err != nil {
		t.Fatal(err)
	}
	return dir
}

// object runs a command line that answers with one JSON object.
func object(t *testing.T, args ...string) map[string]any {
	t.Helper()
	var m map[string]any
	text := answer(t, args...)
	if err := json.Unmarshal([]byte(text), &m); err != nil || strings.Count(text, "\n") != 1 {
		t.Fatalf("heed %q: %q, %v", args, text, err)
	}
	return m
}

func TestEvalTasks(t *testing.T) {
	opened := func(dir string) *model.Model {
		m, err := openModel(dir)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	only := func(got map[string]any, want ...string) {
		t.Helper()
		for _, key := range []string{"bleu", "bits_per_byte", "f1", "ratio", "accuracy"} {
			if _, ok := got[key]; ok != strings.Contains(strings.Join(want, " "), key) {
				t.Errorf("%s of %v: %v", key, got["task"], ok)
			}
		}
		if got["n"] == nil || got["perplexity"] == nil {
			t.Errorf("%v lacks something", got)
		}
	}

	dir := tiny(t, model.Generation)
	file := write(t, "The cat.", "It sat.", "<|endoftext|>", "Été", "<|endoftext|>")
	documents := []data.Pair{{Target: "The cat.\nIt sat."}, {Target: "Été"}}
	scores := eval.Score(opened(dir), documents)
	got := object(t, "eval", "-model", dir, "-data", file, "-json")
	if only(got, "bits_per_byte"); got["n"] != 2.0 || got["bits_per_byte"] != -eval.Total(scores).LogProb/math.Ln2/(16+5) {
		t.Errorf("generation: %v", got)
	}
	if out := answer(t, "eval", "-model", dir, "-data", file); !strings.Contains(out, "bits per byte") || !strings.Contains(out, "2 documents") || strings.Count(out, "\n") != 1 {
		t.Errorf("generation: %q", out)
	}
	if out := answer(t, "eval", "-model", dir, "-data", file, "-per-line"); strings.Count(out, "\n") != 2 {
		t.Errorf("generation, each line: %q", out)
	}

	dir = tiny(t, model.Fill)
	file = write(t, "the cat", "...", "the the the the")
	got = object(t, "eval", "-model", dir, "-data", file, "-json")
	total := eval.Total(eval.Score(opened(dir), []data.Pair{{Source: "the cat"}, {Source: "the the the the"}}))
	if only(got, "accuracy"); got["texts"] != 3.0 || got["n"] != float64(total.Words) || got["accuracy"] != float64(total.Right)/float64(total.Words) || got["commonest_word"] != "the" {
		t.Errorf("fill: %v", got)
	}
	if out := answer(t, "eval", "-model", dir, "-data", file); !strings.Contains(out, `always "the"`) || !strings.Contains(out, "3 texts") {
		t.Errorf("fill: %q", out)
	}
	refuse(t, "no word to hide", "eval", "-model", dir, "-data", write(t, "...", "?"))

	dir = tiny(t, model.Compression)
	file = write(t, "the cat , it said , sat on the mat .\tthe cat sat .", "the cat sat\tthe cat sat")
	got = object(t, "eval", "-model", dir, "-data", file, "-json", "-beam", "2")
	if only(got, "f1 ratio"); got["n"] != 2.0 || got["subsequences"] != 1.0 || got["f1_of_all_words"] != (2*3.0/11+1)/2 || got["reference_ratio"] != (3.0/8+1)/2 {
		t.Errorf("compression: %v", got)
	}
	if out := answer(t, "eval", "-model", dir, "-data", file); !strings.Contains(out, "F1 0.") || !strings.Contains(out, "100.0 % of the outputs leave words out and do nothing else") {
		t.Errorf("compression: %q", out)
	}

	if _, remarks, err := heed("eval", "-model", dir, "-data", file); err != nil || remarks != "" {
		t.Errorf("compressions: %q, %v", remarks, err)
	}
	if _, remarks, err := heed("eval", "-model", dir, "-data", write(t, pairs...)); err != nil || !strings.Contains(remarks, "hardly are sentences made shorter") {
		t.Errorf("translations are compressions: %q, %v", remarks, err)
	}

	for _, attention := range []string{"none", "additive"} {
		dir = tiny(t, model.Translation+" "+attention)
		got = object(t, "eval", "-model", dir, "-data", write(t, pairs...), "-json", "-as-typed")
		if only(got, "bleu"); got["n"] != 3.0 || got["lines"] != 4.0 || got["as_typed"] != true {
			t.Errorf("%s: %v", attention, got)
		}
	}

	for _, task := range []string{model.Generation, model.Fill} {
		dir = tiny(t, task)
		file = write(t, "the cat")
		refuse(t, does(opened(dir)), "eval", "-model", dir, "-data", file, "-beam", "2")
		refuse(t, "for translators", "eval", "-model", dir, "-data", file, "-as-typed")
		refuse(t, "for translators", "eval", "-model", dir, "-data", file, "-by-length", t.TempDir())
	}
	refuse(t, "only a directory that heed train wrote has float32 weights", "eval", "-model", dir, "-data", file, "-float32")
}

// TestEvalFloat32 wants the weights of the checkpoint measured.
func TestEvalFloat32(t *testing.T) {
	recipe, data := corpus(t)
	dir := filepath.Join(t.TempDir(), "tiny")
	answer(t, "train", recipe, "-data", data, "-o", dir, "-steps", "20")
	file := filepath.Join(data, "valid.tsv")
	stored, exact := object(t, "eval", "-model", dir, "-data", file, "-json"), object(t, "eval", "-model", dir, "-data", file, "-json", "-float32")
	if exact["weights"] != "float32" || stored["weights"] != nil {
		t.Errorf("the weights are %v and %v", exact["weights"], stored["weights"])
	}
	a, b := stored["perplexity"].(float64), exact["perplexity"].(float64)
	if a == b || math.Abs(a/b-1) > 0.02 {
		t.Errorf("the perplexity is %g stored and %g in float32", a, b)
	}
}

func TestEvalByLength(t *testing.T) {
	one, two := tiny(t, model.Translation+" none"), tiny(t, model.Translation+" additive")
	for _, dir := range []string{one, two} { // their outputs go on to the last position
		path := filepath.Join(dir, "config.json")
		if err := os.WriteFile(path, replaced(t, read(t, path), `"max_position_embeddings": 48`, `"max_position_embeddings": 12`), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	var lines []string
	for n := range 10 {
		source := strings.TrimSpace(strings.Repeat("cat ", n+1))
		lines = append(lines, source+"\t"+source, source+"\tchat")
	}
	file := write(t, lines...)
	published := write(t, "x_length,RNNsearch-50,RNNsearch-30,RNNenc-50", "0,1,1,1", "10.0,20,1,19", "30,25,1,15.5", "60,26,1,7", "70,26,1,7")
	out := filepath.Join(t.TempDir(), "new", "figure")
	text, remarks, err := heed("eval", "-model", one, "-model", two, "-data", file, "-by-length", out, "-published", published)
	if err != nil || !strings.Contains(remarks, "joined from the same 10 sentences again") {
		t.Errorf("by length: %q, %v", remarks, err)
	}
	if strings.Count(text, "\n") != 2 || !strings.Contains(text, "translationnone, BLEU at 10 words ") {
		t.Errorf("by length: %q", text)
	}
	rows, err := csv.NewReader(strings.NewReader(string(read(t, filepath.Join(out, "bleu-by-length.csv"))))).ReadAll()
	if err != nil || len(rows) != 1+2*len(eval.Lengths) || strings.Join(rows[0], ",") != "length,model,bleu,n,mean words" {
		t.Fatalf("the table is %q, %v", rows, err)
	}
	for i, r := range rows[1:] {
		words := strconv.Itoa(eval.Lengths[i%len(eval.Lengths)])
		name := []string{"translationnone", "translationadditive"}[i/len(eval.Lengths)]
		if r[0] != words || r[1] != name || r[3] != strconv.Itoa(eval.LengthCases) || r[4] != words+".0" {
			t.Errorf("row %d is %q", i, r)
		}
	}
	figure := string(read(t, filepath.Join(out, "bleu-by-length.svg")))
	shown := texts(t, figure)
	for _, want := range []string{"BLEU", "words of the source", "translationnone", "RNNsearch-50", "RNNenc-50", "Bahdanau et al. 2014", "shapes"} {
		if !strings.Contains(shown, want) {
			t.Errorf("the figure lacks %q: %s", want, shown)
		}
	}
	if strings.Contains(figure, "NaN") || strings.Contains(figure, "Inf") || strings.Count(figure, "stroke-dasharray") != 2 {
		t.Error("the figure's curves are wrong")
	}
	again := t.TempDir()
	got := answer(t, "eval", "-model", two, "-data", file, "-by-length", again, "-json")
	table := func(dir string) string { return string(read(t, filepath.Join(dir, "bleu-by-length.csv"))) }
	if _, rest, _ := strings.Cut(table(again), "\n"); !strings.HasSuffix(table(out), rest) {
		t.Error("alone the second model has another table")
	}
	if alone := texts(t, string(read(t, filepath.Join(again, "bleu-by-length.svg")))); strings.Contains(alone, "Bahdanau") {
		t.Error("the figure names curves that it does not show")
	}
	var objects []struct {
		Model  string
		Points []struct{ Length int } `json:"by_length"`
	}
	if err := json.Unmarshal([]byte(got), &objects); err != nil || len(objects) != 1 || len(objects[0].Points) != len(eval.Lengths) {
		t.Errorf("the objects are %s, %v", got, err)
	}

	base := []string{"eval", "-model", one, "-data", file, "-by-length", again}
	for want, flags := range map[string][]string{
		"lack the column RNNsearch-50": {"-published", write(t, "x,y", "1,2", "3,4")},
		"no points":                    {"-published", write(t, "x,y")},
		"line 3 is no point":           {"-published", write(t, "x_length,RNNsearch-50,RNNenc-50", "10,1,1", "20,one,1")},
		"gone.csv":                     {"-published", "gone.csv"},
		"one of -by-length":            {"-per-line"},
		"one of -by":                   {"-alignment", file},
	} {
		refuse(t, want, append(base[:len(base):len(base)], flags...)...)
	}
	refuse(t, "several models are for -by-length", "eval", "-model", one+","+two, "-data", file)
	refuse(t, "-published is for", "eval", "-model", one, "-data", file, "-published", published)
	refuse(t, "add up", "eval", "-model", one, "-data", write(t, strings.Repeat("cat ", 11)+"\tchat"), "-by-length", again)
}

func TestEvalAlignment(t *testing.T) {
	lessons := write(t, "cat\tchat", "the cat\tle chat", "the\tle", "dog\tchien", "a dog\tun chien", "a\tun")
	file := write(t, "the b c d e f g cat\tle chat", "a b c d e f g dog\tun chien", "the cat\tle chat")
	for task, kind := range map[string]string{model.Translation: "cross", model.Translation + " additive": "rnn"} {
		dir := tiny(t, task)
		out := answer(t, "eval", "-model", dir, "-data", file, "-alignment", lessons)
		if !strings.Contains(out, kind+" ") || !strings.Contains(out, "4 of 4 words of 2 sentences, dictionary of 4") || !strings.Contains(out, "a random word 12.5 %") {
			t.Errorf("%s: %q", task, out)
		}
		got := object(t, "eval", "-model", dir, "-data", file, "-alignment", lessons, "-json")
		if got["n"] != 4.0 || got["best"] == nil || got["random"] != 0.125 || got["dictionary"] != 4.0 {
			t.Errorf("%s: %v", task, got)
		}
	}
	refuse(t, "no attention between", "eval", "-model", tiny(t, model.Translation+" none"), "-data", file, "-alignment", lessons)
	refuse(t, "knows no word", "eval", "-model", tiny(t, model.Translation), "-data", file, "-alignment", write(t, "x\ty"))
	refuse(t, "no tab", "eval", "-model", tiny(t, model.Translation), "-data", file, "-alignment", write(t, "x"))
}

// TestHeadsAlignment: heads from the output to the text have the rates of eval, and the chance of a random word; others
// have none.
func TestHeadsAlignment(t *testing.T) {
	lessons := write(t, "cat\tchat", "the cat\tle chat", "the\tle", "dog\tchien", "a dog\tun chien", "a\tun")
	file := write(t, "the b c d e f g cat\tle chat", "a b c d e f g dog\tun chien", "the cat\tle chat")
	right := 0.0
	for _, task := range []string{model.Translation, model.Translation + " additive"} {
		dir := tiny(t, task)
		rates := map[string]float64{}
		for _, h := range object(t, "eval", "-model", dir, "-data", file, "-alignment", lessons, "-json")["heads"].([]any) {
			h := h.(map[string]any)
			rates[fmt.Sprint(h["kind"], h["layer"], h["head"])] = h["rate"].(float64)
		}
		out := answer(t, "heads", "-model", dir, "-data", file, "-alignment", lessons, "-json")
		for line := range strings.Lines(out) {
			var h map[string]any
			if err := json.Unmarshal([]byte(line), &h); err != nil {
				t.Fatal(err)
			}
			rate, across := rates[fmt.Sprint(h["kind"], h["layer"], h["head"])]
			if !across {
				if h["translation"] != nil {
					t.Errorf("%s: a head within one text translates: %s", task, line)
				}
				continue
			}
			if h["translation"] != rate || h["chance"].(map[string]any)["translation"] != 0.125 {
				t.Errorf("%s: %s; want %g, by chance 0.125", task, line, rate)
			}
			right += rate
		}
	}
	if right == 0 {
		t.Error("no head is ever right")
	}
	refuse(t, "-alignment needs -data", "heads", "-model", tiny(t, model.Translation), "-alignment", lessons)
	refuse(t, "for translators", "heads", "-model", tiny(t, model.Generation), "-data", file, "-alignment", lessons)
	refuse(t, "knows no word", "heads", "-model", tiny(t, model.Translation), "-data", file, "-alignment", write(t, "x\ty"))
}

func TestRunTasks(t *testing.T) {
	dir := tiny(t, model.Generation)
	base := []string{"run", "-model", dir, "-text", "the cat"}
	of := func(flags ...string) string { return answer(t, append(base[:len(base):len(base)], flags...)...) }
	greedy := of("-max-tokens", "6")
	if !strings.HasPrefix(greedy, "the cat") || greedy != of("-max-tokens", "6", "-temperature", "0") || greedy != of("-max-tokens", "6", "-top-k", "1") {
		t.Errorf("greedily: %q, %q", greedy, of("-max-tokens", "6", "-top-k", "1"))
	}
	if a, b := of("-max-tokens", "20", "-seed", "1"), of("-max-tokens", "20", "-seed", "2"); a == b || a != of("-max-tokens", "20", "-seed", "1", "-temperature", "1") {
		t.Errorf("two seeds: %q, %q", a, b)
	}
	r, err := record.Parse([]byte(of("-max-tokens", "6", "-out", "json")))
	if err != nil || r.Text+"\n" != greedy || r.Text != "the cat"+r.Output || r.Find(record.Decoder, 1, 1) == nil {
		t.Errorf("the Record is of %q: %v", r.Text, err)
	}
	if r, err := record.Parse([]byte(of("-out", "json"))); err != nil || r.Output != "" || len(r.Predictions) == 0 {
		t.Errorf("reading alone: %v", err)
	}
	if out := of("-out", "csv"); !strings.Contains(out, "<|endoftext|>") {
		t.Errorf("the map is %q", out)
	}
	lines := answer(t, "run", "-model", dir, "-file", write(t, "the cat", "the mat"), "-max-tokens", "4")
	if !strings.HasPrefix(lines, "the cat") || strings.Count(lines, "\n") != 2 {
		t.Errorf("two lines are written on as %q", lines)
	}
	for want, flags := range map[string][]string{
		"-max-tokens N, which is missing": nil,
		"-temperature takes":              {"-temperature", "-1"},
		"-temperature takes a":            {"-temperature", "NaN"},
		"-temperature takes a number":     {"-temperature", "1e-9"},
		"-top-k does not apply":           {"-temperature", "0", "-top-k", "3"},
		"-top-p does not apply":           {"-temperature", "0", "-top-p", "0.5"},
		"-seed does not apply":            {"-temperature", "0", "-seed", "1"},
		"-top-k takes":                    {"-top-k", "-1"},
		"-top-p takes":                    {"-top-p", "1.5"},
		"-top-p takes a":                  {"-top-p", "NaN"},
		"-seed":                           {"-seed", "-1"},
		"-beam applies to models":         {"-beam", "2"},
		"-target applies to models":       {"-target", "le chat"},
		"-beam applies to":                {"-beam", "1"},
		"-kind takes one of decoder,":     {"-kind", "rnn", "-out", "csv"},
		"-layer takes a number from 0 to": {"-layer", "2", "-out", "csv"},
	} {
		refuse(t, want, append(base[:len(base):len(base)], flags...)...)
	}

	dir = tiny(t, model.Fill)
	out, remarks, err := heed("run", "-model", dir, "-text", "the ___ sat")
	if err != nil || remarks != "" || !strings.HasSuffix(out, " sat\n") || strings.Contains(out, "_") {
		t.Errorf("filled in: %q, %q, %v", out, remarks, err)
	}
	if out, remarks, err = heed("run", "-model", dir, "-text", "the cat"); err != nil || out != "the cat\n" || !strings.Contains(remarks, "No word is hidden") {
		t.Errorf("nothing to fill in: %q, %q, %v", out, remarks, err)
	}
	if r, err := record.Parse([]byte(answer(t, "run", "-model", dir, "-text", "the [MASK]", "-out", "json"))); err != nil || len(r.Predictions) != 1 || r.Find(record.Self, 0, 0) == nil {
		t.Errorf("the Record of a text to fill: %v", err)
	}
	refuse(t, "-max-tokens applies to models that write", "run", "-model", dir, "-text", "the cat", "-max-tokens", "3")
	refuse(t, "-seed applies to models that generate text", "run", "-model", dir, "-text", "the cat", "-seed", "3")

	dir = tiny(t, model.Compression)
	out = answer(t, "run", "-model", dir, "-text", "The cat sat on the mat.")
	rest := "the cat sat on the mat."
	for _, w := range strings.Fields(strings.ToLower(out)) {
		i := strings.Index(rest, strings.TrimSuffix(w, "."))
		if i < 0 {
			t.Fatalf("made shorter: %q", out)
		}
		rest = rest[i:]
	}
	if r, err := record.Parse([]byte(answer(t, "run", "-model", dir, "-text", "The cat sat.", "-out", "json"))); err != nil || r.Task != model.Compression {
		t.Errorf("the Record of a compression: %v", err)
	}

	dir = tiny(t, model.Translation+" additive")
	if out := answer(t, "run", "-model", dir, "-text", "the cat", "-target", "le chat", "-kind", "rnn", "-out", "csv"); !strings.HasPrefix(out, "query,") || strings.Count(out, "\n") < 3 {
		t.Errorf("soft attention: %q", out)
	}
	refuse(t, "no layers to look into", "run", "-model", dir, "-text", "the cat", "-view", "predictions", "-lens", "-out", "svg")
	dir = tiny(t, model.Translation+" none")
	answer(t, "run", "-model", dir, "-text", "the cat", "-max-tokens", "5")
	if r, err := record.Parse([]byte(answer(t, "run", "-model", dir, "-text", "the cat", "-target", "le chat", "-out", "json"))); err != nil || r.Context == nil || len(r.Maps) != 0 {
		t.Errorf("a fixed context: %v", err)
	}
	refuse(t, "no attention to draw", "run", "-model", dir, "-text", "the cat", "-out", "svg")
	refuse(t, "no attention to draw", "run", "-model", dir, "-text", "the cat", "-out", "csv")
}

// TestExportFamilies wants the files that transformers needs of each family, and the same model in them.
func TestExportFamilies(t *testing.T) {
	file := func(dir, name string) (m map[string]any) {
		t.Helper()
		if err := json.Unmarshal(read(t, filepath.Join(dir, name)), &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	for task, want := range map[string]struct{ architecture, weight, text string }{
		model.Generation:  {"GPT2LMHeadModel", "transformer.h.1.attn.c_attn.weight", "the cat"},
		model.Fill:        {"BertForMaskedLM", "bert.encoder.layer.1.attention.self.query.weight", "the [MASK] sat"},
		model.Compression: {"MarianMTModel", "model.shared.weight", "the cat sat"},
	} {
		dir, out := tiny(t, task), filepath.Join(t.TempDir(), task)
		answer(t, "export", "-model", dir, "-o", out)
		c := file(out, "config.json")
		if a, _ := c["architectures"].([]any); len(a) != 1 || a[0] != want.architecture {
			t.Errorf("%s: the architecture is %v", task, c["architectures"])
		}
		f, err := weights.Parse(read(t, filepath.Join(out, "model.safetensors")))
		if err != nil {
			t.Fatal(err)
		}
		if dtype, ok := f.DType(want.weight); !ok || dtype != weights.F32 {
			t.Errorf("%s: %s is %v", task, want.weight, dtype)
		}
		run := func(dir string) string { return answer(t, "run", "-model", dir, "-text", want.text, "-out", "json") }
		if run(dir) != run(out) {
			t.Errorf("%s: the exported model gives another Record", task)
		}
		k := file(out, "tokenizer_config.json")
		if k["tokenizer_class"] != "PreTrainedTokenizerFast" {
			t.Errorf("%s: %v", task, k)
		}
		switch task {
		case model.Generation:
			g := file(out, "generation_config.json")
			if k["bos_token"] != model.EndOfText || k["eos_token"] != model.EndOfText || k["split_special_tokens"] != true || g["eos_token_id"] != 0.0 || g["max_length"] != 32.0 {
				t.Errorf("GPT-2: %v, %v", k, g)
			}
		case model.Fill:
			added, _ := k["added_tokens_decoder"].(map[string]any)
			mask, _ := added["3"].(map[string]any)
			if k["pad_token"] != "[PAD]" || k["cls_token"] != "[CLS]" || k["sep_token"] != "[SEP]" || k["mask_token"] != "[MASK]" || mask["content"] != "[MASK]" || mask["lstrip"] != true {
				t.Errorf("BERT: %v", k)
			}
		}
	}
	refuse(t, "transformers has no network like this one", "export", "-model", tiny(t, model.Translation+" additive"), "-o", t.TempDir())
}
