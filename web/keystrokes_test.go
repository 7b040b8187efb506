//go:build !js

package web_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"
)

// watched lets a page and its engine be asked how large Go's linear memories are.
const watched = `const Parts = Blob;
	globalThis.memories = {};
	const watch = (name, told) => {
		const compiled = WebAssembly.instantiate;
		WebAssembly.instantiate = async (module, imports) => {
			const it = await compiled(module, imports);
			if (it.exports?.mem) told(it.exports.mem);
			return it;
		};
	};
	watch("page", (memory) => { memories.page ??= memory; });
	globalThis.Blob = class extends Parts {
		constructor(parts, options) {
			super(options?.type === "text/javascript" ? [` + "`" + `
				let memory;
				const compiled = WebAssembly.instantiate;
				WebAssembly.instantiate = async (...args) => { const it = await compiled(...args); memory ??= it.exports.mem; return it; };
				addEventListener("message", (event) => {
					if (event.data.measure !== true) return;
					event.stopImmediatePropagation();
					event.ports[0].postMessage(memory.buffer.byteLength);
				});
			` + "`" + `, ...parts] : parts, options);
		}
	};
	const Theirs = Worker;
	globalThis.Worker = class extends Theirs {
		constructor(...args) { super(...args); globalThis.engine = this; }
	};
	globalThis.linear = () => new Promise((done) => {
		const { port1, port2 } = new MessageChannel();
		port1.onmessage = ({ data }) => done(data);
		engine.postMessage({ measure: true }, [port2]);
	});
	globalThis.keys = async (n) => {
		const view = document.querySelector("heed-view"), box = view.shadowRoot.getElementById("text"), sentence = "She bought a red car last week. ";
		for (let i = 0; i < n; i++) {
			const answer = new Promise((done) => view.addEventListener("heed-record", done, { once: true }));
			box.value = sentence.slice(0, 1 + i % (sentence.length - 1));
			box.dispatchEvent(new InputEvent("input", { bubbles: true }));
			await answer;
		}
	};`

// TestKeystrokes types HEED_KEYS keys (300 where that is not said), each of which is answered, and wants what the page
// holds after the first 200 to be what it holds at the end.
func TestKeystrokes(t *testing.T) {
	t.Parallel()
	tab := freshTab(t, watched)
	tab.do(call(performance.Enable, performance.EnableParams{}), chromedp.Navigate(site+"#text=Hello."))
	tab.until(ready)
	typed := func(n int) {
		t.Helper()
		for ; n > 0; n -= 20 { // at a time, for a busy machine
			get(tab, chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`keys(%d)`, min(n, 20)), chromedp.EvalAwaitPromise))
		}
	}
	measure := func() map[string]float64 {
		t.Helper()
		all := tab.memory()
		all["linear memory of the page"] = get(tab, chromedp.Evaluate[float64](`memories.page.buffer.byteLength`))
		all["linear memory of the engine"] = get(tab, chromedp.Evaluate[float64](`linear()`, chromedp.EvalAwaitPromise))
		return all
	}
	n := number(t, "HEED_KEYS", 300)
	typed(200)
	before, began := measure(), time.Now()
	if len(before) != 6 {
		t.Fatalf("measured %v", before)
	}
	typed(n - 200)
	t.Logf("%d keys in %.0f s", n-200, time.Since(began).Seconds())
	for what, after := range measure() {
		t.Logf("%s: %.0f after 200 keys, %.0f after %d", what, before[what], after, n)
		if after > 1.1*before[what] {
			t.Errorf("%s: %.0f became %.0f", what, before[what], after)
		}
	}
}
