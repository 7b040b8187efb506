//go:build !js

package web_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// packed is the folder that ./build.sh dist makes, its twins packed in a hurry, and what pack.mjs said.
func packed(t testing.TB) (dir, said string) {
	t.Helper()
	packing.Do(func() {
		packDir, _ = filepath.Abs("../.cache/dist")
		os.RemoveAll(packDir)
		out, err := exec.Command("node", "pack.mjs", packDir, "quick").CombinedOutput()
		if packSaid = string(out); err != nil {
			packError = fmt.Errorf("%w\n%s", err, out)
		}
	})
	if packError != nil {
		t.Fatal(packError)
	}
	return packDir, packSaid
}

var (
	packing           sync.Once
	packDir, packSaid string
	packError         error
)

// copyOf is the name with a hash by which the published pages ask for a file.
func copyOf(t testing.TB, dir, path string) string {
	t.Helper()
	worker, err := os.ReadFile(filepath.Join(dir, "sw.js"))
	if err != nil {
		t.Fatal(err)
	}
	folder, name := filepath.Split(path)
	found := regexp.MustCompile(`"` + regexp.QuoteMeta(name) + `":"([\w.]+\.[0-9a-f]{8}\.[\w.]+)"`).FindStringSubmatch(string(worker))
	if found == nil {
		t.Fatalf("sw.js names no copy of %s", path)
	}
	return folder + found[1]
}

// TestVersioned loads the versioned copy by the lines that dist prints, from another origin and a
// sub-path, and under the strict policy. All that it asks for is versioned too, but for the models.
func TestVersioned(t *testing.T) {
	t.Parallel()
	dir, said := packed(t)
	lines := regexp.MustCompile(`(?m)^  <.*>$`).FindAllString(said, -1)
	if len(lines) != 2 {
		t.Fatalf("pack.mjs printed %q", said)
	}
	var mu sync.Mutex
	var asked []string
	files := http.StripPrefix("/some/where", http.FileServer(http.Dir(dir)))
	heed := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked = append(asked, r.URL.Path)
		mu.Unlock()
		w.Header().Set("Access-Control-Allow-Origin", "*")
		files.ServeHTTP(w, r)
	}))
	defer heed.Close()
	page := `<!doctype html><title>A post</title><link rel="icon" href="data:,">` + strings.ReplaceAll(strings.Join(lines, "\n"), "…/web", "HEED") +
		`<heed-view model="en-fr">I like tea.</heed-view>`
	tab := newTab(t, "")
	tab.do(chromedp.Navigate(stranger(t, heed.URL+"/some/where/", page)))
	tab.until(settled(0))
	equal(t, "the translation", tab.said(output), native(t, "I like tea.", nil).Output)
	equal(t, "the height", tab.said(`getComputedStyle(document.querySelector("heed-view")).height`), "650px")
	mu.Lock()
	paths := asked
	mu.Unlock()
	for _, path := range paths {
		if !strings.Contains(path, "/models/") && !regexp.MustCompile(`\.[0-9a-f]{8}\.`).MatchString(path) {
			t.Errorf("%s was asked for", path)
		}
	}

	// Lines that name other bytes bring nothing.
	tab = newTab(t, "")
	tab.excuse()
	tab.do(chromedp.Navigate(stranger(t, heed.URL+"/some/where/", regexp.MustCompile(`sha384-.{8}`).ReplaceAllString(page, "sha384-AAAAAAAA"))))
	equal(t, "defined", get(tab, chromedp.Evaluate[bool](`customElements.get("heed-view") !== undefined`)), false)
}

// TestTwins compares each packed twin with its file, as a host that unpacks would.
func TestTwins(t *testing.T) {
	t.Parallel()
	dir, _ := packed(t)
	check := `const fs = require("fs"), zlib = require("zlib"), { join } = require("path"); let n = 0;
		for (const name of fs.readdirSync(process.argv[1], { recursive: true })) {
			const [, file, kind] = name.match(/(.*)\.(br|gz)$/) ?? []; if (!file) continue;
			const raw = fs.readFileSync(join(process.argv[1], file)), twin = fs.readFileSync(join(process.argv[1], name));
			if (!(kind === "br" ? zlib.brotliDecompressSync : zlib.gunzipSync)(twin).equals(raw)) throw new Error(name + " is no twin");
			n++;
		}
		console.log(n)`
	out, err := exec.Command("node", "-e", check, dir).CombinedOutput()
	if err != nil || len(out) < 3 {
		t.Fatalf("%v\n%s", err, out)
	}
}

