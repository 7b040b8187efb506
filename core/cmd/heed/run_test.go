package main

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/record"
	"heed/core/run"
	"heed/core/view"
)

func TestRunText(t *testing.T) {
	m := modeltest.Small(t)
	dir := saved(t, m)
	opened, err := openModel(dir)
	if err != nil {
		t.Fatal(err)
	}
	own := "le chat est là"
	for _, c := range []struct {
		flags   []string
		options run.Options
	}{
		{nil, run.Options{}},
		{[]string{"-beam", "3"}, run.Options{Beam: 3}},
		{[]string{"-max-tokens", "4"}, run.Options{MaxTokens: 4}},
		{[]string{"-max-tokens", "1000000000", "-beam", "2"}, run.Options{Beam: 2, MaxTokens: 48}},
		{[]string{"-target", own}, run.Options{Target: &own}},
		{[]string{"-target", ""}, run.Options{Target: new(string)}},
	} {
		for _, text := range []string{"the cat sat on the mat", "où est l'été ? 🤝🏽 עברית", "a\x00b", "\xff\xfe", "", " \n", "two\nlines"} {
			want, err := run.NewSession(opened).Run(text, c.options)
			if err != nil {
				t.Fatal(err)
			}
			args := append([]string{"run", "-model", dir, "-text", text}, c.flags...)
			if want.Output == "" && strings.TrimSpace(text) == "" {
				refuse(t, "the text is empty", args...)
				continue
			}
			if got := answer(t, args...); got != want.Output+"\n" {
				t.Errorf("heed %q: %q, want %q", args, got, want.Output)
			}
			got, err := record.Parse([]byte(answer(t, append(args, "-out", "json")...)))
			if err != nil {
				t.Errorf("heed %q: %v", args, err)
			} else if got.Model != "small" || got.Output != want.Output || !cmp.Equal(got.Tokens.Target, want.Tokens.Target) || len(got.Maps) != len(want.Maps) {
				t.Errorf("heed %q: another Record than the session's", args)
			}
			if c.flags != nil {
				continue
			}
			path := filepath.Join(t.TempDir(), "out.txt")
			if got := answer(t, append(args, "-o", path)...); got != "" || string(read(t, path)) != want.Output+"\n" {
				t.Errorf("heed %q -o: %q on the terminal, %q in the file", args, got, read(t, path))
			}
		}
	}
}

// TestRunFile wants a line for every line, whatever it holds.
func TestRunFile(t *testing.T) {
	dir := saved(t, modeltest.Small(t))
	lines := []string{"\ufeffthe cat", "", " ", "\xff\xfe\x80", "a\x00b", "🤝🏽 émoji", "שלום עולם", strings.Repeat("cat ", 10000), "</s><pad>", "\ufeffa dog", "", "last"}
	for _, end := range []string{"\n", "\r\n"} {
		path := filepath.Join(t.TempDir(), "in.txt")
		put(t, path, strings.Join(lines, end)) // the last line has no end
		out, remarks, err := heed("run", "-model", dir, "-file", path, "-max-tokens", "9")
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(out, "\n"); n != len(lines) || !strings.HasSuffix(out, "\n") {
			t.Errorf("%d lines answer %d", n, len(lines))
		}
		if !strings.Contains(remarks, "heed: line 8: The text has 10") {
			t.Errorf("nothing says that a line was cut: %q", remarks)
		}
		said := map[string]bool{}
		for remark := range strings.Lines(remarks) {
			if said[remark] {
				t.Errorf("said twice, once a line: %q", remark)
			}
			said[remark] = true
		}
		if n := strings.Count(remarks, "\n"); n != 8 || !strings.Contains(remarks, "heed: 2 more lines had the notice of line 4\n") || !strings.Contains(remarks, "heed: 4 more lines had the notice of line 1\n") {
			t.Errorf("a notice of each kind is to be written once: %q", remarks)
		}
		answers := strings.Split(answer(t, "run", "-model", dir, "-file", path, "-out", "json", "-target", "le chat"), "\n")
		if len(answers) != len(lines)+1 {
			t.Fatalf("%d lines of JSON answer %d", len(answers)-1, len(lines))
		}
		for i, line := range lines {
			r, err := record.Parse([]byte(answers[i]))
			if err != nil {
				t.Fatal(err)
			}
			if i == 0 {
				line = "the cat" // without the mark before it
			}
			if want := strings.ToValidUTF8(line, "\ufffd"); r.Text != want {
				t.Errorf("line %d is %.40q, want %.40q", i, r.Text, want)
			}
			if (strings.TrimSpace(line) == "") != (len(r.Maps) == 0) {
				t.Errorf("line %d, %.40q, has %d maps", i, line, len(r.Maps))
			}
		}
	}
	stdin := os.Stdin
	defer func() { os.Stdin = stdin }()
	var err error
	if os.Stdin, err = os.Open(write(t, "the cat")); err != nil {
		t.Fatal(err)
	}
	if got := answer(t, "run", "-model", dir, "-file", "-", "-target", "le chat"); got != "le chat\n" {
		t.Errorf("the standard input is answered with %q", got)
	}
	os.Stdin.Close()
	if got, want := answer(t, "run", "-model", dir, "-text", "\ufeffthe cat", "-out", "json", "-target", "a"), answer(t, "run", "-model", dir, "-text", "the cat", "-out", "json", "-target", "a"); got != want {
		t.Errorf("a mark before a text is read with it: %.200s", got)
	}
	empty := filepath.Join(t.TempDir(), "empty.txt")
	put(t, empty, "")
	if out := answer(t, "run", "-model", dir, "-file", empty); out != "" {
		t.Errorf("an empty file is answered with %q", out)
	}
}

