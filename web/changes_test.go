//go:build !js

package web_test

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"heed/core/record"
	heed "heed/core/run"
)

const redCar = "I see a red car and a white house."

// girl is a sentence that needs one head alone: without head 1 of the last layer's cross-attention the girl is gone.
const girl = "The little girl is playing with her dog in the garden."

// changed makes changes of what the address says.
func changed(t *testing.T, off, force string, temperature float64) (c record.Changes) {
	t.Helper()
	if err := c.ParseOff(off); err != nil {
		t.Fatal(err)
	}
	if err := c.ParseForce(force); err != nil {
		t.Fatal(err)
	}
	c.Temperature = temperature
	return c
}

// listed is what the page lists as changed.
const listed = `Array.from(` + root + `.querySelectorAll(".changes li span"), (e) => e.textContent).join("\n")`

// TestSwitchOff switches the head that is shown off and on again: the output follows, and is that of the
// model outside the browser.
func TestSwitchOff(t *testing.T) {
	t.Parallel()
	tab := show(t, "text", girl, "kind", "cross", "layer", "2", "head", "1")
	plain := tab.said(output)
	tab.run(`Array.from(` + root + `.querySelectorAll(".changes button")).find((b) => b.textContent === "Switch this head off").click()`)
	want := nativeOf(t, "en-fr", girl, heed.Options{Changes: changed(t, "cross.2.1", "", 0)})
	if want.Output == plain {
		t.Fatal("this head changes nothing; choose another for the test")
	}
	tab.until(ready + ` && ` + output + ` === ` + quote(want.Output))
	if got := tab.said(listed); !strings.Contains(got, "layer 2, head 1: off") {
		t.Errorf("listed as changed: %q", got)
	}
	equal(t, "the name of the head among the others", tab.said(root+`.querySelector("input[name=head][value='1']").nextSibling.textContent`), "1\u00a0off")
	if got := tab.said(root + `.querySelector("figcaption").textContent`); !strings.HasSuffix(got, "Changed by hand: cross.2.1 off.") {
		t.Errorf("the caption says %q", got)
	}
	tab.until(`new URLSearchParams(location.hash.slice(1)).get("off") === "cross.2.1"`)
	r := tab.record()
	equal(t, "what the record says is off", r.Changes.OffList(), "cross.2.1")

	// Which other heads matter is one act away, and back again.
	const rank = `[...` + root + `.querySelectorAll(".changes button:not([hidden])")].find((b) => b.textContent === "Which heads matter more?")`
	tab.run(rank + `.click()`)
	tab.until(ready + ` && location.hash.includes("view=ablation") && location.hash.includes("off=cross.2.1") && ` + root + `.querySelector("[role=gridcell][aria-label='cross-attention, layer 2, head 1 is switched off']")`)
	tab.click(`input[name=view][value=heatmap]`)
	tab.until(ready + ` && location.hash.includes("view=heatmap")`)
	tab.run(root + `.querySelector(".changes li button").click()`)
	tab.until(ready + ` && ` + output + ` === ` + quote(plain))
	equal(t, "listed as changed", tab.said(listed), "")
	tab.until(`!location.hash.includes("off=") && !` + rank)

	// What was changed of one model is nothing to another.
	tab.run(`Array.from(` + root + `.querySelectorAll(".changes button")).find((b) => b.textContent === "Switch this head off").click()`)
	tab.until(`location.hash.includes("off=")`)
	tab.click(`input[name=model][value=en-fr-attention]`)
	tab.until(ready + ` && location.hash.includes("model=en-fr-attention") && !location.hash.includes("off=")`)
	equal(t, "listed as changed of another model", tab.said(listed), "")
}

