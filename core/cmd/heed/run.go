package main

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"heed/core/model"
	"heed/core/record"
	"heed/core/run"
	"heed/core/say"
	"heed/core/view"
)

// runCommand runs one text, or each line of a file, and writes what was asked for.
func runCommand(c console, args []string) error {
	f := flag.NewFlagSet("run", flag.ContinueOnError)
	name := f.String("model", "", "directory of the model, its name in web/models, or hf:OWNER/NAME[@REVISION] of the Hugging Face Hub")
	text := f.String("text", "", "the text")
	file := f.String("file", "", "file of texts, one a line; each is answered with one line; - is the standard input")
	target := f.String(run.TargetOption, "", "translation and compression: read this output instead of writing one; with -file for every line")
	beam := f.Int(run.BeamOption, 1, "translation and compression: number of hypotheses of beam search; 1 is greedy search")
	most := f.Int(run.MaxTokensOption, 0, "largest number of output tokens; 0: as many as the source makes likely, and none where a model generates text")
	var sampling run.Sampling
	f.Float64Var(&sampling.Temperature, run.TemperatureOption, 0, "generation only: divides the logits before sampling; 0 takes the most probable token, unless -top-k, -top-p or -seed is given, which set it to 1")
	f.IntVar(&sampling.TopK, run.TopKOption, 0, "generation only: sample from the K most probable tokens; 0: from all")
	f.Float64Var(&sampling.TopP, run.TopPOption, 0, "generation only: sample from the fewest tokens whose probabilities sum to P, in (0, 1]; 0: from all; after -top-k")
	f.Uint64Var(&sampling.Seed, run.SeedOption, 0, "generation only: seed of the random numbers; the same seed gives the same text")
	off := f.String("off", "", "heads to switch off: a comma-separated list of KIND.LAYER.HEAD, counted from 0, such as cross.2.3,self.0.1")
	force := f.String("force", "", "weights to set: a comma-separated list of KIND.LAYER.HEAD.ROW.COL=WEIGHT, such as cross.2.3.1.4=0.9; the others of the row are scaled")
	patched := f.String("patched", "", "activations to take from the run of -from: a comma-separated list of KIND.LAYER.HEAD.POSITION, such as self.1.-.3; - is no head, and the embedding")
	var changes record.Changes
	f.StringVar(&changes.From, "from", "", "with -patched: the other text")
	replace := f.String("replace", "", "words to read as others: a comma-separated list of WORD=OTHER, the words of the text counted from 0, such as 3=dog")
	steer := f.String("steer", "", "KIND.LAYER=STRENGTH, such as decoder.2=4: adds the difference of the states of -toward and -away to every position after that layer")
	f.StringVar(&changes.Steer.Toward, "toward", "", "with -steer: the word or text to steer toward")
	f.StringVar(&changes.Steer.Away, "away", "", "with -steer: the word or text to steer away from")
	replay := f.String("replay", "", "file of a Record, as -out json writes it: runs its text with its changes, and asks again what it explains; -model and -text may name others")
	f.Float64Var(&changes.Temperature, "attention-temperature", 1, "divides the scores of cross and rnn attention before the softmax")
	out := f.String("out", "text", "text, json, csv, svg or html; unless given, the ending of the name of -o, such as tea.svg")
	d := drawing{State: view.State{Still: true}}
	f.StringVar(&d.View, "view", view.Links, strings.Join(drawn[:len(drawn)-1], ", ")+" or "+drawn[len(drawn)-1])
	f.StringVar(&d.kind, "kind", "", "kind of attention: cross, from the output to the source (rnn in a recurrent model); self, from the source to itself; decoder, from the output, or a generated text, to itself; unless given, the first that the model has")
	f.IntVar(&d.Layer, "layer", 0, "layer, from 0")
	f.StringVar(&d.head, "head", "mean", "head, from 0; or several, such as 1,3: links draw each in its colour, heatmaps their mean; or mean")
	f.IntVar(&d.row, "row", 0, "with -view steps: row of the map, from 0; with -view flow and predictions: position; with -view tower: level, from the bottom, of the token -col whose paths are highlighted")
	f.IntVar(&d.col, "col", -1, "with -view steps: column of the map, from 0; -1: that of the largest weight; with -view tower: token, from 0")
	f.Float64Var(&d.Width, "width", 720, "width of the picture in pixels")
	f.Float64Var(&d.Threshold, "threshold", view.DefaultThreshold, "share of each word's attention that links show, in (0, 1]")
	f.StringVar(&d.Layout, "layout", view.Columns, "with -view links: columns, or arcs on one line for attention of a text to itself")
	f.BoolVar(&d.Lens, "lens", false, "what each layer would have predicted (the logit lens), with -out json and in the picture of -view predictions, which lists -layer, by default the last")
	f.BoolVar(&d.Words, "words", false, "merge pieces into words, in maps and in the tokens of -out json: keys summed, queries averaged")
	f.StringVar(&d.compare, "compare", "", "with -out svg, html or csv: two heatmaps and their difference, of two heads, as LAYER.HEAD,LAYER.HEAD, or of text: and a second sentence")
	f.BoolVar(&d.dark, "dark", false, "draw on a dark background")
	f.BoolVar(&d.HideSpecial, "hide-special", false, "leave special tokens out of the picture")
	o := f.String("o", "", "file to write instead of the terminal")
	vectors := f.Bool(run.VectorsOption, false, "sentence models only: with -out json the vector of the text")
	var e explaining
	e.flags(f)
	if _, err := c.parse(f, args); err != nil {
		return err
	}
	given := given(f)
	var again *replayed
	if given["replay"] {
		var err error
		if again, err = c.replay(*replay, given, name, text, &changes, &e, d.View); err != nil {
			return err
		}
	}
	switch {
	case given["text"] && given["file"]:
		return errors.New("give -text or -file, not both")
	case !given["text"] && !given["file"]:
		return errors.New("give -text or -file")
	case given["off"] && len(strings.Trim(*off, ", ")) == 0, given["force"] && len(strings.Trim(*force, ", ")) == 0:
		return errors.New("-off takes a list of KIND.LAYER.HEAD, -force one of KIND.LAYER.HEAD.ROW.COL=WEIGHT, and neither may be empty")
	case *beam < 1 || *beam > 64:
		return errors.New("-beam takes a number from 1 to 64")
	case *most < 0:
		return errors.New("-max-tokens takes a number from 1, or 0 for as many as the source makes likely")
	case given["target"] && (given["beam"] || given["max-tokens"]):
		return errors.New("-target gives the output, so -beam and -max-tokens do not apply")
	case sampling.Temperature != 0 && !(sampling.Temperature >= 0.01 && sampling.Temperature <= 100):
		return fmt.Errorf("-temperature takes a number from 0.01 to 100, or 0 for the most probable token, not %g", sampling.Temperature)
	case sampling.TopK < 0:
		return errors.New("-top-k takes a number from 1, or 0 for all")
	case !(sampling.TopP >= 0 && sampling.TopP <= 1):
		return fmt.Errorf("-top-p takes a number above 0, up to 1, or 0 for all, not %g", sampling.TopP)
	}
	for _, name := range []string{run.TopKOption, run.TopPOption, run.SeedOption} {
		if given[name] && given[run.TemperatureOption] && sampling.Temperature == 0 {
			return fmt.Errorf("-%s does not apply with -temperature 0, which takes the most probable token", name)
		}
	}
	if t := changes.Temperature; !(t >= record.MinTemperature && t <= record.MaxTemperature) {
		return fmt.Errorf("-attention-temperature takes a number from %g to %g, not %g", record.MinTemperature, record.MaxTemperature, t)
	}
	switch {
	case given["patched"] != given["from"]:
		return errors.New("-patched and -from go together: what is taken, and of which text")
	case given["steer"] != given["toward"] || given["steer"] != given["away"]:
		return errors.New("-steer, -toward and -away go together: where and how strongly, and the two texts whose difference is added")
	}
	if err := cmp.Or(changes.ParseOff(*off), changes.ParseForce(*force), changes.ParsePatched(*patched), changes.ParseReplace(*replace)); err != nil {
		return err
	}
	if given["steer"] {
		if err := changes.Steer.Parse(*steer); err != nil {
			return err
		}
	}
	if !given["temperature"] && (given["top-k"] || given["top-p"] || given["seed"]) {
		sampling.Temperature = 1
	}
	if ending := strings.ToLower(filepath.Ext(*o)); !given["out"] && slices.Contains([]string{".json", ".csv", ".svg", ".html"}, ending) {
		*out = ending[1:]
	}
	switch *out {
	case "text", "json":
	case "csv", "svg", "html":
		if given["file"] {
			return fmt.Errorf("-file writes -out text or json; -out %s takes one -text", *out)
		}
	default:
		return fmt.Errorf("-out takes text, json, csv, svg or html, not %q", *out)
	}
	if err := e.check(given); err != nil {
		return err
	}
	pictured := *out != "text" && *out != "json"
	if pictured {
		if err := e.picture(given, &d); err != nil {
			return err
		}
	}
	if given["compare"] && !given["view"] {
		d.View = view.Heatmap
	}
	if err := d.unused(*out, given); err != nil {
		return err
	}
	m, err := openModel(*name)
	if err != nil {
		return err
	}
	places := slices.Clone(changes.Off)
	for _, f := range changes.Force {
		places = append(places, f.Place)
	}
	if given["why"] && m.Stacks() != nil {
		places = append(places, e.place)
	}
	if err := cmp.Or(fitting(m, given), within(m, places)); err != nil {
		return err
	}
	if pictured { // a text and a Record need no attention
		if len(m.Stacks()) == 0 && slices.Contains(drawn, d.View) && !slices.Contains(viewsOf(m), d.View) {
			return errors.New("this model has one fixed context vector and no attention to draw; try -view context")
		}
		if err := d.resolve(m); err != nil {
			return err
		}
	}
	switch position := d.View == view.Flow || d.View == view.Predictions; {
	case given["row"] && position:
		d.Chosen = view.Ref{Part: view.Query, Row: d.row}
	case d.View != view.Tower:
	case given["row"] != given["col"]:
		return errors.New("-view tower takes -row and -col, a floor and a token on it, both together")
	case given["row"]:
		d.Chosen = view.Ref{Part: view.Node, Row: d.row, Col: d.col}
	}
	if given["compare"] {
		if err := d.against(m); err != nil {
			return err
		}
	}
	if d.Lens && !given["layer"] {
		d.Layer = last
	}
	if m.About.Task == model.Generation && *most == 0 && *out == "text" && !e.any() && !changes.Any() {
		return errors.New("this model continues a text by -max-tokens N, which is missing; -out json, csv, svg or html show what it reads in the text alone")
	}
	r := runner{c, run.NewSession(m), run.Options{Beam: *beam, MaxTokens: *most, Sampling: sampling, Vector: *vectors, Lens: d.Lens, Changes: changes}, *out, &notices{to: c.err}, d, &e, again}
	if pictured {
		r.options.Detail = d.place()
	}
	if given["target"] {
		r.options.Target = target
	}
	var result bytes.Buffer
	if *o != "" {
		r.out = &result
	}
	switch {
	case m.About.Task == model.Similarity && *out == "text":
		err = r.nearest(*file, withoutMark(*text))
		r.notices.sum()
	case given["file"]:
		err = eachLine(*file, r.answerLine)
		r.notices.sum()
	default:
		err = r.answer(withoutMark(*text))
	}
	if err == nil && *o != "" {
		err = os.WriteFile(*o, result.Bytes(), 0o666)
	}
	return err
}

