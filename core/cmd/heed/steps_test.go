package main

import (
	"strings"
	"testing"

	"heed/core/model"
)

func TestRunSteps(t *testing.T) {
	dir := tiny(t, model.Translation+" additive")
	base := []string{"run", "-model", dir, "-text", "the cat sat", "-target", "le chat", "-out", "svg", "-view", "steps"}
	of := func(flags ...string) []string { return append(base[:len(base):len(base)], flags...) }
	for _, c := range []struct {
		flags []string
		want  string
	}{
		{nil, "came to give"}, {[]string{"-row", "1", "-col", "0"}, "tanh of their sum"}, {[]string{"-row", "1", "-head", "0", "-dark"}, "the encoder’s at the"},
	} {
		if svg := answer(t, of(c.flags...)...); !strings.Contains(svg, c.want) {
			t.Errorf("%q: %q is not to be seen", c.flags, c.want)
		}
	}
	for want, flags := range map[string][]string{
		"-row takes a number from 0 to ":      {"-row", "99"},
		"-row takes a number from 0, -col ":   {"-row", "-1"},
		"-col takes a number from 0 to ":      {"-col", "99"},
		"-col one from 0, or -1":              {"-col", "-2"},
		"-head takes a number from 0 to 0":    {"-head", "1"},
		"-row does not apply to -out svg -vi": {"-view", "links", "-row", "1"},
		"-view does not apply to -out json":   {"-out", "json", "-col", "1"},
		"the text is empty, so there":         {"-text", ""},
	} {
		refuse(t, want, of(flags...)...)
	}
	dir = tiny(t, model.Generation)
	base = []string{"run", "-model", dir, "-text", "the cat", "-out", "svg", "-view", "steps"}
	refuse(t, "is of one head: -head takes a number", of()...)
	if svg := answer(t, of("-head", "1", "-layer", "1", "-row", "2", "-width", "340")...); !strings.Contains(svg, "Decoder self-attention, layer 1, head 1.") {
		t.Error("the caption does not name the head")
	}
	dir = tiny(t, model.Translation+" none")
	refuse(t, "no attention to draw", "run", "-model", dir, "-text", "the cat", "-out", "svg", "-view", "steps")
}
