package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A network learns a task, by lines of JSON, and the directory that is kept opens as any model.
func TestTrainTask(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "copy")
	var out, err bytes.Buffer
	c := console{&out, &err}
	if e := command(c, []string{"train", "task:copy", "-arch", "dot", "-width", "16", "-batch", "8", "-steps", "120", "-heads", "2", "-json", "-o", dir}); e != nil {
		t.Fatal(e)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	var first, last struct {
		Step        int
		Loss, Exact float64
		Heads       []struct{ Kind string }
	}
	if json.Unmarshal([]byte(lines[0]), &first) != nil || json.Unmarshal([]byte(lines[len(lines)-1]), &last) != nil ||
		len(lines) != 3 || first.Step != 50 || last.Step != 120 || !(last.Loss < first.Loss) || len(last.Heads) != 1 || last.Heads[0].Kind != "rnn" {
		t.Errorf("the lines are\n%s", out.String())
	}
	if !strings.Contains(err.String(), "heads does not apply") {
		t.Errorf("of an option that does not apply is said %q", err.String())
	}
	if card, e := os.ReadFile(filepath.Join(dir, "MODEL_CARD.md")); e != nil || !strings.Contains(string(card), "| width | 16 |") {
		t.Errorf("the card: %v, %s", e, card)
	}
	out.Reset()
	if e := command(c, []string{"run", "-model", dir, "-text", "abba", "-out", "json"}); e != nil || !strings.Contains(out.String(), `"rnn"`) {
		t.Errorf("the model does not run: %v, %s", e, out.String())
	}
	for args, want := range map[string]string{
		"task:copy -o " + dir: "there is a model in it", "task:cop": "one of copy", "task:copy -width 1000": "width is", "task:pairs": "-pairs FILE",
		"task:copy -pairs x": "for task:pairs", "task:pairs -pairs /none": "/none", "task:copy -optimizer sgd -rate 11": "rate is",
		"task:modular -modulus 60": "31 to 59",
	} {
		if e := command(c, append([]string{"train"}, strings.Fields(args)...)); e == nil || !strings.Contains(e.Error(), want) {
			t.Errorf("heed train %s: %v, want %q", args, e, want)
		}
	}
}
