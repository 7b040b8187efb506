//go:build !js

package web_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"heed/core/enginetest"
)

var tensorTests struct {
	sync.Once
	path string
	err  error
	out  []byte
}

// runTensorTests runs the tests of core/tensor that match a pattern in the browser, in a page in which before runs
// first, and returns what they and the page printed.
func runTensorTests(t *testing.T, before, pattern string) string {
	t.Helper()
	tensorTests.Do(func() {
		tensorTests.path = filepath.Join(t.TempDir(), "tensor.wasm")
		build := exec.Command("go", "test", "-c", "-tags=kernels,lab", "-o", tensorTests.path, "../core/tensor")
		build.Env = enginetest.Env(t, "..") // build.sh has built all that it takes
		if tensorTests.out, tensorTests.err = build.CombinedOutput(); tensorTests.err == nil {
			tensorTests.out, tensorTests.err = os.ReadFile(tensorTests.path)
		}
	})
	if tensorTests.err != nil {
		t.Fatalf("%v\n%s", tensorTests.err, tensorTests.out)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Write([]byte(`<!doctype html><title>Tests</title><link rel="icon" href="data:,"><script src="wasm_exec.js"></script>`))
	})
	mux.HandleFunc("/wasm_exec.js", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, "wasm_exec.js") })
	mux.HandleFunc("/tensor.wasm", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/wasm")
		w.Write(tensorTests.out)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	tab := newTab(t, `globalThis.printed = [];
		for (const how of ["log", "warn", "error"]) console[how] = (...what) => printed.push(what.join(" "));`+before)
	tab.do(chromedp.Navigate(server.URL + "/"))
	tab.run(`(async () => {
		const go = new Go();
		go.argv = ["tensor.test", "-test.v", "-test.run", ` + quote(pattern) + `];
		go.exit = (code) => { printed.push("exit code " + code); };
		const { instance } = await WebAssembly.instantiateStreaming(fetch("tensor.wasm"), go.importObject);
		await go.run(instance);
		go._scheduledTimeouts.forEach(clearTimeout); // a timer of a program that has ended would ring for ever
		go._scheduledTimeouts.clear();
	})().catch((error) => printed.push(error)).finally(() => { document.title = "done"; })`)
	for deadline := time.Now().Add(time.Minute); get(tab, chromedp.Evaluate[string]("document.title")) != "done"; {
		if time.Now().After(deadline) {
			t.Fatalf("the tests do not end:\n%s", get(tab, chromedp.Evaluate[string](`printed.join("\n")`)))
		}
		time.Sleep(100 * time.Millisecond)
	}
	printed := get(tab, chromedp.Evaluate[string](`printed.join("\n")`))
	if !strings.Contains(printed, "exit code 0") {
		t.Errorf("the tests fail:\n%s", printed)
	}
	return printed
}

// formOf asks for a form of the kernels.
func formOf(n int) string {
	return `addEventListener("DOMContentLoaded", () => { Go.kernels = ` + strconv.Itoa(n) + `; });`
}

// TestKernelsInTheBrowser runs the tests of the kernels in the browser's own engine, which optimises otherwise than
// Node's: in every form, and without, where less has to do.
func TestKernelsInTheBrowser(t *testing.T) {
	t.Parallel()
	for form, kernels := range []string{"Go", "SIMD", "relaxed SIMD", "relaxed SIMD, products of bytes"} {
		t.Run(kernels, func(t *testing.T) {
			tests := "^Test" // examples write to files, which a browser has not
			if form == 0 {
				tests = "TestKernels|TestProductReal|TestElementwise|TestReductions|TestSoftmax|TestLayerNorm|TestActivations"
			}
			printed := runTensorTests(t, formOf(form), tests)
			if !strings.Contains(printed, "kernels: "+kernels+"\n") {
				t.Errorf("the tests ran with other kernels:\n%s", printed)
			}
		})
	}
}

// TestKernelsThatFail breaks the kernels in every way that a browser may: the next slower form takes their place, and
// the console says so.
func TestKernelsThatFail(t *testing.T) {
	t.Parallel()
	// broken gives the kernel module's functions another content; instances counts how many were made of it.
	broken := func(what string) string {
		return `let instances = 0;
			const { Instance, validate } = WebAssembly;
			WebAssembly.Instance = function (module, imports) {
				const instance = new Instance(module, imports);
				if (!imports.go?.memory) return instance;
				instances++;
				const exports = { ...instance.exports };
				` + what + `
				return { exports };
			};
			WebAssembly.Instance.prototype = Instance.prototype;`
	}
	first := broken(`if (instances === 1) exports.softmax = () => 3;`)
	for name, test := range map[string]struct{ before, runs, says string }{
		"products of bytes compute something else": {formOf(3) + first, "relaxed SIMD", "kernels in relaxed SIMD, products of bytes compute something else"},
		"relaxed SIMD computes something else":     {formOf(2) + first, "SIMD", "kernels in relaxed SIMD compute something else"},
		"products of bytes are slow":               {broken(`if (exports.slow) exports.slow = () => 1;`), "relaxed SIMD", ""},
		"all compute something else":               {broken(`exports.layerNorm = () => {};`), "Go", "kernels in SIMD compute something else"},
		"they are of another version":              {broken(`delete exports.product;`), "Go", "the kernels lack product"},
		"they do not load":                         {broken(`throw new Error("no memory");`), "Go", "the kernels do not load, and slower ones take their place. Error: no memory"},
		"no SIMD":                                  {`WebAssembly.validate = () => false;`, "Go", ""},
		"no relaxed SIMD": {`let asked = 0; const { validate } = WebAssembly;
			WebAssembly.validate = (bytes) => asked++ > 1 && validate(bytes);`, "SIMD", ""},
	} {
		t.Run(name, func(t *testing.T) {
			printed := runTensorTests(t, test.before, "TestKernels|TestSoftmax|TestLayerNorm|TestProductReal")
			if !strings.Contains(printed, "kernels: "+test.runs+"\n") || !strings.Contains(printed, test.says) {
				t.Errorf("not the kernels of %s, or not %q in\n%s", test.runs, test.says, printed)
			}
		})
	}
}
