//go:build !js

// Package web_test opens the page in a real Chromium, served by the real server.
package web_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
)

var (
	browser context.Context // one Chromium for all tests
	site    string          // the server's address, with its final slash
)

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (int, error) {
	chromium, err := find("chromium", "chromium-browser", "google-chrome", "chrome")
	if err != nil {
		return 1, fmt.Errorf("The browser tests need Chromium: please install the package chromium, or Google Chrome.")
	}
	for _, file := range []string{"heed.wasm", "lab.wasm", "wasm_exec.js"} {
		if _, err := os.Stat(file); err != nil {
			return 1, fmt.Errorf("web/%s is not built: run ./build.sh test.", file)
		}
	}
	stop, err := serve()
	if err != nil {
		return 1, err
	}
	defer stop()

	// The last features are parts of the address bar and a process in reserve, for which Chromium starts processes more with each tab:
	// without them a tab takes two fifths less of the processor.
	const without = "Translate,BlinkGenPropertyTrees,WebUIOmniboxPopup,WebUIOmniboxAimPopup,SpareRendererForSitePerProcess"
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.Flag("disable-features", without),
		chromedp.DisableGPU, chromedp.WindowSize(800, 750), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("process-per-site", true)) // so that the tabs of a profile have one process: see profile
	allocator, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	defer cancel()
	browser, cancel = chromedp.NewContext(allocator)
	defer cancel()
	if err := chromedp.Do(browser); err != nil {
		return 1, fmt.Errorf("Chromium does not start: %w", err)
	}
	return m.Run(), nil
}

func find(names ...string) (string, error) {
	for _, name := range names {
		if file, err := exec.LookPath(name); err == nil {
			return file, nil
		}
	}
	return "", exec.ErrNotFound
}

// serve builds serve.go, starts it on a free port, and sets site.
func serve() (stop func(), err error) {
	dir, err := os.MkdirTemp("", "heed")
	if err != nil {
		return nil, err
	}
	program := filepath.Join(dir, "serve")
	build := exec.Command("go", "build", "-o", program, "serve.go")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("serve.go does not build: %w\n%s", err, out)
	}
	server := exec.Command(program, "-port", "0", "-dir", "..")
	server.Stderr = os.Stderr
	out, err := server.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := server.Start(); err != nil {
		return nil, err
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	go io.Copy(io.Discard, out)
	site = strings.TrimSpace(strings.TrimPrefix(line, "Heed is at "))
	return func() {
		server.Process.Kill()
		server.Wait()
		os.RemoveAll(dir)
	}, nil
}

// A tab is one page in a fresh profile. It notes what a person with the console open would see.
type tab struct {
	t   testing.TB
	ctx context.Context

	mu       sync.Mutex
	problems []string // errors on the console, the worker's too
	requests []string // addresses asked for
	excused  bool
}

// A profile is one that many tests use, one after another, each of which leaves it empty. Its tabs run in one process, in which a page
// that is never closed has compiled the engines: Chromium compiles in a process but once what it has there already, and so a tab takes
// half of the processor's time that it takes in a process of its own.
type profile struct{ ctx context.Context }

var profiles struct {
	sync.Mutex
	free []profile
}

// takeProfile returns a profile that no other test uses.
func takeProfile() (profile, error) {
	profiles.Lock()
	if n := len(profiles.free); n > 0 {
		defer profiles.Unlock()
		p := profiles.free[n-1]
		profiles.free = profiles.free[:n-1]
		return p, nil
	}
	profiles.Unlock()                                                        // others need not wait for a new one
	ctx, _ := chromedp.NewContext(browser, chromedp.WithNewBrowserContext()) // for as long as the browser
	compiled := `Promise.all(["heed.wasm", "lab.wasm"].map((file) => WebAssembly.compileStreaming(fetch(file)))).then((all) => { globalThis.kept = all; })`
	_, err := chromedp.Run(ctx, chromedp.Steps(chromedp.Navigate(site+"web/heed.css"),
		chromedp.Evaluate[chromedp.Void](compiled, chromedp.EvalAwaitPromise)))
	return profile{ctx}, err
}

