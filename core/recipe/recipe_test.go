package recipe

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"heed/core/data"
	"heed/core/train"
)

func TestRecipes(t *testing.T) {
	for _, name := range recipeNames() {
		r, err := Read(name)
		if err != nil {
			t.Error(err)
		} else if r.Name != name {
			t.Errorf("the recipe %s calls itself %s", name, r.Name)
		}
	}
}

// TestRecipesReadme wants every key of a recipe, and every recipe, explained beside them.
func TestRecipesReadme(t *testing.T) {
	text, err := os.ReadFile("recipes/README.md")
	if err != nil {
		t.Fatal(err)
	}
	names := recipeNames()
	for _, of := range []reflect.Type{reflect.TypeFor[Recipe](), reflect.TypeFor[train.Options](), reflect.TypeFor[Join](), reflect.TypeFor[Typing](), reflect.TypeFor[Augment](), reflect.TypeFor[Mix]()} {
		for i := range of.NumField() {
			if key, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ","); key != "" {
				names = append(names, key)
			}
		}
	}
	for _, name := range names {
		if !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("recipes/README.md does not name `%s`", name)
		}
	}
}

func TestRecipeErrors(t *testing.T) {
	good, err := recipes.ReadFile("recipes/en-fr.json")
	if err != nil {
		t.Fatal(err)
	}
	// A small network, since each of these recipes builds one.
	for _, size := range []string{"d_model", "encoder_ffn_dim", "decoder_ffn_dim"} {
		good = regexp.MustCompile(`"`+size+`": \d+`).ReplaceAll(good, []byte(`"`+size+`": 48`))
	}
	lines := strings.Split(string(good), "\n")
	// at is the line, counted from 1, that begins with a field.
	at := func(field string) int {
		return 1 + slices.IndexFunc(lines, func(l string) bool { return strings.HasPrefix(strings.TrimSpace(l), `"`+field+`"`) })
	}
	for _, c := range []struct {
		name, old, new string // old is a regular expression
		want           []string
	}{
		{"unknown field", `"seed"`, `"sead"`, []string{fmt.Sprintf(", line %d:", at("seed")), "sead"}},
		{"unknown field inside", `"d_model"`, `"depth": 3, "d_model"`, []string{fmt.Sprintf(", line %d:", at("d_model")), "depth"}},
		{"unknown field named as a known one", `"most"`, `"steps"`, []string{`mine.json: unknown field "steps"`}},
		{"type", `"d_model": \d+`, `"d_model": "wide"`, []string{fmt.Sprintf(", line %d:", at("d_model")), "d_model"}},
		{"not whole", `"steps": \d+`, `"steps": 1.5`, []string{fmt.Sprintf(", line %d:", at("steps")), "steps"}},
		{"no comma", `"fr"\],`, `"fr"]`, []string{fmt.Sprintf(", line %d:", at("language")+1)}},
		{"truncated", `"warmup"`, "\x00", []string{fmt.Sprintf(", line %d:", at("warmup"))}},
		{"more after the end", `\n\}\n$`, "\n}\nand so on\n", []string{fmt.Sprintf(", line %d:", len(lines))}},
		{"no task", `"translation"`, `"poetry"`, []string{"poetry"}},
		{"no name", `"name": "en-fr"`, `"name": ""`, []string{"name"}},
		{"no data", `"tatoeba-en-fr/train.tsv"`, `""`, []string{"train"}},
		{"probability", `"lower_case": [\d.]+`, `"lower_case": 2`, []string{"typing.lower_case is 2"}},
		{"steps", `"steps": \d+`, `"steps": 0`, []string{"steps is 0"}},
		{"batch", `"batch_tokens": \d+`, `"batch_tokens": 100`, []string{"batch_tokens is 100"}},
		{"too long", `"max_tokens": \d+`, `"max_tokens": 9999`, []string{"max_tokens is 9999"}},
		{"heads", `"encoder_attention_heads": \d+`, `"encoder_attention_heads": 5`, []string{"5"}},
		{"model type", `"marian"`, `"t5"`, []string{`type "t5"`}},
		{"special tokens", `"pad_token_id": \d+`, `"pad_token_id": 7`, []string{"pad_token_id is 7"}},
		{"the same special token", `"eos_token_id": \d+`, `"eos_token_id": 0`, []string{"are the same"}},
		{"another task's network", `"translation"`, `"generation"`, []string{"not of a network for the task generation"}},
		{"optimizer", `"steps"`, `"optimizer": "lion", "steps"`, []string{`optimizer is "lion"; it must be "adamw" or "muon"`}},
		{"an optimizer of small tasks", `"steps"`, `"optimizer": "sgd", "steps"`, []string{`optimizer is "sgd"`, "heed train task:", `"adamw" or "muon"`}},
		{"no room for bytes", `"vocab_size": \d+`, `"vocab_size": 257`, []string{"vocab_size is 257", "258"}},
		{"not a file", `"tatoeba-en-fr/train.tsv"`, `["train.tsv", 3]`, []string{`["train.tsv", 3] is neither`}},
		{"no rate", `"learning_rate": [\d.]+`, `"learning_rate": 0`, []string{"learning_rate is missing"}},
		{"twice", `"steps": \d+`, `"steps": 1, "steps": 2`, []string{fmt.Sprintf(", line %d: duplicate member \"steps\"", at("steps"))}},
		{"twice inside", `"d_model"`, `"encoder_layers": 1, "d_model"`, []string{fmt.Sprintf(", line %d: duplicate member \"encoder_layers\"", at("encoder_layers"))}},
		{"a type in words", `"steps": \d+`, `"steps": "many"`, []string{"steps is a text; it must be a whole number"}},
		{"below zero", `"seed": \d+`, `"seed": -1`, []string{"seed is -1; it must be a whole number from 0"}},
		{"a range in digits", `"steps": \d+`, `"steps": 2000000000`, []string{"between 1 and 1000000000"}},
		{"no language", `\["en", "fr"\]`, `[]`, []string{"language is missing"}},
		{"one language to translate", `\["en", "fr"\]`, `["en"]`, []string{"language is missing"}},
		{"a mask to translate", `"steps"`, `"mask": 0.2, "steps"`, []string{"mask is for the task fill"}},
		{"no width", `"d_model": \d+,`, ``, []string{"config: d_model is missing"}},
		{"no layers", `"decoder_layers": \d+,`, ``, []string{"config: decoder_layers is missing"}},
		{"a share", `"share": [\d.]+`, `"share": 1.5`, []string{"mix[0].share is 1.5"}},
		{"shares of more than all", `"share": [\d.]+`, `"share": 0.99`, []string{"shares of mix add up to 1.055"}},
		{"a mix of nothing", `"everyday/train.tsv"`, `[]`, []string{"mix[0].train"}},
		{"an augmentation", `"misspelt": [\d.]+`, `"misspelt": 7`, []string{"augment.misspelt is 7"}},
		{"capitals twice", `"all_caps": [\d.]+`, `"all_caps": 0.99`, []string{"all_caps and augment.title_case add up to 1.005"}},
		{"a mean of all", `"average": [\d.]+`, `"average": 1`, []string{"average is 1"}},
		{"a cooldown", `"cooldown": [\d.]+`, `"cooldown": 2`, []string{"cooldown is 2"}},
		{"joins of one", `"most": \d+`, `"most": 1`, []string{"join.most is 1"}},
	} {
		place := regexp.MustCompile(c.old).FindIndex(good)
		if place == nil {
			t.Fatalf("%s: the recipe has no %s", c.name, c.old)
		}
		text := string(good[:place[0]]) + c.new + string(good[place[1]:])
		text, _, _ = strings.Cut(text, "\x00")
		path := filepath.Join(t.TempDir(), "mine.json")
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		_, err := Read(path)
		for _, want := range append(c.want, path) {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: the error is %v, which lacks %q", c.name, err, want)
			}
		}
	}
	if _, err := Read("no-such"); err == nil || !strings.Contains(err.Error(), "en-fr") {
		t.Errorf("a recipe that is not there: %v", err)
	}
}

