//go:build !js

package web_test

import (
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"image/png"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"heed/core/record"
)

// saving keeps the files that the page hands to the browser, and copied what it puts on the clipboard.
const saving = events + `globalThis.saved = []; globalThis.copied = [];
	const make = URL.createObjectURL.bind(URL);
	let last;
	URL.createObjectURL = (blob) => { last = blob; return make(blob); };
	HTMLAnchorElement.prototype.click = function () { const blob = last, name = this.download;
		blob.arrayBuffer().then((b) => saved.push({ name, type: blob.type, data: btoa(Array.from(new Uint8Array(b), (c) => String.fromCharCode(c)).join("")) })); };
	navigator.clipboard.writeText = async (text) => { copied.push(text); };`

// wordButton is a button of the page with that text.
func wordButton(text string) string {
	return `[...` + root + `.querySelectorAll("button")].find((b) => b.textContent === "` + text + `" && b.checkVisibility())`
}

// export has the page export what it shows, and returns the file's name, type and bytes.
func (tab *tab) export(name string) (file, kind string, data []byte) {
	tab.t.Helper()
	tab.run(`saved.length = 0; if (!` + wordButton(name) + `) ` + wordButton("Export") + `.click(); ` + wordButton(name) + `.click()`)
	tab.until(`saved.length === 1`)
	var got struct {
		Name, Type string
		Data       []byte
	}
	if err := json.Unmarshal([]byte(tab.said(`JSON.stringify(saved[0])`)), &got); err != nil {
		tab.t.Fatal(err)
	}
	return got.Name, got.Type, got.Data
}

func TestExport(t *testing.T) {
	t.Parallel()
	const text = "The dog sees the cat & \"me\"."
	tab := newTab(t, saving)
	tab.do(chromedp.Navigate(site + "#" + address("text", text, "view", "heatmap", "kind", "cross", "layer", "1", "head", "3")))
	tab.until(ready)
	want := native(t, text, nil)

	name, kind, data := tab.export("Record (JSON)")
	equal(t, "the Record's name", name, "heed-en-fr.json")
	equal(t, "its type", kind, "application/json")
	got, err := record.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	if got.Output != want.Output || len(got.Maps) != len(want.Maps) || len(got.Predictions) != len(want.Predictions) {
		t.Errorf("%d maps and %d predictions are exported, %d and %d are there", len(got.Maps), len(got.Predictions), len(want.Maps), len(want.Predictions))
	}
	for _, m := range want.Maps {
		other := got.Find(m.Kind, m.Layer, m.Head)
		if other == nil || (other.Mask == nil) != (m.Mask == nil) {
			t.Fatalf("%s %d %d is not exported as it is", m.Kind, m.Layer, m.Head)
		}
		for i := range m.Weights {
			if math.Abs(float64(m.Weights[i]-other.Weights[i])) > 1e-3 { // activations are rounded: sums that differ in their last bits may round otherwise
				t.Fatalf("%s %d %d: weight %d is %v, natively %v", m.Kind, m.Layer, m.Head, i, other.Weights[i], m.Weights[i])
			}
		}
	}

	name, _, data = tab.export("Numbers (CSV)")
	equal(t, "the table's name", name, "heed-en-fr-heatmap-cross-layer1-head3.csv")
	lines, err := csv.NewReader(strings.NewReader(string(data))).ReadAll()
	m := want.Find(record.Cross, 1, 3)
	if err != nil || len(lines) != m.Rows+1 || len(lines[0]) != m.Cols+1 {
		t.Fatalf("%v, %d lines", err, len(lines))
	}
	if v, err := strconv.ParseFloat(lines[2][3], 32); err != nil || math.Abs(v-float64(m.At(1, 2))) > 1e-3 {
		t.Errorf("cell 1, 2 is %s, natively %v", lines[2][3], m.At(1, 2))
	}

	name, kind, data = tab.export("Drawing (SVG)")
	equal(t, "the drawing's name", name, "heed-en-fr-heatmap-cross-layer1-head3.svg")
	equal(t, "its type", kind, "image/svg+xml")
	words := ""
	for d := xml.NewDecoder(strings.NewReader(string(data))); ; {
		token, err := d.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if c, ok := token.(xml.CharData); ok {
			words += string(c)
		}
	}
	if !strings.Contains(words, "chien") || !strings.Contains(words, "dog") || strings.Contains(string(data), "<image") {
		t.Errorf("the drawing's text is %q", words)
	}

	name, _, data = tab.export("Picture (PNG)")
	equal(t, "the picture's name", name, "heed-en-fr-heatmap-cross-layer1-head3.png")
	picture, err := png.Decode(strings.NewReader(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	wide := get(tab, chromedp.Evaluate[float64](root+`.querySelector(".stage").offsetWidth`))
	if w := picture.Bounds().Dx(); math.Abs(float64(w)-2*wide) > 2 {
		t.Errorf("the picture is %d wide, the view %v", w, wide)
	}
	if _, _, _, a := picture.At(1, 1).RGBA(); a != 0xffff {
		t.Error("the picture has no ground")
	}

	name, _, data = tab.export("Page (HTML)")
	equal(t, "the page's name", name, "heed-en-fr-heatmap-cross-layer1-head3.html")
	for _, part := range []string{`<h1 lang="en" dir="auto">The dog sees the cat &amp; &quot;me&quot;.</h1>`, `<p class="output" lang="fr" dir="auto">`, "<svg ", "<table>"} {
		if !strings.Contains(string(data), part) {
			t.Errorf("the page lacks %s", part)
		}
	}
	// It is a page that a browser shows, and that does and fetches nothing.
	exported := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(data)
	}))
	defer exported.Close()
	alone := newTab(t, "")
	alone.do(chromedp.Navigate(exported.URL))
	alone.until(`document.querySelector("svg text") && document.querySelectorAll("tbody tr").length === 20`)
	for _, request := range alone.requests {
		if request != exported.URL+"/" && request != exported.URL+"/favicon.ico" {
			t.Errorf("the page asks for %s", request)
		}
	}
	equal(t, "what it says in the end", tab.said(root+`.querySelector(".said").textContent`), "Saved as "+name+".")
}