// giveBack empties a profile of what pages of these origins left in it. One that does not answer is not used again.
func (p profile) giveBack(origins []string) {
	ctx, cancel := context.WithTimeout(p.ctx, 5*time.Second)
	defer cancel()
	empty := []chromedp.Action[chromedp.Void]{call(network.ClearBrowserCache, cdp.Empty{}), call(network.ClearBrowserCookies, cdp.Empty{}),
		chromedp.Evaluate[chromedp.Void]("0")}
	for _, origin := range origins {
		empty = append(empty, call(storage.ClearDataForOrigin, storage.ClearDataForOriginParams{Origin: origin, StorageTypes: "all"}))
	}
	if _, err := chromedp.Run(ctx, chromedp.Steps(empty...)); err != nil {
		return
	}
	profiles.Lock()
	defer profiles.Unlock()
	profiles.free = append(profiles.free, p)
}

// newTab makes an empty tab, in which before runs ahead of any script of the page. When the test
// ends, a problem that was not excused fails it.
func newTab(t testing.TB, before string) *tab {
	t.Helper()
	if _, timed := t.(*testing.B); timed {
		return freshTab(t, before)
	}
	p, err := takeProfile()
	if err != nil {
		t.Fatal(err)
	}
	var its *tab
	t.Cleanup(func() {
		if its != nil { // else the profile opens no tabs
			p.giveBack(its.origins())
		}
	})
	its = newTabOf(t, before, p.ctx)
	return its
}

// freshTab is newTab in a process of its own, for what is timed, or whose memory is measured.
func freshTab(t testing.TB, before string) *tab {
	t.Helper()
	return newTabOf(t, before, browser, chromedp.WithNewBrowserContext())
}

func newTabOf(t testing.TB, before string, parent context.Context, options ...chromedp.ContextOption) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(parent, options...)
	t.Cleanup(cancel)
	tab := &tab{t: t, ctx: ctx}
	t.Cleanup(func() {
		tab.mu.Lock()
		defer tab.mu.Unlock()
		if len(tab.problems) > 0 && !tab.excused {
			t.Errorf("on the console:\n%s", strings.Join(tab.problems, "\n"))
		}
	})
	if err := chromedp.Listen(ctx, tab.note); err != nil {
		t.Fatal(err)
	}
	tab.do(call(network.Enable, network.EnableParams{}),
		call(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: before}))
	return tab
}

// call makes an action of a protocol command whose answer does not matter.
func call[P, R any](command cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, command, params)
		return err
	})
}

