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
	"heed/core/record"
	heed "heed/core/run"
	"heed/core/view"
)

var numbers = regexp.MustCompile(`<?\d*\.\d+`)

// alike wants two sentences that differ at most in the last digits of their numbers.
func alike(t testing.TB, what, got, want string) {
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
	t.Parallel()
	label := `(` + root + `.activeElement?.ariaLabel ?? "")`
	for _, c := range []struct{ model, text string }{{"en-fr", cats}, {"stories", "The dog was sad because it"}} {
		want := nativeOf(t, c.model, c.text, heed.Options{})
		scene, err := view.Build(want, view.State{View: view.Flow, Width: 800}, view.Env{})
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
	t.Parallel()
	text := strings.Repeat("The dog was sad because it had lost the ball. ", 14)
	want := nativeOf(t, "stories", text, heed.Options{})
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
	if w := float64(m.At(20, 1)); err != nil || math.Abs(v-w) > 1e-3 {
		t.Errorf("the page says %q, the rollout is %v", got, w)
	}
}

// TestLens asks what each layer would say, walks over it by keyboard, and opens one layer's list.
func TestLens(t *testing.T) {
	t.Parallel()
	const text = "The dog was sad because it"
	want := nativeOf(t, "stories", text, heed.Options{Lens: true})
	scene, err := view.Build(want, view.State{View: view.Predictions, Lens: true, Layer: 9}, view.Env{})
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

// compared makes the scene that the page should show as the difference.
func compared(t *testing.T, a, b view.Compared, k record.Kind) *view.Scene {
	t.Helper()
	s, err := view.Difference(a, b, view.State{Kind: k, Width: 800}, view.Env{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// walkDifference goes over some cells of the difference by keyboard.
func (tab *tab) walkDifference(want *view.Scene) {
	tab.t.Helper()
	tab.until(root + `.querySelector("[role=grid]:not([hidden])")?.ariaLabel === ` + quote(want.Title) + ` && ` +
		root + `.querySelectorAll("[role=row]").length === ` + strconv.Itoa(len(want.Grid.Rows)))
	tab.run(root + `.querySelector("#cursor").focus()`)
	tab.press(kb.Home, chromedp.KeyModifiers(chromedp.ModifierCtrl))
	first := want.Move(view.Ref{}, 0, 0)
	for at := range min(len(want.Grid.Rows), len(want.Grid.Cols)) {
		alike(tab.t, "the difference", tab.said(`(`+root+`.activeElement?.ariaLabel ?? "")`), want.Label(want.Move(first, at, at)))
		tab.press(kb.ArrowDown + kb.ArrowRight)
	}
}

// TestTwoSentences compares a sentence with another on one model, word by word, while the other is typed.
func TestTwoSentences(t *testing.T) {
	t.Parallel()
	const first, second = "She bought a red car.", "She sold a red car yesterday."
	tab := show(t, "model", "en-fr", "view", "compare", "text", first)
	tab.click(`input[name=against][value=sentences]`)
	tab.until(root + `.querySelector("#second").value === ` + quote(first) + ` && ` + root + `.activeElement?.id === "second"`)
	tab.set("second", second)
	open := opening(t)
	side := func(text, name string) view.Compared {
		return view.Compared{Record: native(t, text, nil), Layer: open.Layer, Heads: record.Heads(open.Head), Name: name}
	}
	want := compared(t, side(first, "the first sentence"), side(second, "the second sentence"), open.Kind)
	caption, _, _ := strings.Cut(want.Caption, " What is below") // which cells have numbers depends on the window
	tab.until(root + `.querySelector("figcaption").textContent.startsWith(` + quote(caption) + `)`)
	for i, text := range []string{first, second} {
		tab.until(root + `.querySelectorAll(".lane")[` + strconv.Itoa(i) + `].querySelector(".sentence").textContent === ` + quote(native(t, text, nil).Output))
	}
	tab.walkDifference(want)
	tab.until(`new URLSearchParams(location.hash.slice(1)).get("compare") === ` + quote("text:"+second))

	// The address brings it back; a head that is not there is said.
	tab = show(t, "model", "en-fr", "view", "compare", "text", first, "compare", "text:"+second)
	tab.until(root + `.querySelector("figcaption").textContent.startsWith(` + quote(caption) + `)`)
}

// TestTwoHeads compares two heads of one run, chosen by their names.
func TestTwoHeads(t *testing.T) {
	t.Parallel()
	const text = "The dog was sad because it"
	r := nativeOf(t, "stories", text, heed.Options{})
	tab := show(t, "model", "stories", "view", "compare", "text", text, "compare", "0.1,3.2")
	side := func(layer, head int) view.Compared {
		return view.Compared{Record: r, Layer: layer, Heads: record.Heads(head), Name: "layer " + strconv.Itoa(layer) + ", head " + strconv.Itoa(head)}
	}
	tab.walkDifference(compared(t, side(0, 1), side(3, 2), record.Decoder))
	tab.run(`const s = ` + root + `.querySelector("select[name=head-second]"); s.value = "2.0"; s.dispatchEvent(new Event("change"))`)
	tab.walkDifference(compared(t, side(0, 1), side(2, 0), record.Decoder))
	tab.until(`new URLSearchParams(location.hash.slice(1)).get("compare") === "0.1,2.0"`)

	tab = show(t, "model", "stories", "view", "compare", "text", text, "compare", "0.1,9.9")
	if said := tab.said(root + `.querySelector(".notes").textContent`); !strings.Contains(said, "There is no head 9.9 here") {
		t.Errorf("a head that is not there: %q", said)
	}
}