// TestExportEveryView takes every view away in every form.
func TestExportEveryView(t *testing.T) {
	t.Parallel()
	tab := newTab(t, saving)
	tab.do(chromedp.Navigate(site + "#" + address("text", "I like tea.", "view", "links")))
	tab.until(ready)
	for _, view := range []string{"links", "grid", "steps", "flow", "predictions"} {
		tab.run(root + `.querySelector("input[name=view][value=` + view + `]").click()`)
		tab.until(ready + ` && ` + root + `.querySelector(".stage").dataset.view === "` + view + `"`)
		for form, begin := range map[string]string{"Picture (PNG)": "\x89PNG", "Drawing (SVG)": "<svg ", "Numbers (CSV)": "", "Page (HTML)": "<!doctype html>"} {
			name, _, data := tab.export(form)
			if !strings.HasPrefix(name, "heed-en-fr-"+view) || !strings.HasPrefix(string(data), begin) || len(data) < 100 {
				t.Errorf("%s of %s: %s, %d bytes: %.40q", form, view, name, len(data), data)
			}
		}
	}
}

// TestExportSideBySide takes pictures that stand beside each other away as one.
func TestExportSideBySide(t *testing.T) {
	t.Parallel()
	tab := newTab(t, saving)
	tab.do(chromedp.Navigate(site + "#" + address("text", "I like tea.", "view", "compare", "compare", "text:I like coffee.", "kind", "cross", "layer", "2", "head", "4")))
	tab.until(ready + ` && ` + root + `.querySelectorAll(".lane canvas[aria-label]").length === 2 && ` + root + `.querySelector(".stage").dataset.view === "compare"`)
	name, _, data := tab.export("Page (HTML)")
	equal(t, "the page's name", name, "heed-en-fr-compare.html")
	for part, n := range map[string]int{"<svg ": 3, "<h2>": 3, "I like coffee.": 1, "<h2>The difference</h2>": 1} {
		if strings.Count(string(data), part) != n {
			t.Errorf("%q is %d times in the page, not %d", part, strings.Count(string(data), part), n)
		}
	}
	if _, _, data = tab.export("Drawing (SVG)"); strings.Count(string(data), "<svg ") != 1 || !strings.Contains(string(data), ">Second sentence</text>") || !strings.Contains(string(data), ">coffee</text>") {
		t.Error("the drawing lacks the second sentence")
	}
	_, _, data = tab.export("Numbers (CSV)")
	lines, err := csv.NewReader(strings.NewReader(string(data))).ReadAll()
	a, b := native(t, "I like tea.", nil).Find(record.Cross, 2, 4), native(t, "I like coffee.", nil).Find(record.Cross, 2, 4)
	if err != nil || len(lines) < 5 || strings.Join(lines[0], " ") != "query key first second difference" {
		t.Fatalf("%v, %q", err, lines)
	}
	near(t, "the first cell's weights and their difference", floats(t, lines[1][2:]), []float32{a.At(0, 0), b.At(0, 0), b.At(0, 0) - a.At(0, 0)}, 1e-3)
	const offered = `[...` + root + `.querySelectorAll(".exports button")].filter((b) => b.checkVisibility()).map((b) => b.textContent).join(", ")`
	tab.run(wordButton("Export") + `.click()`)
	equal(t, "what is offered of two runs", tab.said(offered), "Picture (PNG), Drawing (SVG), Numbers (CSV), Page (HTML)")
	tab.run(wordButton("Export") + `.click()`)
	tab.set("second", "")
	tab.until(root + `.querySelector(".message").textContent.startsWith("Type a second sentence")`)
	tab.run(wordButton("Export") + `.click(); ` + wordButton("Drawing (SVG)") + `.click()`)
	tab.until(root + `.querySelector(".said").textContent.includes("nothing to export")`)
}

