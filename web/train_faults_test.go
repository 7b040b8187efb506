//go:build !js

package web_test

import (
	"fmt"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

const (
	trainMessage = trainRoot + `.querySelector("[role=status]").textContent`
	trainProblem = trainRoot + `.querySelector(".problem").textContent`
)

// setTrain sets an option as a reader does.
func (tab *tab) setTrain(label, value string) {
	tab.t.Helper()
	field := trainField(label)
	tab.run(field + `.value = ` + quote(value) + `; ` + field + `.dispatchEvent(new Event("input")); ` + field + `.dispatchEvent(new Event("change"))`)
}

// play plays until training ends or is stopped.
func (tab *tab) play() {
	tab.t.Helper()
	tab.run(`globalThis.from = screens.length; ` + trainButton("Play") + `.click()`)
	tab.until(`screens.slice(from).some((s) => s.playing) && !screens.at(-1).playing`)
}

// A learning rate that blows up is said, with the step; the network is as it last was when it was good, and goes on from
// there when the rate is lowered.
func TestTrainBlowUp(t *testing.T) {
	t.Parallel()
	tab := openTrain(t, "", "train=reverse&width=16&heads=2&batch=8&steps=2000")
	for range 30 {
		tab.run(trainButton("Step") + `.click()`)
	}
	tab.until(`screens.at(-1).step === 30`)
	tab.setTrain("Learning rate", "10")
	tab.setTrain("Optimiser", "adamw")
	tab.play()
	tab.until(trainMessage + `.includes("The learning rate 10 is too high.")`)
	said, step := tab.said(trainMessage), get(tab, chromedp.Evaluate[int](`screens.at(-1).step`))
	if !strings.HasPrefix(said, "Step ") || !strings.HasSuffix(said, ".") || !strings.Contains(said, fmt.Sprintf("as it was at step %d;", step)) || step%25 != 0 {
		t.Errorf("at step %d: %s", step, said)
	}
	if !get(tab, chromedp.Evaluate[bool](trainButton("Play")+`.disabled`)) {
		t.Error("it can be played to blow up again")
	}
	if loss := get(tab, chromedp.Evaluate[float64](`globalThis.screens.find((s) => s.step === 0).loss[0]`)); loss < 4 {
		t.Errorf("the loss begins at %g", loss)
	}
	tab.setTrain("Steps", strconv.Itoa(step+50))
	tab.setTrain("Learning rate", "0.003")
	tab.until(`!` + trainButton("Play") + `.disabled`)
	tab.play()
	if last := get(tab, chromedp.Evaluate[int](`screens.at(-1).step`)); last != step+50 {
		t.Errorf("it goes on to step %d, want %d", last, step+50)
	}
	if !get(tab, chromedp.Evaluate[bool](`screens.at(-1).loss[0] < screens.find((s) => s.step === 0).loss[0]`)) {
		t.Error("it does not learn any more")
	}
}

// The reader's own pairs, as they should not be: each is said, and what was learned before stays; what can be learned is.
func TestTrainOwnPairs(t *testing.T) {
	t.Parallel()
	tab := openTrain(t, "", "train=copy&width=16&heads=2&batch=4&steps=5")
	learn := func(js string) {
		tab.run(trainField("Pairs") + `.value = ` + js + `; ` + trainButton("Learn these") + `.click()`)
	}
	many := `Array.from({ length: 40 }, (_, i) => "n" + i + "\t" + i).join("\n")`
	for _, c := range []struct{ js, want string }{
		{`"one column\n"`, "Line 1 has one column; write source, a tab, and target"},
		{many + ` + "\nno tab"`, "Line 41 has one column"},
		{many + ` + "\na\t "`, "Line 41 has an empty target"},
		{`"a\tb"`, "1 pair found; at least 10 are needed"},
		{`""`, "at least 10 are needed"},
		{`"x".repeat(201) + "\tb"`, "Line 1: the source has 201 characters"},
		{`("a".repeat(190) + "\tb\n").repeat(12000)`, "at most 2000000 are read"},
	} {
		learn(c.js)
		tab.until(trainMessage + `.includes(` + quote(c.want) + `)`)
		if got := tab.said(trainField("Task") + `.value`); got != "copy" {
			t.Fatalf("after %s the task is %s", c.js, got)
		}
	}
	// Empty lines are passed over, and 10,000 different characters are read.
	learn(`"\n\n" + Array.from({ length: 5000 }, (_, i) => String.fromCodePoint(0x4e00 + i) + "\t" + String.fromCodePoint(0xac00 + i) + "\n\n").join("")`)
	tab.until(trainField("Task") + `.value === "pairs" && screens.at(-1).step === 0`)
	for _, o := range [][2]string{{"Width", "16"}, {"Examples a step", "4"}, {"Steps", "5"}} {
		tab.setTrain(o[0], o[1])
	}
	tab.until(`location.hash.includes("steps=5")`)
	tab.play()
	if step := get(tab, chromedp.Evaluate[int](`screens.at(-1).step`)); step != 5 {
		t.Errorf("of 10,000 different characters %d steps are made", step)
	}
	// Of a text that is longer than the network has positions it says what is read.
	tab.setTrain("Try it on", strings.Repeat("a", 400))
	tab.until(trainProblem + `.includes("The text has 400 tokens; the model reads the first")`)
	tab.setTrain("Try it on", "一丁")
	tab.until(`!` + trainProblem + `.includes("400 tokens") && ` + trainRoot + `.querySelector(".written").textContent.startsWith("一丁 → ")`)
}

// An address whose settings do not fit together, or that names what there is not, says so and leaves something to train.
func TestTrainAddress(t *testing.T) {
	t.Parallel()
	for hash, want := range map[string]string{
		"train=sort&width=64&heads=7":                         "Width is 64 and heads 7: the width must be a multiple of the heads",
		"train=sort&arch=dot&width=33":                        "it is even",
		"train=sort&rate=fast":                                "Rate is ",
		"train=modular&modulus=61":                            "it is a whole number, 31 to 59",
		"train=sort&modulus=37":                               "Modulus does not apply to the task sort.",
		"train=nothing":                                       "Task is ",
		"train=sort&arch=lstm":                                "Arch is ",
		"train=sort&compare=lstm":                             "Arch is ",
		"train=pairs":                                         "Use your own pairs",
		"train=sort&arch=dot&heads=4&causal=0":                "Heads does not apply",
		"train=sort&positions=rotary&width=36&heads=4&seed=3": "must be even",
	} {
		t.Run(hash, func(t *testing.T) {
			t.Parallel()
			tab := openTrain(t, "", hash)
			tab.until(trainMessage + `.includes(` + quote(want) + `)`)
			tab.run(trainButton("Step") + `.click()`)
			tab.until(`screens.at(-1).step === 1`)
		})
	}
}

// An element that is taken away and put back is as it was at first: all its settings are there, and no worker of before is left,
// also when it went while the lab was on its way.
func TestTrainPutBack(t *testing.T) {
	t.Parallel()
	lab, err := os.ReadFile("lab.wasm.gz")
	if err != nil {
		t.Fatal(err)
	}
	come := make(chan bool)
	target := another(t, map[string]http.HandlerFunc{"/web/lab.wasm.gz": func(w http.ResponseWriter, r *http.Request) {
		<-come
		w.Write(lab)
	}})
	const workers = `globalThis.workers = 0;
		globalThis.Worker = class extends Worker { constructor(...args) { super(...args); workers++; } };
		const { terminate } = Worker.prototype;
		Worker.prototype.terminate = function () { if (!this.over) workers--; this.over = true; terminate.call(this); };`
	tab := newTab(t, trainEvents+workers)
	again := func() {
		tab.run(`globalThis.train = document.querySelector("heed-train"); train.remove()`)
		tab.do(chromedp.Sleep(100 * time.Millisecond))
		tab.run(`document.querySelector("main").prepend(train)`)
	}
	tab.do(chromedp.Navigate(target + "web/train.html#train=copy&width=16&heads=2&batch=4&steps=5"))
	tab.until(trainRoot + `?.querySelector("[role=status]").textContent.includes("Loading")`)
	again()
	close(come)
	tab.until(trainDrawn)
	tab.until(`workers === 1`)
	again()
	tab.until(trainDrawn + ` && workers === 1`)
	tab.setTrain("Steps", "7")
	tab.until(`location.hash.includes("steps=7")`)
	equal(t, "the task", tab.said(trainField("Task")+`.value`), "copy")
}

// A worker that dies is followed by another, with what was set, and it is said; where that dies soon too, by the next when it is asked for.
func TestTrainDies(t *testing.T) {
	t.Parallel()
	tab := openTrain(t, `globalThis.workers = []; const Theirs = Worker;
		globalThis.Worker = class extends Theirs { constructor(...args) { super(...args); workers.push(this); } };
		globalThis.kill = () => Theirs.prototype.terminate.call(workers.at(-1));`, "train=copy&width=16&heads=2&batch=4&steps=500")
	const died = `Training stopped because of an internal error: it ended by itself.`
	tab.run(`document.querySelector("heed-train").removeAttribute("address")`) // which would have what is set as well
	tab.setTrain("Steps", "700")
	tab.until(trainRoot + `.querySelector(".progress").textContent.includes("700")`)
	tab.run(trainButton("Play") + `.click()`)
	tab.until(`screens.at(-1).step > 3`)
	tab.run(`screens.length = 0; kill()`)
	tab.until(`screens.at(-1)?.step === 0 && workers.length === 2`)
	tab.until(trainMessage + `.startsWith(` + quote(died) + `)`)
	equal(t, "what was set", tab.said(trainField("Steps")+`.value`), "700")
	const alive = `navigator.locks.query().then(({ held }) => held.filter(({ name }) => name.startsWith("heed 0.")).length)`
	gone := func() {
		t.Helper()
		tab.run(`screens.length = 0; kill()`)
		tab.eventually(alive, "0")
		tab.until(trainMessage + `.includes("it ended by itself.")`)
	}
	gone()
	tab.run(trainButton("Start again") + `.click()`)
	tab.until(`workers.length === 3`)
	tab.eventually(alive, "1")
	gone() // before it shows anything
	tab.run(`screens.length = 0; ` + trainButton("Start again") + `.click()`)
	tab.until(`screens.at(-1)?.step === 0 && workers.length === 4`)
	equal(t, "what was set", tab.said(trainField("Steps")+`.value`), "700")
	tab.run(trainButton("Step") + `.click()`)
	tab.until(`screens.at(-1).step === 1`)
}

// Where the browser gives no clipboard, which it gives on secure pages alone, the link is said.
func TestTrainNoClipboard(t *testing.T) {
	t.Parallel()
	tab := openTrain(t, `Object.defineProperty(Navigator.prototype, "clipboard", { get() { return undefined; } });`, "train=copy&width=16&heads=2&batch=4&steps=5")
	tab.run(trainButton("Copy link") + `.click()`)
	tab.until(trainMessage + `.includes("train.html#train=copy")`)
}

// A browser without SIMD trains all the same.
func TestTrainWithoutSIMD(t *testing.T) {
	t.Parallel()
	support, err := os.ReadFile("wasm_exec.js")
	if err != nil {
		t.Fatal(err)
	}
	target := another(t, map[string]http.HandlerFunc{"/web/wasm_exec.js": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		fmt.Fprintf(w, "%s\nGo.kernels = 0;", support)
	}})
	tab := newTab(t, trainEvents)
	tab.do(chromedp.Navigate(target + "web/train.html#train=copy&width=16&heads=2&batch=4&steps=50"))
	tab.until(`screens.length > 0`)
	tab.play()
	if !get(tab, chromedp.Evaluate[bool](`screens.at(-1).step === 50 && screens.at(-1).loss[0] < 0.9 * screens[0].loss[0]`)) {
		t.Error("it does not learn")
	}
}

