//go:build !js

package web_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// serving serves a page under headers, with what the site has beside it, but for the paths that answers has.
func serving(t *testing.T, page string, headers map[string]string, answers map[string]http.HandlerFunc) string {
	t.Helper()
	all := map[string]http.HandlerFunc{"/post.html": func(w http.ResponseWriter, r *http.Request) {
		for name, value := range headers {
			w.Header().Set(name, value)
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, page)
	}}
	for path, answer := range answers {
		all[path] = answer
	}
	return another(t, all) + "post.html"
}

const post = `<!doctype html><html lang="en"><meta charset="utf-8"><title>A post</title><link rel="icon" href="data:,">
	<link rel="stylesheet" href="web/heed.css"><script src="web/heed.js" defer></script>`

// TestShadowedNames has a page whose markup shadows what belongs to the document: no script of a stranger is
// fetched, and the element works.
func TestShadowedNames(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var asked []string
	stranger := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		asked = append(asked, r.URL.Path)
		w.Header().Set("Access-Control-Allow-Origin", "*")
		http.NotFound(w, r)
	}))
	defer stranger.Close()
	var shadows strings.Builder
	for _, name := range []string{"currentScript", "head", "body", "documentElement", "readyState", "createElement", "querySelectorAll", "baseURI", "location",
		"addEventListener", "removeEventListener", "activeElement", "fonts", "title", "Go", "fs", "process", "path", "__heed", "config", "fetch", "customElements", "navigator", "crypto", "caches", "WebAssembly", "trustedTypes",
		"host", "parentNode", "parentElement", "getRootNode", "nextSibling", "nodeType", "showDirectoryPicker", "model", "view", "text", "length", "constructor", "toString", "hasOwnProperty"} {
		fmt.Fprintf(&shadows, `<img alt="" name="%s" id="%s" src="%s/picture/x.js">`, name, name, stranger.URL)
	}
	// Where a browser has no Trusted Types, as here, a form of that name can have a child of the name of their function.
	shadows.WriteString(`<form id="trustedTypes"><input name="createPolicy"></form>`)
	tab := newTab(t, `delete globalThis.trustedTypes; delete globalThis.showDirectoryPicker`)
	tab.excuse() // the pictures are not there
	// The fields of a form are its properties: of one around the element, and of one among its text.
	fields := ""
	for _, name := range []string{"host", "parentNode", "parentElement", "getRootNode", "nextSibling", "nodeType", "childNodes", "matches", "localName", "contains", "isConnected"} {
		fields += `<input name="` + name + `">`
	}
	tab.do(chromedp.Navigate(serving(t, post+`<p>`+shadows.String()+`</p><form>`+fields+`<heed-view>I like<form>`+fields+`</form> <div><form>`+fields+`tea.</form></div></heed-view></form>`, nil, nil)))
	const view = `Document.prototype.querySelector.call(document, "heed-view")`
	tab.until(view + `.shadowRoot?.querySelector("[data-state=ready] [data-request]")`)
	equal(t, "the translation", tab.said(view+`.record.output`), native(t, "I like tea.", nil).Output)
	mu.Lock()
	defer mu.Unlock()
	for _, path := range asked {
		if path != "/picture/x.js" {
			t.Errorf("the stranger was asked for %s", path)
		}
	}
}

// TestBase has pages whose <base> is elsewhere: the element finds its files, and the page's address stays its own.
func TestBase(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"/else/where/", "https://another.invalid/"} {
		tab := newTab(t, "")
		tab.do(chromedp.Navigate(serving(t, post+`<base href="`+base+`"><heed-view controls="full" editable>I like tea.</heed-view>`, nil, nil)))
		tab.until(settled(0))
		tab.set("text", "Good evening.")
		tab.until(`location.hash.includes("evening")`)
		equal(t, "the path", tab.said(`location.pathname`), "/post.html")
		tab.until(output + ` === ` + quote(native(t, "Good evening.", nil).Output))
	}
}

// TestSilentWorker has the line fall silent between the page's start and its worker's: it is said, and another try helps.
func TestSilentWorker(t *testing.T) {
	t.Parallel()
	support, err := os.ReadFile("wasm_exec.js")
	if err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int32
	tab := newTab(t, "")
	tab.excuse()
	tab.do(chromedp.Navigate(serving(t, post+`<heed-view>I like tea.</heed-view>`, nil, map[string]http.HandlerFunc{"/web/wasm_exec.js": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		w.Header().Set("Cache-Control", "no-store")
		if asked.Add(1) == 2 {
			<-r.Context().Done()
			return
		}
		w.Write(support)
	}})))
	tab.until(root + `?.querySelector("[role=alert]")?.textContent.includes("engine did not start: its scripts did not come within 20 seconds.")`)
	tab.tryAgain(0)
	tab.until(settled(0))
}

