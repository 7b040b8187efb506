//go:build !js

package web_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"mime"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
)

// A deployment serves the published playground, as a static host does, until it is down or a newer version is there.
type deployment struct {
	dir, address string
	policy       atomic.Pointer[string] // the Content-Security-Policy that it sends with everything
	down         atomic.Bool
	newer        atomic.Pointer[map[string][]byte] // the files that differ in it; an empty one is not there
}

func deployed(t *testing.T) *deployment {
	t.Helper()
	d := &deployment{}
	d.dir, _ = packed(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if d.down.Load() {
			panic(http.ErrAbortHandler)
		}
		name := strings.TrimPrefix(r.URL.Path, "/")
		if name == "" {
			name = "index.html"
		}
		file, err := os.ReadFile(filepath.Join(d.dir, name))
		if newer := d.newer.Load(); newer != nil && (*newer)[name] != nil {
			file, err = (*newer)[name], nil
		}
		if err != nil || len(file) == 0 {
			http.NotFound(w, r)
			return
		}
		if policy := d.policy.Load(); policy != nil {
			w.Header().Set("Content-Security-Policy", *policy)
		}
		if name != "sw.js" { // Firefox keeps the worker's own script in such a cache
			w.Header().Set("Vary", "*") // with which no cache takes an answer
		}
		w.Header().Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
		w.Header().Set("Cache-Control", "no-cache")
		w.Write(file)
	}))
	t.Cleanup(server.Close)
	d.address = server.URL + "/"
	return d
}

