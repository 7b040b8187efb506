//go:build !js

package web_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// stranger serves a page of somebody else, from an origin of its own, under a Content-Security-Policy
// that lets in Heed's origin, at the address heed, and nothing more than Heed asks for. In the page, HEED
// stands for Heed's folder.
func stranger(t testing.TB, heed, page string) string {
	t.Helper()
	policy := strings.ReplaceAll("default-src 'none'; script-src 'self' HEED 'wasm-unsafe-eval'; worker-src 'self' blob:; "+
		"connect-src 'self' HEED; style-src 'self' HEED; img-src 'self' data:; frame-src HEED", "HEED", heed)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		switch r.URL.Path {
		case "/":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, strings.ReplaceAll(page, "HEED", heed+"web"))
		case "/article.css":
			w.Header().Set("Content-Type", "text/css")
			fmt.Fprint(w, article)
		case "/loud.css":
			w.Header().Set("Content-Type", "text/css")
			fmt.Fprint(w, loud)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL + "/"
}

const head = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>A post about attention</title><link rel="icon" href="data:,">
<link rel="stylesheet" href="article.css">
<link rel="stylesheet" href="HEED/heed.css">
<script src="HEED/heed.js" defer></script>
`

const article = `:root { font: 18px/1.6 "Helvetica Neue", Arial, sans-serif; color: #222; background: #fff; }
body { max-width: 42rem; margin: 3rem auto; padding: 0 1rem; }
button { background: hotpink; } p { letter-spacing: 0.01em; } figure { border: 5px solid red; }
@media (prefers-color-scheme: dark) { :root { color: #ddd; background: #1b1b1d; } }
`

const loud = `body { text-align: center; letter-spacing: 0.2em; text-transform: uppercase; text-indent: 3em; }
body.night { background: #181818; }
*, *::before, *::after { transition-duration: 0s !important; }
`

// five is the body of a page with five elements, of all forms.
const (
	prose = `<p>A translator that has attention looks back at the sentence for each word that it writes. Point at a word to see which.</p>`
	five  = `<h1>What a translator looks at</h1>` + prose + `
		<heed-view model="en-fr" view="links" layer="2" head="3">The black cat sleeps.</heed-view>` + prose + `
		<heed-view model="en-fr" view="heatmap" controls="none">She bought a red car last week.</heed-view>` + prose + `
		<heed-view model="en-fr" view="heatmap" editable>I like tea.</heed-view>` + prose + `
		<heed-view model="en-fr" view="links" controls="none">Good evening.
			<img alt="" src="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='300' height='200'/%3E"></heed-view>` + prose + `
		<heed-view model="en-fr" view="grid" kind="self" controls="minimal">The dog barks.</heed-view>` + prose + `<button>Theirs</button>`
)

// shifts counts, from the first byte on, what moves without anybody's doing.
const shifts = `globalThis.shifted = 0; globalThis.moved = [];
	const what = (v) => String(JSON.stringify(v)).slice(0, 120);
	new PerformanceObserver((list) => list.getEntries().filter((e) => !e.hadRecentInput).forEach((e) => {
		shifted += e.value;
		for (const s of e.sources) moved.push(what(s.node?.outerHTML ?? s.node?.textContent) + what(s.previousRect) + what(s.currentRect));
	})).observe({ type: "layout-shift", buffered: true });
	globalThis.workers = 0; const Theirs = Worker;
	globalThis.Worker = class extends Theirs { constructor(...args) { super(...args); workers++; } };`

// at is the shadow root of the nth element.
func at(n int) string { return fmt.Sprintf(`document.querySelectorAll("heed-view")[%d].shadowRoot`, n) }

// settled holds when the nth element has painted its answer.
func settled(n int) string { return at(n) + `?.querySelector("[data-state=ready] [data-request]")` }

// TestStrangersPage has five elements on somebody else's page, on an origin of its own and under a strict
// policy: they work, share one engine, fetch each file once, move nothing, and change nothing of the page.
func TestStrangersPage(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	asked := map[string]int{} // by path
	target, _ := url.Parse(site)
	proxy := httputil.NewSingleHostReverseProxy(target)
	heed := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked[r.URL.Path]++
		mu.Unlock()
		proxy.ServeHTTP(w, r)
	}))
	defer heed.Close()
	tab := newTab(t, shifts)
	tab.do(chromedp.EmulateViewport(1024, 3200), chromedp.Navigate(stranger(t, heed.URL+"/", head+five)))
	for n, text := range []string{"The black cat sleeps.", "She bought a red car last week.", "I like tea.", "Good evening.", "The dog barks."} {
		tab.until(settled(n))
		equal(t, text, tab.said(at(n)+`.querySelector("[role=status]").textContent`), native(t, text, nil).Output)
	}
	equal(t, "engines", get(tab, chromedp.Evaluate[int]("workers")), 1)
	equal(t, "layout shift", get(tab, chromedp.Evaluate[float64]("shifted")), 0)
	if moved := get(tab, chromedp.Evaluate[[]string]("moved")); len(moved) > 0 {
		t.Errorf("moved: %q", moved)
	}
	for js, want := range map[string]string{
		`getComputedStyle(document.body).fontFamily`:                               `"Helvetica Neue", Arial, sans-serif`,
		`getComputedStyle(document.querySelector("button")).backgroundColor`:       "rgb(255, 105, 180)",
		`getComputedStyle(` + at(0) + `.querySelector("figure")).borderTopWidth`:   "0px",
		`getComputedStyle(` + at(2) + `.querySelector("button")).backgroundColor`:  "rgba(0, 0, 0, 0)",
		`String(Object.keys(globalThis).filter((k) => /heed|^Go$|^fs$/i.test(k)))`: "",
	} {
		equal(t, js, tab.said(js), want)
	}
	mu.Lock()
	defer mu.Unlock()
	for path, n := range asked {
		if most := map[string]int{"/web/heed.js": 2, "/web/wasm_exec.js": 2, "/web/models/index.json": 2}[path]; n > max(1, most) { // window and worker
			t.Errorf("%s was asked for %d times", path, n)
		}
	}
	equal(t, "downloads of the model", asked["/web/models/en-fr/model.safetensors"], 1)
}

// TestFrame has frames on somebody else's page: what the address says is shown, in whatever height the
// frame has; the listener that web/README.md offers gives it the height that the view would like.
func TestFrame(t *testing.T) {
	t.Parallel()
	listener := examples(t, "README.md", "js", `"height"`)
	frame := func(hash string) string {
		return `<iframe src="` + site + `embed.html#` + strings.ReplaceAll(hash, "&", "&amp;") + `" width="600" height="300"></iframe>`
	}
	page := `<!doctype html><title>A post</title><link rel="icon" href="data:,">` +
		frame("text=The+black+cat+sleeps.&view=heatmap&kind=self&layer=1&head=mean&controls=none") +
		frame("text=Good+evening.&editable=1&view=links&controls=minimal&theme=dark")
	tab := newTab(t, "")
	fixed := stranger(t, site, page)
	tab.do(chromedp.EmulateViewport(700, 1600), chromedp.Navigate(fixed))
	tab.run(`globalThis.heights = []; addEventListener("message", ({ data }) => { if (data.heed === "height") heights.push(data.height); })`)
	tab.until(`heights.length > 1`)
	equal(t, "a fixed height", get(tab, chromedp.Evaluate[int](`document.querySelector("iframe").clientHeight`)), 300)
	tab.do(chromedp.Navigate(fixed))
	tab.run(listener)
	tab.until(`[...document.querySelectorAll("iframe")].every((f) => f.clientHeight > 400 && f.clientHeight < 1200)`)

	// What is within.
	tab = newTab(t, "")
	tab.do(chromedp.EmulateViewport(600, 500), chromedp.Navigate(site+"embed.html#text=Good+evening.&editable=1&view=heatmap&kind=self&layer=1&head=mean&theme=dark&controls=minimal"))
	tab.until(settled(0))
	equal(t, "the translation", tab.said(output), native(t, "Good evening.", nil).Output)
	if c := tab.said(root + `.querySelector("figcaption").textContent`); !strings.HasPrefix(c, "Encoder self-attention, layer 1, mean") {
		t.Errorf("the caption is %q", c)
	}
	equal(t, "the element's height", get(tab, chromedp.Evaluate[float64](`document.querySelector("heed-view").clientHeight`)), 500)
	equal(t, "dark", get(tab, chromedp.Evaluate[bool](`document.querySelector("heed-view").matches(":state(dark)")`)), true)
	equal(t, "what scrolls sideways", get(tab, chromedp.Evaluate[bool](`document.documentElement.scrollWidth > innerWidth`)), false)
	tab.run(`location.hash = "text=I+like+tea.&view=links"`)
	tab.until(`document.querySelector("heed-view").record.text === "I like tea." && ` + root + `.querySelector(".sentences textarea") === null && ` + settled(0))
}

// examples returns the code of a Markdown file in that language that holds a phrase.
func examples(t testing.TB, file, language, phrase string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range regexp.MustCompile("(?ms)^```"+language+"\n(.*?)^```").FindAllStringSubmatch(string(b), -1) {
		if strings.Contains(block[1], phrase) {
			return block[1]
		}
	}
	t.Fatalf("%s has no %s with %s", file, language, phrase)
	return ""
}

// rows returns the first cells of the rows of the table in web/README.md whose head begins with a word.
func rows(t *testing.T, of string) (names []string) {
	t.Helper()
	b, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(b), "\n| "+of+" |")
	table, _, _ = strings.Cut(table, "\n\n")
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)`").FindAllStringSubmatch(table, -1) {
		names = append(names, row[1])
	}
	if len(names) == 0 {
		t.Fatalf("web/README.md has no table of each %s", of)
	}
	return names
}

// allTested fails for each row without a test, and for each test without a row.
func allTested[T any](t *testing.T, names []string, tests map[string]T) {
	t.Helper()
	for _, name := range names {
		if _, ok := tests[name]; !ok {
			t.Errorf("%s is in web/README.md and has no test", name)
		}
	}
	for name := range tests {
		if !slices.Contains(names, name) {
			t.Errorf("%s has a test and is not in web/README.md", name)
		}
	}
}

// holds waits for what a JavaScript function body returns, given the element v, its shadow root, the text of
// its picture and its caption, to be true.
func (tab *tab) holds(what, body string) {
	tab.t.Helper()
	var last string
	for range 200 {
		last = get(tab, chromedp.Evaluate[string](`(async () => { const v = document.querySelector("heed-view"), root = v.shadowRoot;
			const svg = await v.toSVG().catch(String), caption = root.querySelector("figcaption")?.textContent ?? "";
			return ((`+body+`) ? "yes " : "no ") + caption; })().catch(String)`, chromedp.EvalAwaitPromise))
		if strings.HasPrefix(last, "yes ") {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	tab.t.Errorf("%s: %s does not hold: %s", what, body, last)
}

// TestAttributes sets each attribute of web/README.md, looks for what it does, and takes it away again.
func TestAttributes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ with, value, sees string }{
		"model":                 {"", "en-fr-attention", `v.record.model === "en-fr-attention"`},
		"text":                  {"", "I like tea.", `v.record.text === "I like tea." && svg.includes(">tea<")`},
		"target":                {"", "Le chat noir mange.", `svg.includes(">mange<")`},
		"view":                  {"", "heatmap", `svg.includes("query ↓")`},
		"kind":                  {"", "self", `caption.startsWith("Encoder self-attention")`},
		"layer":                 {"", "0", `caption.includes("layer 0")`},
		"head":                  {"", "1,3", `/heads 1 and 3|heads 1, 3/.test(caption)`},
		"token":                 {"view=steps head=3", "2", `svg.includes("How “noir” came to give")`},
		"key":                   {"view=steps head=3 token=1", "0", `svg.includes("How “chat” came to give “The”")`},
		"compare":               {"view=compare", "en-fr-context", `!root.querySelector(".side").hidden && root.querySelectorAll(".lane").length === 2`},
		"words":                 {"", "1", `svg.includes(">sleeps<")`},
		"special":               {"", "0", `!svg.includes("&lt;/s&gt;")`},
		"threshold":             {"", "1", `/\((\d+) of \1 links\)/.test(caption)`},
		"layout":                {"kind=self layer=0", "arcs", `svg.includes("Above the line words look back")`},
		"lens":                  {"model=stories view=predictions", "1", `svg.includes("logit lens")`},
		"off":                   {"", "cross.2.4", `caption.includes("switched off")`},
		"force":                 {"", "cross.2.4.0.1=1", `caption.includes("cross.2.4.0.1=1 set")`},
		"ablate":                {"view=ablation", "ffn", `svg.includes("feed-forward network of encoder, layer 0")`},
		"patch":                 {"view=patch", "text:Cats.", `svg.includes("the other text")`},
		"at":                    {"view=patch patch=text:Cats.", "heads", `svg.includes(">2.5<")`},
		"attribute":             {"view=attribution", "rollout", `svg.includes(">attention rollout<")`},
		"patched":               {"from=Cats.", "self.-.-.1", `caption.includes("patched from “Cats.”")`},
		"from":                  {"patched=self.-.-.1", "Cats.", `caption.includes("patched from “Cats.”")`},
		"replace":               {"", "2=dog", `caption.includes("is read as “dog”") && svg.includes(">dog<")`},
		"steer":                 {"model=stories view=predictions toward=cat away=dog", "decoder.2=4", `caption.includes("steered from “dog” toward “cat”")`},
		"toward":                {"model=stories view=predictions steer=decoder.2=4 away=dog", "cat", `caption.includes("steered from “dog” toward “cat”")`},
		"away":                  {"model=stories view=predictions steer=decoder.2=4 toward=cat", "dog", `caption.includes("steered from “dog” toward “cat”")`},
		"with":                  {"view=ablation", "mean", `caption.includes("its mean over the")`},
		"roles":                 {"view=grid", "1", `caption.includes("what the head does, measured over the")`},
		"attention-temperature": {"", "4", `caption.includes("scores divided by 4")`},
		"temperature":           {"model=stories view=predictions", "2", `/temperature 2/.test(caption + svg)`},
		"top-k":                 {"model=stories view=predictions", "3", `/top-k 3/.test(caption + svg)`},
		"top-p":                 {"model=stories view=predictions", "0.5", `/top-p 0\.5/.test(caption + svg)`},
		"weights":               {"text=Tea.", "float32", `v.record.text === "Tea." && String(v.record.maps[0].weights) !== String(document.querySelectorAll("heed-view")[2].record.maps[0].weights)`},
		"present":               {"", "1", `getComputedStyle(root.querySelector(".heed")).position === "fixed"`},
		"step":                  {"", "1", `root.querySelector(".say").textContent === "Two." && caption.includes("layer 1")`},
		"theme":                 {"", "dark", `v.matches(":state(dark)") && svg.includes("#eae7e2")`},
		"controls":              {"", "none", `root.querySelector("[part=controls]") === null`},
		"editable":              {"", "", `root.querySelector("textarea")?.value === "The black cat sleeps."`},
		"record":                {"", "models/en-fr-attention/example.json", `v.record.model === "en-fr-attention"`},
		"lang":                  {"", "en-GB", `root.querySelector("[part=text]").lang === "en-GB"`},
	}
	names := slices.DeleteFunc(rows(t, "attribute"), func(name string) bool { return name == "loading" || name == "threads" }) // below, and TestThreads
	allTested(t, names, tests)
	tab := newTab(t, "")
	server := another(t, map[string]http.HandlerFunc{"/web/post.html": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, `<!doctype html><html lang="en"><title>A post</title><link rel="icon" href="icon.svg"><link rel="stylesheet" href="heed.css"><script src="heed.js" defer></script>
			<heed-view>The black cat sleeps.<script type="application/json" class="steps">[{"say": "One."}, {"say": "Two.", "layer": 1}]</script></heed-view><p style="height: 3000px"></p><heed-view loading="eager">Good evening.</heed-view><heed-view>Tea.</heed-view>`)
	}})
	tab.do(chromedp.Navigate(server + "web/post.html"))
	tab.until(settled(0))
	tab.until(settled(1)) // far below, but eager
	equal(t, "a lazy element is loaded from afar", get(tab, chromedp.Evaluate[bool](at(2)+`.querySelector(".heed") !== null`)), false)
	tab.run(`document.querySelectorAll("heed-view")[2].loading = "eager"`)
	tab.until(settled(2))

	observed := get(tab, chromedp.Evaluate[[]string](`customElements.get("heed-view").observedAttributes`))
	for _, name := range observed {
		if name != "loading" && name != "threads" && !slices.Contains(names, name) {
			t.Errorf("the element observes %s, which is not in web/README.md", name)
		}
	}
	for _, name := range names {
		if !slices.Contains(observed, name) {
			t.Errorf("%s is in web/README.md, and the element does not observe it", name)
			continue
		}
		test := tests[name]
		var set, clear strings.Builder
		for _, pair := range append(strings.Fields(test.with), name+"="+test.value) {
			n, value, _ := strings.Cut(pair, "=")
			if n == name {
				value = test.value
			}
			fmt.Fprintf(&set, "v.setAttribute(%q, %q);", n, value)
			fmt.Fprintf(&clear, "v.removeAttribute(%q);", n)
		}
		const v = `{ const v = document.querySelector("heed-view"); `
		tab.run(v + set.String() + `}`)
		tab.holds(name, test.sees)
		if name != "lang" && name != "record" && name != "editable" { // as a property
			camel := regexp.MustCompile("-.").ReplaceAllStringFunc(name, func(s string) string { return strings.ToUpper(s[1:]) })
			equal(t, "the property "+camel, tab.said(`document.querySelector("heed-view").`+camel), test.value)
		}
		tab.run(v + clear.String() + `}`)
		tab.holds(name+" taken away", `!(`+test.sees+`) && v.record.text === "The black cat sleeps." && v.record.model === "en-fr"`)
	}
}