// fitting refuses flags that do not apply to a model.
func fitting(m *model.Model, given map[string]bool) error {
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if err := run.Applies(name, m.About.Task); err != nil {
			return fmt.Errorf("-%w", err)
		}
	}
	if given["attention-temperature"] && !slices.ContainsFunc(m.Stacks(), func(s model.Stack) bool { return s.Kind == record.Cross || s.Kind == record.RNN }) {
		return fmt.Errorf("-attention-temperature applies to cross and rnn attention, which %s does not have", m.Name)
	}
	return nil
}

// does says what a model does.
func does(m *model.Model) string { return m.Name + " " + model.Does(m.About.Task) }

// within refuses heads that the model does not have.
func within(m *model.Model, places []record.Place) error {
	for _, p := range places {
		var heads []string
		has := false
		for _, s := range m.Stacks() {
			heads = append(heads, fmt.Sprintf("%s.0.0 to %s.%d.%d", s.Kind, s.Kind, s.Layers-1, s.Heads-1))
			has = has || p.Kind == s.Kind && p.Layer < s.Layers && p.Head < s.Heads
		}
		if !has {
			return fmt.Errorf("%s has no head %s; it has %s", m.Name, p.HeadName(), cmp.Or(strings.Join(heads, ", "), "no attention"))
		}
	}
	return nil
}