// A tab that is closed in the middle: the next one offers to go on where training was, with its setting, and ends with the
// figures of a training that was never interrupted.
func TestTrainLeft(t *testing.T) {
	t.Parallel()
	setting := "train=sort&arch=dot&width=16&batch=4&steps=60&seed=7&compare=context"
	tab := openTrain(t, "", setting)
	tab.play()
	want := tab.said(`JSON.stringify(screens.at(-1).loss)`)
	tab.run(trainButton("Start again") + `.click()`)
	tab.until(`screens.at(-1).step === 0`)
	tab.setTrain("Speed", "20")
	tab.run(trainButton("Play") + `.click()`)
	tab.until(`screens.at(-1).step > 10`)
	tab.run(trainButton("Pause") + `.click()`)
	tab.until(`document.querySelector("heed-train").getAttribute("left") === String(screens.at(-1).step) && screens.at(-1).step < 60`)
	left := get(tab, chromedp.Evaluate[int](`screens.at(-1).step`))

	open := func() {
		t.Helper()
		tab.do(chromedp.Navigate("about:blank"), chromedp.Navigate(site+"web/train.html"))
		tab.until(trainRoot + `?.querySelector(".left:not([hidden])")`)
		equal(t, "the offer", tab.said(trainRoot+`.querySelector(".left").firstChild.textContent`), fmt.Sprintf("“Sort the letters” was left here at step %d of 60. ", left))
	}
	open()
	tab.run(trainButton("Go on") + `.click()`)
	tab.until(`screens.at(-1)?.step === ` + strconv.Itoa(left))
	tab.until(`location.hash === "#` + setting + `"`)
	tab.play()
	equal(t, "the losses at the end", tab.said(`JSON.stringify(screens.at(-1).loss)`), want)

	left = 60
	tab.until(`document.querySelector("heed-train").getAttribute("left") === "60"`)
	open()
	tab.run(trainButton("Forget it") + `.click()`)
	tab.run(`globalThis.rested = false; setTimeout(() => rested = true, 300)`)
	tab.until(`rested`)
	tab.do(chromedp.Navigate("about:blank"), chromedp.Navigate(site+"web/train.html"))
	tab.until(`screens.length > 0`)
	tab.run(`globalThis.rested = false; setTimeout(() => rested = true, 300)`)
	tab.until(`rested && ` + trainRoot + `.querySelector(".left").hidden`)
}