// TestMembers has the properties, methods and events of web/README.md do what it says.
func TestMembers(t *testing.T) {
	t.Parallel()
	tab := newTab(t, events+`globalThis.early = () => { // before the element is defined
		const v = document.createElement("heed-view"); v.text = "Good evening."; v.editable = true; v.topK = 3; return v; };`)
	tab.excuse() // an error is made on purpose
	server := another(t, map[string]http.HandlerFunc{"/web/post.html": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, `<!doctype html><html lang="en"><title>A post</title><link rel="icon" href="icon.svg"><link rel="stylesheet" href="heed.css">
			<p style="height: 3000px"></p><heed-view>The black cat sleeps.<script type="application/json" class="steps">[{"say": "One."}]</script></heed-view>`)
	}})
	tab.do(chromedp.Navigate(server + "web/post.html"))
	equal(t, "without the script", tab.said(`getComputedStyle(document.querySelector("heed-view")).height`), "650px")
	tab.run(`globalThis.set = early(); document.body.append(set); document.head.append(Object.assign(document.createElement("script"), { src: "heed.js" }))`)
	tab.until(`customElements.get("heed-view") !== undefined`)
	equal(t, "properties set early", tab.said(`set.outerHTML`), `<heed-view text="Good evening." top-k="3" editable="" translate="no"></heed-view>`)

	awaited := func(js string) string {
		return get(tab, chromedp.Evaluate[string](`(async () => { const v = document.querySelector("heed-view"); return String(await (`+js+`)); })().catch(String)`, chromedp.EvalAwaitPromise))
	}
	tests := map[string]func(){
		"record": func() {
			equal(t, "record before the first", awaited(`v.record`), "null")
		},
		"run(text)": func() { // far below the viewport
			equal(t, "run", awaited(`v.run("I like tea.").then((r) => r.output)`), native(t, "I like tea.", nil).Output)
			equal(t, "record after it", awaited(`v.record.text`), "I like tea.")
			equal(t, "run again", awaited(`v.run("I like tea.").then((r) => r.text)`), "I like tea.")
			equal(t, "overtaken", awaited(`(() => { const first = v.run("Good evening."); v.run("Good morning.").catch(() => 0); return first; })().catch((e) => e.name)`), "AbortError")
			equal(t, "not on the page", awaited(`document.createElement("heed-view").run("x").catch((e) => e.message)`), "This heed-view is not on the page. Append it before calling run.")
			equal(t, "back", awaited(`v.run("The black cat sleeps.").then((r) => r.text)`), "The black cat sleeps.")
		},
		"toSVG()": func() {
			svg := awaited(`v.toSVG()`)
			if !strings.HasPrefix(svg, "<svg") || !strings.Contains(svg, ">black<") {
				t.Errorf("toSVG resolves to %.300q", svg)
			}
		},
		"toPNG()": func() {
			equal(t, "toPNG", awaited(`v.toPNG().then(async (b) => b.type + " " + ((await createImageBitmap(b)).width === 2 * Math.ceil(parseFloat(`+root+`.querySelector("[part=view]").style.getPropertyValue("--wide")))))`), "image/png true")
		},
	}
	names := rows(t, "member")
	allTested(t, names, tests)
	for _, name := range names {
		tests[name]()
	}

	tab.run(`document.querySelector("heed-view").view = "heatmap"`)
	tab.run(`document.querySelector("heed-view").scrollIntoView()`)
	tab.until(root + `.querySelector("input[name=view]:checked")?.value === "heatmap"`)
	tab.click(`input[name=layer][value="0"]`)
	tab.click(`.tour > button`)
	tab.run(`document.querySelector("heed-view").record = "nothing.json"`)
	tab.until(`reported.some((e) => e.type === "heed-error")`)
	details := map[string]string{
		"heed-load":     `detail.model === "en-fr"`,
		"heed-progress": `detail.done > 0 && detail.total >= 0`,
		"heed-record":   `detail.format === "heed.record/1" && detail.maps[0].weights.length === detail.maps[0].rows * detail.maps[0].cols`,
		"heed-select":   `detail.view === "heatmap" && detail.layer === 0 && typeof detail.head === "string"`,
		"heed-step":     `detail.step === 0 && detail.steps === 1`,
		"heed-error":    `detail.message.endsWith(".")`,
	}
	names = rows(t, "event")
	allTested(t, names, details)
	for _, name := range names {
		if !get(tab, chromedp.Evaluate[bool](`reported.some(({ type, detail }) => type === "`+name+`" && `+details[name]+`)`)) {
			t.Errorf("no %s with %s in %.2000s", name, details[name], tab.said(`JSON.stringify(reported.map((e) => [e.type, e.detail.message ?? Object.keys(e.detail)]))`))
		}
	}
}

