//go:build !js

package web_test

import (
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"heed/core/record"
	"heed/core/view"
)

func TestTranslation(t *testing.T) {
	t.Parallel()
	tab := show(t, "text", cats)
	want := native(t, cats, nil)
	equal(t, "the translation", tab.said(output), want.Output)
	equal(t, "its language", tab.said(root+`.querySelector("[role=status]").lang`), "fr")
	equal(t, "the text's language", tab.said(root+`.querySelector("textarea").lang`), "en")
	equal(t, "the label", tab.said(root+`.querySelector("textarea").labels[0].textContent`), "Type English")
	if got := tab.record(); got.Output != want.Output || got.Text != cats || len(got.Tokens.Source) != len(want.Tokens.Source) {
		t.Errorf("heed-record reports %q → %q", got.Text, got.Output)
	}
	tab.mu.Lock()
	defer tab.mu.Unlock()
	for _, request := range tab.requests {
		if strings.HasPrefix(request, "http") && !strings.HasPrefix(request, site) {
			t.Errorf("a request to another host: %s", request)
		}
	}
}

// TestPaintedLinks counts the curves that reach the canvas against those of the view's scene, made
// of the Record that the page reports.
func TestPaintedLinks(t *testing.T) {
	t.Parallel()
	tab := newTab(t, events+`globalThis.curves = 0;
		const draw = CanvasRenderingContext2D.prototype.bezierCurveTo, clear = CanvasRenderingContext2D.prototype.setTransform;
		CanvasRenderingContext2D.prototype.bezierCurveTo = function (...args) { curves++; return draw.apply(this, args); };
		CanvasRenderingContext2D.prototype.clearRect = function () { curves = 0; this.reset(); };`)
	open := opening(t)
	for _, s := range []struct {
		kind  record.Kind
		heads []int
		head  string
		share float64
	}{{record.Cross, []int{open.Head}, strconv.Itoa(open.Head), 0.8}, {record.Self, nil, "mean", 0.5}, {record.Decoder, []int{0, 1}, "0,1", 1}} {
		tab.do(chromedp.Navigate(site + "?" + string(s.kind) + "#" + address("text", cats, "view", "links", "kind", string(s.kind),
			"layer", "1", "head", s.head, "threshold", strconv.FormatFloat(s.share, 'f', -1, 64))))
		tab.until(ready)
		scene, err := view.Build(tab.record(), view.State{View: view.Links, Kind: s.kind, Layer: 1, Heads: record.Heads(s.heads...), Threshold: s.share}, view.Env{})
		if err != nil {
			t.Fatal(err)
		}
		want := 0
		for _, m := range scene.Marks {
			if _, ok := m.(view.Curve); ok {
				want++
			}
		}
		m := tab.record().Maps[0]
		masked := 0
		for _, look := range m.Mask {
			masked += 1 - int(look)
		}
		if s.kind == record.Decoder && masked != m.Rows*(m.Rows-1)/2 {
			t.Errorf("%d of %d×%d decoder weights are masked", masked, m.Rows, m.Cols)
		}
		// The canvas is cleared at every painting but the first at its size, so paint once more.
		tab.run(`curves = 0; dispatchEvent(new Event("resize"))`)
		tab.until(`curves > 0`)
		equal(t, fmt.Sprint(s.kind, " curves"), get(tab, chromedp.Evaluate[int]("curves")), want)
		equal(t, fmt.Sprint(s.kind, " caption"), tab.said(root+`.querySelector("figcaption").textContent`), scene.Caption)
	}
}

