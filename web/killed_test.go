//go:build !js

package web_test

import (
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// number is what an environment variable asks for, or the least that each run of the tests tries.
func number(t *testing.T, name string, least int) int {
	t.Helper()
	s := os.Getenv(name)
	if s == "" {
		return least
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		t.Fatalf("%s is %q, want a number", name, s)
	}
	return n
}

// mortal prepares a page whose engines can be killed: by an exception, by a panic of Go's, which a message does that no
// page sends, by Go's want of memory, for which the rest of it is taken first, and without a word.
const mortal = `globalThis.workers = [];
	globalThis.reasons = [];
	const warn = console.warn;
	console.warn = (...args) => { reasons.push(args.join(" ")); warn(...args); };
	const Parts = Blob;
	globalThis.Blob = class extends Parts {
		constructor(parts, options) {
			super(options?.type === "text/javascript" ? [` + "`" + `
				const compiled = WebAssembly.instantiate;
				let memory, reset; // reset has Go's support see memory that has grown
				WebAssembly.instantiate = async (module, imports) => {
					const it = await compiled(module, imports);
					[memory, reset] = memory ? [memory, reset] : [it.exports.mem, imports.gojs["runtime.resetMemoryDataView"]];
					return it;
				};
				addEventListener("message", (event) => {
					const { end } = event.data;
					if (!end) return;
					event.stopImmediatePropagation();
					if (end === "throw") throw new Error("a test");
					if (end === "silence") close();
					if (end === "memory") {
						for (let pages = 32768; pages >= 1; pages >>= 1) try { while (true) memory.grow(pages); } catch { }
						reset();
						dispatchEvent(new MessageEvent("message", { data: { type: "test", data: new ArrayBuffer(1 << 28) } }));
					}
				});
			` + "`" + `, ...parts] : parts, options);
		}
	};
	const Theirs = Worker;
	globalThis.Worker = class extends Theirs {
		constructor(...args) { super(...args); workers.push(this); }
		end(way) {
			if (way === "panic") this.postMessage({ type: "test", data: new Uint32Array([7]).buffer });
			else this.postMessage({ end: way });
		}
	};
	globalThis.kill = (way, text, late) => new Promise((done) => {
		const view = document.querySelector("heed-view"), box = view.shadowRoot.getElementById("text"), before = workers.length;
		let began, lost = "";
		const type = (typed) => { box.value = typed; box.dispatchEvent(new InputEvent("input", { bubbles: true })); };
		const answered = ({ detail }) => {
			if (detail.text !== text || !began || workers.length === before) return;
			removeEventListener("heed-record", answered);
			clearInterval(looking);
			done({ took: performance.now() - began, lost, output: detail.output, why: reasons.at(-1) });
		};
		const looking = setInterval(() => { if (began && box.value !== text) lost = box.value || "(nothing)"; }, 5);
		addEventListener("heed-record", answered);
		type(text.slice(0, -2)); // the engine dies of one key, and the next one follows
		setTimeout(() => {
			began = performance.now();
			workers.at(-1).end(way);
			type(text);
		}, late);
	});`

// killed is what came of one death.
type killed struct {
	Took              float64 // milliseconds to the answer
	Lost, Output, Why string
}

// TestKilled kills the engine at random while somebody types, HEED_KILLS times (6 where that is not said): the text is never
// lost, it is answered, and half of the answers are there in half a second.
func TestKilled(t *testing.T) {
	t.Parallel()
	tab := newTab(t, mortal)
	tab.do(chromedp.Navigate(site + "#text=Hello."))
	tab.until(ready)
	ways := []string{"throw", "panic", "memory", "silence"}
	why := map[string]string{"throw": "a test", "panic": "out of range", "memory": "out of memory", "silence": "ended by itself"}
	texts := []string{"I like tea.", "The cat sleeps.", "Good evening."}
	random := rand.New(rand.NewPCG(18, 18))
	var times []float64
	byWay := map[string][]float64{}
	for i := range number(t, "HEED_KILLS", 6) {
		way, text := ways[i%len(ways)], texts[i%len(texts)]
		got := get(tab, chromedp.Evaluate[killed](`kill(`+quote(way)+`, `+quote(text)+`, `+strconv.Itoa(random.IntN(80))+`)`, chromedp.EvalAwaitPromise))
		if got.Lost != "" {
			t.Errorf("%d: killed by %s, the text %q became %q", i, way, text, got.Lost)
		}
		if !strings.Contains(got.Why, why[way]) {
			t.Errorf("%d: killed by %s, the console has %q", i, way, got.Why)
		}
		equal(t, "the translation", got.Output, native(t, text, nil).Output)
		times, byWay[way] = append(times, got.Took), append(byWay[way], got.Took)
	}
	median := func(x []float64) float64 { slices.Sort(x); return x[len(x)/2] }
	for _, way := range ways {
		if x := byWay[way]; len(x) > 0 {
			t.Logf("%s: %d times, median %.0f ms, the slowest %.0f ms", way, len(x), median(x), slices.Max(x))
		}
	}
	t.Logf("all: median %.0f ms", median(times))
	if len(times) >= 100 && median(times) > 500 { // few deaths are beside other tests, whose work they wait for
		t.Errorf("half of the answers took more than %.0f ms", median(times))
	}
}
