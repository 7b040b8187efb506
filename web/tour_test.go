//go:build !js

package web_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"heed/core/record"
	heed "heed/core/run"
	"heed/core/tensor"
	"heed/wasm/page/state"
)

// playgroundSteps are the steps of the tour in index.html, and its sentence.
func playgroundSteps(t *testing.T) (sentence string, steps []state.TourStep) {
	t.Helper()
	b, err := os.ReadFile("../index.html")
	if err != nil {
		t.Fatal(err)
	}
	parts := regexp.MustCompile(`(?s)<heed-view [^>]*>(.*?)\n\s*<script[^>]* class="steps">(.*?)</script>`).FindStringSubmatch(string(b))
	if parts == nil {
		t.Fatal("index.html has no steps")
	}
	if steps, err = state.ParseSteps(parts[2]); err != nil {
		t.Fatal(err)
	}
	return parts[1], steps
}

// looksAt is the key that a row of a head gives most weight to.
func looksAt(r *record.Record, kind record.Kind, layer, head, row int) string {
	weights, _ := r.Find(kind, layer, head).Row(row)
	return strings.TrimSpace(r.Keys(kind)[tensor.ArgMax(weights)].Text)
}

// TestTourIsTrue holds what each step of the tour says about the models' output against the models.
func TestTourIsTrue(t *testing.T) {
	t.Parallel()
	sentence, steps := playgroundSteps(t)
	run := func(id string, o heed.Options) *record.Record { return nativeOf(t, id, sentence, o) }
	query := func(r *record.Record, kind record.Kind, row int) string {
		return strings.TrimSpace(r.Queries(kind)[row].Text)
	}
	claims := []struct {
		says  string // what of the step's words is held
		holds func() error
	}{
		{"last week is gone", func() error {
			if r := run("en-fr-context", heed.Options{}); strings.Contains(r.Output, "semaine") || !strings.Contains(r.Output, "voiture rouge") {
				return fmt.Errorf("the output is %q", r.Output)
			}
			return nil
		}},
		{"While it wrote “rouge” it looked at “red”, and last week is back", func() error {
			r := run("en-fr-attention", heed.Options{})
			if q, k := query(r, record.RNN, 5), looksAt(r, record.RNN, 0, 0, 5); q != "rouge" || k != "red" || !strings.Contains(r.Output, "voiture rouge la semaine dernière") {
				return fmt.Errorf("%q looks at %q in %q", q, k, r.Output)
			}
			return nil
		}},
		{"To write “une”, one head looks at “a”, the word itself, and the other at “car”", func() error {
			r := run("en-fr", heed.Options{})
			if q, a, b := query(r, record.Cross, 3), looksAt(r, record.Cross, 2, 0, 3), looksAt(r, record.Cross, 2, 1, 3); q != "une" || a != "a" || b != "car" {
				return fmt.Errorf("%q looks at %q and %q", q, a, b)
			}
			return nil
		}},
		{"the query of “rouge” and the key of “red”", func() error {
			r := run("en-fr", heed.Options{})
			if q, k := query(r, record.Cross, 5), r.Keys(record.Cross)[3].Text; q != "rouge" || k != " red" || looksAt(r, record.Cross, 2, 4, 5) != "red" {
				return fmt.Errorf("%q and %q", q, k)
			}
			return nil
		}},
		{"all weight was put on “week”, and the translator bought a red week: “une semaine rouge”", func() error {
			var c record.Changes
			force, _ := steps[4].Settings.Get(state.Force)
			if err := c.ParseForce(force); err != nil {
				return err
			}
			r := run("en-fr-attention", heed.Options{Changes: c})
			if at := c.Force[0]; query(r, record.RNN, at.Row-1) != "une" || r.Keys(record.RNN)[at.Col].Text != " week" || !strings.Contains(r.Output, "une semaine rouge") {
				return fmt.Errorf("%v gives %q", at, r.Output)
			}
			if m := steps[4].Mark; len(m) != 1 || m[0][0] != c.Force[0].Row || m[0][1] != c.Force[0].Col {
				return fmt.Errorf("marked is %v", m)
			}
			return nil
		}},
	}
	equal(t, "steps", len(steps), len(claims))
	for i, claim := range claims {
		if !strings.Contains(steps[i].Say, claim.says) {
			t.Errorf("step %d does not say %q but %q", i, claim.says, steps[i].Say)
		}
		if err := claim.holds(); err != nil {
			t.Errorf("step %d: %v", i, err)
		}
	}
}

