package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"

	"heed/core/data"
	"heed/core/eval"
	"heed/core/model"
	"heed/core/recipe"
	"heed/core/run"
	"heed/core/say"
)

// report is what eval -json prints: what every model has, and what its task has.
type report struct {
	Model   string `json:"model"`
	Task    string `json:"task"`
	Weights string `json:"weights,omitempty"` // "float32" when they are not those stored for use, "int8" when products read them so
	*translationReport
	*compressionReport
	*generationReport
	*fillReport
	Perplexity float64 `json:"perplexity"`     // of a token to write, given what stands before it; of a hidden one
	Beam       int     `json:"beam,omitempty"` // where there is a search
	AsTyped    bool    `json:"as_typed,omitempty"`
	N          int     `json:"n"` // sources, sentences, documents or hidden words
}

type translationReport struct {
	BLEU       float64    `json:"bleu"`
	Precisions [4]float64 `json:"precisions"`
	Brevity    float64    `json:"brevity_penalty"`
	Exact      float64    `json:"exact"` // share of outputs that are one of their references, letter by letter
	Lines      int        `json:"lines"` // references
}

// compressionReport holds what eval.Shortening does, for the model and for what it is compared with.
type compressionReport struct {
	F1             float64 `json:"f1"`
	Ratio          float64 `json:"ratio"`
	Subsequences   float64 `json:"subsequences"`
	ReferenceRatio float64 `json:"reference_ratio"`
	AllF1          float64 `json:"f1_of_all_words"`
	LeadingF1      float64 `json:"f1_of_first_12_words"`
}

type generationReport struct {
	BitsPerByte float64 `json:"bits_per_byte"` // see eval.BitsPerByte
	Tokens      int     `json:"tokens"`        // end tokens included
}

type fillReport struct {
	Accuracy      float64 `json:"accuracy"` // hidden words whose every token is the most probable one, by all hidden words
	Commonest     string  `json:"commonest_word"`
	CommonestRate float64 `json:"commonest_word_accuracy"`
	Texts         int     `json:"texts"`
}

// leading is how many words the rule keeps that a compression is compared with.
const leading = 12

// names collects what a flag is given, several times or with commas between.
type names []string

func (n *names) String() string { return strings.Join(*n, ",") }

func (n *names) Set(s string) error {
	*n = append(*n, strings.Split(s, ",")...)
	return nil
}

// evaluation is what the flags of eval ask for.
type evaluation struct {
	console
	data                    string
	beam                    int
	typed, perLine, float32 bool
	int8                    bool
	json                    bool
	byLength, published     string
	alignment               string
	probe, sentences        bool
	columns                 [2]int
}

