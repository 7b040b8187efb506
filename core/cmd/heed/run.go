package main

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"

	"heed/core/model"
	"heed/core/record"
	"heed/core/view"
	"heed/core/view/svg"
)

// runCommand runs one text, or each line of a file, and writes what was asked for.
func runCommand(args []string) error {
	f := flag.NewFlagSet("run", flag.ContinueOnError)
	name := f.String("model", "", "directory of the model, or its name in web/models")
	text := f.String("text", "", "the text")
	file := f.String("file", "", "a file of texts, one a line; each is answered with one line")
	target := f.String("target", "", "read this output instead of writing one")
	beam := f.Int("beam", 1, "hypotheses of the search; 1 is greedy")
	most := f.Int("max-tokens", 0, "tokens of the output at most; 0: what the source makes likely")
	out := f.String("out", "text", "text, json, csv or svg")
	var d drawing
	f.StringVar(&d.view, "view", view.Links, "links or heatmap")
	f.StringVar(&d.kind, "kind", string(record.Cross), "cross, self or decoder")
	f.IntVar(&d.layer, "layer", 0, "layer, from 0")
	f.StringVar(&d.head, "head", "mean", "head, from 0, or mean")
	f.Float64Var(&d.width, "width", 720, "width of the picture in pixels")
	f.Float64Var(&d.share, "share", view.DefaultShare, "share of each word's attention that links show, in (0, 1]")
	f.BoolVar(&d.dark, "dark", false, "draw on a dark ground")
	f.BoolVar(&d.hide, "hide-special", false, "leave special tokens out of the picture")
	o := f.String("o", "", "file to write instead of the terminal")
	if err := parse(f, args); err != nil {
		return err
	}
	given := map[string]bool{}
	f.Visit(func(f *flag.Flag) { given[f.Name] = true })
	if given["text"] == given["file"] {
		return errors.New("run: give -text or -file")
	}
	if *beam < 1 || *beam > 64 {
		return errors.New("run: -beam takes a number from 1 to 64")
	}
	m, err := openModel(*name)
	if err != nil {
		return err
	}
	options := model.Options{Beam: *beam, MaxTokens: *most}
	if given["target"] {
		options.Target = target
	}
	session := m.NewSession()
	var result bytes.Buffer
	answer := func(text string, oneLine bool) error {
		r, err := session.Run(text, options)
		if err != nil {
			return err
		}
		for _, n := range r.Notices {
			fmt.Fprintln(os.Stderr, "heed:", n)
		}
		switch *out {
		case "text":
			output := r.Output
			if oneLine {
				output = strings.NewReplacer("\n", " ", "\r", " ").Replace(output)
			}
			fmt.Fprintln(&result, output)
			return nil
		case "json":
			b, err := r.JSON()
			if err != nil {
				return err
			}
			result.Write(append(bytes.TrimRight(b, "\n"), '\n'))
			return nil
		}
		if oneLine {
			return fmt.Errorf("run: -file writes -out text or json; -out %s takes one -text", *out)
		}
		b, err := d.draw(r, *out)
		result.Write(b)
		return err
	}
	if given["file"] {
		err = eachLine(*file, func(line string) error { return answer(line, true) })
	} else {
		err = answer(*text, false)
	}
	if err != nil {
		return err
	}
	if *o != "" {
		return os.WriteFile(*o, result.Bytes(), 0o666)
	}
	_, err = os.Stdout.Write(result.Bytes())
	return err
}

func eachLine(path string, f func(string) error) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		if err := f(strings.TrimSuffix(lines.Text(), "\r")); err != nil {
			return err
		}
	}
	return lines.Err()
}

// drawing is what the reader asked to see.
type drawing struct {
	view, kind, head string
	layer            int
	width, share     float64
	dark, hide       bool
}

// draw writes one map as CSV, or a view of it as SVG.
func (d *drawing) draw(r *record.Record, out string) ([]byte, error) {
	s := view.State{View: d.view, Kind: record.Kind(d.kind), Layer: d.layer, Width: d.width, Share: d.share, HideSpecial: d.hide}
	head := -1
	if d.head != "mean" {
		var err error
		if head, err = strconv.Atoi(d.head); err != nil || head < 0 {
			return nil, fmt.Errorf("run: -head takes a number from 0, or mean, not %q", d.head)
		}
		s.Heads = []int{head}
	}
	switch out {
	case "csv":
		return r.CSV(s.Kind, s.Layer, head)
	case "svg":
		scene, err := view.Build(r, s)
		if err != nil {
			return nil, err
		}
		if scene.Sentence != "" {
			return nil, errors.New(scene.Sentence)
		}
		palette := view.Light
		if d.dark {
			palette = view.Dark
		}
		var b bytes.Buffer
		err = svg.Write(&b, scene, palette)
		return b.Bytes(), err
	}
	return nil, fmt.Errorf("run: -out takes text, json, csv or svg, not %q", out)
}
