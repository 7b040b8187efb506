package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"

	"heed/core/model"
	"heed/core/train"
)

// report is what eval -json prints.
type report struct {
	Model      string     `json:"model"`
	BLEU       float64    `json:"bleu"`
	Precisions [4]float64 `json:"precisions"`
	Brevity    float64    `json:"brevity_penalty"`
	Perplexity float64    `json:"perplexity"` // of a target token
	Beam       int        `json:"beam"`
	AsTyped    bool       `json:"as_typed,omitempty"`
	N          int        `json:"n"`     // sources
	Lines      int        `json:"lines"` // references
}

// evalCommand measures a model on a file of source<TAB>reference lines.
func evalCommand(c console, args []string) error {
	f := flag.NewFlagSet("eval", flag.ContinueOnError)
	name := f.String("model", "", "directory of the model, or its name in web/models")
	data := f.String("data", "", "file of source<TAB>reference lines; a source may have several")
	beam := f.Int("beam", 1, "hypotheses of the search; 1 is greedy")
	typed := f.Bool("as-typed", false, "lower-case the sources, and take the final mark off both sides")
	perLine := f.Bool("per-line", false, "print for each line how probable the model finds its reference")
	asJSON := f.Bool("json", false, "print one JSON object")
	if _, err := c.parse(f, args); err != nil {
		return err
	}
	if *data == "" {
		return errors.New("eval: name a file: -data FILE")
	}
	if *beam < 1 || *beam > 64 {
		return errors.New("eval: -beam takes a number from 1 to 64")
	}
	m, err := openModel(*name)
	if err != nil {
		return err
	}
	pairs, err := train.ReadData(m.About.Task, *data)
	if err != nil {
		return err
	}
	if *typed {
		pairs = train.AsTyped(pairs)
	}
	scores := train.Score(m, pairs)
	for i, s := range scores {
		if math.IsNaN(s.LogProb) || math.IsInf(s.LogProb, 0) {
			return fmt.Errorf("eval: the model's numbers overflow on %q; its weights are damaged", pairs[i].Source)
		}
	}
	if *perLine {
		e := json.NewEncoder(c.out)
		for _, s := range scores {
			if err := e.Encode(s); err != nil {
				return err
			}
		}
		return nil
	}
	r := evaluate(m, pairs, scores, *beam)
	r.AsTyped = *typed
	if *asJSON {
		return json.NewEncoder(c.out).Encode(r)
	}
	_, err = fmt.Fprintf(c.out, "BLEU %.2f (1- to 4-grams %.1f/%.1f/%.1f/%.1f, brevity penalty %.3f), perplexity %.2f a token, beam %d, %d sources, %d references\n",
		r.BLEU, r.Precisions[0], r.Precisions[1], r.Precisions[2], r.Precisions[3], r.Brevity, r.Perplexity, r.Beam, r.N, r.Lines)
	return err
}

func evaluate(m *model.Model, pairs []train.Pair, scores []train.LineScore, beam int) report {
	cases := train.Cases(pairs)
	b := train.BLEU(m, cases, beam)
	var logProb float64
	tokens := 0
	for _, s := range scores {
		logProb += s.LogProb
		tokens += s.Tokens
	}
	return report{
		Model: m.Name, BLEU: b.BLEU, Precisions: b.Precisions, Brevity: b.BP,
		Perplexity: min(math.Exp(-logProb/float64(tokens)), math.MaxFloat64), // JSON has no infinity
		Beam:       beam, N: len(cases), Lines: len(pairs),
	}
}
