package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"heed/core/model/modeltest"
)

// TestNearest wants a sentence model to answer each line with the other line that is nearest, and a text by its vector.
func TestNearest(t *testing.T) {
	dir := t.TempDir()
	for name, data := range modeltest.Bare(t) {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	file := write(t, "the cat sat on the mat", "a dog", "", "the cat sat on the mat")
	for _, args := range [][]string{{"-file", file}, {"-text", "the cat sat on the mat\na dog\n\nthe cat sat on the mat"}} {
		out := strings.Split(answer(t, append([]string{"run", "-model", dir}, args...)...), "\n")
		if len(out) != 5 || out[0] != "1.000  line 4: the cat sat on the mat" || out[3] != "1.000  line 1: the cat sat on the mat" || out[2] != "" ||
			!regexp.MustCompile(`^-?0\.\d{3}  line [14]: the cat sat on the mat$`).MatchString(out[1]) {
			t.Errorf("%s: %q", args, out)
		}
	}
	if _, _, err := heed("run", "-model", dir, "-text", "the cat"); err == nil || !strings.Contains(err.Error(), "at least two lines") {
		t.Errorf("one line: %v", err)
	}
	var r struct{ Vector []float64 }
	if err := json.Unmarshal([]byte(answer(t, "run", "-model", dir, "-text", "the cat", "-out", "json", "-vectors")), &r); err != nil || len(r.Vector) != 16 {
		t.Errorf("%d numbers, %v", len(r.Vector), err)
	}
	if out := answer(t, "run", "-model", dir, "-text", "the cat", "-out", "json"); strings.Contains(out, `"vector"`) {
		t.Error("a vector that nobody asked for")
	}
}
