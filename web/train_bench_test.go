//go:build !js

package web_test

import (
	"bytes"
	"flag"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/systeminfo"
	"github.com/chromedp/chromedp"
)

var trainedFor = flag.Duration("train-for", 10*time.Minute, "how long BenchmarkTrainMemory trains")

// benchTrain opens the page, and keeps what it shows with the time, and the worker.
func benchTrain(b *testing.B, setting string) *tab {
	tab := newTab(b, `globalThis.screens = []; addEventListener("heed-train", ({ detail }) => screens.push({ ...detail, at: performance.now() }));
		const post = Worker.prototype.postMessage;
		Worker.prototype.postMessage = function (...what) { globalThis.trains = this; return post.apply(this, what); };`)
	tab.do(chromedp.Navigate(site + "web/train.html#train=" + setting))
	tab.until(trainDrawn)
	return tab
}

// patiently waits for longer than a test does.
func (tab *tab) patiently(most time.Duration, js string) {
	tab.t.Helper()
	for began := time.Now(); !get(tab, chromedp.Evaluate[bool](js)); time.Sleep(100 * time.Millisecond) {
		if time.Since(began) > most {
			tab.t.Fatalf("waiting for %s", js)
		}
	}
}

// BenchmarkTrain trains default settings in Chromium until they reach their aims: seconds, steps, and how often the
// page was redrawn in a second. The aims of the issue are 10 s for induction, 60 for reverse and sort, 180 for dates.
func BenchmarkTrain(b *testing.B) {
	prefix := `[...` + trainRoot + `.querySelectorAll(".curves svg")].some((s) => /^Prefix.*[. ](0\.8[1-9]|0\.9\d?|1) at/.test(s.getAttribute("aria-label")))`
	for _, c := range []struct{ task, reached string }{
		{"induction", prefix}, {"reverse", `screens.at(-1)?.exact[0] >= 0.99`}, {"sort", `screens.at(-1)?.exact[0] >= 0.99`}, {"dates", `screens.at(-1)?.exact[0] >= 0.98`},
	} {
		b.Run(c.task, func(b *testing.B) {
			for b.Loop() {
				tab := benchTrain(b, c.task)
				tab.run(`screens.length = 0; globalThis.began = performance.now(); ` + trainButton("Play") + `.click()`)
				tab.patiently(10*time.Minute, `Boolean(`+c.reached+` || screens.at(-1)?.playing === false && screens.at(-1).step > 0)`)
				b.ReportMetric(get(tab, chromedp.Evaluate[float64](`(screens.at(-1).at - began) / 1000`)), "s/aim")
				b.ReportMetric(get(tab, chromedp.Evaluate[float64](`screens.at(-1).step`)), "steps")
				b.ReportMetric(get(tab, chromedp.Evaluate[float64](`screens.length / ((screens.at(-1).at - began) / 1000)`)), "redraws/s")
				b.ReportMetric(get(tab, chromedp.Evaluate[float64](`screens.at(-1).exact[0]`)), "exact")
				b.ReportMetric(0, "ns/op")
			}
		})
	}
}

// BenchmarkTrainStep times a training step of a decoder of 0.37 million weights beside TensorFlow.js, in the same tab. They
// go round, and the best of each counts. The aims are 10,720 tokens a second, and three times TensorFlow.js.
func BenchmarkTrainStep(b *testing.B) {
	pages := []string{"heed/web/bench.html?part=learn"}
	if _, err := os.Stat(peers + "node_modules/@tensorflow/tfjs-backend-wasm"); err == nil {
		pages = append(pages, "peers/tf-learn.html")
	}
	address := benchSite(b)
	for b.Loop() {
		best, tab := map[string]timed{}, benchTab(b)
		for range turns() {
			for _, page := range pages {
				for _, r := range tab.rows(b, address+page) {
					if old, ok := best[r.Runtime]; !ok || r.MS/float64(r.T) < old.MS/float64(old.T) {
						best[r.Runtime] = r
					}
				}
			}
		}
		for runtime, r := range best {
			b.ReportMetric(r.MS, runtime+"-ms/step")
			b.ReportMetric(float64(r.T)/r.MS*1000, runtime+"-tokens/s")
			b.ReportMetric(float64(r.Count), runtime+"-weights")
		}
		if tf, ok := best["tfjs-wasm"]; ok {
			ours := best["heed"]
			b.ReportMetric(tf.MS/float64(tf.T)/(ours.MS/float64(ours.T)), "times-as-fast")
		}
		b.ReportMetric(0, "ns/op")
	}
}