// TestTrustedTypes has a page that demands Trusted Types: with Heed's policy allowed all works, in window and worker;
// without, the element says what is missing.
func TestTrustedTypes(t *testing.T) {
	t.Parallel()
	const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src blob:; img-src data:; require-trusted-types-for 'script'; trusted-types "
	page := post + `<heed-view>I like tea.</heed-view>`
	tab := newTab(t, "")
	tab.do(chromedp.Navigate(serving(t, page, map[string]string{"Content-Security-Policy": policy + "heed"}, nil)))
	tab.until(settled(0))
	equal(t, "the translation", tab.said(output), native(t, "I like tea.", nil).Output)

	// Another script that watches for the element which heed.mjs adds finds nothing at it that makes addresses of scripts, neither
	// before heed.js runs nor after, and cannot put a thing of its own there to be given it.
	module := strings.Replace(page, `<script src="web/heed.js" defer></script>`, `<script type="module" src="web/heed.mjs"></script>`, 1)
	tab = newTab(t, `globalThis.stolen = [];
		const strange = "https://stranger.invalid/x.js";
		const made = (f) => { try { const it = f(), made = typeof it === "function" ? it(strange) : it; if (made instanceof TrustedScriptURL || it instanceof TrustedTypePolicy) stolen.push(String(made)); } catch { } };
		globalThis.steal = () => { for (const script of document.querySelectorAll("script")) {
			const { heed } = script;
			if (!heed) continue;
			steal.tried++;
			for (const value of Object.values(heed)) made(() => value), made(() => value(strange)), made(() => value.createScriptURL(strange)), made(() => value());
			try { script.heed = { ...heed, trusted: () => { const it = heed.trusted(); made(() => it); return it; } }; } catch { }
			try { heed.trusted = () => { made(() => it); }; } catch { }
		} };
		steal.tried = 0;
		new MutationObserver(steal).observe(document, { childList: true, subtree: true });`)
	tab.do(chromedp.Navigate(serving(t, module, map[string]string{"Content-Security-Policy": policy + "heed"}, nil)))
	tab.until(settled(0))
	tab.run(`steal()`)
	equal(t, "what another script got", tab.said(`stolen.join()`), "")
	if get(tab, chromedp.Evaluate[int](`steal.tried`)) < 2 {
		t.Error("no other script has looked")
	}

	tab = newTab(t, "")
	tab.excuse()
	tab.do(chromedp.Navigate(serving(t, page, map[string]string{"Content-Security-Policy": policy + "theirs"}, nil)))
	tab.until(root + `?.querySelector("[role=alert]")?.textContent.includes("lacks trusted-types heed")`)
}

// TestPolicies has pages whose policy lacks a part that Heed needs: the element names it.
func TestPolicies(t *testing.T) {
	t.Parallel()
	whole := []string{"script-src 'self' 'wasm-unsafe-eval'", "worker-src blob:", "connect-src 'self'", "style-src 'self'", "img-src data:"}
	for i, want := range []string{"script-src 'wasm-unsafe-eval'", "worker-src blob:", "connect-src"} {
		t.Run(want, func(t *testing.T) {
			parts := append([]string{"default-src 'none'"}, whole...)
			if parts[i+1] = "script-src 'self'"; i > 0 {
				parts[i+1] = strings.Fields(parts[i+1] + " ")[0]
				parts[i+1] = strings.Fields(whole[i])[0] + " 'none'"
			}
			tab := newTab(t, "")
			tab.excuse()
			tab.do(chromedp.Navigate(serving(t, post+`<heed-view>I like tea.</heed-view>`, map[string]string{"Content-Security-Policy": strings.Join(parts, "; ")}, nil)))
			tab.until(root + `?.querySelector("[role=alert]")?.textContent.includes(` + quote(want) + `)`)
		})
	}
}

