package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"heed/core/run"
)

// maxCompared bounds the lines that are compared, each with each.
const maxCompared = 10000

// nearest answers each line, of a file or, where none is named, of the text, with the line that a sentence model puts
// nearest to it: the cosine of their vectors, the number of that line, and the line. An empty line is answered by an
// empty one.
func (r *runner) nearest(file, text string) error {
	var lines []string
	var vectors [][]float32
	r.options.Vector = true
	add := func(line string) error {
		if len(lines) == maxCompared {
			return fmt.Errorf("at most %d lines are compared", maxCompared)
		}
		r.notices.line++
		rec, err := r.run(line)
		if err != nil {
			return err
		}
		lines, vectors = append(lines, line), append(vectors, rec.Vector)
		return nil
	}
	if file != "" {
		if err := eachLine(file, add); err != nil {
			return err
		}
	} else {
		for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
			if err := add(line); err != nil {
				return err
			}
		}
	}
	some := 0
	for _, v := range vectors {
		if v != nil {
			some++
		}
	}
	if some < 2 {
		return errors.New("a sentence model compares texts: give it at least two lines, by -file or in -text; -out json -vectors writes the vector of one")
	}
	var b bytes.Buffer
	for i, v := range vectors {
		best, most := -1, -2.0
		for j, other := range vectors {
			if v == nil || other == nil || i == j {
				continue
			}
			if c := run.Cosine(v, other); c > most {
				best, most = j, c
			}
		}
		if best < 0 {
			b.WriteByte('\n')
			continue
		}
		fmt.Fprintf(&b, "%.3f  line %d: %s\n", most, best+1, lines[best])
	}
	_, err := r.out.Write(b.Bytes())
	return err
}