// TestStyles sets each custom property of web/README.md on the element, and each part.
func TestStyles(t *testing.T) {
	t.Parallel()
	tab := newTab(t, "")
	tab.do(chromedp.EmulateViewport(900, 1400), chromedp.Navigate(stranger(t, site, head+`<heed-view model="en-fr" view="heatmap" off="cross.2.4">The black cat sleeps.</heed-view>`)))
	tab.until(settled(0))
	const frame = `getComputedStyle(root.querySelector("[part=frame]"))`
	tests := map[string]struct{ value, sees string }{
		"--heed-height":   {"700px", `v.clientHeight === 700`},
		"--heed-paper":    {"#123456", `getComputedStyle(v).getPropertyValue("--heed-paper") === "#123456"`},
		"--heed-ink":      {"#123456", frame + `.color === "rgb(18, 52, 86)"`},
		"--heed-muted":    {"#123456", `getComputedStyle(root.querySelector(".label")).color === "rgb(18, 52, 86)"`},
		"--heed-hairline": {"#123456", `getComputedStyle(root.querySelector(".controls")).borderTopColor === "rgb(18, 52, 86)"`},
		"--heed-focus":    {"#123456", `getComputedStyle(root.querySelector("input[name=view]:checked + span")).borderBottomColor === "rgb(18, 52, 86)"`},
		"--heed-serif":    {"Courier", frame + `.fontFamily === "Courier"`},
		"--heed-mono":     {"Courier", `getComputedStyle(v).getPropertyValue("--heed-mono") === "Courier"`},
	}
	names := rows(t, "property")
	allTested(t, names, tests)
	for _, name := range names {
		tab.run(`document.querySelector("heed-view").style.setProperty("` + name + `", "` + tests[name].value + `")`)
		tab.holds(name, tests[name].sees)
	}
	names = rows(t, "part")
	for _, name := range names {
		tab.run(`{ const s = new CSSStyleSheet(); s.replaceSync("heed-view::part(` + name + `) { outline: 3px dotted rgb(1, 2, 3); }"); document.adoptedStyleSheets = [s]; }`)
		tab.holds("::part("+name+")", `getComputedStyle(root.querySelector("[part=`+name+`]")).outlineColor === "rgb(1, 2, 3)"`)
	}
}