// TestRunDrawings wants the Record's cells in the CSV, and its words in the SVG.
func TestRunDrawings(t *testing.T) {
	dir := saved(t, modeltest.Small(t))
	base := []string{"run", "-model", dir, "-text", "the cat, \"sat\" & <on> 🐈", "-target", "le chat est sur le tapis"}
	of := func(flags ...string) string { return answer(t, append(base[:len(base):len(base)], flags...)...) }
	r, err := record.Parse([]byte(of("-out", "json")))
	if err != nil {
		t.Fatal(err)
	}
	type place struct {
		kind  record.Kind
		layer int
	}
	places := map[place]bool{}
	for i := range r.Maps {
		m := &r.Maps[i]
		places[place{m.Kind, m.Layer}] = true
		cells(t, r, m, of("-out", "csv", "-kind", string(m.Kind), "-layer", strconv.Itoa(m.Layer), "-head", strconv.Itoa(m.Head)))
	}
	// Of the tower's last floor, the Record's mean of the last layer of cross-attention.
	m := r.Mean(record.Cross, 1)
	shown := texts(t, of("-out", "svg", "-view", "tower", "-width", "2000", "-row", "7", "-col", "1"))
	heaviest := slices.Index(m.Weights[m.Cols:2*m.Cols], slices.Max(m.Weights[m.Cols:2*m.Cols]))
	want := fmt.Sprintf("decoder layer 1, cross-attention: %s looks at %s %s", view.Visible(r.Queries(record.Cross)[1].Text),
		view.Visible(r.Keys(record.Cross)[heaviest].Text), view.Format(float64(m.At(1, heaviest))))
	if !strings.Contains(shown, want) || strings.Contains(shown, "Drag") {
		t.Errorf("the tower does not say that %s:\n%s", want, shown)
	}
	for p := range places {
		flags := []string{"-kind", string(p.kind), "-layer", strconv.Itoa(p.layer)}
		cells(t, r, r.Mean(p.kind, p.layer), of(append(flags, "-out", "csv")...))
		if shown := texts(t, of(append(flags, "-out", "svg", "-view", "grid", "-head", "1")...)); !strings.Contains(shown, "layer 1") || !strings.Contains(shown, "head 1") {
			t.Errorf("the grid of %s does not name its layers and heads: %s", p.kind, shown)
		}
		for _, view := range []string{"links", "heatmap"} {
			options := []string{"-out", "svg", "-view", view, "-width", "2000"}
			if view == "links" {
				options = append(options, "-threshold", "1")
			}
			svg := of(append(flags, options...)...)
			shown := texts(t, svg)
			for _, k := range append(r.Queries(p.kind), r.Keys(p.kind)...) {
				if w := strings.TrimSpace(k.Text); !strings.ContainsFunc(w, func(c rune) bool { return c > 126 || c == '\\' }) && !strings.Contains(shown, w) {
					t.Errorf("%s of %s, layer %d: %q is not to be seen", view, p.kind, p.layer, w)
				}
			}
			hidden := of(append(flags, "-out", "svg", "-view", view, "-hide-special", "-dark", "-head", "1")...)
			if strings.Contains(texts(t, hidden), "</s>") || hidden == svg {
				t.Errorf("%s of %s: a special token is seen, though hidden", view, p.kind)
			}
		}
	}
	if of("-out", "csv") != of("-out", "csv", "-kind", "cross", "-layer", "0", "-head", "mean") {
		t.Error("the first map is not the mean of cross-attention's first layer")
	}
	for _, view := range []string{"links", "heatmap", "grid", "predictions", "steps"} {
		flags := []string{"-view", view}
		if view == "steps" {
			flags = append(flags, "-head", "1")
		}
		page, picture := of(append(flags, "-out", "html")...), of(append(flags, "-out", "svg")...)
		if !strings.Contains(page, picture) || !strings.Contains(page, "<table>") || strings.Contains(page, "<script") {
			t.Errorf("the page of %s does not hold its picture and a table", view)
		}
		if lines, err := csv.NewReader(strings.NewReader(of(append(flags, "-out", "csv")...))).ReadAll(); err != nil || len(lines) < 3 {
			t.Errorf("the CSV of %s: %v, %q", view, err, lines)
		}
	}
	for _, form := range []string{"svg", "html", "csv", "json"} {
		path := filepath.Join(t.TempDir(), "a."+strings.ToUpper(form))
		if of("-o", path) != "" || string(read(t, path)) != of("-out", form) {
			t.Errorf("-o a.%s writes something else than -out %s shows", form, form)
		}
	}
	path := filepath.Join(t.TempDir(), "a.svg")
	if of("-out", "json", "-o", path); string(read(t, path)) != of("-out", "json") {
		t.Error("-out does not go before the name of the file")
	}
}