// TestMissingLoader has no heed.js, or another one: after a while the page says so where the picture would be.
func TestMissingLoader(t *testing.T) {
	t.Parallel()
	loader, err := os.ReadFile("heed.js")
	if err != nil {
		t.Fatal(err)
	}
	tabs := map[string]*tab{}
	for name, answer := range map[string]http.HandlerFunc{
		"missing": http.NotFound,
		"cut": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/javascript")
			w.Write(loader[:len(loader)/2])
		},
		"a page": func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "<!doctype html><title>Not here</title>") },
	} {
		tab := newTab(t, "")
		tab.excuse()
		tab.do(chromedp.Navigate(serving(t, post+`<heed-view>I like tea.</heed-view>`, nil, map[string]http.HandlerFunc{"/web/heed.js": answer})))
		tabs[name] = tab
	}
	for name, tab := range tabs { // which all wait at once
		t.Run(name, func(t *testing.T) {
			const after = `getComputedStyle(document.querySelector("heed-view"), "::after")`
			if said := tab.said(after + ".content"); !strings.Contains(said, "has not loaded") {
				t.Errorf("the page says %s", said)
			}
			tab.until(after + `.visibility === "visible"`)
		})
	}
}

// TestDamagedLoader has a browser keep a heed.js that runs and asks for a file that is not there: where another try does not help, the
// page is loaded again, past what is kept.
func TestDamagedLoader(t *testing.T) {
	t.Parallel()
	loader, err := os.ReadFile("heed.js")
	if err != nil {
		t.Fatal(err)
	}
	damaged := strings.ReplaceAll(string(loader), `"heed.wasm"`, `"head.wasm"`)
	if damaged == string(loader) {
		t.Fatal("heed.js is not damaged")
	}
	var came atomic.Bool
	tab := newTab(t, "")
	tab.excuse()
	tab.do(chromedp.Navigate(serving(t, post+`<heed-view>I like tea.</heed-view>`, nil, map[string]http.HandlerFunc{"/web/heed.js": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		w.Header().Set("Cache-Control", "max-age=3600")
		if came.Swap(true) {
			w.Write(loader)
		} else {
			fmt.Fprint(w, damaged)
		}
	}})))
	const button = `?.querySelector("[role=alert] button")`
	tab.until(root + button + `?.textContent === "Try again"`)
	tab.run(root + button + `.click()`)
	tab.until(root + button + `?.textContent === "Load the page again"`)
	tab.run(root + button + `.click()`)
	for range 300 { // of which some meet a page that is not there yet
		if output, _ := chromedp.Run(tab.ctx, chromedp.Evaluate[string](`document.querySelector("heed-view").record.output`)); output != "" {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Errorf("loading again does not help: %s", tab.said(`document.querySelector("heed-view")?.shadowRoot?.textContent ?? "no element"`))
}

// TestDamagedEngine has a browser keep an engine that is damaged, as a host allows it: the element asks for it past what is kept.
func TestDamagedEngine(t *testing.T) {
	t.Parallel()
	engine, err := os.ReadFile("heed.wasm.gz")
	if err != nil {
		t.Fatal(err)
	}
	var came atomic.Int32
	tab := newTab(t, "")
	tab.excuse() // the damage
	tab.do(chromedp.Navigate(serving(t, post+`<heed-view>I like tea.</heed-view>`, nil, map[string]http.HandlerFunc{"/web/heed.wasm.gz": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/gzip")
		w.Header().Set("Cache-Control", "max-age=3600")
		data := bytes.Clone(engine)
		if came.Add(1) == 1 {
			data[len(data)/2] ^= 1
		}
		w.Write(data)
	}})))
	tab.until(settled(0))
	equal(t, "how often the engine was asked for", came.Load(), 2)
}

// TestFrameWithoutLoader opens the frame form where heed.js is missing: it says so as well.
func TestFrameWithoutLoader(t *testing.T) {
	t.Parallel()
	tab := newTab(t, "")
	tab.excuse()
	tab.do(chromedp.Navigate(another(t, map[string]http.HandlerFunc{"/web/heed.js": http.NotFound}) + "embed.html#model=en-fr&text=I+like+tea."))
	tab.until(`document.querySelector("heed-view")`)
	if said := tab.said(`getComputedStyle(document.querySelector("heed-view"), "::after").content`); !strings.Contains(said, "has not loaded") {
		t.Errorf("the page says %s", said)
	}
}