// TestKeyboard does the main job with keys alone: type, choose the heatmap, walk to a cell, and hear
// its value, which is the one that the model gives outside the browser too.
func TestKeyboard(t *testing.T) {
	t.Parallel()
	open := opening(t)
	tab := newTab(t, events)
	tab.do(chromedp.Navigate(site))
	tab.until(ready)
	focused := func() string {
		return tab.said(`(() => { const e = ` + root + `.activeElement; return e ? (e.name || e.getAttribute("role") || e.localName) : "" })()`)
	}
	tabTo := func(name string, options ...chromedp.KeyOption) {
		t.Helper()
		for range 12 {
			if tab.press(kb.Tab, options...); focused() == name {
				return
			}
		}
		t.Fatalf("Tab does not reach %s", name)
	}
	tabTo("text")
	tab.press("a", chromedp.KeyModifiers(chromedp.ModifierCtrl))
	tab.press(cats)
	tab.until(ready)
	tabTo("view")
	tab.press(kb.ArrowRight + kb.ArrowRight) // from links over the strips to the heatmap
	tab.until(root + `.querySelector("[role=grid]:not([hidden]) [role=gridcell]")`)
	tabTo("gridcell")

	want := native(t, cats, nil)
	m := want.Find(open.Kind, open.Layer, open.Head)
	queries, keys := want.Queries(open.Kind), want.Keys(open.Kind)
	label := `(` + root + `.activeElement.ariaLabel ?? "")`
	check := func(row, col int) {
		t.Helper()
		tab.until(label + ` !== ""`)
		names, number, _ := strings.Cut(tab.said(label), ", ")
		if i := strings.LastIndex(tab.said(label), ", "); i >= 0 {
			names, number = tab.said(label)[:i], tab.said(label)[i+2:]
		}
		clean := func(token record.Token) string { return strings.TrimLeft(token.Text, " ▁Ġ") }
		equal(t, "the cell's words", names, clean(queries[row])+" looks at "+clean(keys[col]))
		got, err := strconv.ParseFloat(number, 64)
		if w := float64(m.At(row, col)); err != nil || math.Abs(got-w) > 0.0051 {
			t.Errorf("cell %d, %d is said to be %s, and is %v", row, col, number, w)
		}
	}
	check(0, 0)
	tab.press(kb.ArrowDown + kb.ArrowDown + kb.ArrowRight)
	check(2, 1)
	tab.press(kb.End)
	check(2, m.Cols-1)
	tab.press(kb.Home, chromedp.KeyModifiers(chromedp.ModifierCtrl))
	check(0, 0)
	tab.press(kb.ArrowUp + kb.ArrowLeft) // stays at the edge
	check(0, 0)
	tab.press(kb.End, chromedp.KeyModifiers(chromedp.ModifierCtrl))
	check(m.Rows-1, m.Cols-1)
	equal(t, "tab stops of the grid", get(tab, chromedp.Evaluate[int](root+`.querySelectorAll("[role=grid] [tabindex='0']").length`)), 1)
	equal(t, "cells", get(tab, chromedp.Evaluate[int](root+`.querySelectorAll("[role=gridcell]").length`)), m.Rows*m.Cols)

	// What is walked over is reported, and the grid keeps its place when the map changes.
	tab.until(`reported.some((e) => e.type === "heed-select" && e.detail.row === ` + strconv.Itoa(m.Rows-1) + `)`)
	tabTo("head", chromedp.KeyModifiers(chromedp.ModifierShift))
	other, arrow := open.Head-1, kb.ArrowLeft
	if open.Head == 0 {
		other, arrow = 1, kb.ArrowRight
	}
	tab.press(arrow)
	tabTo("gridcell")
	m = want.Find(open.Kind, open.Layer, other)
	check(m.Rows-1, m.Cols-1)

	// The links are a list of words, from which arrow keys go to the other column.
	tabTo("view", chromedp.KeyModifiers(chromedp.ModifierShift))
	tab.press(kb.ArrowLeft)
	tab.until(root + `.querySelector("[role=listbox]:not([hidden]) [role=option]")`)
	tabTo("option")
	if got := tab.said(label); !strings.Contains(got, " looks at ") {
		t.Errorf("a word of the output is called %q", got)
	}
	tab.press(kb.ArrowLeft)
	if got := tab.said(label); !strings.Contains(got, "looked at") {
		t.Errorf("a word of the source is called %q", got)
	}
	equal(t, "tab stops of the list", get(tab, chromedp.Evaluate[int](root+`.querySelectorAll("[role=listbox] [tabindex='0']").length`)), 1)
}