// TestManners has a page of strong opinions around an element: none of its inherited style comes through, it turns
// dark though the page forbids transitions, and keys pressed in it do not reach the page, but for commands.
func TestManners(t *testing.T) {
	t.Parallel()
	tab := newTab(t, "globalThis.heard = []; addEventListener('keydown', (e) => heard.push(e.key))")
	tab.do(chromedp.Navigate(stranger(t, site, head+`<link rel="stylesheet" href="loud.css"><h1>A post</h1><heed-view model="en-fr" view="heatmap" editable>The black cat sleeps.</heed-view>`)))
	tab.until(settled(0))
	const style = `getComputedStyle(` + root + `.querySelector("[part=output]"))`
	equal(t, "style that came in", tab.said(`[`+style+`.textAlign, `+style+`.letterSpacing, `+style+`.textTransform, `+style+`.textIndent].join()`), "start,normal,none,0px")

	const dark = `document.querySelector("heed-view").matches(":state(dark)")`
	equal(t, "dark", get(tab, chromedp.Evaluate[bool](dark)), false)
	tab.run(`document.body.className = "night"`)
	tab.until(dark)
	tab.run(`document.body.className = ""`)
	tab.until(`!` + dark)
	tab.run(`document.documentElement.style.color = "#eee"`)
	tab.until(dark)

	tab.run(root + `.querySelector("#text").focus()`)
	tab.press("a " + kb.ArrowLeft)
	tab.run(root + `.querySelector("[role=gridcell][tabindex='0']").focus()`)
	tab.press(kb.ArrowRight + kb.PageDown + kb.Escape)
	tab.press("k", chromedp.KeyModifiers(chromedp.ModifierCtrl))
	equal(t, "keys that the page hears", tab.said(`heard.join()`), "Escape,k")
}