// TestOffline visits the published playground once, and then has no network. A later version takes over;
// a file that stopped half-way is never kept.
func TestOffline(t *testing.T) {
	t.Parallel()
	dir, _ := packed(t)
	var down, newer, cut atomic.Bool
	const card = "web/models/en-fr/MODEL_CARD.md"
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	hash := func(s string) string { h := sha256.Sum256([]byte(s)); return hex.EncodeToString(h[:]) }
	index := read("index.html")
	next := strings.Replace(index, "<h1>Heed</h1>", "<h1>Heed, newer</h1>", 1)
	worker := strings.Replace(strings.Replace(read("sw.js"), hash(index), hash(next), 1), `"version":"`, `"version":"2`, 1)
	files := http.FileServer(http.Dir(dir))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		switch {
		case down.Load():
			panic(http.ErrAbortHandler)
		case cut.Load() && strings.HasSuffix(r.URL.Path, card):
			w.Header().Set("Content-Length", "3000")
			w.Write([]byte("# The first half"))
		case newer.Load() && r.URL.Path == "/":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, next)
		case newer.Load() && r.URL.Path == "/sw.js":
			w.Header().Set("Content-Type", "text/javascript")
			fmt.Fprint(w, worker)
		case newer.Load() && r.URL.Path == "/index.html": // as the worker asks; FileServer would redirect
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, next)
		case r.URL.Path == "/index.html":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, index)
		default:
			files.ServeHTTP(w, r)
		}
	}))
	defer server.Close()
	tab := newTab(t, "")
	tab.excuse() // a network that is down is an error on the console
	visit := func() {
		tab.do(chromedp.Navigate("about:blank"), chromedp.Navigate(server.URL+"/"))
		tab.until(ready)
	}
	awaited := func(js string) string {
		return get(tab, chromedp.Evaluate[string](`(async () => String(await (`+js+`)))()`, chromedp.EvalAwaitPromise))
	}
	kept := func(name string) bool { return awaited(`caches.match("`+name+`").then((r) => !!r)`) == "true" }
	eventually := func(what string, holds func() bool) {
		t.Helper()
		for range 300 {
			if holds() {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
		t.Fatal(what)
	}
	visit()
	eventually("the model is not kept", func() bool {
		return kept("web/models/en-fr/model.safetensors") && kept("web/models/en-fr/tokenizer.json") && kept(card)
	})
	equal(t, "kept of another model", kept("web/models/fill/model.safetensors"), false)
	lab := copyOf(t, dir, "web/lab.wasm.gz")
	equal(t, "kept of the lab before it is used", kept(lab), false)
	awaited(`fetch("` + lab + `").then((r) => r.arrayBuffer())`)
	eventually("the lab is not kept", func() bool { return kept(lab) })

	down.Store(true)
	visit()
	tab.set("text", "I like tea.")
	tab.until(ready + ` && ` + output + ` !== ""`)
	equal(t, "the translation offline", tab.said(output), native(t, "I like tea.", nil).Output)
	equal(t, "what is asked for anew, offline", awaited(`fetch("`+lab+`", { cache: "reload" }).then((r) => r.ok)`), "true")
	down.Store(false)

	// What another version took away when it began is there again after a visit.
	awaited(`caches.keys().then((k) => caches.open(k[0])).then((c) => c.delete("embed.html"))`)
	equal(t, "the frame form is kept", kept("embed.html"), false)
	visit()
	eventually("the frame form is not kept again", func() bool { return kept("embed.html") })

	// A newer version, with no page open that has the old one: at the next visit it is there.
	newer.Store(true)
	awaited(`navigator.serviceWorker.getRegistration().then((r) => r.update())`)
	eventually("the newer version does not wait", func() bool {
		return awaited(`navigator.serviceWorker.getRegistration().then((r) => !!r.waiting)`) == "true"
	})
	equal(t, "the version of the page that is open", tab.said(`document.querySelector("h1").textContent`), "Heed")
	tab.do(chromedp.Navigate("about:blank"), chromedp.Navigate(server.URL+"/"))
	eventually("the newer version is not shown", func() bool { // the page loads itself again meanwhile
		is, err := chromedp.Run(tab.ctx, chromedp.Evaluate[bool](`document.querySelector("h1").textContent === "Heed, newer" && !!`+ready))
		return err == nil && is
	})
	eventually("the old version's files are still there", func() bool {
		return awaited(`caches.keys().then((k) => k.length)`) == "1"
	})
	equal(t, "the model, carried over", kept("web/models/en-fr/model.safetensors"), true)
	equal(t, "the lab, carried over", kept(lab), true)
	down.Store(true)
	visit()
	equal(t, "the version offline", tab.said(`document.querySelector("h1").textContent`), "Heed, newer")
	down.Store(false)

	// Half a file.
	awaited(`caches.keys().then((k) => caches.open(k[0])).then((c) => c.delete("` + card + `"))`)
	cut.Store(true)
	equal(t, "half a file", awaited(`fetch("`+card+`").then((r) => r.text()).catch(() => "refused")`), "refused")
	equal(t, "half a file is kept", kept(card), false)
	cut.Store(false)
	equal(t, "the whole file", awaited(`fetch("`+card+`").then((r) => r.text()).then((s) => s.length > 100)`), "true")
	eventually("the whole file is not kept", func() bool { return kept(card) })
}

// command runs a program in a folder, for four minutes at most, and returns what it printed.
func command(in string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 4*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, args[0], args[1:]...)
	c.Dir = in
	out, err := c.CombinedOutput()
	return string(out), err
}