// said is what a run's answer says: the output, of a text written on with what stood before it.
func said(rec *record.Record) string {
	if rec.Task == model.Generation || rec.Output == "" && rec.Task == model.Fill {
		return rec.Text
	}
	return rec.Output
}

// runner answers texts in the form that was asked for.
type runner struct {
	console
	session *run.Session
	options run.Options
	form    string // text, json, csv, svg or html
	notices *notices
	drawing drawing
	asked   *explaining
	again   *replayed // nil where no Record is run again
}

// answerLine answers a text with one line.
func (r *runner) answerLine(text string) error {
	r.notices.line++
	if r.form == "json" { // which never has more
		return r.answer(text)
	}
	rec, err := r.run(text)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(r.out, strings.NewReplacer("\n", " ", "\r", " ").Replace(said(rec)))
	return err
}

func (r *runner) answer(text string) error {
	rec, err := r.run(text)
	if err != nil {
		return err
	}
	if r.drawing.Words && r.form == "json" { // of a picture and of its numbers they are the view's affair
		rec = rec.Words()
	}
	var b []byte
	switch {
	case blank(text) && (r.form == "text" && said(rec) == "" || r.form != "json" && len(rec.Maps) == 0):
		err = errors.New("the text is empty, so there is nothing to write or to draw; give -text some words")
	case r.form == "text":
		b = []byte(said(rec) + "\n" + explained(rec))
	case r.form == "json":
		b, err = rec.JSON()
		b = append(b, '\n')
	case r.drawing.compare != "":
		b, err = r.compared(rec)
	case r.form == "csv":
		b, err = r.drawing.csv(rec)
	default:
		b, err = r.drawing.draw(r.session.Model, rec, r.form)
	}
	if err != nil {
		return err
	}
	_, err = r.out.Write(b)
	return err
}

