//go:build !js

package web_test

import (
	"encoding/json"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"heed/core/model"
	"heed/core/record"
	heed "heed/core/run"
	"heed/core/view"
)

// nativeOf runs a text on a model outside the browser.
func nativeOf(t *testing.T, id, text string, o heed.Options) *record.Record {
	t.Helper()
	m, err := model.Open(os.DirFS("models/" + id))
	if err != nil {
		t.Fatal(err)
	}
	m.Net.Weights().Compact(true) // as in the page
	r, err := heed.NewSession(m).Run(text, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// click clicks the element that a selector finds in the shadow root.
func (tab *tab) click(selector string) {
	tab.t.Helper()
	js, _ := json.Marshal(selector)
	tab.run(root + `.querySelector(` + string(js) + `).click()`)
}

func (tab *tab) text() string { return tab.said(root + `.getElementById("text").value`) }

// TestModelList goes through the list of models as a reader does: each says what it is and weighs,
// answers, and leaves no trace in the next.
func TestModelList(t *testing.T) {
	t.Parallel()
	tab := show(t)
	for _, e := range readIndex(t).Models {
		tab.click(`input[name=model][value=` + e.ID + `]`)
		tab.until(ready + ` && ` + root + `.querySelector(".about").textContent.startsWith(` + quote(e.About) + `) && reported.some((r) => r.type === "heed-record" && r.detail.model === ` + quote(e.ID) + `)`)
		if said := tab.said(root + `.querySelector(".about").textContent`); !strings.Contains(said, "weights") || !strings.Contains(said, "MB") {
			t.Errorf("%s: the list says %q", e.ID, said)
		}
		r := tab.record()
		want := nativeOf(t, e.ID, r.Text, heed.Options{})
		equal(t, e.ID+"'s output", r.Output, want.Output)
		equal(t, e.ID+"'s tokens", len(r.Tokens.Source), len(want.Tokens.Source))
		equal(t, e.ID+"'s complaints", tab.said(root+`.querySelector(".notes").textContent`), strings.Join(want.Notices, ""))
	}
}

func quote(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// TestSideBySide lengthens a sentence and wants the three translators' outputs, each as its model
// gives it outside the browser.
func TestSideBySide(t *testing.T) {
	t.Parallel()
	tab := show(t, "model", "en-fr", "view", "compare", "text", "She bought a red car.")
	for _, text := range []string{"She bought a red car.", "She bought a red car. We went home. It was late, and nobody spoke."} {
		tab.set("text", text)
		for _, id := range []string{"en-fr-context", "en-fr-attention", "en-fr"} {
			e := readIndex(t).Find(id)
			want := nativeOf(t, id, text, heed.Options{}).Output
			tab.until(`[...` + root + `.querySelectorAll(".lane")].some((l) => l.getAttribute("aria-label") === ` + quote(e.Title) +
				` && l.querySelector(".sentence").textContent === ` + quote(want) + ` && l.querySelector("canvas").height > 40)`)
		}
	}
}

// TestContextVector wants the numbers of the model's one context vector, whatever the output's length.
func TestContextVector(t *testing.T) {
	t.Parallel()
	tab := show(t, "model", "en-fr-context", "text", cats)
	equal(t, "the view", tab.hash().Get("view"), "")
	got, want := tab.record().Context, nativeOf(t, "en-fr-context", cats, heed.Options{}).Context
	if got == nil || got.Rows != 1 || got.Cols != want.Cols {
		t.Fatalf("there is a context: %v; one of one row is wanted", got != nil)
	}
	near(t, "context", got.Values, want.Values, 1e-3)
	if caption := tab.said(root + `.querySelector("figcaption").textContent`); !strings.Contains(caption, "512") {
		t.Errorf("the view says %q", caption)
	}
}

func near(t *testing.T, what string, got, want []float32, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d numbers, want %d", what, len(got), len(want))
	}
	for i := range want {
		if math.Abs(float64(got[i]-want[i])) > tolerance {
			t.Fatalf("%s: number %d is %g, want %g", what, i, got[i], want[i])
		}
	}
}

// TestSoftAttention wants each context to be the sum of the encoder's states that the weights on the
// screen say it is.
func TestSoftAttention(t *testing.T) {
	t.Parallel()
	tab := show(t, "model", "en-fr-attention", "text", cats)
	r := tab.record()
	m := r.Find(record.RNN, 0, 0)
	if m == nil || r.Context == nil || r.Context.Rows != m.Rows {
		t.Fatalf("the record has %d maps, and a context: %v", len(r.Maps), r.Context != nil)
	}
	for row := range m.Rows {
		sum := make([]float32, r.Context.Cols)
		for col := range m.Cols {
			for i := range sum {
				sum[i] += m.At(row, col) * r.Context.States[col*r.Context.Cols+i]
			}
		}
		near(t, "the weighted sum", sum, r.Context.Values[row*r.Context.Cols:][:len(sum)], 1e-3)
	}
	for _, v := range []string{"heatmap", "context", "predictions"} {
		tab.click(`input[name=view][value=` + v + `]`)
		tab.until(ready + ` && location.hash.includes("view=` + v + `")`)
		if tab.said(root+`.querySelector("figcaption").textContent`) == "" {
			t.Errorf("the view %s has no caption", v)
		}
	}
}

// TestStory has a story written on, stopped and undone, and wants the sliders to change what may follow
// without another run of the model.
func TestStory(t *testing.T) {
	t.Parallel()
	const begin = "Once upon a time there was a little"
	tab := show(t, "model", "stories", "text", begin, "view", "predictions")
	run := tab.said(root + `.querySelector(".stage").dataset.request`)
	tab.until(`reported.some((e) => e.type === "heed-record")`)
	before := tab.said(root + `.querySelector("[role=listbox] [role=option]:last-child").ariaLabel`)
	tab.run(`const s = ` + root + `.getElementById("temperature"); s.value = "0"; s.dispatchEvent(new Event("input"))`)
	tab.until(root + `.querySelector("[role=listbox] [role=option]:last-child").ariaLabel !== ` + quote(before))
	equal(t, "the run behind the predictions", tab.said(root+`.querySelector(".stage").dataset.request`), run)

	tab.click(".writer button") // write on
	tab.until(root + `.getElementById("text").value.length > ` + quote(begin) + `.length + 10`)
	tab.click(".writer button") // stop
	tab.until(ready)
	written := tab.text()
	if !strings.HasPrefix(written, begin) || written == begin {
		t.Errorf("the story goes on as %q", written)
	}
	// At temperature 0 it is what the model writes outside the browser.
	want := nativeOf(t, "stories", begin, heed.Options{MaxTokens: 120})
	if !strings.HasPrefix(want.Text, written) {
		t.Errorf("the page wrote %q, the model writes %q", written, want.Text)
	}
	tab.run(root + `.querySelectorAll(".writer button")[1].click()`) // undo
	tab.until(root + `.getElementById("text").value === ` + quote(begin))
	tab.until(ready)
	tab.until(`new URLSearchParams(location.hash.slice(1)).get("text") === ` + quote(begin)) // which follows a little later
}

// TestHiddenWord hides a word by a click, and wants the model's guess in its place; another click puts
// the word back.
func TestHiddenWord(t *testing.T) {
	t.Parallel()
	const text = "The boy was very happy to see his dog."
	tab := show(t, "model", "fill", "text", text)
	tab.run(root + `.querySelectorAll(".holes button")[1].click()`)
	const hidden = "The [MASK] was very happy to see his dog."
	tab.until(root + `.getElementById("text").value === ` + quote(hidden))
	want := nativeOf(t, "fill", hidden, heed.Options{})
	tab.until(ready + ` && ` + output + ` === ` + quote(want.Output))
	if p := tab.record().Predictions; len(p) != 1 || p[0].Top[0].ID != want.Predictions[0].Top[0].ID {
		t.Errorf("the page expects %+v, the model %+v", p, want.Predictions)
	}
	tab.run(root + `.querySelectorAll(".holes button")[1].click()`)
	tab.until(root + `.getElementById("text").value === ` + quote(text))
	tab.set("text", "He ___ home.")
	tab.until(ready + ` && ` + root + `.querySelector(".holes [aria-pressed=true]") && ` + output + ` === ` + quote(nativeOf(t, "fill", "He ___ home.", heed.Options{}).Output))
	equal(t, "what was thrown", tab.said(`String(reported.filter((e) => e.type === "heed-error").length)`), "0")
}

// TestShorten shortens a sentence as people write it: its words, in their order, as prose.
func TestShorten(t *testing.T) {
	t.Parallel()
	const text = `The mayor, John Smith, said on Tuesday that the city's new bridge won't be opened before 2027, according to the "Daily News".`
	tab := show(t, "model", "shorten", "text", text)
	got := tab.said(output)
	equal(t, "the shorter sentence", got, nativeOf(t, "shorten", text, heed.Options{}).Output)
	rest := strings.ToLower(text)
	for _, word := range strings.Fields(strings.ToLower(got)) {
		_, after, found := strings.Cut(rest, strings.Trim(word, `.,"`))
		if !found {
			t.Fatalf("%q is not of the sentence's words in their order", got)
		}
		rest = after
	}
	if notes := tab.said(root + `.querySelector(".notes").textContent`); !strings.Contains(notes, "every number as ##") {
		t.Errorf("of the number the page says %q", notes)
	}
}

// TestGridOfHeads wants every head of a kind on one page, named by what it does, and a click to open one.
func TestGridOfHeads(t *testing.T) {
	t.Parallel()
	tab := show(t, "model", "en-fr", "text", cats, "view", "grid", "kind", "cross")
	cell := root + `.querySelector("[role=grid] [aria-label^='layer 1 head 3']")`
	tab.until(cell)
	equal(t, "the pictures", tab.said(`String(`+root+`.querySelectorAll("[role=grid] [role=gridcell]:not([hidden])[aria-label*=head]").length)`), "18")
	tab.run(cell + `.focus()`)
	tab.press(kb.Enter)
	tab.until(ready + ` && ` + root + `.querySelector("[role=grid]").ariaLabel.includes("layer 1, head 3")`)
	tab.until(`location.hash.includes("view=heatmap")`)
	if at := tab.hash(); at.Get("layer") != "1" || at.Get("head") != "3" {
		t.Errorf("the address is %v", at)
	}
}

// TestSteps opens a cell of the heatmap to its arithmetic, and wants the weight there that the model gives
// outside the browser.
func TestSteps(t *testing.T) {
	t.Parallel()
	r := native(t, cats, nil)
	m := r.Find(record.Cross, 2, 4)
	const row = 2
	weights := m.Weights[row*m.Cols:][:m.Cols]
	col := slices.Index(weights, slices.Max(weights))
	tab := show(t, "model", "en-fr", "text", cats, "view", "heatmap", "kind", "cross", "layer", "2", "head", "4")
	tab.run(root + `.querySelector("[role=grid] [aria-rowindex='3'] [aria-colindex='` + strconv.Itoa(col+1) + `']").focus()`)
	tab.press(kb.Enter)
	tab.until(ready + ` && location.hash.includes("view=steps")`)
	w := float64(m.At(row, col)) // of float32, which the page's integers round to a neighbour at times
	tab.until(`[` + quote(view.Format(w-0.005)) + `, ` + quote(view.Format(w+0.005)) + `].some((w) => ` + root + `.querySelector("[role=grid]").ariaLabel.includes(w))`)
	equal(t, "the cell", tab.hash().Get("token")+" "+tab.hash().Get("key"), "2 "+strconv.Itoa(col))
	for _, key := range []string{"model=en-fr-attention", "model=stories", "model=fill"} {
		tab.run(`location.hash = "` + key + `&view=steps"`)
		tab.until(ready + ` && ` + root + `.querySelector("figcaption").textContent && ` + root + `.querySelector("[role=grid]").ariaLabel`)
	}
}

// TestManyModels opens more models than the engine keeps, and goes back to the first.
func TestManyModels(t *testing.T) {
	t.Parallel()
	tab := show(t, "model", "en-fr", "text", "I like tea.")
	tab.until(ready)
	first := tab.said(root + `.querySelector("[part=output]").textContent`)
	for _, m := range append(readIndex(t).Models, *readIndex(t).Find("en-fr")) {
		tab.run(`location.hash = "#model=` + m.ID + `&text=I+like+tea."`)
		tab.until(ready + ` && ` + root + `.querySelector("footer").textContent.includes(` + quote(m.Title) + `)`)
	}
	equal(t, "the translation, after the other models", tab.said(root+`.querySelector("[part=output]").textContent`), first)
}
