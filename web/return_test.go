//go:build !js

package web_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"heed/core/record"
)

// TestRecordsReturn exports a Record of every intervention and opens it again: the lab book, before and after and the view
// that was asked come back, to be read; "Run it again here" has the live model run it, where each change can be taken back.
func TestRecordsReturn(t *testing.T) {
	t.Parallel()
	const shown = `(() => { const book = ` + root + `.querySelector(".book"); return book.checkVisibility() ? [...book.querySelectorAll("li span, p .sentence, p .number")].filter((e) => e.checkVisibility() && !["", "temperature 1"].includes(e.textContent)).map((e) => e.textContent).join("; ") : "" })()`
	const undo = root + `.querySelectorAll(".book li button").length`
	const caption = root + `.querySelector("figcaption").textContent`
	blue := strings.Replace(redCar, "red", "blue", 1)
	for _, test := range []struct {
		name string
		set  []string
		held func(r *record.Record) bool // what the file must hold
	}{
		{"ablated, with a head off", []string{"view", "ablation", "off", "cross.2.1"}, func(r *record.Record) bool { return len(r.Ablation) > 0 && r.Changes.OffList() == "cross.2.1" }},
		{"patched", []string{"view", "patch", "patch", "text:" + blue, "patched", "self.1.-.3", "from", blue}, func(r *record.Record) bool { return len(r.Patch) > 0 && r.Changes.From == blue }},
		{"attributed", []string{"view", "attribution", "attribute", "gradient-input,leave-one-out", "token", "3", "replace", "3=green"}, func(r *record.Record) bool { return r.Attribution != nil && len(r.Changes.Replace) == 1 }},
		{"a score", []string{"view", "why", "kind", "cross", "layer", "2", "head", "4", "token", "3", "key", "3", "force", "cross.2.4.3.0=0.9"}, func(r *record.Record) bool { return r.Why != nil && len(r.Changes.Force) == 1 }},
		{"steered", []string{"model", "stories", "view", "ablation", "ablate", "layers", "text", "Once upon a time there was a", "steer", "decoder.2=3", "toward", "The cat was happy.", "away", "The dog was sad."}, func(r *record.Record) bool { return len(r.Ablation) > 0 && r.Changes.Steer.Strength == 3 }},
	} {
		t.Run(test.name, func(t *testing.T) {
			tab := newTab(t, saving)
			tab.do(chromedp.Navigate(site + "#" + address(append([]string{"model", "en-fr", "text", redCar}, test.set...)...)))
			tab.until(ready + ` && ` + caption + `.includes("Changed by hand: ") && ` + root + `.querySelectorAll(".book p .sentence")[1].checkVisibility()`)
			book, says, view := tab.said(shown), tab.said(caption), tab.said(`new URLSearchParams(location.hash.slice(1)).get("view")`)
			_, _, data := tab.export("Record (JSON)")
			r, err := record.Parse(data)
			if err != nil || !test.held(r) || r.Before == (record.Outcome{}) || book == "" {
				t.Fatalf("%v, before %+v, book %q", err, r.Before, book)
			}
			tab = show(t)
			tab.until(ready)
			tab.drop("run.json", string(data))
			tab.until(root + `.querySelector(".banner").textContent.startsWith("Saved run of ") && ` + shown + ` === ` + quote(book) + ` && ` + undo + ` === 0`)
			tab.until(caption + ` === ` + quote(says))
			tab.run(wordButton("Run it again here") + `.click()`)
			tab.until(ready + ` && !` + root + `.querySelector(".banner").checkVisibility() && ` + shown + ` === ` + quote(book) + ` && ` + undo + ` > 0`)
			tab.until(caption + ` === ` + quote(says))
			tab.until(`location.hash.includes("view=` + view + `")`)
		})
	}
}

// TestOwnTranslationReturns: the Record of a reader's own translation, run again, is read with that, not with what the
// model writes by itself, which is said.
func TestOwnTranslationReturns(t *testing.T) {
	t.Parallel()
	const own = "Un vélo bleu."
	const said = root + `.querySelector("#target")?.value === "` + own + `"`
	tab := newTab(t, saving)
	tab.do(chromedp.Navigate(site + "#" + address("model", "en-fr", "text", redCar, "target", own, "off", "cross.2.1")))
	tab.until(ready + ` && ` + said)
	_, _, data := tab.export("Record (JSON)")
	tab = show(t)
	tab.until(ready)
	tab.drop("run.json", string(data))
	tab.until(root + `.querySelector(".banner").textContent.startsWith("Saved run of ")`)
	tab.run(wordButton("Run it again here") + `.click()`)
	tab.until(ready + ` && ` + said + ` && ` + root + `.textContent.includes("by itself; the output of the file is read here as your own.")`)
	tab.until(`location.hash.includes("off=cross.2.1")`)
}