// blank says whether a text has nothing that can be seen: white space, or characters without width.
func blank(text string) bool {
	return !strings.ContainsFunc(text, func(c rune) bool { return unicode.IsPrint(c) && c != ' ' })
}

// before is what a run comes to without the changes, which its answer is held against; not for a file of texts, and not
// for an output that was given or goes on by chance.
func (r *runner) before(text string) (o record.Outcome, err error) {
	if !r.options.Changes.Any() || r.options.Target != nil || r.options.MaxTokens > 0 || r.notices.line > 0 {
		return o, nil
	}
	plain := r.options
	plain.Changes = record.Changes{}
	rec, err := run.NewSession(r.session.Model).Run(text, plain) // what a session ran before can be seen in the last digits
	if err != nil {
		return o, err
	}
	return rec.Outcome(), nil
}

// run runs a text and passes on the notices.
func (r *runner) run(text string) (*record.Record, error) {
	before, err := r.before(text)
	if err != nil {
		return nil, err
	}
	rec, err := r.session.Run(text, r.options)
	if err != nil {
		return nil, err
	}
	if again := r.again; again != nil && again.otherwise(rec) && r.options.Target == nil && r.options.MaxTokens == 0 && r.options.Beam <= 1 {
		r.notices.tell("The model writes “" + rec.Output + "” by itself; the output in " + again.file + " is read, as by -target.")
		before = record.Outcome{}
		o := r.options
		o.Target, o.Beam = &again.record.Output, 0
		if rec, err = r.session.Run(text, o); err != nil {
			return nil, err
		}
	}
	for _, f := range r.options.Changes.Force {
		if len(rec.Maps) > 0 && !slices.Contains(rec.Changes.Force, f) {
			return nil, fmt.Errorf("-force: the weight %s is outside this text's map, or masked", f)
		}
	}
	did, want := &rec.Changes, &r.options.Changes
	if one := r.again == nil && r.notices.line == 0; one && (len(did.Patched) < len(want.Patched) || did.Steer.Any() != want.Steer.Any()) {
		return nil, errors.New(strings.Join(rec.Notices, " "))
	}
	if err := r.asked.explain(r.session, rec); err != nil {
		return nil, err
	}
	notices := rec.Notices
	switch is := rec.Outcome(); {
	case before == (record.Outcome{}):
	case rec.Task == model.Generation:
		rec.Before = before
		notices = append(notices, "Before the changes, "+view.Expects(before)+"; with them, "+view.Expects(is)+".")
	default:
		rec.Before = before
		notices = append(notices, view.Effect(before, is))
	}
	if rec.Task == model.Fill && rec.Output == "" && strings.TrimSpace(text) != "" {
		notices = append(notices, "No word is hidden here: write [MASK] or __ for one.")
	}
	for _, n := range notices {
		r.notices.tell(n)
	}
	return rec, nil
}

