package eval

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"heed/core/data"
	"heed/core/model"
	"heed/core/record"
	"heed/core/run"
	"heed/core/train"
)

// Dictionary tells which words of two languages translate each other, as learned from sentence pairs.
type Dictionary struct {
	source, target map[string]int32
	strength       map[wordPair]float32 // of the pairs that are strong enough both ways
}

// wordPair is a source word and a target word, by their numbers.
type wordPair struct{ source, target int32 }

// The dictionary's rule: IBM Model 1 is trained for iterations rounds in either direction, and a word
// pair is an entry when each of the two makes the other at least this probable.
const (
	iterations = 5
	entry      = 0.2
)

// LearnDictionary learns a dictionary from sentence pairs by IBM Model 1 (Brown et al. 1993, section
// 4.1), t(f|e) in both directions with an empty word on the given side. Words are lower-cased and apart
// from punctuation, as wordsOf cuts them.
func LearnDictionary(pairs []data.Pair) *Dictionary {
	d := &Dictionary{source: map[string]int32{}, target: map[string]int32{}, strength: map[wordPair]float32{}}
	sources, targets := make([][]int32, len(pairs)), make([][]int32, len(pairs))
	for i, p := range pairs {
		sources[i], targets[i] = numbers(d.source, p.Source), numbers(d.target, p.Target)
	}
	forward, backward := model1(sources, targets), model1(targets, sources)
	for at, p := range forward {
		q := backward[wordPair{at.target, at.source}]
		if p >= entry && q >= entry {
			d.strength[at] = min(p, q)
		}
	}
	return d
}

// Len returns the number of entries.
func (d *Dictionary) Len() int { return len(d.strength) }

// matches reports whether a source word and a target word are an entry.
func (d *Dictionary) matches(source, target string) bool {
	s, ok := d.source[source]
	t, also := d.target[target]
	return ok && also && d.strength[wordPair{s, t}] > 0
}

// numbers returns the words of a text by their numbers, from 1; new words get the next ones.
func numbers(known map[string]int32, text string) []int32 {
	var out []int32
	for _, w := range wordsOf(text) {
		n, ok := known[w.form]
		if !ok {
			n = int32(len(known) + 1)
			known[w.form] = n
		}
		out = append(out, n)
	}
	return out
}

// model1 returns t(f|e) by pairs of e and f, e = 0 being the empty word, after some rounds of
// expectation maximisation from equal probabilities:
//
//	for each sentence, f of it:
//	    for e of it and 0: count[e, f] += t(f|e) / Σ t(f|e')
//	t(f|e) = count[e, f] / Σ count[e, f']
func model1(given, made [][]int32) map[wordPair]float32 {
	at := map[wordPair]int32{}
	var of []int32    // the e of each pair
	var cells []int32 // the pairs of each sentence: for each f those with 0 and every e
	for i, fs := range made {
		for _, f := range fs {
			for j := -1; j < len(given[i]); j++ {
				var e int32
				if j >= 0 {
					e = given[i][j]
				}
				n, ok := at[wordPair{e, f}]
				if !ok {
					n = int32(len(of))
					at[wordPair{e, f}] = n
					of = append(of, e)
				}
				cells = append(cells, n)
			}
		}
	}
	most := slices.Max(append(of, 0))
	t := make([]float32, len(of))
	for i := range t {
		t[i] = 1
	}
	counts, sums := make([]float64, len(of)), make([]float64, most+1)
	for range iterations {
		clear(counts)
		clear(sums)
		rest := cells
		for i, fs := range made {
			n := len(given[i]) + 1
			for range fs {
				row := rest[:n]
				rest = rest[n:]
				var sum float64
				for _, c := range row {
					sum += float64(t[c])
				}
				for _, c := range row {
					counts[c] += float64(t[c]) / sum
				}
			}
		}
		for c, e := range of {
			sums[e] += counts[c]
		}
		for c, e := range of {
			t[c] = float32(counts[c] / sums[e])
		}
	}
	out := make(map[wordPair]float32)
	for pair, n := range at {
		if pair.source > 0 && t[n] >= entry {
			out[pair] = t[n]
		}
	}
	return out
}

// aligned is a word of a text, lower-cased, and its bytes.
type aligned struct {
	form       string
	start, end int
}

// said reports whether the word is one: punctuation is not.
func (w aligned) said() bool { return strings.ContainsFunc(w.form, data.Speaks) }

// wordsOf cuts a text into words: runs of letters and digits, which end with their apostrophe (l'|eau),
// and runs of anything else but spaces.
func wordsOf(text string) []aligned {
	var out []aligned
	for i := 0; i < len(text); {
		start := i
		r, n := utf8.DecodeRuneInString(text[i:])
		i += n
		if unicode.IsSpace(r) {
			continue
		}
		word := data.Speaks(r)
		for i < len(text) {
			r, n := utf8.DecodeRuneInString(text[i:])
			apostrophe := r == '\'' || r == '’'
			if word && apostrophe {
				i += n
				break
			}
			if unicode.IsSpace(r) || word != (data.Speaks(r) || word && unicode.IsMark(r)) {
				break
			}
			i += n
		}
		out = append(out, aligned{strings.ReplaceAll(strings.ToLower(text[start:i]), "’", "'"), start, i})
	}
	return out
}