func TestAddress(t *testing.T) {
	tab := newTab(t, `globalThis.changes = [];
		const replace = history.replaceState;
		history.replaceState = function (...args) { changes.push(performance.now()); return replace.apply(this, args); };`)
	tab.do(chromedp.Navigate(site))
	tab.until(ready)
	equal(t, "the address before the reader acts", tab.said("location.hash"), "")

	tab.run(root + `.querySelector("textarea").focus()`)
	tab.press("a", chromedp.KeyModifiers(chromedp.ModifierCtrl))
	tab.press("She reads & writes: 100% + more")
	tab.run(root + `.querySelector("input[name=view][value=heatmap]").click()`)
	tab.run(root + `.querySelector("input[name=layer][value='0']").click()`)
	tab.run(root + `.querySelector("input[name=head][value=mean]").click()`)
	tab.run(`const kind = ` + root + `.querySelector("select"); kind.value = "self"; kind.dispatchEvent(new Event("change"))`)
	tab.run(root + `.querySelector("input[name=special]").click()`)
	tab.until(ready + ` && location.hash.includes("special=0")`)
	tab.until(root + `.querySelector("[role=row]").ariaLabel?.includes(", hidden tokens 0.")`)
	want := url.Values{"model": {"en-fr"}, "text": {"She reads & writes: 100% + more"}, "view": {"heatmap"}, "kind": {"self"},
		"layer": {"0"}, "head": {"mean"}, "special": {"0"}}
	equal(t, "the address", tab.hash().Encode(), want.Encode())
	times := get(tab, chromedp.Evaluate[[]float64]("changes"))
	for i := 1; i < len(times); i++ {
		if times[i]-times[i-1] < 295 {
			t.Errorf("the address changed twice within %.0f ms", times[i]-times[i-1])
		}
	}

	caption := tab.said(root + `.querySelector("figcaption").textContent`)
	translation := tab.said(output)
	tab.do(chromedp.Reload())
	tab.until(ready)
	equal(t, "the address after loading anew", tab.hash().Encode(), want.Encode())
	equal(t, "the text", tab.said(root+`.querySelector("textarea").value`), want.Get("text"))
	equal(t, "the translation", tab.said(output), translation)
	equal(t, "the caption", tab.said(root+`.querySelector("figcaption").textContent`), caption)
	if !strings.Contains(caption, "Encoder self-attention, layer 0, mean over") {
		t.Errorf("the caption is %q", caption)
	}

	// An address that somebody types wins over all that was.
	tab.run(`location.hash = "text=Good+morning.&head=1"`)
	tab.until(ready + ` && ` + root + `.querySelector("textarea").value === "Good morning."`)
	tab.until(root + `.querySelector("figcaption").textContent.includes("head 1.")`)
}

func TestBadAddress(t *testing.T) {
	t.Parallel()
	tab := newTab(t, "")
	for _, test := range []struct{ parts, sentence string }{
		{"model=nowhere", "There is no model named “nowhere” here. Showing en-fr instead."},
		{"view=sculpture", "There is no view named “sculpture”"},
		{"kind=none", "There is no kind of attention named “none”"},
		{"kind=rnn", "en-fr has no attention of the kind rnn."},
		{"layer=99", "There is no layer 99 here: en-fr has layers 0 to "},
		{"layer=-1", "“-1” isn’t a layer"},
		{"head=77", "There is no head 77 here"},
		{"head=x", "“x” isn’t a head"},
		{"view=links&token=99", "There is no token 99 here: they go from 0 to "},
		{"threshold=2", "“2” isn’t a threshold"},
		{"special=yes", "special takes 0 or 1"},
		{"colour=red", "Unknown setting in the address: “colour”. It was ignored."},
	} {
		t.Run(test.parts, func(t *testing.T) {
			tab.t = t
			tab.do(chromedp.Navigate(site + "?" + test.parts + "#text=Hello.&" + test.parts))
			tab.until(ready)
			if said := tab.said(root + `.querySelector(".notes").textContent`); !strings.Contains(said, test.sentence) {
				t.Errorf("the page says %q, want %q", said, test.sentence)
			}
			equal(t, "the text", tab.said(root+`.querySelector("textarea").value`), "Hello.")
			equal(t, "the translation", tab.said(output), native(t, "Hello.", nil).Output)
			if tab.said(root+`.querySelector("figcaption").textContent`) == "" {
				t.Error("no view is shown")
			}
		})
	}
}

// prefer has the browser prefer light or dark pages.
func prefer(tab *tab, scheme string) {
	feature := &emulation.MediaFeature{Name: "prefers-color-scheme", Value: scheme}
	tab.do(call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{feature}}))
}