// notices writes remarks on lines of a file: of each kind the first, and at the end how many there were.
type notices struct {
	to    io.Writer
	line  int // of the file, from 1; 0 where there is none
	kinds []kind
}

// kind is a notice without its numbers, the line that had it first, and how many others had it.
type kind struct {
	text        string
	first, more int
}

// tell writes a notice, or counts it where one of its kind was written: kinds differ in more than their numbers.
func (n *notices) tell(notice string) {
	if n.line == 0 {
		fmt.Fprintln(n.to, "heed:", notice)
		return
	}
	text := strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return -1
		}
		return r
	}, notice)
	if i := slices.IndexFunc(n.kinds, func(k kind) bool { return k.text == text }); i >= 0 {
		n.kinds[i].more++
		return
	}
	n.kinds = append(n.kinds, kind{text: text, first: n.line})
	fmt.Fprintf(n.to, "heed: line %d: %s\n", n.line, notice)
}

// sum says how many lines had a notice that was written once.
func (n *notices) sum() {
	for _, k := range n.kinds {
		if k.more > 0 {
			fmt.Fprintf(n.to, "heed: %s had the notice of line %d\n", say.Count(k.more, "more line"), k.first)
		}
	}
}

// eachLine calls f with every line of a file.
func eachLine(path string, f func(string) error) error {
	file := os.Stdin
	if path != "-" {
		var err error
		if file, err = os.Open(path); err != nil {
			return err
		}
		defer file.Close()
	}
	lines := bufio.NewReader(file)
	for n := 1; ; n++ {
		line, err := lines.ReadString('\n')
		if err != nil && err != io.EOF {
			return err
		}
		if line != "" {
			if n == 1 {
				line = withoutMark(line)
			}
			if err := f(strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")); err != nil {
				return fmt.Errorf("%s, line %d: %w", path, n, err)
			}
		}
		if err == io.EOF {
			return nil
		}
	}
}

// withoutMark returns a text without the byte order mark that some editors put before it.
func withoutMark(s string) string { return strings.TrimPrefix(s, "\ufeff") }