// TestScoreByKeyboard sets the score of a word in the steps of a weight, by keys: the weight is what the softmax makes
// of it, and the picture says which score that is.
func TestScoreByKeyboard(t *testing.T) {
	t.Parallel()
	tab := show(t, "model", "en-fr-attention", "text", redCar, "view", "steps", "token", "4", "key", "7")
	const slider = root + `.getElementById("score")`
	tab.until(slider + `.checkVisibility()`)
	d := nativeOf(t, "en-fr-attention", redCar, heed.Options{Detail: &record.Place{Kind: record.RNN, Row: 4}}).Detail
	equal(t, "the score", tab.said(slider+`.ariaValueText`), strconv.FormatFloat(float64(d.Scores[7]), 'f', 2, 64))
	tab.run(slider + `.focus()`)
	tab.press(kb.End)
	tab.until(slider + `.value === ` + slider + `.max && ` + ready)
	score, _ := strconv.ParseFloat(tab.said(slider+`.value`), 64)
	var c record.Changes
	c.SetScore(d, 7, score)
	want := nativeOf(t, "en-fr-attention", redCar, heed.Options{Changes: c})
	tab.until(ready + ` && ` + output + ` === ` + quote(want.Output))
	tab.until(`location.hash.includes("force=")`)
	got := tab.record().Changes.Force
	if len(got) != 1 || got[0].Place != c.Force[0].Place || got[0].Col != 7 || math.Abs(float64(got[0].Weight-c.Force[0].Weight)) > 1e-5 {
		t.Errorf("forced are %v, want %v", got, c.Force)
	}
	tab.holds("the score in the picture", `svg.includes("as a score of") && svg.includes("`+strconv.FormatFloat(score, 'f', 2, 64)+`")`)
	tab.run(root + `.querySelector(".changes li button").click()`)
	tab.until(ready + ` && ` + slider + `.ariaValueText === ` + quote(strconv.FormatFloat(float64(d.Scores[7]), 'f', 2, 64)))
}

// TestForceByKeyboard walks to a cell of the heatmap, goes on to the slider and sets the weight.
func TestForceByKeyboard(t *testing.T) {
	t.Parallel()
	tab := show(t, "model", "en-fr-attention", "text", redCar, "view", "heatmap")
	plain := nativeOf(t, "en-fr-attention", redCar, heed.Options{})
	equal(t, "the output", tab.said(output), plain.Output)
	tab.until(root + `.querySelector("[role=grid]:not([hidden]) [role=gridcell]")`)
	tab.run(root + `.querySelector("[role=grid]").focus()`)
	tab.press(kb.ArrowDown + kb.ArrowDown + kb.ArrowDown) // row 3, column 0
	const slider = root + `.getElementById("force")`
	tab.until(slider + `.checkVisibility()`)
	focused := `(` + root + `.activeElement?.id ?? "")`
	for range 6 {
		if tab.said(focused) == "force" {
			break
		}
		tab.press(kb.Tab)
	}
	equal(t, "the focus", tab.said(focused), "force")
	tab.press(kb.End)
	want := nativeOf(t, "en-fr-attention", redCar, heed.Options{Changes: changed(t, "", "rnn.0.0.3.0=1", 0)})
	tab.until(ready + ` && ` + output + ` === ` + quote(want.Output))
	tab.until(`new URLSearchParams(location.hash.slice(1)).get("force") === "rnn.0.0.3.0=1"`)
	r := tab.record()
	for j, w := range r.Find(record.RNN, 0, 0).Weights[3*len(r.Tokens.Source):][:len(r.Tokens.Source)] {
		if one := map[bool]float64{true: 1}[j == 0]; math.Abs(float64(w)-one) > 1e-6 {
			t.Errorf("weight %d of the row is %g", j, w)
		}
	}
	equal(t, "the slider's value", tab.said(slider+`.ariaValueText`), "1.00")
	if got := tab.said(root + `.querySelector("[role=grid]").textContent + Array.from(` + root + `.querySelectorAll("[role=gridcell]"), (c) => c.ariaLabel).filter((l) => l.endsWith("set by hand")).join()`); !strings.Contains(got, "looks at I, 1.00") {
		t.Errorf("marked as set by hand: %q", got)
	}
	// A temperature besides, and one word that puts all back.
	tab.run(`const heat = ` + root + `.getElementById("attention-temperature"); heat.value = heat.max; heat.dispatchEvent(new Event("input"))`)
	tab.until(ready + ` && ` + root + `.querySelectorAll(".changes li").length === 3`)
	tab.until(`new URLSearchParams(location.hash.slice(1)).get("attention-temperature") === "10"`)
	tab.run(`Array.from(` + root + `.querySelectorAll(".changes button")).find((b) => b.textContent === "Undo all").click()`)
	tab.until(ready + ` && ` + output + ` === ` + quote(plain.Output))
	tab.until(`!/force|attention-temperature/.test(location.hash)`)
}