// evalCommand measures a model on a file of its task, see data.Read.
func evalCommand(c console, args []string) error {
	f := flag.NewFlagSet("eval", flag.ContinueOnError)
	e := evaluation{console: c}
	var models names
	f.Var(&models, "model", "directory of the model, or its name in web/models; -by-length takes several")
	f.StringVar(&e.data, "data", "", "file to measure on: source<TAB>reference lines (a source may have several), documents that end with a line <|endoftext|>, or lines to hide words in")
	f.IntVar(&e.beam, "beam", 1, "hypotheses of the search; 1 is greedy")
	f.BoolVar(&e.typed, "as-typed", false, "translation only: lower-case the sources, and remove the final punctuation mark of both sides")
	f.BoolVar(&e.perLine, "per-line", false, "print for each text how probable the model finds it, as a JSON object a line")
	f.BoolVar(&e.float32, "float32", false, "take the float32 weights of the checkpoint that heed train left in the model's directory")
	f.BoolVar(&e.int8, "int8", false, "multiply by int8 weights, as the page does: slower here, with almost the same results")
	f.BoolVar(&e.json, "json", false, "print one JSON object")
	f.StringVar(&e.byLength, "by-length", "", "directory to write BLEU against the length of sentences to, as a table and as a figure")
	f.StringVar(&e.published, "published", "", "with -by-length: CSV file of published curves to draw in the same figure")
	f.StringVar(&e.alignment, "alignment", "", "file of source<TAB>target lines to learn a dictionary from: measure how often the model looks where that says")
	f.BoolVar(&e.probe, "probe", false, "translation only: measure what people type first: outputs that are exactly a reference, unknown names and digits copied, a wrong letter, lower case, BLEU by words and by tokens")
	f.BoolVar(&e.sentences, "sentences", false, "print what translators make of a hundred sentences that anybody would try, as a table in Markdown; takes no -data")
	columns := f.String("columns", "0,1", "columns of the source and of the reference in a file that has more than two, counted from 0")
	if _, err := c.parse(f, args); err != nil {
		return err
	}
	if n, err := fmt.Sscanf(*columns, "%d,%d", &e.columns[0], &e.columns[1]); n != 2 || err != nil || min(e.columns[0], e.columns[1]) < 0 {
		return fmt.Errorf("-columns takes two numbers with a comma between them, from 0, not %q", *columns)
	}
	given := given(f)
	kinds := 0
	for _, name := range []string{"by-length", "alignment", "per-line", "probe", "sentences"} {
		if given[name] {
			kinds++
		}
	}
	switch {
	case e.sentences && e.data != "":
		return errors.New("-sentences has its own; leave -data out")
	case e.data == "" && !e.sentences:
		return errors.New("name a file: -data FILE")
	case e.beam < 1 || e.beam > 64:
		return errors.New("-beam takes a number from 1 to 64")
	case kinds > 1:
		return errors.New("give one of -by-length, -alignment, -per-line, -probe and -sentences")
	case e.typed && (e.probe || e.sentences):
		return errors.New("-as-typed does not apply to -probe, which measures it too, nor to -sentences")
	case given["published"] && !given["by-length"]:
		return errors.New("-published is for -by-length")
	case e.int8 && e.float32:
		return errors.New("give -int8 or -float32, not both")
	case len(models) > 1 && !given["by-length"] && !e.sentences:
		return errors.New("several models are for -by-length and -sentences; give one -model")
	case given["by-length"] && e.byLength == "" || given["alignment"] && e.alignment == "":
		return errors.New("-by-length takes a directory, and -alignment a file")
	}
	var opened []*model.Model
	if len(models) == 0 {
		models = names{""} // which no model has
	}
	for _, name := range models {
		m, err := e.open(name)
		if err != nil {
			return err
		}
		opened = append(opened, m)
		switch {
		case m.About.Task != model.Translation && (e.typed || e.probe || e.sentences || given["by-length"] || given["alignment"]):
			return fmt.Errorf("-as-typed, -by-length, -alignment, -probe and -sentences are for translators; %s", does(m))
		case given["beam"] && run.Applies(run.BeamOption, m.About.Task) != nil:
			return fmt.Errorf("-beam is for models that turn a text into another; %s", does(m))
		}
	}
	if e.sentences {
		return e.table(opened)
	}
	pairs, err := data.Read(opened[0].About.Task, e.data, e.columns)
	if err != nil {
		return err
	}
	if e.typed {
		pairs = eval.AsTyped(pairs)
	}
	switch {
	case given["by-length"]:
		return e.lengths(opened, pairs)
	case given["alignment"]:
		return e.align(opened[0], pairs)
	case e.probe:
		return e.first(opened[0], pairs)
	}
	return e.measure(opened[0], pairs)
}

// open opens a model, with the weights that were asked for.
func (e *evaluation) open(name string) (*model.Model, error) {
	if !e.float32 {
		m, err := openModel(name)
		if err == nil {
			m.Net.Weights().Compact(e.int8)
		}
		return m, err
	}
	m, err := openExact(name)
	if m != nil && errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("-float32: there is no checkpoint.safetensors in %s; only a directory that heed train wrote has float32 weights", name)
	}
	return m, err
}

// openExact opens a model with the float32 weights of the checkpoint beside it. Without one the model is there
// all the same, and the error is fs.ErrNotExist.
func openExact(name string) (*model.Model, error) {
	m, err := openModel(name)
	if err != nil {
		return nil, err
	}
	dir, err := findModel(name)
	if err != nil {
		return nil, err
	}
	return m, recipe.LoadFloat32(m, dir)
}

