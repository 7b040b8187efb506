//go:build !js

package web_test

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"heed/core/model"
	"heed/core/record"
	heed "heed/core/run"
)

var pictured = flag.String("pictures", "", "folder for screenshots, for people to look at")

// picture writes a screenshot, where they are asked for.
func (tab *tab) picture(name string) {
	if *pictured == "" {
		return
	}
	data := get(tab, chromedp.FullScreenshot(100))
	if err := os.WriteFile(filepath.Join(*pictured, name+".png"), data, 0o644); err != nil {
		tab.t.Fatal(err)
	}
}

// explainedBy is what the core says to a question about a text.
func explainedBy(t *testing.T, id, text string, q record.Question) *record.Record {
	t.Helper()
	m, err := model.Open(os.DirFS("models/" + id))
	if err != nil {
		t.Fatal(err)
	}
	s := heed.NewSession(m)
	r, err := s.Run(text, heed.Options{})
	if err != nil {
		t.Fatal(err)
	}
	part, err := s.Ask(r, q, nil)
	if err != nil || part.Answer.Refusal != "" {
		t.Fatal(err, part)
	}
	return part
}

// cellNamed is the cell of the grid whose name begins so.
func cellNamed(name string) string {
	return `Array.from(` + root + `.querySelectorAll("[role=gridcell]")).find((c) => c.ariaLabel?.startsWith(` + quote(name) + `))`
}

// bookRow is the output before the changes, or after, in the lab book.
func bookRow(at int) string {
	return root + `.querySelectorAll(".book p .sentence")[` + strconv.Itoa(at) + `].textContent`
}

// TestExplainingStops cancels an explanation that takes long, and asks for it again.
func TestExplainingStops(t *testing.T) {
	t.Parallel()
	tab := show(t, "model", "stories", "view", "ablation", "text", strings.Repeat("Once upon a time there was a little girl who had a red ball. ", 6))
	tab.until(ready + ` && ` + cellNamed("decoder self-attention, layer 0, head 0"))
	tab.run(`(() => { const look = setInterval(() => { const stop = [...` + root + `.querySelectorAll(".asking button")].find((b) => b.textContent === "Cancel" && b.checkVisibility()); if (stop) { clearInterval(look); stop.click(); } }, 1) })()`)
	tab.click(`input[name=ablate][value=positions]`)
	tab.until(ready + ` && ` + root + `.querySelector("figcaption").textContent.startsWith("This was cancelled")`)
	tab.run(`[...` + root + `.querySelectorAll(".asking button")].find((b) => b.textContent === "Compute it").click()`)
	tab.until(ready + ` && ` + root + `.querySelectorAll("[role=option]").length > 60`)
	tab.picture("positions")
}

// TestAblationView switches every head off once: the numbers are those of the core, a click on a head switches it off for
// good, and then every other is switched off besides.
func TestAblationView(t *testing.T) {
	t.Parallel()
	tab := show(t, "text", redCar, "view", "ablation")
	tab.until(cellNamed("decoder self-attention, layer 2, head 5"))
	want := explainedBy(t, "en-fr", redCar, record.Question{Ablate: record.HeadParts}).Ablation
	equal(t, "cells", get(tab, chromedp.Evaluate[int](root+`.querySelectorAll("[role=gridcell][aria-label]").length`)), len(want))
	for _, a := range want {
		name := map[record.Kind]string{record.Cross: "cross-attention", record.Self: "encoder self-attention", record.Decoder: "decoder self-attention"}[a.Kind] +
			", layer " + strconv.Itoa(a.Layer) + ", head " + strconv.Itoa(a.Head)
		label := tab.said(cellNamed(name+":") + `.ariaLabel`)
		said := strings.Replace(strings.TrimPrefix(strings.Fields(strings.TrimPrefix(label, name+": "))[0], "+"), "−", "-", 1)
		if v, err := strconv.ParseFloat(said, 64); err != nil || math.Abs(v-float64(a.Delta)) > 2e-3 {
			t.Errorf("%s; the core has %g", label, a.Delta)
		}
		if a.Output != "" && !strings.HasSuffix(label, a.Output) {
			t.Errorf("%s; without it the core writes %q", label, a.Output)
		}
	}
	tab.picture("ablation")
	tab.run(cellNamed("cross-attention, layer 2, head 0") + `.focus()`)
	tab.press(kb.Enter)
	off := nativeOf(t, "en-fr", redCar, heed.Options{Changes: changed(t, "cross.2.0", "", 0)}).Output
	tab.until(ready + ` && ` + output + ` === ` + quote(off))
	tab.until(`location.hash.includes("off=cross.2.0")`)
	tab.until(cellNamed("cross-attention, layer 2, head 0") + `?.ariaLabel.endsWith("is switched off")`)
	tab.picture("ablation-off")
	plain := native(t, redCar, nil).Output
	equal(t, "before", tab.said(bookRow(0)), plain)
	equal(t, "after", tab.said(bookRow(1)), off)
	equal(t, "what differs", tab.said(`Array.from(`+root+`.querySelectorAll(".book mark"), (m) => m.textContent).join(" ")`), "une maison blanche. blanc.")

	// The parts of other kinds, as bars.
	tab.click(`input[name=ablate][value=ffn]`)
	tab.until(ready + ` && ` + root + `.querySelectorAll("[role=option][aria-label^='feed-forward']").length === 6`)
	tab.until(`location.hash.includes("ablate=ffn")`)
	tab.picture("ablation-ffn")
}

