package main

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/record"
	"heed/core/run"
)

// TestRunChanged switches a head off and sets a weight, and wants what the session says.
func TestRunChanged(t *testing.T) {
	dir := saved(t, modeltest.Small(t))
	opened, err := openModel(dir)
	if err != nil {
		t.Fatal(err)
	}
	var c record.Changes
	if err := c.ParseOff("cross.0.0"); err != nil {
		t.Fatal(err)
	}
	if err := c.ParseForce("decoder.0.1.1.0=1"); err != nil {
		t.Fatal(err)
	}
	c.Temperature = 2
	const text = "the cat sat on the mat"
	rec, err := run.NewSession(opened).Run(text, run.Options{Changes: c})
	if err != nil {
		t.Fatal(err)
	}
	plain, err := run.NewSession(opened).Run(text, run.Options{})
	if err != nil {
		t.Fatal(err)
	}
	rec.Before = plain.Outcome()
	want, err := rec.JSON()
	if err != nil {
		t.Fatal(err)
	}
	run := func(flags ...string) (string, error) {
		var out, remarks bytes.Buffer
		err := command(console{&out, &remarks}, append([]string{"run", "-model", dir, "-text", text}, flags...))
		return out.String(), err
	}
	got, err := run("-out", "json", "-off", "cross.0.0", "-force", "decoder.0.1.1.0=1", "-attention-temperature", "2")
	if err != nil || got != string(want)+"\n" {
		t.Errorf("the command says %.300s (%v), the session %.300s", got, err, want)
	}
	// Every kind of change that a lab book lists is replayed from its Record.
	file, vector := filepath.Join(t.TempDir(), "record.json"), tiny(t, model.Translation+" none")
	for _, flags := range [][]string{
		{"-replace", "1=dog", "-off", "cross.0.0"},
		{"-steer", "decoder.1=2.5", "-toward", "the cat", "-away", "a dog"},
		{"-patched", "self.0.-.1", "-from", "the dog", "-force", "decoder.0.1.1.0=1", "-attention-temperature", "2"},
		{"-patched", "cross.0.1.1", "-from", "the dog"},               // what a head brings
		{"-patched", "rnn.0.-.0", "-from", "a dog", "-model", vector}, // the context vector, of a model that has one
		{"-off", "cross.0.1", "-force", "decoder.0.1.1.0=1", "-patched", "decoder.1.-.1,self.-.-.2", "-from", "the dog", "-replace", "1=dog",
			"-steer", "decoder.1=2.5", "-toward", "the cat", "-away", "a dog", "-attention-temperature", "0.5"},
	} {
		of := dir
		if flags[len(flags)-2] == "-model" {
			of = flags[len(flags)-1]
		}
		changed, err := run(append([]string{"-out", "json"}, flags...)...)
		if err != nil || !strings.Contains(changed, `"`+flags[0][1:]+`":"`+flags[1]+`"`) {
			t.Fatalf("%v: %v, %.400s", flags, err, changed)
		}
		if err := os.WriteFile(file, []byte(changed), 0o644); err != nil {
			t.Fatal(err)
		}
		var out, remarks bytes.Buffer
		if err := command(console{&out, &remarks}, []string{"run", "-model", of, "-replay", file, "-out", "json"}); err != nil || out.String() != changed {
			t.Errorf("%v replayed: %v, %.300s; want %.300s", flags, err, out.String(), changed)
		}
	}
	refuse(t, "so -off does not apply", "run", "-replay", file, "-off", "cross.0.0")
	for want, flags := range map[string][]string{
		"replaces no word": {"-replace", "dog"},
		"is no steering":   {"-steer", "decoder.0=NaN", "-toward", "a", "-away", "b"},
		"go together":      {"-steer", "decoder.0=1", "-toward", "a"},
		"is missing":       {"-steer", "decoder.0=1", "-toward", "a", "-away", " "},
		"small has no head cross.9.9; it has cross.0.0 to cross.2.1, self.0.0 to self.1.3": {"-off", "cross.9.9"},
		"has no head rnn.0.0":                {"-off", "rnn.0.0"},
		"has no head self.0.4":               {"-force", "self.0.4.0.0=1"},
		"weight cross.0.0.99.0=1 is outside": {"-force", "cross.0.0.99.0=1"},
		"has no position 99":                 {"-patched", "self.0.-.99", "-from", "the dog"},
		"nothing was steered":                {"-steer", "decoder.9=1", "-toward", "the cat", "-away", "a dog"},
		"neither may be empty":               {"-off", ","},
		"and neither may be empty":           {"-force", ""},
	} {
		refuse(t, want, append([]string{"run", "-model", dir, "-text", text}, flags...)...)
	}
	context := tiny(t, model.Translation+" none")
	refuse(t, "has no head rnn.0.0; it has no attention", "run", "-model", context, "-text", text, "-off", "rnn.0.0")
	refuse(t, "which generation does not have", "run", "-model", tiny(t, model.Generation), "-text", text, "-out", "json", "-attention-temperature", "2")
	for _, wrong := range [][]string{{"-off", "cross.0"}, {"-force", "cross.0.0.0.0=2"}, {"-attention-temperature", "0"}, {"-attention-temperature", "NaN"}} {
		if _, err := run(wrong...); err == nil || !strings.Contains(err.Error(), wrong[1]) {
			t.Errorf("%v: %v", wrong, err)
		}
	}
}

// TestRunBefore: what a change comes to is said beside what the model writes without it, and stands in the Record;
// where the output was given there is nothing to hold it against.
func TestRunBefore(t *testing.T) {
	translates, writes := tiny(t, model.Translation), tiny(t, model.Generation)
	said := func(args ...string) (*record.Record, string) {
		t.Helper()
		var out, remarks bytes.Buffer
		if err := command(console{&out, &remarks}, append([]string{"run", "-text", "the cat", "-out", "json"}, args...)); err != nil {
			t.Fatal(err)
		}
		r, err := record.Parse(out.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		return r, remarks.String()
	}
	plain, remarks := said("-model", translates)
	if plain.Before != (record.Outcome{}) || strings.Contains(remarks, "The output ") {
		t.Errorf("without a change: %+v, %q", plain.Before, remarks)
	}
	r, remarks := said("-model", translates, "-replace", "1=dog")
	if r.Before.Output != plain.Output || r.Before.P != plain.Outcome().P || !strings.Contains(remarks, "The output") {
		t.Errorf("%+v, want %+v; %q", r.Before, plain.Outcome(), remarks)
	}
	if r.Output != plain.Output != strings.Contains(remarks, "without your changes it is “"+plain.Output+"”") {
		t.Errorf("of %q, before %q, it says %q", r.Output, plain.Output, remarks)
	}
	if r, remarks = said("-model", translates, "-replace", "1=dog", "-target", "le chat"); r.Before != (record.Outcome{}) || strings.Contains(remarks, "The output ") {
		t.Errorf("of an output that was given: %+v, %q", r.Before, remarks)
	}
	plain, _ = said("-model", writes)
	next := plain.Predictions[len(plain.Predictions)-1].Top[0]
	r, remarks = said("-model", writes, "-replace", "1=dog")
	if r.Before.Output != next.Text || math.Abs(r.Before.P-float64(next.P)) > 1e-6 || !strings.Contains(remarks, "Before the changes, next: ") {
		t.Errorf("of a text that goes on: %+v, want %+v; %q", r.Before, next, remarks)
	}
	if out := answer(t, "run", "-model", writes, "-text", "the cat", "-replace", "1=dog"); out != "the cat\n" {
		t.Errorf("in words: %q", out)
	}
}