// numbered are pairs that can be told apart, and whose order shows.
func numbered(n int) []data.Pair {
	var pairs []data.Pair
	for i := range n {
		pairs = append(pairs, data.Pair{Source: fmt.Sprintf("s%d.", i), Target: fmt.Sprintf("t%d.", i)})
	}
	return pairs
}

// TestEpoch wants each pair once, its translation at the same place of the example, joined as often
// as the recipe says; the same examples each time, and others in the next epoch.
func TestEpoch(t *testing.T) {
	r := small()
	r.Typing = Typing{}
	tr := start(t, r, madeUp(40))
	pairs := numbered(3000)
	examples := r.epoch(1, &Data{Pairs: pairs}, data.NewBuilder(r.Task, tr.Net, tr.Tokenizer, r.MaxTokens))
	seen := make([]int, len(pairs))
	sizes := map[int]int{}
	for _, e := range examples {
		if e.Source[len(e.Source)-1] != 1 || e.Target[len(e.Target)-1] != 1 || e.Target[0] != 0 {
			t.Fatal("an example does not end with the end token, or its target not begin with the start token")
		}
		source, target := strings.Fields(tr.Tokenizer.Decode(e.Source)), strings.Fields(tr.Tokenizer.Decode(e.Target))
		sizes[len(source)]++
		if len(source) != len(target) {
			t.Fatalf("%q became %q", source, target)
		}
		for i, s := range source {
			n, err := strconv.Atoi(strings.Trim(s, "s."))
			if err != nil || target[i] != fmt.Sprintf("t%d.", n) {
				t.Fatalf("%q became %q", source, target)
			}
			seen[n]++
		}
	}
	for i, n := range seen {
		if n != 1 {
			t.Fatalf("pair %d was used %d times", i, n)
		}
	}
	// Two or three are joined in 40 %, as often each; the last example may be cut.
	n := float64(len(examples))
	for size, want := range map[int]float64{1: 0.6, 2: 0.2, 3: 0.2} {
		if got := float64(sizes[size]) / n; math.Abs(got-want) > 4*math.Sqrt(want*(1-want)/n)+1/n {
			t.Errorf("%g of the examples hold %d pairs, want %g", got, size, want)
		}
	}
	equal := func(a, b []train.Example) bool {
		return slices.EqualFunc(a, b, func(a, b train.Example) bool {
			return slices.Equal(a.Source, b.Source) && slices.Equal(a.Target, b.Target)
		})
	}
	if !equal(examples, r.epoch(1, &Data{Pairs: pairs}, data.NewBuilder(r.Task, tr.Net, tr.Tokenizer, r.MaxTokens))) {
		t.Error("an epoch is not the same twice")
	}
	if equal(examples[:100], r.epoch(2, &Data{Pairs: pairs}, data.NewBuilder(r.Task, tr.Net, tr.Tokenizer, r.MaxTokens))[:100]) {
		t.Error("two epochs begin alike")
	}
	r.Seed++
	if equal(examples[:100], r.epoch(1, &Data{Pairs: pairs}, data.NewBuilder(r.Task, tr.Net, tr.Tokenizer, r.MaxTokens))[:100]) {
		t.Error("two seeds begin alike")
	}
	r.Join = Join{0, 1}
	pairs = append(pairs, data.Pair{Source: "short", Target: "longer than eight bytes"}, data.Pair{Source: "longer than eight bytes", Target: "short"})
	for _, e := range r.epoch(1, &Data{Pairs: pairs}, data.NewBuilder(r.Task, tr.Net, tr.Tokenizer, 8)) {
		if len(e.Source) > 8 || len(e.Target) > 9 {
			t.Fatal("an example is longer than max_tokens")
		}
	}
}