func TestThemes(t *testing.T) {
	t.Parallel()
	tab := newTab(t, "")
	prefer := func(scheme string) { prefer(tab, scheme) }
	// painted holds when a colour is to be seen on the canvas.
	painted := func(c view.Color) string {
		return fmt.Sprintf(`(() => { const canvas = `+root+`.querySelector("canvas");
			const d = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
			for (let i = 0; i < d.length; i += 4) if (d[i+3] == 255 && d[i] == %d && d[i+1] == %d && d[i+2] == %d) return true;
		})()`, c.R, c.G, c.B)
	}
	paper := `getComputedStyle(document.documentElement).backgroundColor`
	css := func(c view.Color) string { return fmt.Sprintf("rgb(%d, %d, %d)", c.R, c.G, c.B) }
	prefer("dark")
	tab.do(chromedp.Navigate(site + "#view=heatmap"))
	tab.until(ready)
	tab.until(painted(view.Dark.Weights[view.Level(0)]))
	equal(t, "dark paper", tab.said(paper), css(view.Dark.Paper))
	prefer("light")
	tab.until(painted(view.Light.Weights[view.Level(0)]))
	equal(t, "light paper", tab.said(paper), css(view.Light.Paper))
	tab.run(`document.querySelector("heed-view").setAttribute("theme", "dark")`)
	tab.until(painted(view.Dark.Weights[view.Level(0)]))
	equal(t, "dark paper by attribute", tab.said(paper), css(view.Dark.Paper))
}

// another serves the site with some addresses answered otherwise, and returns its own address.
func another(t testing.TB, answers map[string]http.HandlerFunc) string {
	t.Helper()
	target, err := url.Parse(site)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if answer := answers[r.URL.Path]; answer != nil {
			answer(w, r)
		} else {
			proxy.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL + "/"
}

// TestBrokenDownloads has the server fail in every way that servers fail. The page says what
// happened, the text stays and can be edited, and trying again helps once the server is well.
func TestBrokenDownloads(t *testing.T) {
	t.Parallel()
	const weights = "/web/models/en-fr/model.safetensors"
	whole, err := os.ReadFile("models/en-fr/model.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	half := whole[:len(whole)/2]
	for _, test := range []struct {
		name, path string
		broken     http.HandlerFunc
		sentence   string
	}{
		{"stops half-way", weights, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(len(whole)))
			w.Write(half)
			w.(http.Flusher).Flush()
			time.Sleep(300 * time.Millisecond)
			panic(http.ErrAbortHandler)
		}, "The download of model.safetensors stopped after "},
		{"truncated", weights, func(w http.ResponseWriter, r *http.Request) { w.Write(half) }, "stopped after "},
		{"foreign", weights, func(w http.ResponseWriter, r *http.Request) {
			w.Write([]byte(strings.Repeat("not weights ", len(whole)/12+1))[:len(whole)])
		}, "model.safetensors"},
		{"foreign configuration", "/web/models/en-fr/config.json", func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, "%-2000s", "{}")
		}, "config.json"},
		{"no tokenizer", "/web/models/en-fr/tokenizer.json", http.NotFound, "tokenizer.json could not be downloaded: the server answered 404"},
		{"no list of models", "/web/models/index.json", http.NotFound, "index.json could not be downloaded: the server answered 404"},
		{"a page for the list of models", "/web/models/index.json", func(w http.ResponseWriter, r *http.Request) {
			w.Write([]byte("<!doctype html>"))
		}, "index.json could not be downloaded: the server sent a web page in its place."},
		{"a foreign list of models", "/web/models/index.json", func(w http.ResponseWriter, r *http.Request) {
			w.Write([]byte("no list"))
		}, "list of models cannot be read"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var mu sync.Mutex
			well := false
			target := another(t, map[string]http.HandlerFunc{test.path: func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				defer mu.Unlock()
				if !well {
					test.broken(w, r)
					return
				}
				http.ServeFile(w, r, ".."+test.path)
			}})
			tab := newTab(t, events)
			tab.excuse()
			tab.do(chromedp.Navigate(target))
			tab.until(root + `.querySelector("[data-state=failed] [role=alert]")`)
			said := tab.said(root + `.querySelector("[role=alert]").textContent`)
			if !strings.Contains(said, test.sentence) || !strings.HasSuffix(said, ".") {
				t.Errorf("the page says %q, want %q", said, test.sentence)
			}
			text := tab.said(root + `.querySelector("textarea").value`)
			if !strings.HasPrefix(text, "She bought") {
				t.Errorf("the text is now %q", text)
			}
			tab.until(`reported.some((e) => e.type === "heed-error" && e.detail.message)`)
			mu.Lock()
			well = true
			mu.Unlock()
			// What is not laid out yet takes no focus.
			tab.until(`(() => { const again = [...` + root + `.querySelectorAll("button")].find((b) => b.textContent === "Try again"); again.focus(); return ` + root + `.activeElement === again; })()`)
			tab.press(kb.Enter)
			tab.until(ready)
			equal(t, "the focus", tab.said(root+`.activeElement?.id ?? ""`), "text")
			equal(t, "the translation", tab.said(output), native(t, text, nil).Output)
			equal(t, "what is left of the failure", get(tab, chromedp.Evaluate[int](root+`.querySelectorAll("[role=alert]").length`)), 0)
		})
	}
}