// floats reads numbers.
func floats(t *testing.T, texts []string) (all []float32) {
	t.Helper()
	for _, s := range texts {
		v, err := strconv.ParseFloat(s, 32)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, float32(v))
	}
	return all
}

func TestCopyLink(t *testing.T) {
	t.Parallel()
	tab := newTab(t, saving)
	tab.do(chromedp.Navigate(site + "#" + address("text", "I like tea.", "view", "heatmap", "layer", "1")))
	tab.until(ready)
	tab.run(wordButton("Copy link") + `.click()`)
	tab.until(root + `.querySelector(".said").textContent.startsWith("Copied")`)
	address := tab.said(`copied[0]`)
	equal(t, "the address", address, tab.said("location.href"))
	caption := tab.said(root + `.querySelector("figcaption").textContent`)
	other := newTab(t, "")
	other.do(chromedp.Navigate(address))
	other.until(ready)
	equal(t, "what the address shows", other.said(root+`.querySelector("figcaption").textContent`), caption)

	// A text that would make an address too long is left out, which is said; it stays when the page is loaded anew.
	long := strings.Repeat("I like tea very much. ", 400)
	tab.set("text", long)
	tab.run(wordButton("Copy link") + `.click()`)
	tab.until(root + `.querySelector(".said").textContent.startsWith("Copied without the text")`)
	if address := tab.said(`copied[1]`); len(address) > 500 || strings.Contains(address, "text=") {
		t.Errorf("the address has %d characters: %.200s", len(address), address)
	}
	tab.do(chromedp.Reload())
	tab.until(ready)
	equal(t, "the long text, loaded anew", tab.said(root+`.getElementById("text").value`), long)
	tab.run(`history.back()`)
	tab.until(ready + ` && ` + root + `.getElementById("text").value === "I like tea."`)

	// Where the browser does not allow it, the address is there to be copied by hand.
	tab.run(`navigator.clipboard.writeText = async () => { throw new Error("no"); }; ` + wordButton("Copy link") + `.click()`)
	tab.until(root + `.activeElement?.name === "link"`)
	equal(t, "the selected text", tab.said(`(({ value, selectionStart, selectionEnd }) => value.slice(selectionStart, selectionEnd))(`+root+`.activeElement)`), address)
}

// drop drops a file on the page.
func (tab *tab) drop(name, content string) {
	tab.t.Helper()
	quoted, _ := json.Marshal(content)
	tab.run(`const data = new DataTransfer(); data.items.add(new File([` + string(quoted) + `], "` + name + `"));
		for (const type of ["dragover", "drop"]) document.querySelector("main").dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }))`)
}