// measure prints how well a model does its task.
func (e *evaluation) measure(m *model.Model, pairs []data.Pair) error {
	scores := eval.Score(m, pairs)
	for i, s := range scores {
		if math.IsNaN(s.LogProb) || math.IsInf(s.LogProb, 0) {
			return fmt.Errorf("the model's numbers overflow on %.60q; its weights are damaged", pairs[i].Source+pairs[i].Target)
		}
	}
	if e.perLine {
		out := json.NewEncoder(e.out)
		for _, s := range scores {
			if err := out.Encode(s); err != nil {
				return err
			}
		}
		return nil
	}
	total := eval.Total(scores)
	if total.Tokens == 0 {
		return errors.New("the file has no word to hide")
	}
	r := report{Model: m.Name, Task: m.About.Task, Perplexity: eval.Perplexity(total), AsTyped: e.typed}
	switch {
	case e.float32:
		r.Weights = "float32"
	case e.int8:
		r.Weights = "int8"
	}
	var line string
	switch m.About.Task {
	case model.Generation:
		r.N = len(pairs)
		g := &generationReport{eval.BitsPerByte(scores, pairs), total.Tokens}
		r.generationReport = g
		line = fmt.Sprintf("%.4f bits per byte, perplexity %.2f a token, %s, %s", g.BitsPerByte, r.Perplexity, say.Count(r.N, "document"), say.Count(g.Tokens, "token"))
	case model.Fill:
		r.N = total.Words
		word, share := eval.Commonest(m, pairs)
		g := &fillReport{float64(total.Right) / float64(total.Words), word, share, len(pairs)}
		r.fillReport = g
		line = fmt.Sprintf("%.1f %% of the hidden words found (always %q: %.1f %%), perplexity %.2f a hidden token, %s of %s",
			100*g.Accuracy, word, 100*share, r.Perplexity, say.Count(r.N, "word"), say.Count(g.Texts, "text"))
	case model.Compression:
		r.N, r.Beam = len(pairs), e.beam
		g := e.compression(m, pairs, e.beam)
		r.compressionReport = g
		line = fmt.Sprintf("F1 %.3f of the words kept (all words %.3f, the first %d %.3f), %.1f %% of the words kept (references %.1f %%), "+
			"%.1f %% of the outputs leave words out and do nothing else, perplexity %.2f a token, beam %d, %s",
			g.F1, g.AllF1, leading, g.LeadingF1, 100*g.Ratio, 100*g.ReferenceRatio, 100*g.Subsequences, r.Perplexity, r.Beam, say.Count(r.N, "sentence"))
	case model.Translation:
		cases := eval.Cases(pairs)
		outputs := eval.Translate(m, eval.Sources(cases), e.beam)
		b, exact := eval.Compare(outputs, cases), eval.Exact(outputs, cases)
		r.N, r.Beam = len(cases), e.beam
		r.translationReport = &translationReport{b.BLEU, b.Precisions, b.BP, exact, len(pairs)}
		line = fmt.Sprintf("BLEU %.2f (1- to 4-grams %.1f/%.1f/%.1f/%.1f, brevity penalty %.3f), %.1f %% exactly a reference, perplexity %.2f a token, beam %d, %s, %s",
			b.BLEU, b.Precisions[0], b.Precisions[1], b.Precisions[2], b.Precisions[3], b.BP, 100*exact, r.Perplexity, r.Beam, say.Count(r.N, "source"), say.Count(len(pairs), "reference"))
	default:
		return fmt.Errorf("heed eval has no measure for a model that %s", model.Does(m.About.Task))
	}
	return e.print(r, line)
}

// print writes an object or, for people, a text.
func (e *evaluation) print(object any, text string) error {
	if e.json {
		return json.NewEncoder(e.out).Encode(object)
	}
	_, err := fmt.Fprintln(e.out, text)
	return err
}

func (e *evaluation) compression(m *model.Model, pairs []data.Pair, beam int) *compressionReport {
	of := func(outputs []string) eval.Shortening { return eval.Shortenings(pairs, outputs) }
	own, references := of(eval.Shorten(m, pairs, beam)), of(eval.References(pairs))
	if references.Subsequences < 0.5 {
		fmt.Fprintf(e.err, "heed: only %.0f %% of the references leave words of their source out and do nothing else; these hardly are sentences made shorter, and the figures mean little\n", 100*references.Subsequences)
	}
	return &compressionReport{own.F1, own.Ratio, own.Subsequences,
		references.Ratio, of(eval.Leading(pairs, -1)).F1, of(eval.Leading(pairs, leading)).F1}
}

// align prints how often each head looks where the dictionary says.
func (e *evaluation) align(m *model.Model, pairs []data.Pair) error {
	lessons, err := data.Read(m.About.Task, e.alignment, e.columns)
	if err != nil {
		return err
	}
	d := eval.LearnDictionary(lessons)
	a, err := eval.Align(m, d, eval.Cases(pairs))
	if err != nil {
		return fmt.Errorf("%w", err)
	}
	slices.SortStableFunc(a.Heads, func(x, y eval.HeadAlignment) int {
		if x.Layer != y.Layer {
			return x.Layer - y.Layer
		}
		return x.Head - y.Head
	})
	var b strings.Builder
	for _, h := range a.Heads {
		fmt.Fprintf(&b, "%-5s layer %d head %d: %5.1f %%\n", h.Kind, h.Layer, h.Head, 100*h.Rate)
	}
	fmt.Fprintf(&b, "best: %s layer %d head %d, %.1f %% (the word at the same place %.1f %%, a random word %.1f %%), %d of %d words of %d sentences, dictionary of %d",
		a.Best.Kind, a.Best.Layer, a.Best.Head, 100*a.Best.Rate, 100*a.Diagonal, 100*a.Random, a.Words, a.Written, a.Sentences, d.Len())
	return e.print(struct {
		Model string `json:"model"`
		eval.Alignment
		Dictionary int `json:"dictionary"` // entries
	}{m.Name, a, d.Len()}, b.String())
}