// installed puts an npm package, as npm packs it out of a folder of what dist makes, into a project.
func installed(t *testing.T, folder, name, project string) {
	t.Helper()
	pack, err := command(folder, "npm", "pack", "--pack-destination", project)
	if err != nil {
		t.Fatalf("npm pack: %v\n%s", err, pack)
	}
	to := filepath.Join(project, "node_modules", name)
	os.RemoveAll(to)
	if err := os.MkdirAll(to, 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := command(project, "tar", "-xzf", name+"-0.1.0.tgz", "--strip-components=1", "-C", "node_modules/"+name); err != nil {
		t.Fatalf("what npm packed: %v\n%s", err, out)
	}
}

// needs installs packages of others into a project, or skips the test where npm's registry is out of reach.
func needs(t *testing.T, project string, packages ...string) {
	t.Helper()
	if err := os.MkdirAll(project, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, p := range packages {
		if _, err := os.Stat(filepath.Join(project, "node_modules", p[:strings.LastIndexByte(p, '@')], "package.json")); err != nil {
			if out, err := command(project, append([]string{"npm", "install", "--no-audit", "--no-fund", "--no-save"}, packages...)...); err != nil {
				t.Skipf("npm cannot install %s here, so this is not tested: %v\n%s", packages, err, out)
			}
			return
		}
	}
}

// writeAll puts files with their texts into a folder.
func writeAll(t *testing.T, folder string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		file := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTypes compiles a React component that uses the element, with TypeScript's strictest checks.
func TestTypes(t *testing.T) {
	t.Parallel()
	dir, _ := packed(t)
	work, _ := filepath.Abs("../.cache/types")
	needs(t, work, "typescript@5.9.3", "@types/react@19.2.2")
	installed(t, filepath.Join(dir, "web"), "heed-view", work)
	installed(t, filepath.Join(dir, "web/models"), "heed-models", work)
	writeAll(t, work, map[string]string{
		"app.tsx": `import type {} from "heed-view/react";
import { defined, use, type HeedRecord, type HeedView } from "heed-view";
import enFr from "heed-models/en-fr";

use(enFr, "https://example.org/models");
const listener = function (this: HeedView, event: CustomEvent<HeedRecord>) { console.log(this.model, event.detail.tokens.source[0].text); };
export function Post() {
  return <p><heed-view model="en-fr" view="heatmap" head={3} editable={false} special={0} className="wide" ref={(view) => {
    view?.addEventListener("heed-record", listener);
    view?.removeEventListener("heed-record", listener);
    const record: HeedRecord | null | undefined = view?.record;
    console.log(record?.output);
  }}>The black cat sleeps.</heed-view></p>;
}
defined.then((c) => c?.heap());
`,
		"wrong.tsx": `import type {} from "heed-view/react";
export const wrong = <heed-view controls="everything">x</heed-view>;
`,
	})
	writeAll(t, work, map[string]string{"guide.tsx": examples(t, "GUIDES.md", "tsx", "heed-view/react")})
	// One run of the compiler for all: it reads what comes with itself each time.
	out, err := command(work, "npx", "tsc", "--noEmit", "--strict", "--jsx", "react-jsx", "--module", "esnext", "--moduleResolution", "bundler",
		"--target", "es2022", "--lib", "es2022,dom", "--pretty", "false", "app.tsx", "guide.tsx", "wrong.tsx")
	complained := false
	for line := range strings.Lines(out) {
		switch {
		case strings.HasPrefix(line, "wrong.tsx(") && (strings.Contains(line, "controls") || strings.Contains(line, "everything")):
			complained = true
		case strings.HasPrefix(line, " "): // the rest of a complaint
		default:
			t.Errorf("what shall compile does not: %s", line)
		}
	}
	if err == nil || !complained {
		t.Errorf("a wrong attribute compiles: %v, %s", err, out)
	}
}

// TestBundled has a real Vite build of a page that imports the package as npm packs it, and one model by its name.
// It needs npm's registry, the first time.
func TestBundled(t *testing.T) {
	t.Parallel()
	dir, _ := packed(t)
	work, _ := filepath.Abs("../.cache/vite")
	os.RemoveAll(filepath.Join(work, "dist"))
	writeAll(t, work, map[string]string{
		"package.json": `{ "private": true, "type": "module" }`,
		"index.html": `<!doctype html><title>A page of Vite's</title><link rel="icon" href="data:,"><script type="module" src="/src/main.js"></script>
			<heed-view model="en-fr">I like tea.</heed-view>`,
		"src/main.js": `import { defined, use } from "heed-view";
import enFr from "heed-models/en-fr";
import "heed-view/heed.css";
use(enFr);
const HeedView = await defined;
document.title = HeedView.name;
`,
		"vite.config.js": `export default { base: "./", build: { target: "esnext" } };`,
	})
	needs(t, work, "vite@7.1.12")
	installed(t, filepath.Join(dir, "web"), "heed-view", work)
	installed(t, filepath.Join(dir, "web/models"), "heed-models", work)
	if out, err := command(work, "npx", "vite", "build"); err != nil {
		t.Fatalf("vite build: %v\n%s", err, out)
	}
	built, _ := filepath.Glob(filepath.Join(work, "dist/assets/*.safetensors"))
	equal(t, "models in the build", len(built), 1)
	server := httptest.NewServer(http.StripPrefix("/deep", http.FileServer(http.Dir(filepath.Join(work, "dist")))))
	defer server.Close()
	tab := newTab(t, "")
	tab.do(chromedp.Navigate(server.URL + "/deep/"))
	tab.until(settled(0))
	equal(t, "the translation", tab.said(output), native(t, "I like tea.", nil).Output)
	equal(t, "what the module exports", tab.said("document.title"), "HeedView")
}

// TestNotices: what is published names the licences of all that is in it, by a list that the build makes.
func TestNotices(t *testing.T) {
	t.Parallel()
	dir, _ := packed(t)
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	list := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}{{end}}{{end}}", "./wasm")
	list.Dir, list.Env = "..", append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	modules := strings.Fields(string(out))
	if len(modules) < 2 {
		t.Fatalf("the engine's modules are %v", modules)
	}
	for _, file := range []string{"NOTICES.txt", "web/LICENSE"} {
		text := read(file)
		for _, part := range append(modules, "The Go Authors", "go-gl", "Dominik Honnef", "Neither the name of Google") {
			if !strings.Contains(text, part) {
				t.Errorf("%s does not have %q", file, part)
			}
		}
	}
	for _, file := range []string{"NOTICES.txt", "web/models/LICENSE"} {
		for _, part := range []string{"en-fr-attention", "CC BY 2.0 FR", "Tatoeba", "TinyStories", "none claimed"} {
			if !strings.Contains(read(file), part) {
				t.Errorf("%s does not have %q", file, part)
			}
		}
	}
	if !strings.Contains(read("web/package.json"), `"license": "MIT AND BSD-3-Clause"`) || !strings.Contains(read("web/models/package.json"), `"license": "SEE LICENSE IN LICENSE"`) {
		t.Error("a package.json names another licence")
	}
}

// theirs is a page that somebody has put beside ours, and which is no business of pack.mjs.
const theirs = `<!doctype html>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="script-src 'self'">
<script src="web/heed.js" defer></script>
`

// TestSameAgain packs a second time, elsewhere, where an isolated version was: every file is byte for byte the same.
func TestSameAgain(t *testing.T) {
	t.Parallel()
	first, said := packed(t)
	second := t.TempDir()
	other, version := filepath.Join(second, "theirs.html"), regexp.MustCompile(`Version [0-9a-f]{8}`)
	if err := os.WriteFile(other, []byte(theirs), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, how := range []string{"isolate", ""} {
		out, err := exec.Command("node", "pack.mjs", second, "quick", how).CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		equal(t, "it is the same version", version.FindString(string(out)) == version.FindString(said), how == "")
		worker, err := os.ReadFile(filepath.Join(second, "sw.js"))
		if err != nil || strings.Contains(string(worker), `"_headers"`) || strings.Contains(string(worker), `"theirs.html"`) {
			t.Errorf("sw.js lists what is none of its files, or cannot be read: %v", err)
		}
	}
	if page, err := os.ReadFile(other); err != nil || string(page) != theirs {
		t.Errorf("somebody's own page is now %q, %v", page, err)
	}
	if err := os.Remove(other); err != nil {
		t.Fatal(err)
	}
	n := 0
	err := filepath.WalkDir(second, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		n++
		name, _ := filepath.Rel(second, path)
		now, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		before, err := os.ReadFile(filepath.Join(first, name))
		if err != nil || !bytes.Equal(now, before) {
			t.Errorf("%s is not the same again", name)
		}
		return err
	})
	if err != nil || n < 100 {
		t.Fatalf("%d files, %v", n, err)
	}
}

// TestFirstPicture holds back heed.js on a slow line: the picture of the sentence is on the page before any script, in
// the page's own light, and the live one takes its place without moving anything.
func TestFirstPicture(t *testing.T) {
	t.Parallel()
	dir, _ := packed(t)
	hold := make(chan bool)
	files, loader := http.FileServer(http.Dir(dir)), "/"+copyOf(t, dir, "web/heed.js")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == loader {
			<-hold
		}
		files.ServeHTTP(w, r)
	}))
	defer server.Close()
	tab := newTab(t, shifts)
	tab.do(call(network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{
		{Latency: 150, DownloadThroughput: 1.6e6 / 8, UploadThroughput: 0.75e6 / 8}}}),
		call(emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: 4}))
	go chromedp.Run(tab.ctx, chromedp.Navigate(server.URL+"/"))
	const poster = `document.querySelector("heed-view > svg.light")`
	tab.until(poster + `?.checkVisibility() && performance.getEntriesByName("first-contentful-paint").length === 1`)
	t.Logf("first contentful paint: %.0f ms", get(tab, chromedp.Evaluate[float64](`performance.getEntriesByName("first-contentful-paint")[0].startTime`)))
	equal(t, "scripts that have come", get(tab, chromedp.Evaluate[bool](`customElements.get("heed-view") === undefined`)), true)
	equal(t, "words in the picture", tab.said(`[...`+poster+`.querySelectorAll("text")].filter((e) => ["red", "rouge", "car", "voiture"].includes(e.textContent)).length + ""`), "4")
	equal(t, "the dark picture is seen", get(tab, chromedp.Evaluate[bool](`document.querySelector("heed-view > svg.dark").checkVisibility()`)), false)
	tab.do(call(emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: 1}),
		call(network.EmulateNetworkConditionsByRule, network.EmulateNetworkConditionsByRuleParams{MatchedNetworkConditions: []*network.Conditions{}}))
	close(hold)
	tab.until(settled(0))
	equal(t, "the text", tab.said(`document.querySelector("heed-view").text`), "She bought a red car last week.")
	tab.until(`!` + poster + `.checkVisibility()`)
	equal(t, "layout shift", get(tab, chromedp.Evaluate[float64]("shifted")), 0)

	// An address that asks for something else has no use for it.
	tab.do(chromedp.Navigate("about:blank"), chromedp.Navigate(server.URL+"/#text=I+like+tea."))
	tab.until(`customElements.get("heed-view") && !` + poster + `.checkVisibility()`)
}
