package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"heed/core/data"
	"heed/core/eval"
	"heed/core/model"
	"heed/core/say"
)

// lengthCurve is the BLEU of one model against the words of the source.
type lengthCurve struct {
	label     string // for people
	name      string
	published bool
	x, y      []float64
}

// lengths measures models on sentences of several lengths, and writes bleu-by-length.csv and .svg.
func (e *evaluation) lengths(models []*model.Model, pairs []data.Pair) error {
	var curves []lengthCurve
	if e.published != "" {
		var err error
		if curves, err = readPublished(e.published); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(e.byLength, 0o777); err != nil { // before minutes of work, not after
		return err
	}
	cases := eval.Cases(pairs)
	if len(cases) < eval.LengthCases {
		fmt.Fprintf(e.err, "heed: the %d examples of each length are joined from the same %s again and again; more would say more\n", eval.LengthCases, say.Count(len(cases), "sentence"))
	}
	var table bytes.Buffer
	w := csv.NewWriter(&table)
	w.Write([]string{"length", "model", "bleu", "n", "mean words"})
	var text strings.Builder
	type point struct {
		Length int     `json:"length"`
		BLEU   float64 `json:"bleu"`
		N      int     `json:"n"`
	}
	type measured struct {
		Model  string  `json:"model"`
		Beam   int     `json:"beam"`
		Points []point `json:"by_length"`
	}
	var objects []measured
	labels := modelLabels(models)
	var own []lengthCurve
	for i, m := range models {
		scores, err := eval.BLEUByLength(m, cases, e.beam)
		if err != nil {
			return fmt.Errorf("%s: %w", e.data, err)
		}
		c := lengthCurve{label: labels[i], name: m.Name}
		o := measured{Model: m.Name, Beam: e.beam}
		fmt.Fprintf(&text, "%s, BLEU at", m.Name)
		for _, s := range scores {
			w.Write([]string{strconv.Itoa(s.Words), m.Name, strconv.FormatFloat(s.BLEU, 'f', 2, 64), strconv.Itoa(s.N), strconv.FormatFloat(s.Mean, 'f', 1, 64)})
			c.x, c.y = append(c.x, s.Mean), append(c.y, s.BLEU)
			o.Points = append(o.Points, point{s.Words, s.BLEU, s.N})
			fmt.Fprintf(&text, " %d words %.1f,", s.Words, s.BLEU)
		}
		fmt.Fprintf(&text, " beam %d, %d examples a length\n", e.beam, eval.LengthCases)
		own, objects = append(own, c), append(objects, o)
	}
	w.Flush()
	for name, data := range map[string][]byte{"bleu-by-length.csv": table.Bytes(), "bleu-by-length.svg": lengthPlot(append(own, curves...))} {
		if err := model.WriteFile(filepath.Join(e.byLength, name), data); err != nil {
			return err
		}
	}
	return e.print(objects, strings.TrimSuffix(text.String(), "\n"))
}

// modelLabels are the last parts of the models' titles where these tell them apart, else their names.
func modelLabels(models []*model.Model) []string {
	labels, seen := make([]string, len(models)), map[string]bool{}
	for i, m := range models {
		parts := strings.Split(m.About.Title, ", ")
		labels[i] = parts[len(parts)-1]
		seen[labels[i]] = true
	}
	if len(seen) < len(models) || seen[""] {
		for i, m := range models {
			labels[i] = m.Name
		}
	}
	return labels
}

// Columns of a CSV of published curves that are drawn: the models of Bahdanau et al. 2014 that were
// trained on sentences of up to 50 words, with soft attention and with a fixed context.
var publishedColumns = []string{"RNNsearch-50", "RNNenc-50"}

// readPublished reads curves from a CSV whose first column is the length.
func readPublished(path string) ([]lengthCurve, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err == nil && len(rows) < 3 {
		err = errors.New("it has no points")
	}
	if err != nil {
		return nil, fmt.Errorf("the published curves in %s cannot be read: %w", path, err)
	}
	var curves []lengthCurve
	for _, name := range publishedColumns {
		column := -1
		for i, head := range rows[0] {
			if head == name {
				column = i
			}
		}
		if column < 0 {
			return nil, fmt.Errorf("the published curves in %s lack the column %s", path, name)
		}
		c := lengthCurve{label: name, name: name, published: true}
		for i, row := range rows[1:] {
			x, err := strconv.ParseFloat(row[0], 64)
			y, also := strconv.ParseFloat(row[column], 64)
			if err = errors.Join(err, also); err != nil || !(x >= 0 && x <= 1e4 && y >= 0 && y <= 100) {
				return nil, fmt.Errorf("the published curves in %s: line %d is no point of %s", path, i+2, name)
			}
			if x >= float64(eval.Lengths[0]) && x <= float64(eval.Lengths[len(eval.Lengths)-1]) {
				c.x, c.y = append(c.x, x), append(c.y, y)
			}
		}
		curves = append(curves, c)
	}
	return curves, nil
}