// TestTabbedTo comes to an element far below by Tab alone: it is shown, and the focus goes on into it.
func TestTabbedTo(t *testing.T) {
	t.Parallel()
	tab := newTab(t, "")
	tab.do(chromedp.Navigate(stranger(t, site, head+`<a href="#">before</a><p>`+strings.Repeat("A long way down.<br>", 200)+`</p>
		<heed-view model="en-fr" view="heatmap" controls="none">The black cat sleeps.</heed-view><a href="#">after</a>`)))
	tab.until(`customElements.get("heed-view") !== undefined`)
	tab.run(`document.querySelector("a").focus()`)
	tab.press(kb.Tab)
	tab.until(root + `.activeElement?.ariaLabel?.startsWith("Le looks at The, ")`)
	equal(t, "stops that are left", get(tab, chromedp.Evaluate[int](root+`.querySelectorAll(".stop").length`)), 0)
}

// TestModule imports the element from another origin.
func TestModule(t *testing.T) {
	t.Parallel()
	tab := newTab(t, "")
	tab.do(chromedp.Navigate(stranger(t, site, `<!doctype html><title>A post</title><link rel="icon" href="data:,"><heed-view>I like tea.</heed-view>`)))
	name := get(tab, chromedp.Evaluate[string](`import("`+site+`web/heed.mjs").then((m) => m.defined).then((c) => c.name)`, chromedp.EvalAwaitPromise))
	equal(t, "the class", name, "HeedView")
	tab.until(settled(0))
	equal(t, "the translation", tab.said(output), native(t, "I like tea.", nil).Output)
}

