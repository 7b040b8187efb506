package main

import (
	"errors"
	"fmt"
	"os"

	"heed/core/model"
	"heed/core/record"
)

// replayed is a Record that is run again.
type replayed struct {
	record *record.Record
	file   string
	text   bool // of its own, not another
}

// replay takes the model, the text, the changes and the questions of a run from the Record that a file holds. What is
// given besides wins.
func (c console) replay(file string, given map[string]bool, name, text *string, changes *record.Changes, e *explaining, view string) (*replayed, error) {
	for _, other := range []string{"file", "off", "force", "patched", "from", "replace", "steer", "toward", "away", "attention-temperature"} {
		if given[other] {
			return nil, fmt.Errorf("-replay takes the changes of a Record, so -%s does not apply", other)
		}
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	r, err := record.Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	own := &replayed{r, file, !given["text"]}
	if !given["model"] {
		if *name = r.Model; *name == "" {
			return nil, errors.New(file + " names no model; give -model")
		}
	}
	if !given["text"] {
		*text = r.Text
		if r.Task == model.Generation && given["max-tokens"] { // it is written on once more
			*text = r.Text[:len(r.Text)-len(r.Output)]
		}
	}
	given["text"] = true
	temperature := changes.Temperature
	if *changes = r.Changes; changes.Temperature == 0 {
		changes.Temperature = temperature
	}
	for _, q := range r.Questions() {
		if err := e.again(q, r, given, view); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	return own, nil
}

// otherwise says whether the model writes another output of the Record's own text by itself.
func (a *replayed) otherwise(r *record.Record) bool { return a.text && r.WroteOtherwise(a.record) }

// again asks what a Record was asked, unless something else of the kind is asked now, or a view is drawn that does not
// show it.
func (e *explaining) again(q record.Question, of *record.Record, given map[string]bool, view string) error {
	ask := func(flag string) bool {
		if given[flag] || given["view"] && view != pictures[flag] {
			return false
		}
		given[flag] = true
		return true
	}
	switch {
	case q.Ablate != "" && ask("ablate"):
		if e.ablate = q.Ablate; q.With == record.WithMean && !given["with"] {
			if !given["corpus"] {
				return fmt.Errorf("what was switched off had its mean over %s in its place; give -corpus FILE, or -with zero", of.AblatedWith)
			}
			e.with = q.With
		}
	case q.Patch != "" && ask("patch"):
		if e.patch = "text:" + q.Patch; !given["at"] {
			e.at = q.At
		}
	case q.Attribute != "" && ask("attribute"):
		if e.attribute = q.Attribute; !given["position"] {
			e.position = q.Position
		}
	case q.Why.Kind != "" && ask("why"):
		e.why = fmt.Sprintf("%s.%d.%d", q.Why.HeadName(), q.Why.Row, q.Col)
	case q.Adversary && ask("adversary"):
		e.adversary = true
	}
	return nil
}
