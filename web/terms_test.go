//go:build !js

package web_test

import (
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestTerms opens, by keyboard, what the technical words on the controls mean: each has its sentence, and leads to its
// place in the glossary.
func TestTerms(t *testing.T) {
	t.Parallel()
	glossary, err := os.ReadFile("lessons/glossary.html")
	if err != nil {
		t.Fatal(err)
	}
	tab := show(t, "text", "The cat sleeps.")
	const button = root + `.querySelector("[aria-controls=terms]")`
	words := root + `.querySelector("#terms")`
	equal(t, "shown at first", get(tab, chromedp.Evaluate[bool](words+`.checkVisibility()`)), false)
	tab.run(button + `.focus()`)
	tab.press(kb.Enter)
	tab.until(words + `.checkVisibility()`)
	names := get(tab, chromedp.Evaluate[[]string](`[...`+words+`.querySelectorAll("dt")].map((e) => e.textContent)`))
	equal(t, "the words", strings.Join(names, ", "), "Encoder, Decoder, Attention, Query and key, Layer, Head, Share of weight drawn, Whole words, Special tokens, Switch this head off, Temperature of attention")
	for _, address := range get(tab, chromedp.Evaluate[[]string](`[...`+words+`.querySelectorAll("dd a")].map((e) => e.href)`)) {
		page, entry, _ := strings.Cut(strings.TrimPrefix(address, site), "#")
		if page != "web/lessons/glossary.html" || !strings.Contains(string(glossary), `<dt id="`+entry+`">`) {
			t.Errorf("%s is no entry of the glossary", address)
		}
	}
	for selector, want := range map[string]string{"[aria-label=Head]": "side by side", ".choice:has(#special)": "</s> ends a sentence", ".choice:has(#attention-temperature)": "before the softmax"} {
		if got := tab.said(root + `.querySelector(` + quote(selector) + `).title`); !strings.Contains(got, want) {
			t.Errorf("%s says %q", selector, got)
		}
	}
	tab.click(`input[name=view][value=predictions]`)
	tab.until(ready + ` && !` + words + `.textContent.includes("Share of weight drawn")`) // only what is to be seen is explained
	tab.run(words + `.querySelector("a").focus()`)
	tab.press(kb.Escape)
	tab.until(`!` + words + `.checkVisibility()`)
	equal(t, "the focus", tab.said(root+`.activeElement.textContent`), "What do these words mean?")
}

// TestSliders wants a slider to have a pixel for each of its steps.
func TestSliders(t *testing.T) {
	t.Parallel()
	tab := show(t, "text", "The cat sleeps.", "view", "steps", "kind", "cross", "layer", "2", "head", "4")
	tab.until(root + `.querySelector("#score")?.checkVisibility()`)
	for _, id := range []string{"score", "force", "attention-temperature"} {
		slider := root + `.querySelector("#` + id + `")`
		steps := get(tab, chromedp.Evaluate[float64](`(({ min, max, step }) => (max - min) / step)(`+slider+`)`))
		if width := get(tab, chromedp.Evaluate[float64](slider+`.offsetWidth`)); width < steps {
			t.Errorf("%s has %.0f steps in %.0f pixels", id, steps, width)
		}
	}
}