func TestRoughen(t *testing.T) {
	r := &Recipe{Typing: Typing{NoFinalMark: 0.3, LowerCase: 0.2, Curly: 0.05}}
	rng := rand.New(rand.NewPCG(8, 9))
	const n = 20000
	var marks, lower, curly float64
	for range n {
		p := r.roughen(rng, data.Pair{Source: "It's Late!", Target: "C'est Tard !"})
		target := "C'est Tard !"
		if !strings.HasSuffix(p.Source, "!") {
			marks++
			target = "C'est Tard"
		}
		if p.Target != target {
			t.Fatalf("%q became %q", p.Source, p.Target)
		}
		if p.Source == strings.ToLower(p.Source) {
			lower++
		}
		if strings.Contains(p.Source, "’") {
			curly++
		}
	}
	for _, c := range []struct {
		name      string
		got, want float64
	}{{"lose their final mark", marks / n, 0.3}, {"lose their capitals", lower / n, 0.2}, {"have a curly apostrophe", curly / n, 0.05}} {
		if math.Abs(c.got-c.want) > 4*math.Sqrt(c.want*(1-c.want)/n) {
			t.Errorf("%g %s, want %g", c.got, c.name, c.want)
		}
	}
	r.Typing = Typing{NoFinalMark: 1}
	for _, c := range [][2]data.Pair{{{Source: "It Rains."}, {Source: "It Rains"}}, {{Target: "It Rains."}, {Target: "It Rains"}}, {{Target: "!"}, {Target: "!"}}} { // of one side
		if p := r.roughen(rng, c[0]); p != c[1] {
			t.Errorf("%q became %q, want %q", c[0], p, c[1])
		}
	}
	if p := r.roughen(rng, data.Pair{Source: "?", Target: "Quoi ?"}); p.Source != "?" || p.Target != "Quoi ?" {
		t.Errorf("a pair of which nothing would be left became %q", p)
	}
}