// TestBrokenSupport has something else in the place of wasm_exec.js: the element names the file, and trying again helps.
func TestBrokenSupport(t *testing.T) {
	t.Parallel()
	support, err := os.ReadFile("wasm_exec.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, body, sentence string }{
		{"missing", "", "wasm_exec.js could not be downloaded: the server answered 404"},
		{"cut", string(support[:len(support)/2]), "wasm_exec.js arrived damaged"},
		{"another script", "globalThis.Go = 1;", "wasm_exec.js arrived damaged"},
		{"a page", "<!doctype html><title>Not here</title>", "wasm_exec.js could not be downloaded: the server sent a web page in its place"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var well atomic.Bool
			tab := newTab(t, "")
			tab.excuse()
			tab.do(chromedp.Navigate(serving(t, post+`<heed-view>I like tea.</heed-view>`, nil, map[string]http.HandlerFunc{"/web/wasm_exec.js": func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/javascript")
				w.Header().Set("Cache-Control", "no-store")
				if well.Load() {
					w.Write(support)
				} else if test.body == "" {
					http.NotFound(w, r)
				} else {
					fmt.Fprint(w, test.body)
				}
			}})))
			tab.until(root + `?.querySelector("[role=alert]")`)
			if said := tab.said(root + `.querySelector("[role=alert]").textContent`); !strings.Contains(said, test.sentence) {
				t.Errorf("the page says %q", said)
			}
			well.Store(true)
			tab.run(root + `.querySelector("[role=alert] button").click()`)
			tab.until(settled(0))
		})
	}
}

// TestForeignLoader has heed.js brought by another script: as a script element it works, and where its text is run it says
// how it is to be loaded.
func TestForeignLoader(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ loader, sentence string }{
		"an element": {`document.head.append(Object.assign(document.createElement("script"), { src: "/web/heed.js" }))`, ""},
		"a module":   {`import("/web/heed.js")`, ""},
		"inline": {`fetch("/web/heed.js").then((r) => r.text()).then((text) => document.head.append(Object.assign(document.createElement("script"), { textContent: text })))`,
			"Load it by a script element with a src"},
		"eval": {`fetch("/web/heed.js").then((r) => r.text()).then((text) => (0, eval)(text))`, "Load it by a script element with a src"},
	} {
		t.Run(name, func(t *testing.T) {
			page := strings.Replace(post, `<script src="web/heed.js" defer></script>`, `<script src="loader.js" defer></script>`, 1) + `<heed-view>I like tea.</heed-view>`
			tab := newTab(t, "")
			if test.sentence != "" {
				tab.excuse()
			}
			tab.do(chromedp.Navigate(serving(t, page, nil, map[string]http.HandlerFunc{"/loader.js": func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "text/javascript")
				fmt.Fprint(w, test.loader)
			}})))
			if test.sentence == "" {
				tab.until(settled(0))
				return
			}
			tab.until(`document.querySelector("heed-view").shadowRoot?.querySelector("[role=alert]")?.textContent.includes(` + quote(test.sentence) + `)`)
		})
	}
}

// TestHeadersStay visits the published playground twice under a host's policy, the README's with Trusted Types. What comes from the service worker the
// second time is bound as the first was.
func TestHeadersStay(t *testing.T) {
	t.Parallel()
	dir, _ := packed(t)
	outside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Access-Control-Allow-Origin", "*") }))
	defer outside.Close()
	host := readmePolicy(t) + "; frame-ancestors 'none'; img-src 'self' data:; require-trusted-types-for 'script'; trusted-types heed heed-offline"
	files := http.FileServer(http.Dir(dir))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, value := range map[string]string{"Content-Security-Policy": host, "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
			"Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin", "Permissions-Policy": "camera=()"} {
			w.Header().Set(name, value)
		}
		if r.URL.Path == "/index.html" { // FileServer would redirect
			r.URL.Path = "/"
		}
		files.ServeHTTP(w, r)
	}))
	defer server.Close()
	tab := newTab(t, "")
	tab.excuse() // the policy's refusals
	const headers = `fetch("index.html").then((r) => JSON.stringify(["content-security-policy", "x-content-type-options", "x-frame-options",
		"referrer-policy", "cross-origin-opener-policy", "permissions-policy", "content-type"].map((name) => r.headers.get(name))))`
	awaited := func(js string) string { return get(tab, chromedp.Evaluate[string](js, chromedp.EvalAwaitPromise)) }
	foreign := `fetch("` + outside.URL + `").then(() => "passed", () => "refused")`
	inline := `new Promise((done) => { const s = document.createElement("script"); try { s.textContent = "globalThis.ran = true"; document.head.append(s); } catch { } done(String("ran" in globalThis)); })`

	bound := func(visit string) {
		t.Helper()
		equal(t, "a fetch elsewhere, the "+visit+" time", awaited(foreign), "refused")
		equal(t, "an inline script, the "+visit+" time", awaited(inline), "false")
		equal(t, "markup made of a text, the "+visit+" time", tab.said(markup), "refused")
		tab.set("text", "I like tea.") // window and worker run under it
		tab.until(ready + ` && ` + output + ` === ` + quote(native(t, "I like tea.", nil).Output))
	}

	tab.do(chromedp.Navigate(server.URL + "/"))
	tab.until(ready)
	first := awaited(headers)
	if !strings.Contains(first, "frame-ancestors") {
		t.Fatalf("the first visit has %s", first)
	}
	bound("first")
	tab.until(`navigator.serviceWorker.controller`)
	tab.do(chromedp.Navigate("about:blank"), chromedp.Navigate(server.URL+"/"))
	tab.until(ready)
	equal(t, "from the service worker", tab.said(`String(performance.getEntriesByType("navigation")[0].workerStart > 0 && performance.getEntriesByType("navigation")[0].transferSize === 0)`), "true")
	equal(t, "headers, the second time", awaited(headers), first)
	bound("second")
}

