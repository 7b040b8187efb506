package main

import (
	"errors"
	"fmt"
	"os"

	"heed/core/record"
)

// replay takes the model, the text and the changes of a run from the Record that a file holds. What is given besides wins.
func (c console) replay(file string, given map[string]bool, model, text *string, changes *record.Changes) error {
	for _, other := range []string{"file", "off", "force", "patched", "from", "replace", "steer", "toward", "away", "attention-temperature"} {
		if given[other] {
			return fmt.Errorf("-replay takes the changes of a Record, so -%s does not apply", other)
		}
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	r, err := record.Parse(data)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	if !given["model"] {
		if *model = r.Model; *model == "" {
			return errors.New(file + " names no model; give -model")
		}
	}
	if !given["text"] {
		*text = r.Text
		if r.Task == record.Generation { // what was written is not what was typed
			*text = r.Text[:len(r.Text)-len(r.Output)]
		}
	}
	given["text"] = true
	temperature := changes.Temperature
	if *changes = r.Changes; changes.Temperature == 0 {
		changes.Temperature = temperature
	}
	return nil
}