// foreignRecord is what a model that is not here saw.
func foreignRecord(t *testing.T) (*record.Record, string) {
	t.Helper()
	r := &record.Record{Model: "tiny <b>model</b>", Task: "chat", Text: "one two three",
		Tokens: record.Tokens{Source: []record.Token{{Text: "one", End: 3}, {Text: " two", Start: 3, End: 7, Word: 1}, {Text: " three", Start: 7, End: 13, Word: 2}}}}
	for head := range 2 {
		r.Maps = append(r.Maps, record.Map{Kind: record.Decoder, Head: head, Rows: 3, Cols: 3,
			Weights: []float32{1, 0, 0, 0.25, 0.75, 0, 0.125, 0.25, 0.625}, Mask: []int8{1, 0, 0, 1, 1, 0, 1, 1, 1}})
	}
	b, err := r.JSON()
	if err != nil {
		t.Fatal(err)
	}
	return r, string(b)
}

func TestImport(t *testing.T) {
	t.Parallel()
	_, file := foreignRecord(t)
	tab := show(t, "text", "I like tea.", "view", "heatmap")
	translation, address := tab.said(output), tab.said("location.hash")

	// What cannot be shown changes nothing.
	for _, test := range []struct{ name, content, says string }{
		{"notes.txt", "hello", "“notes.txt” cannot be shown: the file is not the JSON of a Record"},
		{"half.json", file[:len(file)/2], "“half.json” cannot be shown: "},
		{"other.json", `{"format":"other/9"}`, "the format is \"other/9\"; this program reads"},
		{"wrong.json", strings.Replace(file, `"rows":3`, `"rows":2`, 1), "the decoder map of layer 0, head 0 is 2 × 3"},
		{"empty.json", `{"format":"heed.record/1","tokens":{"source":[]},"maps":[]}`, "it holds no tokens"},
	} {
		tab.drop(test.name, test.content)
		tab.until(root + `.querySelector(".notes").textContent.includes(` + strconv.Quote("“"+test.name+"”") + `)`)
		if said := tab.said(root + `.querySelector(".notes").textContent`); !strings.Contains(said, test.says) || !strings.HasSuffix(said, ".") {
			t.Errorf("of %s the page says %q", test.name, said)
		}
		equal(t, "the translation after "+test.name, tab.said(output), translation)
	}

	tab.drop("run.json", file)
	tab.until(root + `.querySelector(".banner")?.checkVisibility()`)
	tab.until(ready)
	equal(t, "the note of the file before", tab.said(root+`.querySelector(".notes").textContent`), "")
	if said := tab.said(root + `.querySelector(".banner").textContent`); !strings.Contains(said, "run.json") || !strings.Contains(said, "Saved run of tiny <b>model</b> from run.json: 2 heads of decoder self-attention in 1 layer (read-only: the model is not here).") {
		t.Errorf("the banner says %q", said)
	}
	equal(t, "the text", tab.said(root+`.querySelector("textarea").value`), "one two three")
	equal(t, "can it be edited", get(tab, chromedp.Evaluate[bool](root+`.querySelector("textarea").readOnly`)), true)
	equal(t, "the address", tab.said("location.hash"), address)
	if footer := tab.said(root + `.querySelector("footer").innerText`); strings.Contains(footer, "MB") || strings.Contains(footer, " ms") || strings.Contains(footer, "Model card") || !strings.Contains(footer, "a saved run") {
		t.Errorf("the footer says %q of a model that is not here", footer)
	}
	// The views are those that it can fill.
	equal(t, "the views", tab.said(`[...`+root+`.querySelectorAll("input[name=view]")].map((i) => i.value).join(" ")`), "links strips heatmap grid tower flow")
	for view, says := range map[string]string{"links": "Decoder self-attention, layer 0", "heatmap": "Decoder self-attention, layer 0", "grid": "decoder self-attention", "flow": "ollout"} {
		tab.run(root + `.querySelector("input[name=view][value=` + view + `]").click()`)
		tab.until(root + `.querySelector(".stage").dataset.view === "` + view + `"`)
		caption := tab.said(root+`.querySelector("figcaption").textContent`) + tab.said(root+`.querySelector(".stage").getAttribute("aria-label") ?? ""`)
		if painted := tab.said(`(() => { const s = ` + root + `.querySelector("[role=grid]:not([hidden]), [role=listbox]:not([hidden])"); return s ? s.ariaLabel : "" })()`); !strings.Contains(strings.ToLower(caption+painted+tab.said(root+`.querySelector("figure").innerText`)), strings.ToLower(says)) {
			t.Errorf("%s: %q %q", view, caption, painted)
		}
	}
	// There is nothing of a file that another page could show.
	tab.run(root + `.querySelector("[aria-controls=embed]").click()`)
	if said := tab.said(root + `.querySelector(".said").textContent`); !strings.Contains(said, "has no address to embed") {
		t.Errorf("asked to embed a file the page says %q", said)
	}
	equal(t, "is there code of a file", get(tab, chromedp.Evaluate[bool](root+`.querySelector(".embed .code").checkVisibility()`)), false)
	tab.run(root + `.querySelector("input[name=view][value=heatmap]").click()`)

	// One that lacks heads opens at one that it has, and offers no other.
	part := strings.Replace(strings.Replace(file, `"head":1`, `"head":5`, 1), `"head":0`, `"head":2`, 1)
	tab.drop("part.json", part)
	tab.until(ready + ` && ` + root + `.querySelector("figcaption").textContent.includes("layer 0, head 2.")`)
	equal(t, "the heads", tab.said(`[...`+root+`.querySelectorAll("input[name=head]")].map((i) => i.value).join(" ")`), "mean 2 5 all")

	// Of a model that is here nobody says that it is not.
	run := *native(t, "I like tea.", nil)
	run.Model = "en-fr"
	ours, _ := run.JSON()
	tab.drop("ours.json", string(ours))
	tab.until(root + `.querySelector(".banner").textContent.includes("ours.json")`)
	if said := tab.said(root + `.querySelector(".banner").textContent`); !strings.Contains(said, "Saved run of en-fr from ours.json") {
		t.Errorf("the banner of a run of en-fr says %q", said)
	}

	tab.run(wordButton("Back to the live model") + `.click()`)
	tab.until(ready + ` && ` + output + ` === ` + strconv.Quote(translation))
	equal(t, "the text again", tab.said(root+`.querySelector("textarea").value`), "I like tea.")
	equal(t, "the banner again", get(tab, chromedp.Evaluate[bool](root+`.querySelector(".banner").checkVisibility()`)), false)
	tab.set("text", "I like bread.")
	tab.until(ready)
	equal(t, "the translation of an edit", tab.said(output), native(t, "I like bread.", nil).Output)
}