// TestRunWords wants the words of a Record in all forms, as Record.Words makes them.
func TestRunWords(t *testing.T) {
	dir := saved(t, modeltest.Small(t))
	of := func(flags ...string) string {
		return answer(t, append([]string{"run", "-model", dir, "-text", "unbelievable kittens", "-target", "chatons"}, flags...)...)
	}
	parse := func(flags ...string) *record.Record {
		r, err := record.Parse([]byte(of(append(flags, "-out", "json")...)))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	r := parse()
	words := r.Words()
	if got := parse("-words"); !cmp.Equal(got.Tokens, words.Tokens) || len(words.Tokens.Source) == len(r.Tokens.Source) {
		t.Errorf("tokens %+v, want %+v of %+v", got.Tokens, words.Tokens, r.Tokens)
	}
	cells(t, words, words.Find(record.Cross, 1, 0), of("-words", "-out", "csv", "-kind", "cross", "-layer", "1", "-head", "0"))
	if shown := texts(t, of("-words", "-out", "svg", "-head", "0,1")); !strings.Contains(shown, "unbelievable") || !strings.Contains(shown, "Pieces are merged to words") {
		t.Errorf("the picture says %s", shown)
	}
}

// cells wants the CSV of a map.
func cells(t *testing.T, r *record.Record, m *record.Map, text string) {
	t.Helper()
	lines, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) != m.Rows+1 || len(lines[0]) != m.Cols+1 {
		t.Fatalf("%s %d.%d: %d lines of %d", m.Kind, m.Layer, m.Head, len(lines), len(lines[0]))
	}
	for j, k := range r.Keys(m.Kind) {
		if lines[0][j+1] != k.Text {
			t.Errorf("column %d is called %q, want %q", j, lines[0][j+1], k.Text)
		}
	}
	for i, q := range r.Queries(m.Kind) {
		if lines[i+1][0] != q.Text {
			t.Errorf("row %d is called %q, want %q", i, lines[i+1][0], q.Text)
		}
		for j := range m.Cols {
			if v, err := strconv.ParseFloat(lines[i+1][j+1], 32); err != nil || float32(v) != m.At(i, j) {
				t.Errorf("%s %d.%d: cell %d, %d is %q, want %g", m.Kind, m.Layer, m.Head, i, j, lines[i+1][j+1], m.At(i, j))
			}
		}
	}
}