// TestPatchView takes activations from another sentence, which is typed.
func TestPatchView(t *testing.T) {
	t.Parallel()
	tab := show(t, "text", redCar, "view", "patch")
	tab.holds("the invitation", `caption.startsWith("Type another sentence")`)
	blue := strings.Replace(redCar, "red", "blue", 1)
	tab.run(root + `.getElementById("patch").focus()`)
	tab.run(`(() => { const box = ` + root + `.getElementById("patch"); box.value = ` + quote(blue) + `; box.dispatchEvent(new InputEvent("input", { bubbles: true })); })()`)
	tab.until(ready + ` && ` + cellNamed("embedding of encoder at “red”") + `?.ariaLabel.includes("+1.0")`)
	tab.until(`new URLSearchParams(location.hash.slice(1)).get("patch") === ` + quote("text:"+blue))
	tab.picture("patch")
	tab.run(cellNamed("embedding of encoder at “red”") + `.focus()`)
	tab.press(kb.Enter)
	blues := native(t, blue, nil).Output
	tab.until(ready + ` && ` + output + ` === ` + quote(blues))
	tab.until(`location.hash.includes("patched=self.-.-.3")`)
	equal(t, "before", tab.said(bookRow(0)), native(t, redCar, nil).Output)
	equal(t, "listed", tab.said(listed), "embedding of encoder at “red”: from “"+blue+"”")
	if c := tab.record().Changes; c.PatchedList() != "self.-.-.3" || c.From != blue {
		t.Errorf("the Record has %+v", c)
	}
	tab.picture("patched")
	address := tab.said(`location.hash`)
	tab.run(root + `.querySelector(".changes li button").click()`)
	tab.until(ready + ` && ` + output + ` === ` + quote(native(t, redCar, nil).Output))
	shared := open(t, strings.ReplaceAll(address, "view=patch", "view=heatmap")) // before and after of what somebody sends
	shared.until(ready + ` && ` + output + ` === ` + quote(blues) + ` && ` + bookRow(0) + ` === ` + quote(native(t, redCar, nil).Output))
	tab.run(`(() => { const box = ` + root + `.getElementById("patch"); box.value = ` + quote(redCar) + `; box.dispatchEvent(new InputEvent("input", { bubbles: true })); })()`)
	tab.until(ready + ` && ` + root + `.querySelector("figcaption").textContent.includes("Both texts give the same output")`)
	equal(t, "the text", tab.said(root+`.getElementById("text").value`), redCar)
}