// TestGivesBack adds and removes 200 elements: what they held comes back, in Go and in JavaScript.
func TestGivesBack(t *testing.T) {
	t.Parallel()
	tab := freshTab(t, shifts)
	server := another(t, map[string]http.HandlerFunc{"/web/post.html": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, `<!doctype html><html lang="en"><title>A post</title><link rel="icon" href="icon.svg"><link rel="stylesheet" href="heed.css"><script src="heed.js" defer></script>
			<heed-view>The black cat sleeps.</heed-view><div></div>`)
	}})
	tab.do(chromedp.Navigate(server + "web/post.html"))
	tab.until(settled(0))
	// crowd adds elements of all forms, ten at a time, and takes them away once they are painted.
	crowd := func(n int) {
		for range n / 10 {
			get(tab, chromedp.Evaluate[chromedp.Void](`(async () => {
				const div = document.querySelector("div");
				const forms = [["view", "links"], ["view", "heatmap"], ["controls", "none"], ["editable", ""], ["view", "grid"]];
				for (let i = 0; i < 10; i++) {
					const v = Object.assign(document.createElement("heed-view"), { textContent: "I like tea.", loading: "eager" });
					v.setAttribute(...forms[i % 5]);
					div.append(v);
				}
				await Promise.all([...div.children].map((v) => new Promise((done) => v.addEventListener("heed-record", done, { once: true }))));
				div.replaceChildren();
				await new Promise((done) => setTimeout(done, 20));
			})()`, chromedp.EvalAwaitPromise))
		}
	}
	measure := func() map[string]float64 {
		all := tab.memory()
		all["workers"] = get(tab, chromedp.Evaluate[float64]("workers"))
		return all
	}
	tab.do(call(performance.Enable, performance.EnableParams{}))
	crowd(100) // what is made once, and what the browser compiles of code that has run some times: 800 more take as little as 200
	before := measure()
	crowd(200)
	after := measure()
	if len(before) != 5 {
		t.Fatalf("measured %v", before)
	}
	for what, n := range after {
		t.Logf("%s: %.0f, after 200 elements %.0f", what, before[what], n)
		if n > 1.1*before[what] {
			t.Errorf("%s: %.0f became %.0f", what, before[what], n)
		}
	}
}