// note keeps what an event says about problems and requests.
func (tab *tab) note(event any) {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		tab.problems = append(tab.problems, fmt.Sprintf("uncaught: %s %+v", e.ExceptionDetails.Text, e.ExceptionDetails.Exception))
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeAssert {
			for _, arg := range e.Args {
				tab.problems = append(tab.problems, fmt.Sprintf("console.error: %s %s", arg.Value, arg.Description))
			}
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError {
			tab.problems = append(tab.problems, fmt.Sprintf("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL))
		}
	case *network.EventRequestWillBeSent:
		tab.requests = append(tab.requests, e.Request.URL)
	}
}

// origins lists the hosts of all that was asked for.
func (tab *tab) origins() []string {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	var all []string
	for _, request := range tab.requests {
		if u, err := url.Parse(request); err == nil && u.Host != "" {
			all = append(all, u.Scheme+"://"+u.Host)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// open makes a tab and loads a path of the site, such as "" or "#view=heatmap".
func open(t *testing.T, path string) *tab {
	t.Helper()
	tab := newTab(t, "")
	tab.do(chromedp.Navigate(site + path))
	return tab
}

// patience is how long a test waits for what shall come: far longer than it takes on a machine with nothing else to do.
const patience = 90 * time.Second

// do runs actions and stops the test when one fails or takes too long.
func (tab *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	tab.t.Helper()
	get(tab, chromedp.Steps(actions...))
}

// get runs an action and returns its value, as in get(tab, chromedp.Evaluate[int]("1 + 2")).
func get[T any](tab *tab, action chromedp.Action[T]) T {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, action)
	if err != nil {
		tab.t.Fatal(err)
	}
	return value
}

// until waits for a JavaScript expression to be true.
func (tab *tab) until(js string) {
	tab.t.Helper()
	poll := chromedp.Poll[chromedp.Void](js, chromedp.WithPollingTimeout(patience))
	_, err := chromedp.Run(tab.ctx, poll)
	for range 5 { // a page that is loaded anew in the middle of it takes the question away with it
		if err == nil || !strings.Contains(err.Error(), "Cannot find context") {
			break
		}
		_, err = chromedp.Run(tab.ctx, poll)
	}
	if err != nil {
		now := get(tab, chromedp.Evaluate[string](`document.querySelector("heed-view")?.shadowRoot.innerHTML ?? ""`))
		tab.t.Fatalf("waiting for %s: %v\nthe view now:\n%s", js, err, now)
	}
}

// excuse says that this test makes errors on purpose.
func (tab *tab) excuse() {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	tab.excused = true
}

const (
	root = `document.querySelector("heed-view").shadowRoot`
	// started holds once the engine is there and Go has taken over from the loader.
	started = `performance.getEntriesByType("resource").some((e) => e.name.includes(".wasm")) && ` +
		`customElements.get("heed-view") && !` + root + `.querySelector("[part=loading], [part=failure]")`
)

func TestPageStarts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, before, engine string }{
		{"with kernels", "", "heed.wasm.gz"},
		{"without SIMD", "WebAssembly.validate = () => false", "heed.wasm.gz"},
		{"without DecompressionStream", "delete globalThis.DecompressionStream", "heed.wasm"},
	} {
		t.Run(test.name, func(t *testing.T) {
			tab := newTab(t, test.before)
			tab.do(chromedp.Navigate(site))
			tab.until(started)

			text := get(tab, chromedp.Evaluate[string](`document.querySelector("heed-view").textContent`))
			if !strings.HasPrefix(text, "She bought") {
				t.Errorf("the element's own text is now %q", text)
			}
			left := get(tab, chromedp.Evaluate[[]string](
				`["Go", "fs", "process", "path", "__heed"].filter((name) => name in globalThis)`))
			if len(left) > 0 {
				t.Errorf("globals left behind: %v", left)
			}
			tab.mu.Lock()
			defer tab.mu.Unlock()
			if !slices.Contains(tab.requests, site+"web/"+test.engine) {
				t.Errorf("%s was not asked for, but %v", test.engine, tab.requests)
			}
			for _, request := range tab.requests {
				if strings.HasPrefix(request, "http") && !strings.HasPrefix(request, site) {
					t.Errorf("a request to another host: %s", request)
				}
			}
		})
	}
}

func TestGlobalsOfThePageStay(t *testing.T) {
	t.Parallel()
	tab := newTab(t, `globalThis.Go = "theirs"; globalThis.process = { env: "theirs" };`)
	tab.do(chromedp.Navigate(site))
	tab.until(started)
	tab.until(`Go === "theirs" && process.env === "theirs" && !("fs" in globalThis)`)
}

func TestEngineMissing(t *testing.T) {
	t.Parallel()
	tab := newTab(t, "")
	tab.excuse()
	block := func(yes bool) chromedp.Action[chromedp.Void] {
		pattern := &network.BlockPattern{URLPattern: "*://*:*/*.wasm*", Block: yes}
		return call(network.SetBlockedURLs, network.SetBlockedURLsParams{URLPatterns: []*network.BlockPattern{pattern}})
	}
	tab.do(block(true), chromedp.Navigate(site))
	tab.until(root + `.querySelector("[role=alert]")?.textContent.includes("could not be downloaded")`)
	tab.do(block(false))
	get(tab, chromedp.Evaluate[chromedp.Void](root+`.querySelector("[role=alert] button").click()`))
	tab.until(started)
}