// TestRecordAddress draws a Record from an address: no model is fetched.
func TestRecordAddress(t *testing.T) {
	t.Parallel()
	r, file := foreignRecord(t)
	target := another(t, map[string]http.HandlerFunc{
		"/run.json": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, file) },
		"/bad.json": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "{}") },
		"/post.html": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, `<!doctype html><html lang="en"><title>A post</title><link rel="icon" href="web/icon.svg"><script src="web/heed.js" defer></script>
				<heed-view record="run.json" view="heatmap" head="1">Words.</heed-view>`)
		}})
	tab := newTab(t, events)
	tab.do(chromedp.Navigate(target + "post.html"))
	tab.until(root + `?.querySelector("[role=gridcell]")`)
	tab.until(ready + ` && reported.some((e) => e.type === "heed-record" && e.detail.text === ` + strconv.Quote(r.Text) + `)`)
	if c := tab.said(root + `.querySelector("figcaption").textContent`); !strings.Contains(c, "head 1") {
		t.Errorf("the caption is %q", c)
	}
	tab.mu.Lock()
	for _, request := range tab.requests {
		if strings.HasSuffix(request, ".safetensors") {
			t.Errorf("a model was fetched: %s", request)
		}
	}
	tab.mu.Unlock()

	tab = newTab(t, events)
	tab.do(chromedp.Navigate(target + "#record=run.json&view=heatmap&head=1"))
	tab.until(ready + ` && ` + root + `.querySelector("[role=gridcell]")`)
	tab.run(root + `.querySelector("input[name=head][value=mean]").click()`)
	tab.until(`location.hash.includes("head=mean")`)
	equal(t, "the address", tab.hash().Get("record")+tab.hash().Get("text"), "run.json")
	tab.run(wordButton("Back to the live model") + `.click()`)
	tab.until(ready + ` && !location.hash.includes("record") && ` + output + ` !== ""`)

	tab = newTab(t, events)
	tab.do(chromedp.Navigate(target + "#record=bad.json"))
	tab.until(root + `?.querySelector("[role=alert]")?.textContent.includes("cannot be shown")`)
	tab.run(wordButton("Continue without the record") + `.click()`)
	tab.until(ready + ` && ` + output + ` !== ""`)
}