// TestEmbedButton has the playground write what another page needs, as an element and as a frame; both show
// there what is on the screen here.
func TestEmbedButton(t *testing.T) {
	t.Parallel()
	tab := show(t, "text", "I like <b>tea</b> & \"bread\".", "view", "heatmap", "kind", "self", "layer", "1", "head", "2")
	tab.run(root + `.querySelector("[aria-controls=embed]").click()`)
	const code = root + `.querySelector(".embed .code").value`
	element := tab.said(code)
	if !strings.Contains(element, `editable translate="no">I like &lt;b&gt;tea&lt;/b&gt; &amp; "bread".</heed-view>`) || !strings.Contains(element, `src="`+site+`web/heed.js"`) {
		t.Errorf("the element is %s", element)
	}
	tab.until(root + `.querySelector(".preview heed-view").shadowRoot.querySelector("[data-state=ready] [data-request]")`)
	tab.click(`.embed input[value=frame]`)
	frame := tab.said(code)
	tab.until(root + `.querySelector(".preview iframe").contentDocument.querySelector("heed-view")?.record?.text.includes("<b>")`)

	caption := tab.said(root + `.querySelector("figcaption").textContent`)
	other := newTab(t, "")
	other.do(chromedp.EmulateViewport(900, 1400), chromedp.Navigate(stranger(t, site, `<!doctype html><title>A post</title><link rel="icon" href="data:,">`+element+frame)))
	other.until(settled(0))
	equal(t, "the caption", other.said(root+`.querySelector("figcaption").textContent`), caption)
	equal(t, "the text", other.said(root+`.querySelector("textarea").value`), "I like <b>tea</b> & \"bread\".")
}
