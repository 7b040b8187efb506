package main

import (
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"heed/core/data"
	"heed/core/eval"
	"heed/core/explain"
	"heed/core/json"
	"heed/core/model"
	"heed/core/record"
	"heed/core/run"
	"heed/core/say"
	"heed/core/text"
	"heed/core/view"
)

// explaining is what a run is asked about itself: ablations, patches, attributions, why a score is what it is.
type explaining struct {
	ablate, with, corpus string
	patch, at            string
	attribute            string
	position             int
	why                  string
	adversary            bool
	either               bool // nothing says what to ablate: see view.Ablates

	place record.Place // of why
	col   int
	means []string // of with mean
}

// explainFlags are those flags; each may be given once for a run.
func (e *explaining) flags(f *flag.FlagSet) {
	f.StringVar(&e.ablate, "ablate", "", "switch off one after the other, and say what the output's log-probability loses, or the next token's where nothing is written: heads, layers, ffn or positions")
	f.StringVar(&e.with, "with", "zero", "with -ablate: what stands in the place of an activation: zero, or mean over the texts of -corpus")
	f.StringVar(&e.corpus, "corpus", "", "with -with mean: file of texts, one a line")
	f.StringVar(&e.patch, "patch", "", "text:OTHER takes one activation after the other from the run of OTHER, and says how much of its output comes back")
	f.StringVar(&e.at, "at", record.AtResidual, "with -patch: heads or residual")
	f.StringVar(&e.attribute, "attribute", "", "which tokens an output token comes from: gradient-input, integrated-gradients, attention-gradient, leave-one-out, direct, attention or rollout; two, comma-separated, are compared")
	f.IntVar(&e.position, "position", 0, "with -attribute: position of the prediction, from 0, as in -out json")
	f.BoolVar(&e.adversary, "adversary", false, "recurrent models with attention: look for other weights with which the model says the same, by gradient steps")
	f.StringVar(&e.why, "why", "", "split the score of KIND.LAYER.HEAD.ROW.COL by what query and key are made of")
}

// pictures are the views that draw what is asked for, by its flag.
var pictures = map[string]string{"ablate": view.Ablation, "patch": view.Patch, "attribute": view.Attribution, "why": view.Why, "adversary": view.Adversary}

// any says whether anything is asked.
func (e *explaining) any() bool {
	return e.ablate != "" || e.patch != "" || e.attribute != "" || e.why != "" || e.adversary
}

// picture has the drawing be that of what is asked for, and asks for what the view is of where nothing else is said.
func (e *explaining) picture(given map[string]bool, d *drawing) error {
	for flag, name := range pictures {
		if given[flag] && !given["view"] {
			d.View = name
		}
	}
	for flag, name := range pictures {
		switch {
		case d.View != name && given[flag]:
			return fmt.Errorf("-%s is drawn by -view %s, not by -view %s", flag, name, d.View)
		case d.View != name || given[flag]:
		case name == view.Ablation:
			e.ablate, e.either = record.HeadParts, true
		case name == view.Attribution:
			e.attribute = view.DefaultMethods
		case name == view.Adversary:
			e.adversary = true
		default:
			return fmt.Errorf("-view %s needs -%s", name, flag)
		}
	}
	return nil
}

// check reads what was given; what does not go together is an error.
func (e *explaining) check(given map[string]bool) error {
	for _, pair := range [][2]string{{"with", "ablate"}, {"at", "patch"}, {"position", "attribute"}} {
		if given[pair[0]] && !given[pair[1]] {
			return fmt.Errorf("-%s needs -%s", pair[0], pair[1])
		}
	}
	switch {
	case given["patch"] && !strings.HasPrefix(e.patch, "text:"):
		return errors.New("-patch takes text: and another sentence, such as -patch \"text:I like coffee\"")
	case e.with != "zero" && e.with != "mean":
		return fmt.Errorf("-with takes zero or mean, not %q", e.with)
	case given["corpus"] && e.with != "mean":
		return errors.New("-corpus needs -with mean")
	case e.with == "mean" && e.corpus == "":
		return errors.New("-with mean needs -corpus FILE, the texts to take the mean over")
	}
	if given["why"] {
		var err error
		if e.place, e.col, err = record.ParseWhy(e.why); err != nil {
			return fmt.Errorf("-why: %w", err)
		}
	}
	if e.corpus != "" {
		var err error
		if e.means, err = readLines(e.corpus); err != nil {
			return err
		}
	}
	return nil
}