// TestKeys opens the sheet of keys by key and by word, but not while somebody types a question mark.
func TestKeys(t *testing.T) {
	t.Parallel()
	tab := show(t, "text", "I like tea.")
	const open = root + `.querySelector("dialog").open`
	tab.run(root + `.querySelector("textarea").focus()`)
	tab.press("?")
	tab.until(ready + ` && ` + root + `.querySelector("textarea").value.includes("?")`)
	equal(t, "a question mark in the text", get(tab, chromedp.Evaluate[bool](open)), false)
	tab.run(root + `.querySelector("input[name=view]:checked").focus()`)
	tab.press("?")
	tab.until(open)
	tab.press(kb.Escape)
	tab.until(`!` + open)
	equal(t, "the focus afterwards", tab.said(root+`.activeElement.name`), "view")
	tab.run(wordButton("Keys") + `.click()`)
	tab.until(open)
	tab.run(wordButton("Close") + `.click()`)
	tab.until(`!` + open)
}

func TestExamples(t *testing.T) {
	t.Parallel()
	tab := newTab(t, "")
	tab.do(chromedp.Navigate(site))
	tab.until(ready)
	const look = root + `.querySelector(".look").textContent`
	if said := tab.said(look); !strings.Contains(said, "voiture rouge") || !strings.Contains(said, "In this text the head mostly goes through the text word by word") {
		t.Errorf("under the picture it says %q", said)
	}
	tab.run(wordButton("Examples") + `.focus()`)
	tab.press(kb.Enter)
	tab.press(kb.Tab + kb.Tab + kb.Enter) // the second
	tab.until(ready + ` && ` + root + `.querySelector("textarea").value === "The bread is good and the soup is good."`)
	tab.until(look + `.includes("“bon”")`)
	if h := tab.hash(); h.Get("kind") != "decoder" || h.Get("head") != "0" {
		tab.until(`location.hash.includes("kind=decoder")`)
	}
	equal(t, "the focus", tab.said(root+`.activeElement.textContent`), "Examples")
	// Elsewhere in the model the way back to what is to be seen is offered.
	tab.run(root + `.querySelector("input[name=layer][value='0']").click()`)
	tab.until(wordButton("Show it") + `?.checkVisibility()`)
	tab.run(wordButton("Show it") + `.click()`)
	tab.until(ready + ` && ` + root + `.querySelector("input[name=layer][value='2']").checked && !` + wordButton("Show it"))
	tab.set("text", "The bread is good.")
	tab.until(ready + ` && !` + look + `.includes("“bon”")`)
}

// TestStoredExample: before a model has come there is the picture of its first example, which stays where it
// is, and as it is, when the live answer takes its place.
func TestStoredExample(t *testing.T) {
	t.Parallel()
	hold := make(chan bool)
	whole, err := os.ReadFile("models/en-fr/model.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	release := func() { once.Do(func() { close(hold) }) }
	defer release()
	target := another(t, map[string]http.HandlerFunc{"/web/models/en-fr/model.safetensors": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(len(whole)))
		w.Write(whole[:2e6])
		w.(http.Flusher).Flush()
		<-hold
		w.Write(whole[2e6:])
	}})
	tab := newTab(t, events)
	tab.do(chromedp.Navigate(target))
	tab.until(root + `?.querySelector("[part=progress]")?.textContent.match(/^Loading English to French: 2\.\d of 4\.\d MB/)`)
	tab.until(root + `.querySelector("[role=listbox]:not([hidden]) [role=option]")`)
	equal(t, "the state", tab.said(root+`.querySelector(".heed").dataset.state`), "loading")
	const look = `(({ x, y, width, height }, c) => [x, y, width, height, c.width, c.height, getComputedStyle(c).opacity].join(" "))(` +
		root + `.querySelector("canvas").getBoundingClientRect(), ` + root + `.querySelector("canvas"))`
	tab.until(`getComputedStyle(` + root + `.querySelector("canvas")).opacity === "1"`)
	before, caption, translation := tab.said(look), tab.said(root+`.querySelector("figcaption").textContent`), tab.said(output)
	equal(t, "the stored translation", translation, native(t, "She bought a red car last week.", nil).Output)
	if n := get(tab, chromedp.Evaluate[int](`reported.filter((e) => e.type === "heed-record").length`)); n > 0 {
		t.Error("the stored Record is reported as an answer")
	}
	tab.run(`globalThis.shifts = []; new PerformanceObserver((list) => shifts.push(...list.getEntries().flatMap(({ value, sources }) => sources.map(({ node, previousRect: a, currentRect: b }) =>
		value + ": " + (node?.className || node?.nodeName) + " from " + [a.x, a.y, a.width, a.height] + " to " + [b.x, b.y, b.width, b.height])))).observe({ type: "layout-shift" })`)
	release()
	tab.until(ready)
	equal(t, "the picture afterwards", tab.said(look), before)
	equal(t, "the caption", tab.said(root+`.querySelector("figcaption").textContent`), caption)
	equal(t, "the translation", tab.said(output), translation)
	equal(t, "the layout's shifts", tab.said(`shifts.join("; ")`), "")
}