// texts returns the words of a picture, which must be XML.
func texts(t *testing.T, svg string) string {
	t.Helper()
	var b bytes.Buffer
	in := false
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := d.Token()
		if err == io.EOF {
			return b.String()
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			in = token.Name.Local == "text" || token.Name.Local == "tspan"
		case xml.EndElement:
			in = false
		case xml.CharData:
			if in {
				b.Write(token)
				b.WriteByte('\n')
			}
		}
	}
}

// TestRunCompare holds two heads, and two sentences, against each other: by numbers, and as pictures side by side.
func TestRunCompare(t *testing.T) {
	m := modeltest.Small(t)
	dir := saved(t, m)
	opened, err := openModel(dir)
	if err != nil {
		t.Fatal(err)
	}
	run := func(text string) *record.Record {
		r, err := run.NewSession(opened).Run(text, run.Options{})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for with, of := range map[string][2]*record.Map{
		"1.0,0.1":        {run("the cat").Find(record.Self, 1, 0), run("the cat").Find(record.Self, 0, 1)},
		"text:the cat s": {run("the cat").Find(record.Self, 0, 1), run("the cat s").Find(record.Self, 0, 1)},
	} {
		flags := []string{"run", "-model", dir, "-text", "the cat", "-kind", "self", "-compare", with, "-out"}
		if strings.HasPrefix(with, ofSentence) {
			flags = append([]string{"run", "-head", "1"}, flags[1:]...)
		}
		lines, err := csv.NewReader(strings.NewReader(answer(t, append(flags, "csv")...))).ReadAll()
		if err != nil || len(lines) < 2 || strings.Join(lines[0], ",") != "query,key,first,second,difference" || !slices.ContainsFunc(lines, func(l []string) bool { return l[0] == " cat" }) {
			t.Fatalf("%s: %v, %q", with, err, lines)
		}
		for i, want := range []float32{of[0].At(0, 0), of[1].At(0, 0), of[1].At(0, 0) - of[0].At(0, 0)} {
			if lines[1][2+i] != record.Decimal(want) {
				t.Errorf("%s: the first line is %q, want %v for its number %d", with, lines[1], want, i)
			}
		}
		if page := answer(t, append(flags, "html")...); strings.Count(page, "<svg ") != 3 || !strings.Contains(page, "<h2>The difference</h2>") {
			t.Errorf("%s: the page has %d pictures", with, strings.Count(page, "<svg "))
		} else if n, want := strings.Count(page, "<p class=\"output\""), map[bool]int{true: 1, false: 3}[of[0].Cols == of[1].Cols]; n != want {
			t.Errorf("%s: the page has %d sentences under its own, want %d", with, n, want)
		}
		if picture := answer(t, append(flags, "svg")...); strings.Count(picture, "<svg ") != 1 || !strings.Contains(picture, "The difference") {
			t.Errorf("%s: no picture of both and of their difference", with)
		}
	}
}

func TestRunRefuses(t *testing.T) {
	dir := saved(t, modeltest.Small(t))
	file := write(t, "the cat")
	for _, c := range []struct {
		want  string
		flags []string
	}{
		{"give -text or -file", nil},
		{"no token 99 on floor 2", []string{"-text", "a", "-view", "tower", "-out", "svg", "-row", "2", "-col", "99"}},
		{"both together", []string{"-text", "a", "-view", "tower", "-out", "svg", "-row", "2"}},
		{"not both", []string{"-text", "a", "-file", file}},
		{"gone.txt", []string{"-file", "gone.txt"}},
		{"-out takes text, json, csv, svg or html", []string{"-text", "a", "-out", "png"}},
		{"-compare does not apply to -out text", []string{"-text", "a", "-compare", "0.0,0.1"}},
		{"-compare does not apply to -out svg -view grid; it is for -view heatmap", []string{"-text", "a", "-compare", "0.0,0.1", "-view", "grid", "-out", "svg"}},
		{"-view compare exists only in the page", []string{"-text", "a", "-view", "compare", "-out", "svg"}},
		{"-layout arcs is for a text that looks at itself", []string{"-text", "a", "-layout", "arcs", "-out", "svg"}},
		{"-layer takes a number from 0 to 2 here, not 9", []string{"-text", "the cat", "-view", "predictions", "-lens", "-layer", "9", "-out", "svg"}},
		{"-head does not apply to -out svg -view heatmap -compare 0.0,0.1", []string{"-text", "a", "-compare", "0.0,0.1", "-head", "1", "-out", "svg"}},
		{"models are compared in the page", []string{"-text", "a", "-compare", "en-fr", "-out", "svg"}},
		{"lines.txt, line 1: -force: the weight", []string{"-file", write(t, "a"), "-target", "le", "-force", "cross.0.0.0.3=1"}},
		{"names no two heads", []string{"-text", "a", "-compare", "0.0", "-out", "svg"}},
		{"there is no head 0.2 here", []string{"-text", "a", "-compare", "0.0,0.2", "-out", "csv"}},
		{"needs a second sentence", []string{"-text", "a", "-compare", "text: ", "-out", "csv"}},
		{"-out svg takes one -text", []string{"-file", file, "-out", "svg"}},
		{"-out csv takes one -text", []string{"-file", file, "-out", "csv"}},
		{"-view takes links", []string{"-text", "a", "-view", "pyramid", "-out", "svg"}},
		{"-kind takes one of cross, self, decoder", []string{"-text", "a", "-kind", "soft", "-out", "csv"}},
		{"-layer takes a number from 0 to 2", []string{"-text", "a", "-layer", "3", "-out", "csv"}},
		{"-layer takes a number from 0 to 1", []string{"-text", "a", "-kind", "self", "-layer", "2", "-out", "svg"}},
		{"-layer takes a number", []string{"-text", "a", "-layer", "-1", "-out", "svg"}},
		{"-head takes a number from 0 to 1 here, or mean", []string{"-text", "a", "-head", "2", "-out", "csv"}},
		{"-head takes a number", []string{"-text", "a", "-head", "-1", "-out", "csv"}},
		{"-head takes a number", []string{"-text", "a", "-head", "first", "-out", "svg"}},
		{"-head takes a number", []string{"-text", "a", "-head", "99999999999999999999", "-out", "svg"}},
		{"-layer", []string{"-text", "a", "-layer", "99999999999999999999"}},
		{"-beam takes a number from 1 to 64", []string{"-text", "a", "-beam", "0"}},
		{"-beam takes a number from 1 to 64", []string{"-text", "a", "-beam", "-3"}},
		{"-beam takes a number from 1 to 64", []string{"-text", "a", "-beam", "1000000"}},
		{"-beam", []string{"-text", "a", "-beam", "1e3"}},
		{"-beam", []string{"-text", "a", "-beam", "99999999999999999999"}},
		{"-max-tokens takes a number", []string{"-text", "a", "-max-tokens", "-1"}},
		{"-width takes a number", []string{"-text", "a", "-width", "NaN", "-out", "svg"}},
		{"-width takes a number", []string{"-text", "a", "-width", "1e300", "-out", "svg"}},
		{"-width takes a number", []string{"-text", "a", "-width", "0", "-out", "svg"}},
		{"-layout takes columns or arcs", []string{"-text", "a", "-layout", "ring", "-out", "svg"}},
		{"-head takes a number", []string{"-text", "a", "-head", "0,7", "-out", "svg"}},
		{"-view steps is of one head", []string{"-text", "a", "-head", "0,1", "-view", "steps", "-out", "svg"}},
		{"-threshold takes a number", []string{"-text", "a", "-threshold", "0", "-out", "svg"}},
		{"-threshold takes a number", []string{"-text", "a", "-threshold", "+Inf", "-out", "svg"}},
		{"the text is empty", []string{"-text", "", "-out", "svg"}},
		{"the text is empty", []string{"-text", " \t\n", "-out", "csv"}},
		{"no-such-folder", []string{"-text", "a", "-o", filepath.Join(t.TempDir(), "no-such-folder", "a.txt")}},
	} {
		refuse(t, c.want, append([]string{"run", "-model", dir}, c.flags...)...)
	}
	refuse(t, "name a model", "run", "-text", "a")
	refuse(t, "no model of that name", "run", "-model", "a\x1b\x00b", "-text", "a")
	refuse(t, "no model of that name", "run", "-model", file, "-text", "a")
	refuse(t, "config.json", "run", "-model", t.TempDir(), "-text", "a")
	path := filepath.Join(dir, "model.safetensors")
	if err := os.Truncate(path, int64(len(read(t, path))-100)); err != nil {
		t.Fatal(err)
	}
	refuse(t, "cut short", "run", "-model", dir, "-text", "a")
}

// TestRunUses wants each option that a view is said to have a use for to change what is written, and each other one
// to be refused.
func TestRunUses(t *testing.T) {
	plain, soft := saved(t, modeltest.Small(t)), tiny(t, model.Translation+" additive")
	without := map[string]string{} // what each command line without the option answers
	for _, v := range drawn {
		for _, form := range []string{"svg", "csv"} {
			dir := plain
			if v == view.Context || v == view.Adversary {
				dir = soft
			}
			base := []string{"run", "-model", dir, "-text", "unbelievable kittens", "-target", "le chat", "-out", form, "-view", v}
			base = append(base, map[string][]string{view.Steps: {"-head", "0"}, view.Patch: {"-patch", "text:unbelievable dogs"}, view.Why: {"-why", "cross.0.0.1.1"}}[v]...)
			use, csv := uses(v)
			if use = append(use, "width", "dark"); form == "csv" {
				use = csv
			}
			for name, value := range map[string][]string{
				"kind": {"self"}, "layer": {"1"}, "head": {"1"}, "threshold": {"0.2"}, "layout": {"arcs", "-kind", "decoder"}, "words": {"true"},
				"hide-special": {"true"}, "compare": {"0.0,0.1"}, "lens": {"true"}, "row": {"1"}, "col": {"0"}, "width": {"300"}, "dark": {"true"},
			} {
				flags := append([]string{"-" + name + "=" + value[0]}, value[1:]...)
				known := slices.Contains(use, name)
				before := base
				switch {
				case name == "layout" && known:
					before = append(base[:len(base):len(base)], value[1:]...)
				case v == view.Predictions && name == "layer" && known:
					before = append(base[:len(base):len(base)], "-lens")
					flags = []string{"-lens", "-layer=0"}
				case v == view.Tower && (name == "row" || name == "col") && known:
					flags = []string{"-row", "3", "-col", "1"}
				}
				if !known {
					refuse(t, "-"+name+" does not apply to -out "+form+" -view "+v, append(base[:len(base):len(base)], flags[:1]...)...)
					continue
				}
				line := strings.Join(before, " ")
				if without[line] == "" {
					without[line] = answer(t, before...)
				}
				if answer(t, append(base[:len(base):len(base)], flags...)...) == without[line] {
					t.Errorf("-out %s -view %s: %s changes nothing", form, v, flags)
				}
			}
		}
	}
	for form, want := range map[string]string{"text": "", "json": "lens words"} {
		for _, name := range []string{"view=links", "kind=self", "layer=1", "head=1", "lens", "words", "dark", "hide-special", "width=300", "compare=0.0,0.1", "threshold=0.5", "layout=arcs", "row=1", "col=1"} {
			args := []string{"run", "-model", plain, "-text", "the cat", "-target", "le chat", "-out", form, "-" + name}
			if strings.Contains(want, name) && want != "" {
				answer(t, args...)
			} else {
				refuse(t, "does not apply to -out "+form, args...)
			}
		}
	}
}
