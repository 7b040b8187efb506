package main

import (
	"fmt"
	"strings"

	"heed/core/data"
	"heed/core/eval"
	"heed/core/model"
)

// first prints what a translator makes of what people type first.
func (e *evaluation) first(m *model.Model, pairs []data.Pair) error {
	r, err := eval.Probe(m, pairs, e.beam)
	if err != nil {
		return fmt.Errorf("%s: %w", e.data, err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "BLEU %.2f, %.1f %% exactly a reference (%d sources)\n", r.BLEU, 100*r.Exact, r.Cases)
	fmt.Fprintf(&b, "names never trained on, copied: %.1f %% of %d names in 3 sentences each\n", 100*r.Names, len(eval.Names()))
	fmt.Fprintf(&b, "digits copied: %.1f %% of 100 sentences with 2 numbers each\n", 100*r.Numbers)
	fmt.Fprintf(&b, "BLEU kept in lower case without final marks: %.3f\n", r.AsTyped)
	if r.Misspelt > 0 {
		fmt.Fprintf(&b, "BLEU kept with one wrong letter in 6 words: %.3f\n", r.Misspelt)
	}
	for _, part := range []struct {
		unit   string
		scores []eval.SizeScore
	}{{"words", r.ByWords}, {"tokens", r.ByTokens}} {
		b.WriteString("BLEU by " + part.unit + ":")
		for _, s := range part.scores {
			fmt.Fprintf(&b, " %d: %.1f (%d),", s.Size, s.BLEU, s.N)
		}
		b.WriteString("\n")
	}
	return e.print(struct {
		Model string `json:"model"`
		Beam  int    `json:"beam"`
		eval.Report
	}{m.Name, e.beam, r}, strings.TrimSuffix(strings.ReplaceAll(b.String(), ",\n", "\n"), "\n"))
}

// table prints the sentences that anybody would try, with what each translator makes of them.
func (e *evaluation) table(models []*model.Model) error {
	sentences := eval.Sentences()
	type row struct {
		Source  string            `json:"source"`
		Outputs map[string]string `json:"outputs"`
	}
	rows := make([]row, len(sentences))
	var b strings.Builder
	b.WriteString("| |")
	for _, m := range models {
		b.WriteString(" " + m.Name + " |")
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(models)))
	for i, s := range sentences {
		rows[i] = row{s, map[string]string{}}
	}
	for _, m := range models {
		for i, out := range eval.Translate(m, sentences, e.beam) {
			rows[i].Outputs[m.Name] = out
		}
	}
	cell := strings.NewReplacer("|", "\\|", "\n", " ")
	for _, r := range rows {
		b.WriteString("\n| " + cell.Replace(r.Source) + " |")
		for _, m := range models {
			b.WriteString(" " + cell.Replace(r.Outputs[m.Name]) + " |")
		}
	}
	return e.print(rows, b.String())
}
