//go:build !js

package web_test

import (
	"cmp"
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
	"heed/core/view"
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
	_, err = s.Run(text, heed.Options{})
	if err != nil {
		t.Fatal(err)
	}
	part, err := s.Ask(q, nil)
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

// TestAskedBeside types in one element while another, of the same model, explains: what is typed is answered meanwhile, and the
// explanation is the same.
func TestAskedBeside(t *testing.T) {
	t.Parallel()
	story := strings.TrimSpace(strings.Repeat("Once upon a time there was a little girl who had a red ball. ", 8))
	element := `<heed-view model="stories" `
	tab := newTab(t, "")
	tab.do(chromedp.EmulateViewport(1000, 3000), chromedp.Navigate(serving(t, post+element+`editable>One day the dog ran.</heed-view>`+element+`view="ablation" loading="eager">`+story+`</heed-view>`, nil, nil)))
	tab.until(`[...document.querySelectorAll("heed-view")].every((view) => view.record) && document.querySelectorAll("heed-view")[1].record.ablation`)
	got := get(tab, chromedp.Evaluate[[]float64](`(async () => {
		const [first, second] = document.querySelectorAll("heed-view"), box = first.shadowRoot.getElementById("text"), deltas = () => second.record.ablation.map(({ delta }) => delta);
		const before = deltas();
		await second.run("Once upon a time there was a cat.");
		await second.run(`+quote(story)+`);
		let answers = 0, keys = 0;
		while (!second.record.ablation) {
			const answer = new Promise((done) => first.addEventListener("heed-record", done, { once: true }));
			box.value = "One day the dog ran" + ".!?".charAt(++keys % 3);
			box.dispatchEvent(new InputEvent("input", { bubbles: true }));
			await answer;
			if (!second.record.ablation) answers++;
		}
		return [answers, Math.max(...deltas().map((delta, i) => Math.abs(delta - before[i]))), before.length];
	})()`, chromedp.EvalAwaitPromise))
	t.Logf("%.0f answers meanwhile; %.0f deltas differ by at most %g", got[0], got[2], got[1])
	if got[0] < 2 || got[1] > 2e-3 || got[2] < 10 {
		t.Errorf("answers meanwhile, largest difference, deltas: %v", got)
	}
}

// TestAblationView switches every head off once: the numbers are those of the core, a click on a head switches it off for
// good, and then every other is switched off besides.
func TestAblationView(t *testing.T) {
	t.Parallel()
	tab := show(t, "text", girl, "view", "ablation")
	tab.until(cellNamed("decoder self-attention, layer 2, head 5"))
	want := explainedBy(t, "en-fr", girl, record.Question{Ablate: record.HeadParts}).Ablation
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
	tab.run(cellNamed("cross-attention, layer 2, head 1") + `.focus()`)
	tab.press(kb.Enter)
	off := nativeOf(t, "en-fr", girl, heed.Options{Changes: changed(t, "cross.2.1", "", 0)}).Output
	tab.until(ready + ` && ` + output + ` === ` + quote(off))
	tab.until(`location.hash.includes("off=cross.2.1")`)
	tab.until(cellNamed("cross-attention, layer 2, head 1") + `?.ariaLabel.endsWith("is switched off")`)
	tab.picture("ablation-off")
	plain := native(t, girl, nil).Output
	equal(t, "before", tab.said(bookRow(0)), plain)
	equal(t, "after", tab.said(bookRow(1)), off)
	equal(t, "what differs", tab.said(`Array.from(`+root+`.querySelectorAll(".book mark"), (m) => m.textContent).join(" ")`), "La petite Le petit")

	// The parts of other kinds, as bars.
	tab.click(`input[name=ablate][value=ffn]`)
	tab.until(ready + ` && ` + root + `.querySelectorAll("[role=option][aria-label^='feed-forward']").length === 6`)
	tab.until(`location.hash.includes("ablate=ffn")`)
	tab.picture("ablation-ffn")
}

// TestAblateWords switches each word's embedding off in the recurrent models too; the one without attention has nothing else.
func TestAblateWords(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"en-fr-context", "en-fr-attention"} {
		set := []string{"model", id, "text", redCar, "view", "ablation"}
		if id == "en-fr-attention" {
			set = append(set, "ablate", record.PositionParts)
		}
		tab := show(t, set...)
		tab.until(ready + ` && document.querySelector("heed-view").record?.ablation?.[0].part === "positions" && document.querySelector("heed-view").record.model === ` + quote(id))
		want := explainedBy(t, id, redCar, record.Question{Ablate: record.PositionParts}).Ablation
		got := get(tab, chromedp.Evaluate[[]float64](`document.querySelector("heed-view").record.ablation.map((a) => a.delta)`))
		equal(t, "numbers of "+id, len(got), len(want))
		for i := range min(len(got), len(want)) {
			if math.Abs(got[i]-float64(want[i].Delta)) > 2e-3 {
				t.Errorf("%s: without word %d the page has %g, the core %g", id, i, got[i], want[i].Delta)
			}
		}
		tab.holds("what is switched off", `svg.includes("without each word, one at a time")`)
		tab.picture("ablation-words-" + id)
	}
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

// TestPatchRecurrent gives the decoder of a recurrent model what it had for another sentence, a state or a context: a click does it, and the
// output is the core's.
func TestPatchRecurrent(t *testing.T) {
	t.Parallel()
	const red, other = "I see a red car.", "I see a big house." // of which each model makes another sentence
	for id, context := range map[string]struct{ cell, name string }{
		"en-fr-context":   {"context vector", "rnn.0.-.0"},
		"en-fr-attention": {"encoder, layer 0 at “red”", "self.0.-.3"},
	} {
		t.Run(id, func(t *testing.T) {
			tab := show(t, "model", id, "text", red, "view", "patch", "patch", "text:"+other)
			plain := nativeOf(t, id, red, heed.Options{}).Output
			for _, c := range []struct{ cell, name string }{context, {"decoder, layer 0 at “vois”", "decoder.0.-.2"}} {
				tab.until(ready + ` && ` + output + ` === ` + quote(plain) + ` && ` + cellNamed(c.cell))
				tab.run(cellNamed(c.cell) + `.focus()`)
				tab.press(kb.Enter)
				changes := record.Changes{From: other}
				if err := changes.ParsePatched(c.name); err != nil {
					t.Fatal(err)
				}
				want := nativeOf(t, id, red, heed.Options{Changes: changes}).Output
				tab.until(ready + ` && ` + output + ` === ` + quote(want) + ` && location.hash.includes("patched=` + c.name + `")`)
				tab.until(`document.querySelector("heed-view").record.changes?.patched === ` + quote(c.name))
				tab.picture("patched-" + id + "-" + c.name)
				tab.run(root + `.querySelector(".changes li button").click()`)
			}
		})
	}
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
				before, _, _ := strings.Cut(said, " by "+view.MethodName(a.Method))
				number := strings.Replace(before[strings.LastIndex(before, " ")+1:], "−", "-", 1)
				if v, err := strconv.ParseFloat(number, 64); err != nil || math.Abs(v-float64(a.Source[red])) > 2e-3+1e-3*math.Abs(v) { // of products with bytes
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
	tab.holds("the score", `root.querySelector("[data-state=ready]") && svg.includes(`+quote("+"+strconv.FormatFloat(math.Trunc(float64(want.Score)*100)/100, 'f', 2, 64))+`) && svg.includes("Why “rouge” looks at “red”")`)
	tab.picture("why")
}

// TestMeansView puts means in the place of what is switched off, and says over which texts.
func TestMeansView(t *testing.T) {
	t.Parallel()
	tab := show(t, "text", redCar, "view", "ablation")
	first := cellNamed("cross-attention, layer 2, head 0:")
	tab.until(ready + ` && ` + first)
	zeros := tab.said(first + `.ariaLabel`)
	tab.click(`input[name=with][value=mean]`)
	tab.until(ready + ` && ` + first + ` && ` + first + `.ariaLabel !== ` + quote(zeros))
	tab.until(root + `.querySelector("figcaption").textContent.includes("its mean over the 6 examples of this model")`)
	tab.until(`location.hash.includes("with=mean")`)
	tab.until(`document.querySelector("heed-view").record.ablatedWith === "the 6 examples of this model"`)
	tab.picture("ablation-means")
}

// TestRolesInGrid names heads by what they do over the model's examples.
func TestRolesInGrid(t *testing.T) {
	t.Parallel()
	tab := show(t, "text", redCar, "view", "grid", "kind", "self")
	tab.until(ready)
	tab.click(`#roles`)
	tab.until(ready + ` && ` + root + `.querySelector("figcaption").textContent.includes("measured over the 6 examples of this model")`)
	tab.until(`location.hash.includes("roles=1")`)
	tab.until(`[...` + root + `.querySelectorAll("[role=gridcell]")].some((c) => / of the weight, 0\.\d\d by chance$/.test(c.ariaLabel))`)
	tab.picture("grid-roles")
	tab.run(`document.querySelector("heed-view").text = "Tea."`)
	tab.until(ready + ` && ` + root + `.querySelector("figcaption").textContent.includes("measured over")`)

	// Heads that translate are named so, by what the list of models has of them.
	for _, e := range readIndex(t).Models {
		if e.Translations == nil {
			continue
		}
		best := slices.MaxFunc(e.Translations.Heads, func(a, b record.HeadRate) int { return cmp.Compare(a.Rate, b.Rate) })
		name := fmt.Sprintf("layer %d head %d: translation: of %.2f of the words, %.2f by chance", best.Layer, best.Head, best.Rate, e.Translations.Chance)
		tab := show(t, "model", e.ID, "text", redCar, "view", "grid", "kind", string(best.Kind), "roles", "1")
		tab.until(ready + ` && [...` + root + `.querySelectorAll("[role=gridcell]")].some((c) => c.ariaLabel === ` + quote(name) + `)`)
		tab.until(root + `.querySelector("figcaption").textContent.includes(` + quote(e.Translations.Pairs) + `)`)
		tab.picture("grid-translations-" + e.ID)
	}
}

// TestAdversaryInPage: other weights of soft attention stand beside the true ones, and are the core's.
func TestAdversaryInPage(t *testing.T) {
	t.Parallel()
	tab := show(t, "model", "en-fr-attention", "text", "Tea.", "view", "adversary")
	tab.until(ready + ` && ` + root + `.querySelectorAll("[role=gridcell][aria-label]").length > 3`)
	tab.until(root + `.querySelector("figcaption").textContent.includes("does not prove")`)
	r := nativeOf(t, "en-fr-attention", "Tea.", heed.Options{})
	equal(t, "cells", get(tab, chromedp.Evaluate[int](root+`.querySelectorAll("[role=gridcell][aria-label]").length`)), 2*len(r.Tokens.Source)*(len(r.Tokens.Target)-1))
	if far := get(tab, chromedp.Evaluate[float64](`Math.max(...document.querySelector("heed-view").record.adversary.rows.map((r) => r.distance))`)); far < 0.3 {
		t.Errorf("the farthest row is %g away", far)
	}
	tab.picture("adversary")
}

// typeInto types a text into a field.
func (tab *tab) typeInto(id, text string) {
	tab.run(`(() => { const box = ` + root + `.getElementById(` + quote(id) + `); box.value = ` + quote(text) + `; box.dispatchEvent(new InputEvent("input", { bubbles: true })); })()`)
}

// TestReplaceWord reads a word as another: the output is that of the other sentence, the text stays, and what is done is listed.
func TestReplaceWord(t *testing.T) {
	t.Parallel()
	tab := show(t, "text", redCar, "view", "ablation")
	tab.until(ready + ` && ` + root + `.getElementById("replaced")`)
	tab.run(`(() => { const menu = ` + root + `.getElementById("replaced"); menu.value = "4"; menu.dispatchEvent(new Event("change")); })()`)
	tab.typeInto("replace", "dog")
	want := native(t, strings.Replace(redCar, "car", "dog", 1), nil).Output
	tab.until(ready + ` && ` + output + ` === ` + quote(want) + ` && location.hash.includes("replace=4%3Ddog")`)
	tab.until(bookRow(0) + ` === ` + quote(native(t, redCar, nil).Output))
	equal(t, "listed", tab.said(listed), "the word “car” is read as “dog”")
	equal(t, "the text", tab.said(root+`.getElementById("text").value`), redCar)
	if r := tab.record(); r.Text != redCar || r.Changes.ReplaceList() != "4=dog" {
		t.Errorf("the Record has %q, %+v", r.Text, r.Changes)
	}
	tab.picture("replaced")
	shared := open(t, strings.ReplaceAll(tab.said(`location.hash`), "view=ablation", "view=heatmap"))
	shared.until(ready + ` && ` + output + ` === ` + quote(want) + ` && ` + bookRow(0) + ` === ` + quote(native(t, redCar, nil).Output))
	tab.do(chromedp.EmulateViewport(390, 844))
	left := root + `.querySelectorAll(".book p .sentence")[%d].getBoundingClientRect().left`
	tab.until(fmt.Sprintf(left+" > 80 && "+left+" > 80", 0, 1)) // beside their names on a telephone too
	tab.run(root + `.querySelector(".changes li button").focus()`)
	tab.press(kb.Enter)
	tab.until(ready + ` && ` + output + ` === ` + quote(native(t, redCar, nil).Output) + ` && !location.hash.includes("replace")`)
	equal(t, "focused once the last change is taken back", tab.said(`String(`+root+`.activeElement?.id)`), "replaced")
}

// TestSteerStories adds a direction by a slider; what the model expects next is the core's.
func TestSteerStories(t *testing.T) {
	t.Parallel()
	const story = "Once upon a time there was a little"
	tab := show(t, "model", "stories", "text", story, "view", "predictions")
	tab.until(ready + ` && ` + root + `.getElementById("steer")`)
	tab.typeInto("toward", "The cat.")
	tab.typeInto("away", "The dog.")
	tab.run(`(() => { const s = ` + root + `.getElementById("steer"); s.value = "4"; s.dispatchEvent(new InputEvent("input", { bubbles: true })); })()`)
	tab.until(`location.hash.includes("steer=decoder.2%3D4")`)
	var c record.Changes
	c.Steer = record.Steering{Kind: record.Decoder, Layer: 2, Strength: 4, Toward: "The cat.", Away: "The dog."}
	r := nativeOf(t, "stories", story, heed.Options{Changes: c})
	top := r.Predictions[len(r.Predictions)-1].Top[0]
	tab.until(ready + ` && ` + bookRow(1) + `.includes(` + quote(strings.TrimSpace(top.Text)) + `)`)
	tab.until(bookRow(0) + `.startsWith("next:")`)
	// The book has the model's own probability, however the next token is drawn: at temperature 0 that is certain.
	for _, temperature := range []string{"0.7", "0"} {
		tab.goTo("model", "stories", "text", story, "view", "predictions", "steer", "decoder.2=4", "toward", "The cat.", "away", "The dog.", "temperature", temperature)
		tab.until(ready + ` && ` + root + `.querySelectorAll(".book p .number")[1].textContent === "temperature 1" && Math.abs(` + bookRow(1) + `.match(/0\.\d+/)?.[0] - ` + record.Decimal(top.P) + `) < 0.02`)
	}
	if got := tab.record().Changes; got.Steer != c.Steer {
		t.Errorf("the Record has %+v", got.Steer)
	}
	tab.picture("steered")
	tab.run(root + `.querySelector(".changes li button").click()`)
	tab.until(ready + ` && !location.hash.includes("steer=")`)
}

// TestWhyBadInput: what cannot be explained is a sentence, and the text stays.
func TestWhyBadInput(t *testing.T) {
	t.Parallel()
	tab := show(t, "text", "Hello.")
	for _, c := range []struct {
		what, says string
		pairs      []string
	}{
		{"texts of different lengths", "Positions are aligned from the first", []string{"text", redCar, "view", "patch", "patch", "text:I see a car."}},
		{"one token", "", []string{"text", "I", "view", "attribution"}},
		{"no such head", "This model has no head cross.9.9", []string{"text", redCar, "view", "ablation", "off", "cross.9.9"}},
		{"no such position", "This text has no position 99", []string{"text", "I like tea.", "view", "ablation", "patched", "self.0.-.99", "from", redCar}},
		{"no such word", "This text has no word 99", []string{"text", "I like tea.", "view", "ablation", "replace", "99=dog"}},
		{"not a number", "is no steering", []string{"model", "stories", "text", "Once", "view", "predictions", "steer", "decoder.0=NaN", "toward", "a", "away", "b"}},
		{"endless output", "The output was stopped after", []string{"text", redCar, "view", "ablation", "off", "cross.0.0,cross.0.1,cross.0.2,cross.0.3,cross.0.4,cross.0.5,cross.1.0,cross.1.1,cross.1.2,cross.1.3,cross.1.4,cross.1.5,cross.2.0,cross.2.1,cross.2.2,cross.2.3,cross.2.4,cross.2.5"}},
	} {
		t.Run(c.what, func(t *testing.T) {
			tab.t = t
			tab.goTo(c.pairs...)
			text := c.pairs[slices.Index(c.pairs, "text")+1]
			tab.until(ready + ` && ` + root + `.getElementById("text").value === ` + quote(text))
			if c.says != "" {
				tab.until(ready + ` && ` + root + `.querySelector(".heed").textContent.includes(` + quote(c.says) + `)`)
			}
		})
	}
}