// TestProgress sees the megabytes come while the text can already be read and edited.
func TestProgress(t *testing.T) {
	t.Parallel()
	hold := make(chan bool)
	whole, err := os.ReadFile("models/en-fr/model.safetensors")
	if err != nil {
		t.Fatal(err)
	}
	target := another(t, map[string]http.HandlerFunc{"/web/models/en-fr/model.safetensors": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(len(whole)))
		w.Write(whole[:2e6])
		w.(http.Flusher).Flush()
		<-hold
		w.Write(whole[2e6:])
	}})
	tab := newTab(t, events)
	tab.do(chromedp.Navigate(target))
	tab.until(root + `?.querySelector("[part=progress]")?.textContent.match(/^Loading English to French: 2\.\d of 4\.\d MB$/)`)
	const card = `((a, b) => Math.round(a.x - b.x) + ", " + Math.round(a.y - b.y))(` + root + `.querySelector("footer a").getBoundingClientRect(), ` + root + `.querySelector("footer").getBoundingClientRect())`
	place := tab.said(card)
	tab.set("text", "Good night.")
	close(hold)
	tab.until(ready)
	equal(t, "the model card's place", tab.said(card), place)
	equal(t, "the translation", tab.said(output), native(t, "Good night.", nil).Output)
	for _, event := range []string{"heed-progress", "heed-load", "heed-record"} {
		tab.until(`reported.some((e) => e.type === "` + event + `")`)
	}
}

// TestEngineDies ends the engine's worker under the page, between runs and in the middle of them.
func TestEngineDies(t *testing.T) {
	t.Parallel()
	tab := newTab(t, `globalThis.workers = [];
		const Theirs = Worker, wait = setTimeout;
		delete Navigator.prototype.locks; // by which the page would learn of a silent death, as in TestKilled
		globalThis.setTimeout = (f, ms) => wait(f, ms === 20000 ? 3000 : ms);
		globalThis.deadly = "";
		globalThis.Worker = class extends Theirs {
			constructor(...args) { super(...args); workers.push(this); }
			postMessage(message, ...rest) {
				super.postMessage(message, ...rest);
				if (deadly && message.header?.includes(deadly)) this.die();
			}
			die() {
				this.terminate();
				this.dispatchEvent(new MessageEvent("message", { data: { type: "exit", header: '{"error":"a test"}' } }));
			}
		};`)
	tab.do(chromedp.Navigate(site + "#text=Hello."))
	tab.until(ready)
	tab.run(`workers.at(-1).die()`)
	tab.set("text", "Good morning.")
	tab.until(ready)
	equal(t, "the translation after a death in between", tab.said(output), native(t, "Good morning.", nil).Output)

	// One death in a run: the reader is told, and the run is done again.
	tab.run(`const w = workers.at(-1), post = w.postMessage;
		w.postMessage = function (...args) { delete w.postMessage; w.postMessage(...args); w.die(); }`)
	tab.set("text", "Good evening.")
	tab.until(ready + ` && ` + root + `.querySelector(".notes").textContent.includes("has been restarted")`)
	equal(t, "the translation after a death", tab.said(output), native(t, "Good evening.", nil).Output)

	// A text that kills every engine waits for an edit.
	tab.run(`deadly = "poison"`)
	tab.set("text", "This is poison.")
	tab.until(root + `.querySelector("[role=alert]")?.textContent.includes("Heed crashed twice on this text.")`)
	equal(t, "the text", tab.said(root+`.querySelector("textarea").value`), "This is poison.")
	tab.set("text", "This is bread.")
	tab.until(ready)
	equal(t, "the translation after the edit", tab.said(output), native(t, "This is bread.", nil).Output)
	// A browser may end a worker without a word; then patience runs out, which is shorter here.
	tab.run(`workers.at(-1).terminate()`)
	tab.set("text", "This is cheese.")
	tab.until(ready + ` && ` + root + `.querySelector(".notes").textContent.includes("has been restarted")`)
	equal(t, "the translation after a silent death", tab.said(output), native(t, "This is cheese.", nil).Output)
	started := get(tab, chromedp.Evaluate[int]("workers.length"))
	if started > 7 {
		t.Errorf("%d engines were started", started)
	}

	// An engine of which nobody wants anything may be silent for as long as it likes.
	time.Sleep(4 * time.Second)
	equal(t, "the engines after a rest", get(tab, chromedp.Evaluate[int]("workers.length")), started)
	tab.set("text", "This is milk.")
	tab.until(ready)
	equal(t, "the engines after a rest and a run", get(tab, chromedp.Evaluate[int]("workers.length")), started)
}