// TestStrongest wants the table to list what heed run would.
func TestStrongest(t *testing.T) {
	t.Parallel()
	tab := show(t, "text", "I like tea.", "kind", "cross", "layer", "2", "head", "4")
	tab.run(root + `.querySelector("summary").click()`)
	tab.until(root + `.querySelectorAll("tbody tr").length === 20`)
	want := native(t, "I like tea.", nil)
	m, most := want.Find(record.Cross, 2, 4), 0
	for i, w := range m.Weights {
		if w > m.Weights[most] {
			most = i
		}
	}
	cells := get(tab, chromedp.Evaluate[[]string](`[...`+root+`.querySelectorAll("tbody tr:first-child td")].map((c) => c.textContent)`))
	clean := func(token record.Token) string { return strings.TrimSpace(token.Text) }
	equal(t, "the query", cells[0], clean(want.Queries(record.Cross)[most/m.Cols]))
	equal(t, "the key", cells[1], clean(want.Keys(record.Cross)[most%m.Cols]))
	if w, err := strconv.ParseFloat(cells[2], 64); err != nil || math.Abs(w-float64(m.Weights[most])) > 1e-3 {
		t.Errorf("the weight is %s, natively %v", cells[2], m.Weights[most])
	}
	equal(t, "the languages", tab.said(`[...`+root+`.querySelectorAll("tbody tr:first-child td")].map((c) => c.lang).join(" ").trim()`), "fr en")
	tab.set("text", "I like bread.")
	tab.until(ready + ` && ` + root + `.querySelector("tbody").textContent.includes("bread")`)

	// What the cursor is at is said with its head.
	tab.run(root + `.querySelector("input[name=view][value=heatmap]").click()`)
	tab.until(root + `.querySelector("#cursor")?.ariaDescription === "cross layer 2 head 4" && ` + root + `.querySelector("#cursor").ariaLabel.includes(" looks at ")`)
	tab.set("text", "") // then nothing is said of the text before
	tab.until(ready + ` && ` + root + `.querySelector(".message").textContent.startsWith("Type a sentence")`)
	tab.until(`!` + root + `.querySelector("summary").checkVisibility() && ` + root + `.querySelector(".does").textContent === ""`)
}

// TestHistory: Back undoes what a person would call a step: a choice, or what was typed without a pause.
func TestHistory(t *testing.T) {
	t.Parallel()
	tab := newTab(t, "")
	tab.do(chromedp.Navigate(site + "#" + address("model", "en-fr", "text", "I like tea.", "view", "links")))
	tab.until(ready)
	entries := func() int { return get(tab, chromedp.Evaluate[int]("history.length")) }
	before := entries()
	tab.run(root + `.querySelector("textarea").focus()`)
	tab.press(kb.End + " Yes.") // one step, however many keys
	tab.until(ready + ` && location.hash.includes("Yes.")`)
	equal(t, "entries after typing", entries(), before+1)
	tab.run(root + `.querySelector("input[name=view][value=heatmap]").click()`)
	tab.until(`location.hash.includes("view=heatmap")`)
	equal(t, "entries after a choice", entries(), before+2)
	tab.run(`history.back()`)
	tab.until(ready + ` && location.hash.includes("view=links") && ` + root + `.querySelector("input[name=view][value=links]").checked`)
	equal(t, "the text after one step back", tab.said(root+`.querySelector("textarea").value`), "I like tea. Yes.")
	tab.run(`history.back()`)
	tab.until(ready + ` && ` + root + `.querySelector("textarea").value === "I like tea."`)
}