// TestBatches wants every example once, in batches of like length within the budget, in an order
// that differs from epoch to epoch.
func TestBatches(t *testing.T) {
	r := small()
	rng := rand.New(rand.NewPCG(10, 11))
	var examples []train.Example
	for i := range 1 << 14 {
		// The first token tells the example.
		examples = append(examples, train.Example{Source: append([]int{i}, make([]int, rng.IntN(30))...), Target: make([]int, 2+rng.IntN(30))})
	}
	batches := r.batches(0, slices.Clone(examples))
	seen := make([]bool, len(examples))
	type extent struct{ low, high int }
	var extents []extent
	for _, b := range batches {
		tokens := 0
		for _, e := range b {
			tokens += e.Size()
			if seen[e.Source[0]] {
				t.Fatalf("example %d comes twice", e.Source[0])
			}
			seen[e.Source[0]] = true
		}
		if tokens > r.BatchTokens || len(b) == 0 {
			t.Errorf("a batch of %d examples and %d tokens; %d are allowed", len(b), tokens, r.BatchTokens)
		}
		extents = append(extents, extent{b[0].Size(), b[len(b)-1].Size()})
	}
	if slices.IsSortedFunc(extents, func(a, b extent) int { return a.low - b.low }) {
		t.Error("the batches come from short to long")
	}
	slices.SortFunc(extents, func(a, b extent) int { return cmp.Or(a.low-b.low, a.high-b.high) })
	for i, e := range extents[1:] {
		if e.low < extents[i].high {
			t.Errorf("a batch holds examples of %d to %d tokens, another of %d to %d", extents[i].low, extents[i].high, e.low, e.high)
		}
	}
	if slices.Contains(seen, false) {
		t.Error("an example is missing")
	}
	// Too little is as bad as too much.
	if tokens, n := 30*len(examples), len(batches); float64(tokens)/float64(n) < 0.7*float64(r.BatchTokens) {
		t.Errorf("the batches hold %d tokens on average", tokens/n)
	}
	equal := func(a, b [][]train.Example) bool {
		return slices.EqualFunc(a, b, func(a, b []train.Example) bool {
			return slices.EqualFunc(a, b, func(a, b train.Example) bool { return a.Source[0] == b.Source[0] })
		})
	}
	if !equal(batches, r.batches(0, slices.Clone(examples))) {
		t.Error("the batches are not the same twice")
	}
	if equal(batches, r.batches(1, slices.Clone(examples))) {
		t.Error("two epochs have their batches in the same order")
	}
}