// TestTourByKeyboard takes the tour from its offer to its end by keyboard alone, leaves it, and resumes it; the address
// keeps the step.
func TestTourByKeyboard(t *testing.T) {
	t.Parallel()
	_, steps := playgroundSteps(t)
	tab := newTab(t, `globalThis.steps = []; addEventListener("heed-step", ({ detail }) => steps.push(detail.step + " of " + detail.steps));`)
	tab.do(chromedp.Navigate(site))
	tab.until(ready)
	focused := root + `.activeElement?.textContent`
	tab.run(root + `.querySelector(".tour > button").focus()`)
	equal(t, "the offer", tab.said(focused), "Take the tour: 5 steps")
	tab.press(kb.Enter)
	for i, step := range steps {
		tab.until(ready + ` && ` + root + `.querySelector(".say").textContent === ` + quote(step.Say))
		equal(t, "the place", tab.said(root+`.querySelector(".place").textContent`), fmt.Sprintf("Step %d of 5", i+1))
		for _, n := range []state.Setting{state.Model, state.View, state.Layer, state.Head, state.Force} {
			if want, said := step.Settings.Get(n); said {
				tab.until(`new URLSearchParams(location.hash.slice(1)).get("` + n.String() + `") === ` + quote(want))
			}
		}
		tab.until(`new URLSearchParams(location.hash.slice(1)).get("step") === "` + fmt.Sprint(i) + `"`)
		equal(t, "complaints", tab.said(root+`.querySelector("[part=notes]").textContent`), "")
		if i+1 < len(steps) {
			equal(t, "the focus", tab.said(focused), "Next")
			tab.press(kb.Enter)
		}
	}
	equal(t, "the focus at the end", tab.said(focused), "Leave the tour")
	tab.until(root + `.querySelectorAll(".mark").length === 1 && ` + output + `.includes("semaine rouge")`)
	equal(t, "the mark is on the cell", get(tab, chromedp.Evaluate[bool](`(() => { const box = (e) => { const r = e.getBoundingClientRect(); return [r.x, r.y, r.width, r.height].map(Math.round).join(); };
		return box(`+root+`.querySelector(".mark")) === box(`+root+`.querySelector("[aria-rowindex='5'] [aria-colindex='7']")); })()`)), true)
	tab.do(chromedp.Reload())
	tab.until(ready + ` && ` + root + `.querySelector(".place").textContent === "Step 5 of 5" && ` + output + `.includes("semaine rouge")`)
	tab.until(`steps.join() === "4 of 5"`)

	tab.run(root + `.querySelector(".tour .row button:last-child").focus()`)
	tab.press(kb.Enter)
	tab.until(`!location.hash.includes("step=")`)
	equal(t, "left, the focus is on", tab.said(focused), "Resume the tour at step 5 of 5")
	equal(t, "and what is shown stays", get(tab, chromedp.Evaluate[bool](output+`.includes("semaine rouge")`)), true)
	tab.until(root + `.querySelector(".mark") === null`)
	tab.press(kb.Enter)
	tab.until(root + `.querySelector(".place").textContent === "Step 5 of 5"`)
	tab.until(`steps.join() === "4 of 5,-1 of 5,4 of 5"`)
}

// TestStepsOfAnAuthor has an element of another page go through its steps; a list that cannot be read is said on the
// console, and the element shows its sentence.
func TestStepsOfAnAuthor(t *testing.T) {
	t.Parallel()
	tab := newTab(t, `globalThis.warned = []; console.warn = (what) => warned.push(what);`)
	tab.do(chromedp.EmulateViewport(900, 1800), chromedp.Navigate(stranger(t, site, head+`<heed-view model="en-fr" step="0">The black cat sleeps.
		<script type="application/json" class="steps">[{"say": "<b>Look</b>", "view": "heatmap", "head": 1}, {"say": "Then", "view": "links", "text": "I like tea."}]</script></heed-view>
		<heed-view model="en-fr">Good evening.<script type="application/json" class="steps">[{"sai": "x"}]</script></heed-view>`)))
	tab.until(settled(0))
	equal(t, "what is said", tab.said(root+`.querySelector(".say").textContent`), "<b>Look</b>") // a text is never HTML
	equal(t, "the sentence", tab.said(`document.querySelector("heed-view").record.text`), "The black cat sleeps.")
	tab.run(`document.querySelector("heed-view").step = 1`)
	tab.until(`document.querySelector("heed-view").record.text === "I like tea."`)
	tab.click(`.tour button:nth-of-type(2)`) // back
	tab.until(`document.querySelector("heed-view").record.text === "The black cat sleeps." && ` + root + `.querySelector("input[name=view]:checked").value === "heatmap"`)
	tab.until(settled(1))
	equal(t, "what is warned", tab.said(`warned.join()`), `The steps of this element cannot be read: steps[0].sai is not a setting of a step (line 1, column 19).`)
	equal(t, "its sentence", tab.said(`document.querySelectorAll("heed-view")[1].record.text`), "Good evening.")
}