// TestOwnPolicy: each published page has a policy of its own, which refuses inline scripts where the host sends none.
func TestOwnPolicy(t *testing.T) {
	t.Parallel()
	dir, _ := packed(t)
	pages, _ := filepath.Glob(filepath.Join(dir, "web/lessons/*.html"))
	for _, file := range append(pages, filepath.Join(dir, "index.html"), filepath.Join(dir, "embed.html"), filepath.Join(dir, "web/bench.html")) {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if page := string(b); strings.Count(page, `<meta http-equiv="Content-Security-Policy"`) != 1 || strings.Index(page, "<script") < strings.Index(page, "Content-Security-Policy") {
			t.Errorf("%s has no policy before its scripts", file)
		}
	}
	server := httptest.NewServer(http.FileServer(http.Dir(dir)))
	defer server.Close()
	tab := newTab(t, "")
	tab.excuse()
	tab.do(chromedp.Navigate(server.URL + "/"))
	tab.until(ready)
	equal(t, "an inline script", tab.said(`(() => { const s = document.createElement("script"); try { s.textContent = "globalThis.ran = true"; document.head.append(s); } catch { } return String("ran" in globalThis); })()`), "false")
	equal(t, "markup made of a text", tab.said(markup), "refused")
}

// markup is a JavaScript expression that says whether Trusted Types let a text become markup.
const markup = `(() => { try { document.createElement("p").innerHTML = "<b>x</b>"; return "set"; } catch { return "refused"; } })()`

// TestChangedFile has a host that puts a line into index.html: the console names the file, and the rest is kept.
func TestChangedFile(t *testing.T) {
	t.Parallel()
	dir, _ := packed(t)
	index, err := os.ReadFile(filepath.Join(dir, "index.html"))
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(index), "</body>", "<!-- counted --></body>", 1)
	files := http.FileServer(http.Dir(dir))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" || r.URL.Path == "/index.html" {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, changed)
			return
		}
		files.ServeHTTP(w, r)
	}))
	defer server.Close()
	tab := newTab(t, `globalThis.warned = []; const warn = console.warn; console.warn = (...args) => { warned.push(args.join(" ")); warn(...args); };`)
	tab.do(chromedp.Navigate(server.URL + "/"))
	tab.until(`warned.some((line) => line.includes("index.html") && !line.includes("heed.js"))`)
	for _, name := range []string{copyOf(t, dir, "web/heed.js"), copyOf(t, dir, "web/view.css"), copyOf(t, dir, "web/heed.wasm.gz")} {
		for range 100 {
			if get(tab, chromedp.Evaluate[bool](`caches.match("`+name+`").then((r) => !!r)`, chromedp.EvalAwaitPromise)) {
				break
			}
		}
		equal(t, name+" is kept", get(tab, chromedp.Evaluate[bool](`caches.match("`+name+`").then((r) => !!r)`, chromedp.EvalAwaitPromise)), true)
	}
	equal(t, "index.html is kept", get(tab, chromedp.Evaluate[bool](`caches.match("index.html").then((r) => !!r)`, chromedp.EvalAwaitPromise)), false)
}