// TestElements has several elements on one page: they share an engine, follow their attributes, and
// leave the address alone.
func TestElements(t *testing.T) {
	t.Parallel()
	target := another(t, map[string]http.HandlerFunc{"/post.html": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, `<!doctype html><html lang="en"><title>A post</title><link rel="icon" href="web/icon.svg"><script src="web/heed.js" defer></script>
			<p>Words.</p>
			<heed-view model="en-fr" view="links" layer="1" head="0">The dog
				barks.</heed-view>
			<heed-view model="en-fr" text="The cat sleeps." view="heatmap" kind="self" layer="0" head="mean" controls="none"></heed-view>
			<heed-view editable>The bird sings.</heed-view>`)
	}})
	tab := newTab(t, events+`globalThis.workers = 0; const Theirs = Worker;
		globalThis.Worker = class extends Theirs { constructor(...args) { super(...args); workers++; } };`)
	tab.do(chromedp.EmulateViewport(800, 2400), chromedp.Navigate(target+"post.html#text=Elsewhere&head=3"))
	view := func(n int) string {
		return `document.querySelectorAll("heed-view")[` + strconv.Itoa(n) + `].shadowRoot`
	}
	for i, text := range []string{"The dog barks.", "The cat sleeps.", "The bird sings."} {
		tab.until(view(i) + `.querySelector("[data-state=ready]")`)
		equal(t, text, tab.said(view(i)+`.querySelector("[role=status]").textContent`), native(t, text, nil).Output)
	}
	equal(t, "engines", get(tab, chromedp.Evaluate[int]("workers")), 1)
	caption := func(n int) string { return tab.said(view(n) + `.querySelector("figcaption").textContent`) }
	if c := caption(0); !strings.HasPrefix(c, "Cross-attention, layer 1, head 0.") {
		t.Errorf("the first caption is %q", c)
	}
	if c := caption(1); !strings.HasPrefix(c, "Encoder self-attention, layer 0, mean") {
		t.Errorf("the second caption is %q", c)
	}
	equal(t, "text boxes", get(tab, chromedp.Evaluate[[]int](`[0, 1, 2].map((n) => document.querySelectorAll("heed-view")[n].shadowRoot.querySelectorAll("textarea:not([hidden] *)").length)`))[2], 1)
	equal(t, "controls of the second", get(tab, chromedp.Evaluate[int](`[...`+view(1)+`.querySelectorAll("input, select, button")].filter((e) => e.checkVisibility()).length`)), 0)

	// Maps of a run that another element's has followed.
	tab.run(`document.querySelectorAll("heed-view")[0].setAttribute("layer", "2")`)
	tab.until(view(0) + `.querySelector("figcaption").textContent.startsWith("Cross-attention, layer 2")`)
	tab.run(`document.querySelectorAll("heed-view")[1].setAttribute("text", "The horse runs.")`)
	tab.until(view(1) + `.querySelector("[data-state=ready]")`)
	equal(t, "the second's translation", tab.said(view(1)+`.querySelector("[role=status]").textContent`), native(t, "The horse runs.", nil).Output)
	equal(t, "the address", tab.said("location.hash"), "#text=Elsewhere&head=3")

	// Taken away and put back.
	tab.run(`const v = document.querySelectorAll("heed-view")[2]; v.remove(); setTimeout(() => { document.body.append(v); v.scrollIntoView(); }, 50)`)
	tab.until(`document.querySelectorAll("heed-view").length === 3 && ` + view(2) + `.querySelector("[data-state=ready]")`)
	types := get(tab, chromedp.Evaluate[[]string](`reported.map((e) => e.type)`))
	if !slices.Contains(types, "heed-load") {
		t.Errorf("reported: %v", types)
	}
}