// publish has the deployment serve a version in which files are changed. The list of models and the service worker's list
// have the new hashes.
func (d *deployment) publish(t *testing.T, changes map[string]func(file []byte) []byte) {
	t.Helper()
	read := func(name string) []byte {
		file, err := os.ReadFile(filepath.Join(d.dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return file
	}
	sum := func(file []byte) string { s := sha256.Sum256(file); return hex.EncodeToString(s[:]) }
	list, worker := read("web/models/index.json"), string(read("sw.js"))
	const listName = "web/models/index.json"
	newer, before := map[string][]byte{}, sum(list)
	for name, change := range changes {
		old := read(name)
		now := change(old)
		if bytes.Equal(old, now) || !strings.Contains(worker, sum(old)) {
			t.Fatalf("%s is not changed, or not in sw.js", name)
		}
		newer[name] = now
		worker = strings.ReplaceAll(worker, sum(old), sum(now))
		if len(old) != len(now) {
			continue
		}
		list = bytes.ReplaceAll(list, []byte(sum(old)), []byte(sum(now)))
	}
	newer[listName] = list
	worker = strings.ReplaceAll(worker, before, sum(list))
	newer["sw.js"] = []byte(strings.Replace(worker, `"version":"`, `"version":"2`, 1))
	d.newer.Store(&newer)
}

// sum is the SHA-256 of a file in a folder, as sw.js has it.
func sum(t *testing.T, dir, name string) string {
	t.Helper()
	file, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", sha256.Sum256(file))
}

// awaited is what a promise of the page resolves to, as a text.
func (tab *tab) awaited(js string) string {
	tab.t.Helper()
	return get(tab, chromedp.Evaluate[string](`(async () => String(await (`+js+`)))()`, chromedp.EvalAwaitPromise))
}

// eventually waits for an awaited value.
func (tab *tab) eventually(js, want string) {
	tab.t.Helper()
	var is string
	for range 300 {
		if is = tab.awaited(js); is == want {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	tab.t.Fatalf("%s is %q, want %q", js, is, want)
}

// comes waits for what a page says that may load itself again meanwhile.
func (tab *tab) comes(js string) {
	tab.t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		if is, err := chromedp.Run(tab.ctx, chromedp.Evaluate[bool](js)); err == nil && is {
			return
		}
		if time.Now().After(end) {
			tab.t.Fatalf("it does not come to %s", js)
		}
	}
}

const (
	keepsModel = `caches.match("web/models/%s/model.safetensors").then((r) => !!r)`
	gathered   = `Promise.race([navigator.serviceWorker.ready, new Promise((done) => setTimeout(done, 20000))]).then((r) => !!r)`
)

// pick has the page choose a model, as its address says.
func (tab *tab) pick(id string) {
	tab.t.Helper()
	tab.run(`location.hash = ` + quote("#"+address("model", id, "text", "I like tea.")))
}

// answeredBy waits for the answer of a model.
func (tab *tab) answeredBy(id string) {
	tab.t.Helper()
	tab.until(ready + ` && document.querySelector("heed-view").record?.model === ` + quote(id))
}

// TestOldTab has a page open while a newer version is published, in which another model differs. The old page never puts
// the old list of models and the new files together: it says that they differ, and another try takes both anew. A second
// page, opened meanwhile, works beside it; when both are closed, the newer version is there.
func TestOldTab(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	tab := newTab(t, "")
	tab.excuse() // a failed download is an error on the console
	tab.do(chromedp.Navigate(d.address))
	tab.until(ready)
	tab.eventually(gathered, "true")
	tab.until(`navigator.serviceWorker.controller`)
	const config = "web/models/en-fr-attention/config.json"
	d.publish(t, map[string]func([]byte) []byte{
		"index.html": func(file []byte) []byte {
			return bytes.Replace(file, []byte("<h1>Heed</h1>"), []byte("<h1>Heed, newer</h1>"), 1)
		},
		config: func(file []byte) []byte { return append(file[:len(file)-1:len(file)-1], ' ') }, // the same, by another hash
	})
	tab.pick("en-fr-attention")
	tab.until(root + `.querySelector("[role=alert]")?.textContent.startsWith("config.json is not the file that the list of models names")`)
	tab.tryAgain(0)
	tab.answeredBy("en-fr-attention")
	equal(t, "the new file is kept for the old version", tab.awaited(`caches.match("`+config+`").then((r) => !!r)`), "false")

	tab.awaited(`navigator.serviceWorker.getRegistration().then((r) => r.update())`)
	tab.eventually(`navigator.serviceWorker.getRegistration().then((r) => !!r.waiting)`, "true")
	const second = `document.querySelector("iframe").contentDocument` // a page of its own to the service worker
	tab.run(`document.body.prepend(Object.assign(document.createElement("iframe"), { src: location.pathname, width: 800, height: 800 }))`)
	tab.until(second + `?.querySelector("heed-view")?.shadowRoot?.querySelector("[data-state=ready]")`)
	equal(t, "the second page's version", tab.said(second+`.querySelector("h1").textContent`), "Heed")
	tab.pick("en-fr")
	tab.answeredBy("en-fr")
	tab.do(chromedp.Navigate("about:blank"), chromedp.Navigate(d.address))
	tab.comes(`document.querySelector("h1").textContent === "Heed, newer" && !!` + ready)
	tab.pick("en-fr-attention")
	tab.answeredBy("en-fr-attention")
}

// TestOneVersion has the files of a page that is open go with its version, and others in the place of those whose names stay: the page asks for
// nothing but what is its own, and says what is missing. The lesson that was visited has, when the new version begins, the headers
// that the host sends now, without another visit.
func TestOneVersion(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	d.policy.Store(new("frame-ancestors 'self'"))
	tab := newTab(t, "")
	tab.excuse() // what is not there any more
	const lesson, header = "web/lessons/attention.html", `.then((r) => r?.headers.get("content-security-policy"))`
	train := copyOf(t, d.dir, "web/train.js")
	tab.do(chromedp.Navigate(d.address + lesson))
	tab.eventually(gathered, "true")
	tab.until(`navigator.serviceWorker.controller`)
	tab.awaited(`fetch("` + d.address + train + `").then((r) => r.arrayBuffer())`)
	tab.eventually(`caches.match("`+d.address+train+`").then((r) => !!r)`, "true")
	tab.eventually(`caches.match("`+d.address+lesson+`")`+header, "frame-ancestors 'self'")
	tab.do(chromedp.Navigate(d.address))
	tab.until(ready)
	d.policy.Store(new("frame-ancestors 'none'"))
	d.publish(t, map[string]func([]byte) []byte{
		"index.html": func(file []byte) []byte {
			return bytes.Replace(file, []byte("<h1>Heed</h1>"), []byte("<h1>Heed, newer</h1>"), 1)
		},
	})
	lab := copyOf(t, d.dir, "web/lab.wasm")
	newer := *d.newer.Load()
	const other = "web/train.00000000.js" // by another name, as each version has it
	newer[other], newer[train] = []byte("// newer"), []byte{}
	newer["sw.js"] = bytes.ReplaceAll(bytes.ReplaceAll(newer["sw.js"], []byte(path.Base(train)), []byte(path.Base(other))),
		[]byte(sum(t, d.dir, train)), fmt.Appendf(nil, "%x", sha256.Sum256(newer[other])))
	newer[lab], newer[lab+".gz"] = []byte{}, []byte{}
	for _, name := range []string{"web/wasm_exec.js", "web/lab.wasm", "web/lab.wasm.gz", "web/heed.js"} {
		newer[name] = []byte("another version's")
	}
	tab.goTo("model", "en-fr", "text", "I like tea.", "view", "ablation")
	tab.until(root + `.querySelector("[role=alert]")?.textContent.includes("404 Not Found for ` + d.address + lab + `. A newer version may have been published meanwhile: close other tabs of this page, and reload it.")`)
	tab.mu.Lock()
	for _, address := range tab.requests {
		if path := strings.TrimPrefix(address, d.address); len(newer[path]) > 0 && path != "sw.js" && path != "index.html" && path != "web/models/index.json" {
			t.Errorf("%s was asked for", path)
		}
	}
	tab.mu.Unlock()

	tab.awaited(`navigator.serviceWorker.getRegistration().then((r) => r.update())`)
	tab.eventually(`navigator.serviceWorker.getRegistration().then((r) => !!r.waiting)`, "true")
	tab.do(chromedp.Navigate("about:blank"), chromedp.Navigate(d.address))
	tab.comes(`document.querySelector("h1").textContent === "Heed, newer" && !!` + ready)
	tab.eventually(`caches.match("`+lesson+`")`+header, "frame-ancestors 'none'")
	equal(t, "the newer script is kept", tab.awaited(`caches.match("`+other+`").then((r) => !!r)`), "true")
	d.down.Store(true)
	tab.do(chromedp.Navigate("about:blank"), chromedp.Navigate(d.address+lesson))
	tab.until(`document.querySelector("h1")`)
	d.down.Store(false)
}

// TestStorageFull has no room for what would be kept: the page works, online.
func TestStorageFull(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	tab := newTab(t, "")
	quota := 100_000.0 // bytes
	tab.do(call(storage.OverrideQuotaForOrigin, storage.OverrideQuotaForOriginParams{Origin: strings.TrimSuffix(d.address, "/"), QuotaSize: &quota}),
		chromedp.Navigate(d.address))
	tab.until(ready)
	tab.set("text", "I like tea.")
	tab.until(ready + ` && ` + output + ` === ` + quote(native(t, "I like tea.", nil).Output))
	tab.pick("en-fr-attention")
	tab.answeredBy("en-fr-attention")
	tab.do(chromedp.Navigate("about:blank"), chromedp.Navigate(d.address))
	tab.until(ready)
	equal(t, "what is kept", tab.awaited(fmt.Sprintf(keepsModel, "en-fr")), "false")
}

// TestModelsOffline visits the playground, looks at models, and then has no network: what was looked at works, of any
// other the page says what is missing, and what was there goes on. With HEED_FAULTS=all, it is each model in turn.
func TestModelsOffline(t *testing.T) {
	t.Parallel()
	others := []string{"en-fr-attention"}
	if os.Getenv("HEED_FAULTS") == "all" {
		others = append(others, "en-fr-context", "fill", "shorten", "stories")
	}
	d := deployed(t)
	tab := newTab(t, "")
	tab.excuse() // a network that is down is an error on the console
	tab.do(chromedp.Navigate(d.address))
	tab.until(ready)
	tab.eventually(fmt.Sprintf(keepsModel, "en-fr"), "true")
	for _, id := range others {
		d.down.Store(true)
		tab.pick(id)
		tab.until(root + `.querySelector("[role=alert]")?.textContent.includes("could not be downloaded: the server does not answer")`)
		tab.pick("en-fr")
		tab.answeredBy("en-fr")
		d.down.Store(false)
		tab.pick(id)
		tab.answeredBy(id)
		tab.eventually(fmt.Sprintf(keepsModel, id), "true")
		d.down.Store(true)
		tab.do(chromedp.Navigate("about:blank"), chromedp.Navigate(d.address+"#"+address("model", id, "text", "I like tea.")))
		tab.answeredBy(id)
		tab.pick("en-fr")
		tab.answeredBy("en-fr")
	}
}

// TestDamagedCache flips one bit of the weights that the service worker keeps: the page finds it, fetches the file anew,
// and what is kept is well again.
func TestDamagedCache(t *testing.T) {
	t.Parallel()
	d := deployed(t)
	tab := newTab(t, "")
	tab.do(chromedp.Navigate(d.address))
	tab.until(ready)
	tab.eventually(fmt.Sprintf(keepsModel, "en-fr"), "true")
	const weights = "web/models/en-fr/model.safetensors"
	kept := `caches.match("` + weights + `").then((r) => r.arrayBuffer()).then((b) => crypto.subtle.digest("SHA-256", b)).then((h) => new Uint8Array(h).toHex())`
	well := tab.awaited(kept)
	tab.awaited(`(async () => {
		const cache = await caches.open((await caches.keys()).find((name) => name.startsWith("heed ")));
		const response = await cache.match("` + weights + `"), bytes = new Uint8Array(await response.arrayBuffer());
		bytes[bytes.length >> 1] ^= 1;
		await cache.put("` + weights + `", new Response(bytes, { headers: response.headers }));
	})()`)
	if tab.awaited(kept) == well {
		t.Fatal("nothing is damaged")
	}
	tab.do(chromedp.Navigate("about:blank"), chromedp.Navigate(d.address+"#"+address("model", "en-fr", "text", "I like tea.")))
	tab.until(ready + ` && ` + output + ` === ` + quote(native(t, "I like tea.", nil).Output))
	tab.eventually(kept, well)
}