// TestForceByPointer points at a cell of the heatmap, and sets the weight of what the steps take apart.
func TestForceByPointer(t *testing.T) {
	t.Parallel()
	tab := show(t, "model", "en-fr-attention", "text", redCar, "view", "heatmap")
	tab.until(root + `.querySelector("[role=grid]:not([hidden]) [role=gridcell]")`)
	cell := get(tab, chromedp.Evaluate[[]float64](`(() => { const c = `+root+`.querySelectorAll("[role=row]")[4].children[7]; c.scrollIntoView({ block: "center" }); const b = c.getBoundingClientRect();
		return [b.x + b.width / 2, b.y + b.height / 2] })()`))
	tab.do(chromedp.MouseClickXY(cell[0], cell[1]))
	const slider = root + `.getElementById("force")`
	tab.until(slider + `.checkVisibility() && ` + slider + `.labels[0].textContent.endsWith("attends to “white”")`)
	set := func(v float64) {
		tab.run(`const s = ` + slider + `; s.value = ` + strconv.FormatFloat(v, 'f', -1, 64) + `; s.dispatchEvent(new Event("input"))`)
	}
	// Of merged pieces nobody could tell which is meant.
	tab.run(root + `.querySelector("input[name=words]").click()`)
	tab.until(`!` + slider + `.checkVisibility() && ` + root + `.querySelector(".changes .hint").textContent.includes("single tokens")`)
	tab.run(root + `.querySelector("input[name=words]").click()`)
	tab.until(slider + `.checkVisibility()`)
	set(0.9)
	want := nativeOf(t, "en-fr-attention", redCar, heed.Options{Changes: changed(t, "", "rnn.0.0.4.7=0.9", 0)})
	tab.until(ready + ` && ` + output + ` === ` + quote(want.Output))
	tab.do(chromedp.Navigate(site + "?steps#" + address("model", "en-fr-attention", "text", redCar, "view", "steps", "token", "4", "key", "7", "force", "rnn.0.0.4.7=0.9")))
	tab.until(ready + ` && ` + slider + `.ariaValueText === "0.90"`)
	set(0.25)
	want = nativeOf(t, "en-fr-attention", redCar, heed.Options{Changes: changed(t, "", "rnn.0.0.4.7=0.25", 0)})
	tab.until(ready + ` && ` + output + ` === ` + quote(want.Output) + ` && ` + root + `.querySelector("figcaption").textContent.endsWith("Changed by hand: rnn.0.0.4.7=0.25 set.")`)
}

// TestBadChanges writes what is no head, no weight and no temperature into the address.
func TestBadChanges(t *testing.T) {
	t.Parallel()
	tab := show(t, "text", redCar, "off", "cross.2,cross.9.9", "force", "rnn.0.0.0.0=2", "attention-temperature", "0")
	said := tab.said(root + `.querySelector(".notes").textContent`)
	for _, want := range []string{"“cross.2” is no head to switch off", "“rnn.0.0.0.0=2” is no weight to force", "“0” isn’t a temperature of attention", "no head cross.9.9"} {
		if !strings.Contains(said, want) {
			t.Errorf("the page says %q and nothing of %q", said, want)
		}
	}
	equal(t, "the translation", tab.said(output), native(t, redCar, nil).Output)
}