// BenchmarkTrainRedraw says what it costs to show a training. The aim is that ten redraws a second slow it by 15 % at most. Time
// on a clock tells that only of a machine that does nothing else, so the processor's time is counted instead, of each thread, as
// Linux tells it: of steps that are made unseen and of as many that are seen, in turns. What the latter take more, over the
// redraws, is the cost of a redraw in the worker, which is what slows training; the page's own thread has its time besides.
func BenchmarkTrainRedraw(b *testing.B) {
	if _, err := os.Stat("/proc/self/task"); err != nil {
		b.Skip("there is no /proc")
	}
	for _, setting := range []string{"reverse", "reverse&arch=additive&compare=context", "induction", "dates", "add&arch=decoder"} {
		b.Run(setting, func(b *testing.B) {
			for b.Loop() {
				tab := benchTrain(b, setting+"&steps=100000")
				const steps, turns = 100, 7
				worker := []float64{} // a redraw, of each turn
				page, slower, rate := []float64{}, []float64{}, []float64{}
				blind := func() spent {
					before := tab.spent()
					tab.run(`globalThis.from = screens.at(-1).step; trains.postMessage({ type: "train", header: JSON.stringify({ do: "step", n: ` + strconv.Itoa(steps) + ` }) })`)
					tab.patiently(5*time.Minute, `screens.at(-1).step === from + `+strconv.Itoa(steps))
					return tab.spent().since(before)
				}
				seen := func() (s spent, made, redraws float64) {
					tab.run(`globalThis.from = screens.at(-1).step; screens.length = 0`)
					before := tab.spent()
					tab.run(`globalThis.began = performance.now(); ` + trainButton("Play") + `.click()`)
					tab.patiently(5*time.Minute, `screens.at(-1)?.step >= from + `+strconv.Itoa(steps))
					tab.run(trainButton("Pause") + `.click()`)
					tab.patiently(5*time.Minute, `!screens.at(-1).playing`)
					s = tab.spent().since(before)
					rate = append(rate, get(tab, chromedp.Evaluate[float64](`1000 * screens.length / (screens.at(-1).at - began)`)))
					return s, get(tab, chromedp.Evaluate[float64](`screens.at(-1).step - from`)), get(tab, chromedp.Evaluate[float64](`screens.length`))
				}
				blind()
				step := []float64{}
				for range turns {
					unseen := blind()
					s, made, redraws := seen()
					each := unseen.worker / steps
					step = append(step, each)
					worker = append(worker, (s.worker-each*made)/redraws)
					page = append(page, (s.page-unseen.page/steps*made)/redraws)
					slower = append(slower, 100*(s.worker/made/each-1))
				}
				cost := median(worker)
				b.ReportMetric(median(step), "ms/step")
				b.ReportMetric(cost, "worker-ms/redraw")
				b.ReportMetric(median(page), "page-ms/redraw")
				b.ReportMetric(100*10*cost/(1000-10*cost), "%slower-at-10/s")
				b.ReportMetric(median(slower), "%slower-now")
				b.ReportMetric(median(rate), "redraws/s")
				b.ReportMetric(0, "ns/op")
			}
		})
	}
}

func median(x []float64) float64 {
	slices.Sort(x)
	return x[len(x)/2]
}

// spent is time of the processor, in ms: of the workers of all pages, and of the main threads of the processes that have one.
type spent struct{ worker, page float64 }

func (s spent) since(before spent) spent {
	return spent{s.worker - before.worker, s.page - before.page}
}

func (tab *tab) spent() (s spent) {
	tab.t.Helper()
	info, err := chromedp.CallBrowser(tab.ctx, systeminfo.GetProcessInfo, cdp.Empty{})
	if err != nil {
		tab.t.Fatal(err)
	}
	for _, p := range info.ProcessInfo {
		if p.Type != "renderer" {
			continue
		}
		dir := "/proc/" + strconv.FormatInt(p.ID, 10) + "/task/"
		threads, _ := os.ReadDir(dir)
		for _, thread := range threads {
			name, _ := os.ReadFile(dir + thread.Name() + "/comm")
			took, _ := os.ReadFile(dir + thread.Name() + "/schedstat") // in nanoseconds, before what it waited
			ns, _, _ := strings.Cut(string(took), " ")
			ms, _ := strconv.ParseFloat(ns, 64)
			switch {
			case strings.HasPrefix(string(name), "DedicatedWorker"):
				s.worker += ms / 1e6
			case thread.Name() == strconv.FormatInt(p.ID, 10):
				s.page += ms / 1e6
			}
		}
	}
	return s
}

// BenchmarkTrainMemory trains for ten minutes: the memory that is the page's own in its process, its worker's with it, after
// one minute and at the end, with the minutes that it trained. The aims are that it stays, and 300 MB. It reads /proc, which only
// Linux has, and takes longer than Go lets a test run by default:
//
//	go test ./web -run '^$' -bench TrainMemory -benchtime 1x -timeout 15m
func BenchmarkTrainMemory(b *testing.B) {
	if _, err := os.Stat("/proc/self/status"); err != nil {
		b.Skip("there is no /proc")
	}
	for b.Loop() {
		tab := benchTrain(b, "reverse&steps=1000000")
		tab.run(trainButton("Play") + `.click()`)
		began, first := time.Now(), min(time.Minute, *trainedFor/2)
		time.Sleep(first)
		b.ReportMetric(tab.resident(), "MB-soon")
		time.Sleep(*trainedFor - first)
		b.ReportMetric(tab.resident(), "MB-end")
		if !get(tab, chromedp.Evaluate[bool](`screens.at(-1).playing`)) {
			b.Fatal("it does not train any more")
		}
		b.ReportMetric(time.Since(began).Minutes(), "minutes")
		b.ReportMetric(get(tab, chromedp.Evaluate[float64](`screens.at(-1).step`)), "steps")
		b.ReportMetric(0, "ns/op")
	}
}

// resident is the memory, in MB, of the process of a page that works hardest, without what is of files: that is the
// browser's own program (RssFile, some 130 MB), of which every process has the same, and the page none.
func (tab *tab) resident() (mb float64) {
	tab.t.Helper()
	info, err := chromedp.CallBrowser(tab.ctx, systeminfo.GetProcessInfo, cdp.Empty{})
	if err != nil {
		tab.t.Fatal(err)
	}
	most := 0.0
	for _, p := range info.ProcessInfo {
		if p.Type != "renderer" || p.CPUTime < most {
			continue
		}
		status, err := os.ReadFile("/proc/" + strconv.FormatInt(p.ID, 10) + "/status")
		if err != nil {
			continue
		}
		most, mb = p.CPUTime, 0
		for _, part := range []string{"RssAnon:", "RssShmem:"} {
			if _, after, ok := bytes.Cut(status, []byte(part)); ok {
				kb, _ := strconv.Atoi(string(bytes.Fields(after)[0]))
				mb += float64(kb) / 1000
			}
		}
	}
	return mb
}
