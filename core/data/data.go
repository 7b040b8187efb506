// Package data reads texts from files, and makes of them the examples that networks learn from and are measured on.
package data

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"

	"heed/core/model"
)

// Pair is a source and its target. A text to write on is a target alone, one to fill words in a
// source alone.
type Pair struct{ Source, Target string }

// Join appends another pair.
func (p Pair) Join(q Pair) Pair {
	if p.Source != "" {
		p.Source += " " + q.Source
	}
	if p.Target != "" {
		p.Target += " " + q.Target
	}
	return p
}

// longestLine is how many bytes a line of a file may have: what is longer is no text for a model.
const longestLine = 1 << 20

// manyPairs is how many examples a file may have in any case. An example takes memory besides its text, so more of them
// must have some: 40 bytes each.
const manyPairs = 500_000

// Read reads a file for a task: source<TAB>target lines where a text is turned into another;
// documents that end with a line <|endoftext|>, as targets, where text is written on; and lines, as
// sources, where words are filled in (of a line with tabs, what stands before the first). A mistake is
// named with its line.
//
// columns, counted from 0, are those of the source and the target in lines of several; both 0 means
// the first two.
func Read(task, path string, columns [2]int) ([]Pair, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return Parse(task, path, f, columns)
}

// Parse is Read of a file that is open already; its path is for errors.
func Parse(task, path string, f io.Reader, columns [2]int) ([]Pair, error) {
	switch {
	case columns == [2]int{}:
		columns = [2]int{0, 1}
	case columns[0] == columns[1]:
		return nil, fmt.Errorf("source and target are both in column %d, counted from 0; name two columns", columns[0])
	}
	var pairs []Pair
	var document strings.Builder
	finish := func() {
		if s := strings.TrimSpace(document.String()); s != "" {
			pairs = append(pairs, Pair{Target: s})
		}
		document.Reset()
	}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, longestLine)
	n, size := 1, 0
	var cells []string // of a line; one memory for all
	for ; lines.Scan(); n++ {
		line := lines.Text()
		if size += len(line); len(pairs) > manyPairs+size/40 {
			return nil, fmt.Errorf("%s, line %d: more than %d examples, of %d characters each; these are no sentences", path, n, len(pairs)-1, size/n)
		}
		if n == 1 {
			line = strings.TrimPrefix(line, "\ufeff")
		}
		if !utf8.ValidString(line) {
			return nil, fmt.Errorf("%s, line %d: not UTF-8", path, n)
		}
		switch task {
		case model.Generation:
			if strings.TrimSpace(line) == model.EndOfText {
				finish()
			} else {
				document.WriteString(line + "\n")
			}
			continue
		case model.Fill:
			source, _, _ := strings.Cut(line, "\t")
			if s := strings.TrimSpace(source); s != "" && s != model.EndOfText {
				pairs = append(pairs, Pair{Source: s})
			}
			continue
		}
		cells = cells[:0]
		for cell := range strings.SplitSeq(line, "\t") {
			cells = append(cells, cell)
		}
		switch last := max(columns[0], columns[1]); {
		case len(cells) == 1:
			return nil, fmt.Errorf("%s, line %d: no tab between source and target", path, n)
		case len(cells) <= last:
			return nil, fmt.Errorf("%s, line %d: %d columns, expected column %d, counted from 0", path, n, len(cells), last)
		}
		source, target := cells[columns[0]], cells[columns[1]]
		if strings.TrimSpace(source) == "" || strings.TrimSpace(target) == "" {
			return nil, fmt.Errorf("%s, line %d: one side is empty", path, n)
		}
		pairs = append(pairs, Pair{source, target})
	}
	finish()
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, fmt.Errorf("%s, line %d: longer than %d bytes; break it into several", path, n, longestLine)
	case err != nil:
		return nil, fmt.Errorf("%s, line %d: %w", path, n, err)
	}
	if len(pairs) == 0 {
		return nil, fmt.Errorf("%s holds no lines", path)
	}
	return pairs, nil
}

// WithoutFinalMark returns s without the punctuation at its end and the space before that.
func WithoutFinalMark(s string) string {
	return strings.TrimRightFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || strings.ContainsRune(".!?…", r)
	})
}

// WithoutFinalMark returns the pair without the punctuation at its ends, or as it is where a side would
// be left with nothing.
func (p Pair) WithoutFinalMark() Pair {
	q := Pair{WithoutFinalMark(p.Source), WithoutFinalMark(p.Target)}
	if q.Source == "" && p.Source != "" || q.Target == "" && p.Target != "" {
		return p
	}
	return q
}