// TestPhone looks at a narrow screen: nothing makes the page scroll sideways but a heatmap inside
// its own box, and a finger's touch shows a value.
func TestPhone(t *testing.T) {
	t.Parallel()
	tab := newTab(t, "")
	tab.do(chromedp.EmulateViewport(390, 844, chromedp.EmulateScale(2), chromedp.EmulateTouch))
	tab.do(chromedp.Navigate(site + "#" + address("view", "heatmap", "text", strings.Repeat("Every morning my neighbour walks to the station. ", 4))))
	tab.until(ready)
	sizes := get(tab, chromedp.Evaluate[[]float64](`(() => { const box = `+root+`.querySelector(".scroll");
		return [document.documentElement.scrollWidth, innerWidth, box.scrollWidth, box.clientWidth]; })()`))
	if sizes[0] > sizes[1] {
		t.Errorf("the page is %v wide on a screen of %v", sizes[0], sizes[1])
	}
	if sizes[2] <= sizes[3] {
		t.Errorf("the heatmap's box has %v for %v: the test wants it to scroll", sizes[3], sizes[2])
	}
	if n := get(tab, chromedp.Evaluate[int](`[...`+root+`.querySelectorAll(":is([role=radiogroup], .choice[role=group]) label")].filter((l) => l.checkVisibility() && (l.offsetWidth < 24 || l.offsetHeight < 24)).length`)); n > 0 {
		t.Errorf("%d words are too small for a finger", n)
	}
	// The picture begins on the first screen, since the controls are folded away, and the chosen model is in sight.
	tab.until(`(() => { const b = ` + root + `.querySelector("input[name=model]:checked").parentElement.getBoundingClientRect(); return b.left >= 0 && b.right <= innerWidth; })()`)
	if top := get(tab, chromedp.Evaluate[float64](`scrollY + `+root+`.querySelector(".stage").getBoundingClientRect().top`)); top > 800 {
		t.Errorf("the picture begins at %v on a screen of 844", top)
	}
	const controls, fold = root + `.querySelector("[part=controls]").checkVisibility()`, root + `.querySelector(".fold button")`
	equal(t, "the controls are seen", get(tab, chromedp.Evaluate[bool](controls)), false)
	if high := get(tab, chromedp.Evaluate[float64](fold+`.offsetHeight`)); high < 44 {
		t.Errorf("the word that unfolds them is %v high", high)
	}
	tab.run(fold + `.click()`)
	tab.until(controls + ` && ` + fold + `.getAttribute("aria-expanded") === "true"`)
	tab.run(fold + `.click()`)
	tab.run(root + `.querySelector("[role=gridcell]").scrollIntoView({ block: "center" })`)
	at := get(tab, chromedp.Evaluate[[]float64](`(() => { const b = `+root+`.querySelector("[role=gridcell]").getBoundingClientRect();
		return [b.x + b.width / 2, b.y + b.height / 2]; })()`))
	tab.do(chromedp.TapXY(at[0], at[1]))
	tab.until(root + `.querySelector("[part=figure] [aria-live]").textContent.includes(" looks at ")`)
	equal(t, "what is said below a picture that says it itself", tab.said(root+`.querySelector(".read").textContent`), "")

	// Where the top of the picture is out of sight, a line at the foot of the screen says it.
	tab.run(root + `.querySelector("figure").scrollIntoView({ block: "end" }); scrollBy(0, 120)`)
	tab.do(chromedp.TapXY(at[0], 400))
	tab.until(`` + root + `.querySelector(".read").textContent.includes(" looks at ") && ` + root + `.querySelector(".read span").getBoundingClientRect().bottom <= innerHeight`)
}
