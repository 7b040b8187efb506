//go:build !js

package web_test

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"heed/core/explain"
	"heed/core/model"
	"heed/core/record"
	"heed/core/view"
)

var numbers = regexp.MustCompile(`<?\d*\.\d+`)

// alike wants two sentences that differ at most in the last digits of their numbers.
func alike(t *testing.T, what, got, want string) {
	t.Helper()
	equal(t, what, numbers.ReplaceAllString(got, "#"), numbers.ReplaceAllString(want, "#"))
	a, b := numbers.FindAllString(got, -1), numbers.FindAllString(want, -1)
	for i := range min(len(a), len(b)) {
		x, _ := strconv.ParseFloat(strings.TrimPrefix(a[i], "<"), 64)
		y, _ := strconv.ParseFloat(strings.TrimPrefix(b[i], "<"), 64)
		if math.Abs(x-y) > 0.0101 {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
}

// TestFlow walks over the words of the flow by keyboard: each says what it comes from, or what it
// reaches, as the rollout outside the browser has it.
func TestFlow(t *testing.T) {
	label := `(` + root + `.activeElement?.ariaLabel ?? "")`
	for _, c := range []struct{ model, text string }{{"en-fr", cats}, {"stories", "The dog was sad because it"}} {
		want := nativeOf(t, c.model, c.text, model.Options{})
		scene, err := view.Build(want, view.State{View: view.Flow, Width: 800})
		if err != nil {
			t.Fatal(err)
		}
		tab := show(t, "model", c.model, "view", "flow", "text", c.text)
		tab.until(`[...` + root + `.querySelectorAll("[role=listbox]:not([hidden]) [role=option]")].some((o) => o.ariaLabel?.includes(" comes from "))`)
		tab.run(root + `.querySelector("[role=listbox] [tabindex='0']").focus()`)
		tab.press(kb.Home + kb.ArrowUp + kb.ArrowUp)
		rows := len(want.Queries(record.Rollout))
		for range rows {
			tab.press(kb.ArrowLeft)
		}
		for i := range rows {
			alike(t, c.model, tab.said(label), scene.Label(view.Ref{Part: view.Query, Row: i}))
			tab.press(kb.ArrowRight)
		}
		tab.press(kb.Enter)
		tab.until(`location.hash.includes("token=` + strconv.Itoa(rows-1) + `")`)
		tab.press(kb.ArrowDown + kb.ArrowDown)
		for range rows {
			tab.press(kb.ArrowLeft)
		}
		alike(t, c.model, tab.said(label), scene.Label(view.Ref{Part: view.Key}))
		if said := tab.said(`[...` + root + `.querySelectorAll("figure [aria-live]")].map((e) => e.textContent).join("")` + ` + ` + root + `.querySelector("figcaption").textContent`); !strings.Contains(said, "Attention rollout") {
			t.Errorf("the view says %q", said)
		}
		ring := get(tab, chromedp.Evaluate[[]float64](`(() => { const a = `+root+`.activeElement.getBoundingClientRect(), c = `+root+`.querySelector(".stage canvas").getBoundingClientRect();
			return [a.left - c.left, a.top - c.top, c.right - a.right, c.bottom - a.bottom, a.width, a.height] })()`))
		for _, v := range ring {
			if v < 0 {
				t.Errorf("the focus is at %v, beside the picture", ring)
			}
		}
	}
}

// TestLongFlow wants the rollout of a long text as a matrix, which the engine makes.
func TestLongFlow(t *testing.T) {
	text := strings.Repeat("The dog was sad because it had lost the ball. ", 14)
	want := nativeOf(t, "stories", text, model.Options{})
	flow, err := explain.NewFlow(want)
	if err != nil {
		t.Fatal(err)
	}
	m := flow.Rollout()
	tab := show(t, "model", "stories", "view", "flow", "text", text)
	tab.until(root + `.querySelector("[role=grid]:not([hidden]) #cursor")?.ariaLabel?.includes(" comes from ")`)
	tab.run(root + `.querySelector("#cursor").focus()`)
	tab.press(kb.PageDown + kb.PageDown + kb.ArrowRight)
	got := tab.said(root + `.activeElement.ariaLabel`)
	v, err := strconv.ParseFloat(got[strings.LastIndex(got, " ")+1:], 64)
	if w := float64(m.At(20, 1)); err != nil || math.Abs(v-w) > 1e-4 {
		t.Errorf("the page says %q, the rollout is %v", got, w)
	}
}

// TestLens asks what each layer would say, walks over it by keyboard, and opens one layer's list.
func TestLens(t *testing.T) {
	const text = "The dog was sad because it"
	want := nativeOf(t, "stories", text, model.Options{Lens: true})
	scene, err := view.Build(want, view.State{View: view.Predictions, Lens: true, Layer: 9})
	if err != nil {
		t.Fatal(err)
	}
	label := `(` + root + `.activeElement?.ariaLabel ?? "")`
	tab := show(t, "model", "stories", "view", "predictions", "text", text)
	tab.click(`input[name=lens]`)
	tab.until(`location.hash.includes("lens=1") && ` + root + `.querySelector("[role=grid]:not([hidden]) #cursor")?.ariaLabel?.startsWith("layer ")`)
	tab.run(root + `.querySelector("#cursor").focus()`)
	tab.press(kb.Home, chromedp.KeyModifiers(chromedp.ModifierCtrl))
	last := len(want.Lens) - 1
	for layer := last; layer >= 0; layer-- { // the last is on top
		for i, p := range want.Lens[layer].Predictions {
			alike(t, "the cursor", tab.said(label), scene.Label(view.Ref{Part: view.Pair, Row: p.Position, Col: layer}))
			if i+1 < len(want.Lens[layer].Predictions) {
				tab.press(kb.ArrowRight)
			}
		}
		tab.press(kb.Home + kb.ArrowDown)
	}
	tab.press(kb.ArrowRight + kb.Enter) // the first layer's list for the second word
	tab.until(`location.hash.includes("layer=0") && location.hash.includes("token=1")`)

	// A new text has its lens too, and without it the view is as before.
	tab.set("text", text+" was")
	tab.until(ready + ` && ` + root + `.querySelectorAll("[role=row]:not([hidden])")[0].children.length === ` + strconv.Itoa(len(want.Predictions)+1))
	tab.click(`input[name=lens]`)
	tab.until(`!location.hash.includes("lens") && ` + root + `.querySelector("[role=listbox]:not([hidden]) [role=option]")`)
}