// HeadAlignment is how often one head's strongest source word is the dictionary's.
type HeadAlignment struct {
	Kind  record.Kind `json:"kind"`
	Layer int         `json:"layer"`
	Head  int         `json:"head"`
	Rate  float64     `json:"rate"` // in [0, 1]
}

// Alignment compares where a translator looks with what a dictionary knows.
type Alignment struct {
	Heads     []HeadAlignment `json:"heads"`
	Best      HeadAlignment   `json:"best"`
	Diagonal  float64         `json:"diagonal"` // the rate of naming the source word at the same relative place
	Random    float64         `json:"random"`   // the rate to expect of naming any source word
	Words     int             `json:"n"`        // output words that were asked about
	Written   int             `json:"written"`  // all output words
	Sentences int             `json:"sentences"`
}

// Of the test sentences, AlignmentCases are drawn that have alignmentWords or more, so that there is a
// choice of where to look.
const (
	AlignmentCases = 200
	alignmentWords = 8
)

// Align asks a translator where it looks as it reads each case's first reference, so that all models
// are asked about the same words. An output word is asked about when it is an entry of the dictionary
// with exactly one word of the source, punctuation apart. A head is right when that word is the one that
// it looks at most: the weights of a source word's pieces are summed, the rows of an output word's pieces
// averaged, special tokens left out; punctuation is a word to look at like any other. Sentences are
// drawn by a fixed seed. It is an error when the model has no attention between the two languages.
func Align(m *model.Model, d *Dictionary, cases []Case) (Alignment, error) {
	if !slices.ContainsFunc(m.Stacks(), func(s model.Stack) bool { return s.Kind == record.Cross || s.Kind == record.RNN }) {
		return Alignment{}, errors.New("the model has no attention between the two languages")
	}
	var long []Case
	for _, c := range cases {
		if len(strings.Fields(c.Source)) >= alignmentWords {
			long = append(long, c)
		}
	}
	rng := rand.New(rand.NewPCG(1, AlignmentCases))
	rng.Shuffle(len(long), func(i, j int) { long[i], long[j] = long[j], long[i] })
	long = long[:min(len(long), AlignmentCases)]
	parts := make([]Alignment, len(long))
	errs := make([]error, len(long))
	train.InParallel(len(long), func(i int) {
		r, err := run.NewSession(m).Run(long[i].Source, run.Options{Target: &long[i].References[0]})
		if err != nil {
			errs[i] = err
			return
		}
		parts[i] = d.align(r)
	})
	var a Alignment
	for i, p := range parts {
		if errs[i] != nil {
			return a, errs[i]
		}
		if a.Heads == nil {
			a.Heads = slices.Clone(p.Heads)
			for h := range a.Heads {
				a.Heads[h].Rate = 0
			}
		}
		for h := range p.Heads {
			a.Heads[h].Rate += p.Heads[h].Rate
		}
		a.Diagonal += p.Diagonal
		a.Random += p.Random
		a.Words += p.Words
		a.Written += p.Written
	}
	switch a.Sentences = len(long); {
	case a.Sentences == 0:
		return a, fmt.Errorf("no source has %d words or more", alignmentWords)
	case a.Words == 0:
		return a, errors.New("the dictionary knows no word of these sentences: is it of the same languages?")
	}
	n := float64(a.Words)
	for h := range a.Heads {
		a.Heads[h].Rate /= n
		if h == 0 || a.Heads[h].Rate > a.Best.Rate {
			a.Best = a.Heads[h]
		}
	}
	a.Diagonal /= n
	a.Random /= n
	return a, nil
}

// align counts, in the place of rates, what heads and rules get right in one record.
func (d *Dictionary) align(r *record.Record) (a Alignment) {
	var maps []*record.Map
	for i := range r.Maps {
		if m := &r.Maps[i]; m.Kind == record.Cross || m.Kind == record.RNN {
			maps = append(maps, m)
			a.Heads = append(a.Heads, HeadAlignment{m.Kind, m.Layer, m.Head, 0})
		}
	}
	if len(maps) == 0 {
		return a
	}
	source, target := wordsOf(r.Text), wordsOf(r.Output)
	columns := pieces(source, r.Keys(maps[0].Kind))
	rows := pieces(target, r.Queries(maps[0].Kind))
	for i, w := range target {
		if !w.said() {
			continue
		}
		a.Written++
		match, n := -1, 0
		for j, s := range source {
			if s.said() && d.matches(s.form, w.form) {
				match = j
				n++
			}
		}
		if n != 1 || len(rows[i]) == 0 || len(columns[match]) == 0 {
			continue
		}
		a.Words++
		a.Random += 1 / float64(len(source))
		if place := (float64(i) + 0.5) / float64(len(target)) * float64(len(source)); int(place) == match {
			a.Diagonal++
		}
		for h, m := range maps {
			best, most := -1, float32(-1)
			for j := range source {
				var sum float32
				for _, row := range rows[i] {
					for _, col := range columns[j] {
						sum += m.At(row, col)
					}
				}
				if sum > most {
					best, most = j, sum
				}
			}
			if best == match {
				a.Heads[h].Rate++
			}
		}
	}
	return a
}

// pieces returns for each word the tokens that share a byte with it, special ones apart.
func pieces(words []aligned, tokens []record.Token) [][]int {
	out := make([][]int, len(words))
	for i, t := range tokens {
		for w := range words {
			if !t.Special && t.Start < words[w].end && t.End > words[w].start {
				out[w] = append(out[w], i)
			}
		}
	}
	return out
}