// TestAttributionView: two methods beside each other for a word of the output, whose numbers are those of the core.
func TestAttributionView(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"en-fr", "en-fr-context"} {
		t.Run(id, func(t *testing.T) {
			tab := show(t, "model", id, "text", redCar, "view", "attribution", "token", "4")
			want := explainedBy(t, id, redCar, record.Question{Attribute: heed.IntegratedGradients + "," + heed.LeaveOneOut, Position: 4}).Attribution
			red := slices.IndexFunc(nativeOf(t, id, redCar, heed.Options{}).Tokens.Source, func(t record.Token) bool { return t.Text == " red" })
			label := root + `.querySelector("[role=option][aria-label^='red,']")?.ariaLabel`
			tab.until(ready + ` && ` + label)
			said := tab.said(label)
			for _, a := range []*record.Attribution{want, want.Beside} {
				before, _, _ := strings.Cut(said, " by "+a.Method)
				number := strings.Replace(before[strings.LastIndex(before, " ")+1:], "−", "-", 1)
				if v, err := strconv.ParseFloat(number, 64); err != nil || math.Abs(v-float64(a.Source[red])) > 2e-3 {
					t.Errorf("%s; the core has %g by %s", said, a.Source[red], a.Method)
				}
			}
			tab.picture("attribution-" + id)
		})
	}
}

// TestWhyView opens the score of a cell.
func TestWhyView(t *testing.T) {
	t.Parallel()
	tab := show(t, "text", redCar, "view", "heatmap", "kind", "cross", "layer", "2", "head", "4", "token", "4", "key", "3")
	cell := `Array.from(` + root + `.querySelectorAll(".changes button")).find((b) => b.textContent === "Why does this head look there?" && b.checkVisibility())`
	tab.until(ready + ` && ` + cell)
	tab.run(cell + `.click()`)
	tab.until(`location.hash.includes("view=why")`)
	want := explainedBy(t, "en-fr", redCar, record.Question{Why: record.Place{Kind: record.Cross, Layer: 2, Head: 4, Row: 4}, Col: 3}).Why
	tab.holds("the score", `root.querySelector("[data-state=ready]") && svg.includes(`+quote("+"+strconv.FormatFloat(float64(want.Score), 'f', 3, 64))+`) && svg.includes("Why “rouge” looks at “red”")`)
	tab.picture("why")
}

// BenchmarkAsking measures explanations in Chromium, of texts of about 8, 16 and 32 tokens: from the question to the event that
// brings the answer, the faster of two texts.
func BenchmarkAsking(b *testing.B) {
	const noun = "I see a red car and a white "
	texts := map[int][2]string{
		8:  {"I see a red house.", "I see a red horse."},
		16: {noun + "house and she is happy.", noun + "horse and she is happy."},
		32: {noun + "house and she is happy and " + noun[:len(noun)-1] + " dog and my brother is happy.", noun + "horse and she is happy and " + noun[:len(noun)-1] + " dog and my brother is happy."},
	}
	for _, length := range []int{8, 16, 32} {
		tab := newTab(b, "")
		tab.do(chromedp.Navigate(site + "#" + address("text", "I like tea.", "view", "ablation", "kind", "cross", "layer", "2", "head", "4")))
		tab.until(ready + ` && document.querySelector("heed-view").record?.ablation`)
		for _, of := range []struct{ name, view, member, more string }{
			{"every head off", "ablation", "ablation", ""},
			{"patch each layer", "patch", "patch", "text:I like coffee."},
			{"integrated gradients and leave one out", "attribution", "attribution", ""},
			{"why this score", "why", "why", ""},
		} {
			best, tokens := math.Inf(1), 0.0
			for _, text := range texts[length] {
				got := get(tab, chromedp.Evaluate[[]float64](`(async () => {
					const v = document.querySelector("heed-view");
					const told = (when) => new Promise((done) => v.addEventListener("heed-record", function look({ detail }) { if (when(detail)) { v.removeEventListener("heed-record", look); done(detail); } }));
					let came = told((r) => r.text === `+quote(text)+`);
					v.view = "heatmap"; v.text = "";
					v.text = `+quote(text)+`;
					const r = await came;
					came = told((r) => r.text === `+quote(text)+` && r.`+of.member+`);
					const at = performance.now();
					if (`+quote(of.more)+`) v.patch = `+quote(of.more)+`;
					v.view = `+quote(of.view)+`;
					await came;
					return [performance.now() - at, r.tokens.source.length];
				})()`, chromedp.EvalAwaitPromise))
				best, tokens = min(best, got[0]), got[1]
			}
			fmt.Printf("%s, %.0f tokens: %.0f ms\n", of.name, tokens, best)
		}
	}
}