// readLines reads the lines of a file that are not empty.
func readLines(name string) (lines []string, err error) {
	err = eachLine(name, func(line string) error {
		text, _, _ := strings.Cut(line, "\t") // of pairs the source
		if strings.TrimSpace(text) != "" {
			lines = append(lines, text)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(lines) == 0 {
		return nil, fmt.Errorf("%s holds no text", name)
	}
	return lines, nil
}

// explain adds to a Record what was asked about its run.
func (e *explaining) explain(s *run.Session, r *record.Record) (err error) {
	if e.ablate != "" {
		if e.either {
			e.ablate = view.Ablates(r)
		}
		r.Ablation, err = s.Ablate(run.Ablation{Parts: e.ablate, Mean: e.means, Outputs: true})
		if len(e.means) > 0 {
			r.AblatedWith = say.Text(say.Count(len(e.means), "text"), " of ", filepath.Base(e.corpus))
		}
	}
	if e.patch != "" && err == nil {
		var p *run.Patches
		if p, err = s.Patch(run.Patching{Other: strings.TrimPrefix(e.patch, "text:"), At: e.at}); err == nil {
			r.Patch, r.Donor = p.List, &p.Donor
			if p.Note != "" {
				r.Notices = append(r.Notices, p.Note)
			}
			with := say.Text("“", p.Token, "” with “", p.Other, "”")
			if p.Other == "" {
				with = say.Text("the probabilities of “", p.Token, "”, which both texts give,")
			}
			r.Notices = append(r.Notices, say.Text("Patching compares ", with, " at position ", p.Position, "."))
		}
	}
	if e.attribute != "" && err == nil {
		var part *record.Record
		if part, err = s.Ask(record.Question{Attribute: e.attribute, Position: e.position}, nil); err == nil {
			if r.Attribution = part.Attribution; part.Answer.Refusal != "" {
				err = errors.New(part.Answer.Refusal)
			}
		}
	}
	if e.adversary && err == nil {
		r.Adversary, err = s.Adversary(nil)
	}
	if e.why != "" && err == nil {
		r.Why, err = s.Why(e.place, e.col)
	}
	return err
}

// explained writes as text what a Record says about its run.
func explained(r *record.Record) string {
	var b strings.Builder
	place := func(kind record.Kind, layer, head, position int) string {
		s := string(kind)
		if layer != record.None {
			s += fmt.Sprint(".", layer)
		}
		if head != record.None {
			s += fmt.Sprint(".", head)
		}
		if position != record.None {
			s += fmt.Sprint(" position ", position)
		}
		return s
	}
	if len(r.Ablation) > 0 {
		with := "zeros in its place"
		if r.AblatedWith != "" {
			with = "its mean over " + r.AblatedWith + " in its place"
		}
		at := slices.IndexFunc(view.Parts, func(p view.Named) bool { return p.Name == r.Ablation[0].Part })
		fmt.Fprintf(&b, "\nWithout %s, one at a time, %s, %s changes by (nats; negative: it helped):\n", text.Of(view.Parts[max(at, 0)].Text), with, view.Measured(r))
		all := slices.Clone(r.Ablation)
		slices.SortStableFunc(all, func(a, b record.Ablated) int { return cmp.Compare(a.Delta, b.Delta) })
		greedy := false
		for _, a := range all {
			fmt.Fprintf(&b, "%8.3f  %s", a.Delta, place(a.Kind, a.Layer, a.Head, a.Position))
			if tokens := r.Queries(a.Kind); a.Position >= 0 && a.Position < len(tokens) {
				fmt.Fprintf(&b, "  “%s”", tokens[a.Position].Text)
			}
			if a.Output != "" {
				fmt.Fprintf(&b, "  → %s", a.Output)
				greedy = r.Task != record.Fill
			} else if a.Changed {
				b.WriteString("  the output changes")
			}
			b.WriteByte('\n')
		}
		if greedy {
			b.WriteString("After an arrow stands what greedy search then writes.\n")
		}
		b.WriteString("This does not prove what a part is for: others may take over, or depend on it.\n")
	}
	if len(r.Patch) > 0 {
		b.WriteString("\nShare of the difference that comes back with an activation of the other text (the strongest):\n")
		all := slices.Clone(r.Patch)
		slices.SortStableFunc(all, func(a, b record.Patched) int {
			return cmp.Compare(math.Abs(float64(b.Recovered)), math.Abs(float64(a.Recovered)))
		})
		for _, p := range all[:min(len(all), 20)] {
			at := record.Place{Kind: p.Kind, Layer: p.Layer, Head: p.Head, Row: p.Position} // as -patched takes it
			fmt.Fprintf(&b, "%8.3f  %-16s  %s\n", p.Recovered, at.PatchName(), view.PatchedName(r, at))
		}
		b.WriteString("This shows where the difference passes through, not how it is computed.\n")
	}
	for a := r.Attribution; a != nil; a = a.Beside {
		fmt.Fprintf(&b, "\nWhere “%s” at position %d (%.4f) comes from, by %s:\n", strings.TrimSpace(a.Token), a.Position, a.Value, view.MethodName(a.Method))
		list := func(tokens []record.Token, values []float32) {
			for i, v := range values[:min(len(values), len(tokens))] {
				if t := &tokens[i]; v == 0 && explain.Stays(r, a, i, t) {
					fmt.Fprintf(&b, "%8s  %s (%s)\n", "–", t.Text, text.Of(text.NotLeftOut))
				} else {
					fmt.Fprintf(&b, "%8.3f  %s\n", v, t.Text)
				}
			}
		}
		if len(a.Parts) == 0 {
			source, read := a.Source, a.Position+1 // of what is written, what was read before
			if r.Task == model.Generation {
				source = source[:min(len(source), read)]
			}
			list(r.Tokens.Source, source)
			list(r.Tokens.Target, a.Target[:min(len(a.Target), read)])
		}
		for _, p := range a.Parts {
			name := p.Name
			if p.Kind != "" {
				name = place(p.Kind, p.Layer, p.Head, record.None)
			} else if p.Layer != record.None {
				name = fmt.Sprint(name, ".", p.Layer)
			}
			fmt.Fprintf(&b, "%8.3f  %s\n", p.Value, name)
		}
		if sums := view.Sums(a); sums != "" {
			fmt.Fprintln(&b, sums)
		}
	}
	if a := r.Attribution; a != nil {
		if a.Beside != nil {
			fmt.Fprintln(&b, "\n"+view.Agreement(r, a, a.Beside))
		}
		fmt.Fprintln(&b, text.Of(text.AttributionCaption))
	}
	if a := r.Adversary; a != nil {
		b.WriteByte('\n')
		b.WriteString(otherWeights(a))
	}
	if w := r.Why; w != nil {
		fmt.Fprintf(&b, "\nThe score %.4f of %s, row %d, column %d, is the sum of %d parts (the largest):\n", w.Score, place(w.Kind, w.Layer, w.Head, record.None), w.Row, w.Col, len(w.Parts))
		all := slices.Clone(w.Parts)
		slices.SortStableFunc(all, func(a, b record.WhyPart) int {
			return cmp.Compare(math.Abs(float64(b.Value)), math.Abs(float64(a.Value)))
		})
		for _, p := range all[:min(len(all), 20)] {
			fmt.Fprintf(&b, "%8.3f  query %s, key %s\n", p.Value, p.Query, p.Key)
		}
		b.WriteString("The split holds the norms' statistics fixed, and says nothing about what would change them.\n")
	}
	return b.String()
}

// headsCommand measures what every head does over a corpus.
func headsCommand(c console, args []string) error {
	f := flag.NewFlagSet("heads", flag.ContinueOnError)
	name := f.String("model", "", "directory of the model, or its name in web/models")
	data := f.String("data", "", "file of texts, one a line (of pairs, the source); unless given, only induction and syntactic relations are measured")
	most := f.Int("most", 500, "largest number of texts to read")
	ioi := f.Int("ioi", 0, "decoders: measure that many prompts with an indirect object instead: the mean difference of the two names' logits")
	alignment := f.String("alignment", "", "translators: file of source<TAB>target lines to learn a dictionary from, as for eval: how often a head looks most at the word that is translated, in the pairs of -data")
	asJSON := f.Bool("json", false, "an object a head")
	if _, err := c.parse(f, args); err != nil {
		return err
	}
	m, err := openModel(*name)
	if err != nil {
		return err
	}
	if *alignment != "" && (*data == "" || *ioi > 0) {
		return errors.New("-alignment needs -data, pairs of the languages that the dictionary is of")
	}
	if *ioi > 0 {
		return indirectObjects(c, m, *ioi, *asJSON)
	}
	var texts []string
	if *data != "" {
		if texts, err = readLines(*data); err != nil {
			return err
		}
		texts = texts[:min(len(texts), max(1, *most))]
	}
	heads, err := run.Heads(m, texts, nil)
	if err != nil {
		return err
	}
	names := record.ShareNames[:record.OnTranslation]
	if *alignment != "" {
		d, err := readDictionary(*data, *alignment)
		if err != nil {
			return err
		}
		t, err := d.translations(m)
		if err != nil {
			return err
		}
		roles := record.Roles{Heads: heads}
		roles.Translate(t)
		names = record.ShareNames[:]
	}
	var b bytes.Buffer
	if !*asJSON {
		fmt.Fprintf(&b, "%-14s", "head")
		for _, name := range names {
			fmt.Fprintf(&b, "%12s", name)
		}
		b.WriteString("   (weight, mean over queries; chance in brackets)\n")
	}
	for _, h := range heads {
		if *asJSON {
			line, err := json.Write(h.Fields)
			if err != nil {
				return err
			}
			b.Write(append(line, '\n'))
			continue
		}
		fmt.Fprintf(&b, "%-14s", fmt.Sprintf("%s.%d.%d", h.Kind, h.Layer, h.Head))
		for i := range names {
			if i != record.OnTranslation || h.Translates() {
				fmt.Fprintf(&b, " %.2f (%.2f)", h.Shares[i], h.Chance[i]) // 12 characters
			}
		}
		b.WriteByte('\n')
	}
	if !*asJSON {
		if *alignment != "" {
			b.WriteString("Of translation it is the part of words where the head looks most at the word that the dictionary gives.\n")
		}
		b.WriteString("A share says where a head looks, not what for.\n")
	}
	_, err = c.out.Write(b.Bytes())
	return err
}

// dictionary is one that was learned from a file, and the pairs that heads are asked about.
type dictionary struct {
	words *eval.Dictionary
	cases []eval.Case
	file  string // that the pairs are of
}

func readDictionary(pairs, lessons string) (*dictionary, error) {
	learned, err := data.Read(model.Translation, lessons, [2]int{0, 1})
	if err != nil {
		return nil, err
	}
	asked, err := data.Read(model.Translation, pairs, [2]int{0, 1})
	if err != nil {
		return nil, err
	}
	return &dictionary{eval.LearnDictionary(learned), eval.Cases(asked), filepath.Base(pairs)}, nil
}

// translations are how often each head from the output to the text looks most at the word that the dictionary gives.
func (d *dictionary) translations(m *model.Model) (*record.Translations, error) {
	if m.About.Task != model.Translation {
		return nil, fmt.Errorf("-alignment is for translators; %s", does(m))
	}
	a, err := eval.Align(m, d.words, d.cases)
	if err != nil {
		return nil, err
	}
	t := &record.Translations{Pairs: say.Text(say.Count(a.Words, "word"), " of ", say.Count(a.Sentences, "sentence"), " of ", d.file), Chance: a.Random}
	for _, h := range a.Heads {
		t.Heads = append(t.Heads, record.HeadRate{Kind: h.Kind, Layer: h.Layer, Head: h.Head, Rate: h.Rate})
	}
	return t, nil
}

// indirectObjects measures the difference of two names' logits.
func indirectObjects(c console, m *model.Model, prompts int, asJSON bool) error {
	x, err := run.IndirectObjects(m, prompts, nil)
	if err != nil {
		return err
	}
	if asJSON {
		b, err := json.Write(x.Fields)
		if err == nil {
			_, err = c.out.Write(append(b, '\n'))
		}
		return err
	}
	_, err = fmt.Fprintf(c.out, "The indirect object's logit minus the subject's, mean over %s: %.3f; above 0 in %.0f %%.\nThis says that one name is preferred, not how the model finds it.\n", say.Count(x.Prompts, "prompt"), x.Difference, 100*x.Right)
	return err
}

// trustCommand measures how far maps agree with leave-one-out over a corpus, or looks for other maps of one text.
func trustCommand(c console, args []string) error {
	f := flag.NewFlagSet("trust", flag.ContinueOnError)
	name := f.String("model", "", "directory of the model, or its name in web/models")
	data := f.String("data", "", "file of texts, one a line (of pairs, the source)")
	one := f.String("text", "", "recurrent models with attention: look for other weights with which the model says the same of this text, by gradient steps")
	most := f.Int("most", 100, "largest number of texts to read")
	each := f.Int("predictions", 5, "predictions of each text that are explained at most; 0: all")
	asJSON := f.Bool("json", false, "one object")
	figure := f.String("figure", "", "files that -json wrote, named after the models, with commas between: draw them, into -o")
	out := f.String("o", "", "with -figure: SVG file to write; else the standard output")
	if _, err := c.parse(f, args); err != nil {
		return err
	}
	switch {
	case *figure != "" && (*name != "" || *data != "" || *one != ""):
		return errors.New("-figure draws what was measured before, so -model, -data and -text do not apply")
	case *figure != "":
		return trustFigure(c, *figure, *out)
	case *out != "":
		return errors.New("-o needs -figure")
	}
	if (*data == "") == (*one == "") {
		return errors.New("give either -data, a file of texts, one a line, or -text, one text")
	}
	if *each < 0 {
		return errors.New("-predictions takes a number from 1, or 0 for all")
	}
	m, err := openModel(*name)
	if err != nil {
		return err
	}
	if *one != "" {
		return adversary(c, m, *one, *asJSON)
	}
	texts, err := readLines(*data)
	if err != nil {
		return err
	}
	trust, err := run.Trusted(m, texts[:min(len(texts), max(1, *most))], *each, nil)
	if err != nil {
		return err
	}
	if *asJSON {
		b, err := json.Write(trust.Fields)
		if err != nil {
			return err
		}
		_, err = c.out.Write(append(b, '\n'))
		return err
	}
	fmt.Fprintf(c.out, "Rank correlation with leave-one-out, %s, %s:\n", say.Count(trust.Sentences, "text"), say.Count(trust.Predictions, "prediction"))
	for _, t := range trust.Methods {
		fmt.Fprintf(c.out, "%6.3f ± %.3f  %s\n", t.Mean, t.Error, view.MethodName(t.Method))
	}
	fmt.Fprintln(c.out, "Leave-one-out is no ground truth: a text that lacks a word may be one that the model has never met the like of.")
	return nil
}

// adversary writes other attention weights beside the true ones.
func adversary(c console, m *model.Model, text string, asJSON bool) error {
	s := run.NewSession(m)
	r, err := s.Run(text, run.Options{})
	if err != nil {
		return err
	}
	a, err := s.Adversary(nil)
	if err != nil {
		return err
	}
	if asJSON {
		b, err := json.Write(a.Fields)
		if err != nil {
			return err
		}
		_, err = c.out.Write(append(b, '\n'))
		return err
	}
	_, err = fmt.Fprint(c.out, r.Output, "\n", otherWeights(a))
	return err
}

// otherWeights writes other weights as text.
func otherWeights(a *record.Adversary) string {
	var b strings.Builder
	most := func(w []float32) string {
		i := slices.Index(w, slices.Max(w))
		return fmt.Sprintf("%s %.2f", strings.TrimSpace(a.Keys[i]), w[i])
	}
	fmt.Fprintf(&b, "%-14s%-18s%-18s%8s%8s   (total variation distance: of the weights, of the predictions)\n", "writes", "looks most at", "could look at", "weights", "output")
	for _, row := range a.Rows {
		fmt.Fprintf(&b, "%-14s%-18s%-18s%8.2f%8.3f\n", strings.TrimSpace(row.Token), most(row.Weights), most(row.Other), row.Distance, row.Change)
	}
	together := "With all rows replaced at once it is another output."
	if a.Same {
		together = "With all rows replaced at once it is the same output too."
	}
	fmt.Fprintln(&b, together, "That such weights exist does not say that a trained model would have them.")
	return b.String()
}
