package main

import (
	"errors"
	"flag"
	"regexp"
	"testing"
)

// TestUsage wants each flag of each command in what heed says of itself.
func TestUsage(t *testing.T) {
	flags := 0
	for _, command := range []string{"run", "heads", "trust", "eval", "train", "average", "export", "index"} {
		help, _, err := heed(command, "-h")
		if !errors.Is(err, flag.ErrHelp) {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^  (-[a-z0-9-]+)`).FindAllStringSubmatch(help, -1) {
			flags++
			if !regexp.MustCompile(m[1] + `\b`).MatchString(usage) {
				t.Errorf("heed %s has the flag %s, which the usage leaves out", command, m[1])
			}
		}
	}
	if flags < 60 {
		t.Errorf("%d flags were found", flags)
	}
}
