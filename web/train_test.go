//go:build !js

package web_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"io/fs"
	"math"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	_ "heed/core/foreign"
	"heed/core/learn"
	"heed/core/model"
	"heed/core/record"
	trained "heed/core/run"
	"heed/core/view"
)

// In a <heed-train>: its shadow root, the field of an option, and a button.
const trainRoot = `document.querySelector("heed-train").shadowRoot`

// The first picture of it, as text, and whether there is one.
const (
	trainPicture = trainRoot + `.querySelector(".picture").innerHTML`
	trainDrawn   = `document.querySelector("heed-train")?.shadowRoot?.querySelector(".picture svg")?.getBoundingClientRect().width > 100`
)

func trainField(label string) string {
	return `[...` + trainRoot + `.querySelectorAll(".field")].find((f) => f.querySelector("label").textContent === "` + label + `").querySelector("input, select, textarea")`
}

func trainButton(text string) string {
	return `[...` + trainRoot + `.querySelectorAll("button")].find((b) => b.textContent === "` + text + `")`
}

// trainEvents keeps what the element tells of each screen.
const trainEvents = `globalThis.screens = []; addEventListener("heed-train", ({ detail }) => screens.push(detail));`

// openTrain opens the page with a small network, and waits for its first picture.
func openTrain(t *testing.T, before, hash string) *tab {
	t.Helper()
	tab := newTab(t, trainEvents+before)
	tab.do(chromedp.Navigate(site + "web/train.html#" + hash))
	tab.until(trainDrawn)
	return tab
}

// downloaded is the model that the page saves, whose directory has that name.
func (tab *tab) downloaded(name string) *model.Model {
	tab.t.Helper()
	tab.run(trainButton("Download the model") + `.click()`)
	tab.until(`saved.length === 1`)
	var file struct {
		Name string
		Data []byte
	}
	if err := json.Unmarshal([]byte(tab.said(`JSON.stringify(saved[0])`)), &file); err != nil {
		tab.t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(file.Data), int64(len(file.Data)))
	if err != nil || file.Name != name+".zip" {
		tab.t.Fatal(file.Name, err)
	}
	dir, err := fs.Sub(z, name)
	if err != nil {
		tab.t.Fatal(err)
	}
	m, err := model.Open(dir)
	if err != nil {
		tab.t.Fatal(err)
	}
	return m
}

// A network is trained: its curves grow, its picture changes, its past can be seen, and it is taken away as a model
// that opens.
func TestTrain(t *testing.T) {
	t.Parallel()
	tab := openTrain(t, saving, "train=reverse&width=16&heads=2&batch=8&steps=100")
	head := trainField("Head") // else it is the one that does most, which changes
	tab.run(head + `.value = "cross 0 1"; ` + head + `.dispatchEvent(new Event("change"))`)
	tab.until(trainRoot + `.querySelector(".runs h2").textContent.endsWith(", cross-attention, layer 0, head 1")`)
	picture := `globalThis.first ??= ` + trainPicture
	tab.run(picture)
	tab.run(trainButton("Play") + `.click()`)
	tab.until(`screens.at(-1)?.step === 100 && !screens.at(-1).playing`)
	if got := tab.said(trainRoot + `.querySelector(".progress").textContent`); !strings.HasPrefix(got, "Step 100 of 100.") {
		t.Errorf("the progress is %q", got)
	}
	if got := tab.said(trainRoot + `.querySelector("[role=status]").textContent`); !strings.Contains(got, "All 100 steps are made") {
		t.Errorf("the message is %q", got)
	}
	if !get(tab, chromedp.Evaluate[bool](`screens.some((s) => s.playing)`)) {
		t.Error("nothing was shown while it trained")
	}
	tab.until(trainPicture + ` !== first`)
	if got := get(tab, chromedp.Evaluate[int](trainRoot+`.querySelectorAll(".curves figure").length`)); got < 5 {
		t.Errorf("there are %d curves", got)
	}
	if got := tab.said(trainRoot + `.querySelector(".curves svg").getAttribute("aria-label")`); !strings.Contains(got, "at step 100") {
		t.Errorf("the curve of the loss says %q", got)
	}

	moment := trainField("The past")
	tab.run(moment + `.value = 0; ` + moment + `.dispatchEvent(new Event("input"))`)
	tab.until(trainPicture + ` === first && ` + moment + `.getAttribute("aria-valuetext") === "step 0"`)

	text := trainField("Try it on")
	tab.run(text + `.focus(); ` + text + `.value = "abcabc"; ` + text + `.dispatchEvent(new Event("input"))`)
	tab.until(trainRoot + `.querySelector(".written").textContent.startsWith("abcabc → ")`)
	tab.until(`new URLSearchParams(location.hash.slice(1)).get("text") === "abcabc"`)
	tab.run(text + `.value = "abc\ncab"; ` + text + `.dispatchEvent(new Event("input"))`)
	tab.until(`[...` + trainRoot + `.querySelectorAll(".probes > div")].map((probe) => probe.querySelector(".picture svg")?.getBoundingClientRect().width > 100 && probe.textContent.split(" ")[0]).join() === "abc,cab"`)

	m := tab.downloaded("reverse-encoder-decoder-1-step-0")
	if r, err := trained.NewSession(m).Run("abcab", trained.Options{}); err != nil || len(r.Maps) == 0 {
		t.Errorf("the model that was taken away does not run: %v", err)
	}
}

// What was trained opens in the playground, with its card, and every view, change and question that a network of its architecture has.
func TestTrainPlayground(t *testing.T) {
	t.Parallel()
	for arch, kind := range map[string]string{"encoder-decoder": "cross", "context": "", "dot": "rnn", "decoder": "decoder", "encoder": "self"} {
		t.Run(arch, func(t *testing.T) {
			t.Parallel()
			tab := openTrain(t, events, "train=reverse&width=16&batch=8&steps=60&rate=0.01&arch="+arch)
			link := trainRoot + `.querySelector("[role=status] a")`
			keep := func() string {
				tab.run(trainButton("Open in the playground") + `.click()`)
				tab.until(link)
				return tab.said(link + `.href`)
			}
			first := keep()
			equal(t, "the address after a second time", keep(), first)
			tab.play()
			second := keep()
			if first == second || !strings.Contains(second, "-2&") {
				t.Errorf("another network has the address %s, the first %s", second, first)
			}
			tab.do(chromedp.Navigate(second))
			tab.shows("Reverse the letters (" + arch + ")")
			r := tab.record()
			if got := tab.said(root + `.querySelector(".stage").textContent`); kind == "" && r.Context == nil {
				t.Errorf("the context vector is not in the Record; the page says %s", got)
			}
			views := strings.Fields(tab.said(`[...` + root + `.querySelectorAll("[name=view]")].map((v) => v.value).join(" ")`))
			if len(views) < 2 {
				t.Errorf("the views are %s", views)
			}
			for _, v := range views {
				tab.run(root + `.querySelector("[name=view][value=` + v + `]").click()`)
				tab.until(ready + ` && ` + root + `.querySelector(".stage").dataset.view === "` + v + `"`)
			}

			tab.run(root + `.querySelector("[name=view][value=` + views[0] + `]").click()`)
			tab.until(ready + ` && ` + root + `.querySelector(".stage").dataset.view === "` + views[0] + `"`)
			tab.run(root + `.querySelector("footer .brought").click()`)
			card := root + `.querySelector("dialog.card")`
			tab.until(card)
			command := "heed train task:reverse"
			if arch != "encoder-decoder" {
				command += " -arch " + arch
			}
			if text := tab.said(card + `.textContent`); !strings.Contains(text, command+" -width 16 -rate 0.01 -batch 8 -steps 60") {
				t.Errorf("the card says %s", text)
			}
			if names := tab.said(`[...` + card + `.querySelectorAll("svg")].map((s) => s.ariaLabel).join()`); strings.Count(names, " at step 60") != 4 {
				t.Errorf("the card's curves are %s", names)
			}
			if arch == "dot" {
				tab.axe()("the card")
			}
			tab.run(card + `.querySelector("button").click()`)

			asked := func(parts, js string) {
				t.Helper()
				_, fragment, _ := strings.Cut(second, "#")
				tab.run(`location.hash = ` + quote(fragment+"&"+strings.ReplaceAll(parts, "KIND", kind)))
				tab.until(ready + ` && ` + strings.ReplaceAll(js, "KIND", kind))
			}
			const attends, transforms = "encoder-decoder dot decoder encoder", "encoder-decoder decoder encoder"
			for _, c := range [][3]string{
				{attends, "off=KIND.0.0", `"off":"KIND.0.0"`},
				{transforms, "force=KIND.0.0.1.1%3D0.9", `"force":"KIND.0.0.1.1=0.9"`},
				{"dot", "force=KIND.0.0.0.1%3D0.9", `"force":"KIND.0.0.0.1=0.9"`},
				{"encoder-decoder dot", "attention-temperature=2", `"temperature":2`},
				{"encoder-decoder context dot encoder", "patched=self.0.-.1&from=badab", `"patched":"self.0.-.1"`},
				{transforms, "patched=KIND.0.0.1&from=badab", `"patched":"KIND.0.0.1"`},
				{"encoder-decoder decoder", "steer=decoder.0%3D4&toward=a&away=b", `"steer":"decoder.0=4"`},
			} {
				if slices.Contains(strings.Fields(c[0]), arch) {
					asked(c[1], `JSON.stringify(document.querySelector("heed-view").record?.changes ?? {}).includes(`+quote(c[2])+`)`)
				}
			}
			for _, c := range [][3]string{
				{attends, "view=ablation", "In the place of a part stand zeros"},
				{attends, "view=ablation&with=mean", "its mean over the 8 examples of this model"},
				{attends + " context", "view=attribution&token=1", "Integrated gradients"},
				{attends + " context", "view=attribution&token=1&attribute=gradient-input,leave-one-out", "Methods disagree"},
				{"encoder-decoder decoder", "view=attribution&token=1&attribute=direct", "The parts sum to the logit"},
				{transforms, "view=why", "The parts sum to the score."},
				{transforms, "view=predictions&lens=1", "The logit lens"},
			} {
				if slices.Contains(strings.Fields(c[0]), arch) {
					asked(c[1], root+`.querySelector("figcaption").textContent.includes(`+quote(c[2])+`)`)
				}
			}
		})
	}
}

// Settings: which start again is told, what cannot be leaves all as it was, and the address holds them.
func TestTrainSettings(t *testing.T) {
	t.Parallel()
	tab := openTrain(t, "", "train=sort&arch=dot&compare=context&width=16&batch=4&steps=60&seed=7")
	if n := get(tab, chromedp.Evaluate[int](trainRoot+`.querySelectorAll(".runs section").length`)); n != 2 {
		t.Errorf("%d networks stand side by side, want 2", n)
	}
	tab.run(trainButton("Step") + `.click()`)
	tab.until(`screens.at(-1).step === 1`)
	set := func(label, value string) {
		tab.run(trainField(label) + `.value = "` + value + `"; ` + trainField(label) + `.dispatchEvent(new Event("change"))`)
	}
	set("Learning rate", "0.001")
	tab.until(`location.hash.includes("rate=0.001")`)
	set("Width", "900")
	tab.until(trainRoot + `.querySelector("[role=status]").textContent.includes("Width is")`)
	if get(tab, chromedp.Evaluate[int](`screens.at(-1).step`)) != 1 {
		t.Error("a change that goes on, or one that cannot be, started again")
	}
	set("Width", "32")
	tab.until(`screens.at(-1).step === 0`)
	tab.until(`location.hash === "#train=sort&arch=dot&width=32&rate=0.001&batch=4&steps=60&seed=7&compare=context"`)
	tab.do(chromedp.Reload())
	tab.until(`document.querySelector("heed-train")?.shadowRoot?.querySelectorAll(".runs section").length === 2`)
	if got := tab.said(trainField("Width") + `.value`); got != "32" {
		t.Errorf("after loading anew the width is %s", got)
	}

	tab.run(trainField("Pairs") + `.value = "one column"; ` + trainButton("Learn these") + `.click()`)
	tab.until(trainRoot + `.querySelector("[role=status]").textContent.includes("Line 1 has one column")`)
	tab.run(trainField("Pairs") + `.value = Array.from({ length: 40 }, (_, i) => "n" + i + "\t" + i).join("\n"); ` + trainButton("Learn these") + `.click()`)
	tab.until(`location.hash.startsWith("#train=pairs")`)
}

// A page that is hidden pauses, says so, and goes on when it is seen again.
func TestTrainHidden(t *testing.T) {
	t.Parallel()
	tab := openTrain(t, `globalThis.away = false; Object.defineProperty(Document.prototype, "hidden", { get: () => away });`,
		"train=copy&arch=dot&width=16&batch=4&steps=100000")
	tab.run(trainButton("Play") + `.click()`)
	tab.until(`screens.at(-1)?.playing && screens.at(-1).step > 3`)
	tab.run(`away = true; document.dispatchEvent(new Event("visibilitychange"))`)
	tab.until(`!screens.at(-1).playing`)
	tab.until(trainRoot + `.querySelector("[role=status]").textContent.includes("hidden")`)
	tab.run(`away = false; document.dispatchEvent(new Event("visibilitychange"))`)
	tab.until(`screens.at(-1).playing`)
	tab.run(trainButton("Pause") + `.click()`)
	tab.until(`!screens.at(-1).playing`)
}

// At the width of a phone nothing is cut off, and pictures are taken of it on demand: HEED_PICTURES=DIR.
func TestTrainNarrow(t *testing.T) {
	t.Parallel()
	tab := openTrain(t, "", "train=reverse&arch=dot&compare=context&width=32&batch=16&steps=150")
	tab.run(trainButton("Play") + `.click()`)
	tab.until(`screens.at(-1)?.step === 150 && !screens.at(-1).playing`)
	for _, width := range []int64{390, 1440} {
		for _, scheme := range []string{"light", "dark"} {
			tab.do(call(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: 2400, DeviceScaleFactor: 1}),
				call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}))
			palette := map[string]*view.Palette{"light": &view.Light, "dark": &view.Dark}[scheme]
			paper := palette.Color(view.Paint{Role: view.Paper}).CSS()
			tab.until(trainPicture + `.includes("` + paper + `")`)
			tab.until(`innerWidth === ` + map[int64]string{390: "390", 1440: "1440"}[width])
			if wide := get(tab, chromedp.Evaluate[int](`document.documentElement.scrollWidth`)); int64(wide) > width {
				t.Errorf("at %d pixels the page is %d wide", width, wide)
			}
			// Of the map as much is seen as there can be, without moving the page, and how the loss falls.
			most := map[int64]float64{390: 800, 1440: 260}[width]
			if top := get(tab, chromedp.Evaluate[float64](trainRoot+`.querySelector(".picture svg").getBoundingClientRect().top + scrollY`)); top > most {
				t.Errorf("at %d pixels the map begins at %g, later than at %g", width, top, most)
			}
			if top := get(tab, chromedp.Evaluate[float64](trainRoot+`.querySelector(".curves svg").getBoundingClientRect().bottom + scrollY`)); width == 1440 && top > 900 {
				t.Errorf("the curve of the loss ends at %g", top)
			}
			if dir := os.Getenv("HEED_PICTURES"); dir != "" {
				shot := get(tab, chromedp.CaptureScreenshot())
				name := map[int64]string{390: "narrow", 1440: "wide"}[width] + "-" + scheme + ".png"
				if err := os.WriteFile(dir+"/"+name, shot, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	// Of one network alone the choice of a speed stands beside how far it is, and has room for its words.
	tab.setTrain("Beside it", "")
	tab.until(trainRoot + `.querySelector(".one")`)
	if missing := get(tab, chromedp.Evaluate[float64](`(() => {
		const shown = `+trainField("Speed")+`, whole = shown.cloneNode(true);
		whole.style.cssText = "position: absolute; max-width: none; width: max-content";
		shown.parentNode.append(whole);
		return whole.getBoundingClientRect().width - shown.getBoundingClientRect().width;
	})()`)); missing > 1 {
		t.Errorf("the choice of a speed lacks %g pixels for its words", missing)
	}
}

// Nothing keeps people out: axe-core finds no fault, and the whole way can be gone by keys.
func TestTrainAxe(t *testing.T) {
	t.Parallel()
	tab := openTrain(t, "", "train=reverse&arch=dot&compare=context&width=16&batch=4&steps=25")
	tab.run(trainButton("Play") + `.click()`)
	tab.until(`screens.at(-1)?.step === 25 && !screens.at(-1).playing`)
	tab.until(trainRoot + `.querySelector(".runs details:not([hidden])")`)
	check := tab.axe()
	tab.run(trainRoot + `.querySelectorAll("details").forEach((d) => d.open = true)`)
	for _, scheme := range []string{"light", "dark"} {
		tab.do(call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}))
		tab.until(`matchMedia("(prefers-color-scheme: ` + scheme + `)").matches`)
		check(scheme)
	}
}

func TestTrainKeyboard(t *testing.T) {
	t.Parallel()
	tab := openTrain(t, saving, "train=reverse&arch=dot&width=16&batch=4&steps=50")
	name := `(() => { const e = ` + trainRoot + `.activeElement; return e?.labels?.[0]?.textContent ?? e?.textContent ?? "" })()`
	to := func(want string) {
		t.Helper()
		for range 40 {
			if tab.press(kb.Tab); tab.said(name) == want {
				return
			}
		}
		t.Fatalf("Tab does not reach %s", want)
	}
	to("Settings")
	tab.press(kb.Enter)
	to("Learning rate")
	tab.press("0.01" + kb.Enter)
	tab.until(`location.hash.includes("rate=0.01")`)
	to("Play")
	tab.press(kb.Enter)
	tab.until(`screens.at(-1).step === 50 && !screens.at(-1).playing`)
	to("Try it on")
	tab.press("abc")
	tab.until(trainRoot + `.querySelector(".written").textContent.includes("abc")`)
	to("The past")
	tab.press(kb.Home)
	tab.until(trainField("The past") + `.getAttribute("aria-valuetext") === "step 0"`)
	to("Download the model")
	tab.press(kb.Enter)
	tab.until(`saved.length === 1`)
}

// The page's curves are those of the terminal, of each architecture: two learn side by side.
func TestTrainTerminal(t *testing.T) {
	t.Parallel()
	for task, archs := range map[string][]string{"dates": {learn.Additive, learn.Context}, "reverse": {learn.Dot, learn.General},
		"induction": {learn.Decoder, learn.EncoderDecoder}, "toy": {learn.Encoder}} {
		t.Run(task, func(t *testing.T) {
			t.Parallel()
			given := learn.Given{"task": task, "arch": archs[0], "width": "16", "batch": "4", "steps": "100", "seed": "3"}
			compare := ""
			if len(archs) > 1 {
				compare = "&compare=" + archs[1]
			}
			tab := openTrain(t, "", strings.Replace(given.String(), "task=", "train=", 1)+compare)
			tab.play()
			var got []struct {
				Step    int
				Playing bool
				Loss    []float64 // of each network, at the last point of its curve
			}
			if err := json.Unmarshal([]byte(tab.said(`JSON.stringify(screens)`)), &got); err != nil {
				t.Fatal(err)
			}
			for i, arch := range archs {
				given["arch"] = arch
				setting, _, err := given.Setting("")
				if err != nil {
					t.Fatal(err)
				}
				n, err := learn.New(setting)
				if err != nil {
					t.Fatal(err)
				}
				for !n.Done() {
					if _, err := n.Step(); err != nil {
						t.Fatal(err)
					}
				}
				for _, s := range got {
					at := s.Step / learn.Every
					if i > 0 && s.Playing && s.Step%learn.Every == 0 { // the second may be a step behind
						continue
					}
					if want := n.Curve[at].Unseen.Loss; math.Abs(s.Loss[i]-want) > 1e-3 {
						t.Errorf("%s, at step %d the page's loss is %.5f, the terminal's %.5f", arch, s.Step, s.Loss[i], want)
					}
				}
			}
			if last := got[len(got)-1]; last.Step != 100 || len(last.Loss) != len(archs) {
				t.Errorf("the page ends with %+v", last)
			}
		})
	}
}

// A network that was trained here is asked in the playground: which heads it needs, and which words an output word comes
// from. The numbers are those of the core on the model that is downloaded.
func TestTrainAsked(t *testing.T) {
	t.Parallel()
	tab := openTrain(t, saving+events, "train=reverse&width=32&heads=2&batch=16&steps=150&rate=0.01")
	tab.play()
	m := tab.downloaded("reverse-encoder-decoder-1")
	tab.run(trainButton("Open in the playground") + `.click()`)
	link := trainRoot + `.querySelector("[role=status] a")`
	tab.until(link)
	at, err := url.Parse(tab.said(link + `.href`))
	if err != nil {
		t.Fatal(err)
	}
	with := func(parts ...string) string {
		v, _ := url.ParseQuery(at.Fragment)
		for i := 0; i < len(parts); i += 2 {
			v.Set(parts[i], parts[i+1])
		}
		return site + "#" + v.Encode()
	}
	v, _ := url.ParseQuery(at.Fragment)
	s := trained.NewSession(m)
	_, err = s.Run(v.Get("text"), trained.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(q record.Question) *record.Record {
		part, err := s.Ask(q, nil)
		if err != nil || part.Answer.Refusal != "" {
			t.Fatal(err, part)
		}
		return part
	}
	number := func(s string) float64 {
		x, err := strconv.ParseFloat(strings.Replace(strings.TrimPrefix(s, "+"), "−", "-", 1), 64)
		if err != nil {
			t.Error(err)
		}
		return x
	}
	tab.do(chromedp.Navigate(with("view", "ablation")))
	head := cellNamed("cross-attention, layer 0, head 1")
	tab.until(ready + ` && ` + head)
	for _, a := range ask(record.Question{Ablate: record.HeadParts}).Ablation {
		if a.Kind != record.Cross || a.Head != 1 {
			continue
		}
		label := tab.said(head + `.ariaLabel`)
		if got := number(strings.Fields(strings.TrimPrefix(label, "cross-attention, layer 0, head 1: "))[0]); math.Abs(got-float64(a.Delta)) > 2e-3 {
			t.Errorf("%s; the core has %g", label, a.Delta)
		}
	}
	tab.run(head + `.focus()`)
	tab.press(kb.Enter)
	tab.until(ready + ` && location.hash.includes("off=cross.0.1")`)
	off := trained.Options{}
	off.Changes.Off = []record.Place{{Kind: record.Cross, Layer: 0, Head: 1}}
	without, err := trained.NewSession(m).Run(v.Get("text"), off)
	if err != nil {
		t.Fatal(err)
	}
	tab.until(output + ` === ` + quote(without.Output))

	tab.do(chromedp.Navigate(with("view", "attribution", "token", "1")))
	tab.until(`!location.hash.includes("off=")`)
	first := root + `.querySelector("[role=option]")?.ariaLabel`
	tab.until(ready + ` && ` + first)
	want := ask(record.Question{Attribute: trained.IntegratedGradients + "," + trained.LeaveOneOut, Position: 1}).Attribution
	before, _, _ := strings.Cut(tab.said(first), " by integrated gradients")
	if got := number(before[strings.LastIndex(before, " ")+1:]); math.Abs(got-float64(want.Source[0])) > 2e-3 {
		t.Errorf("%s; the core has %g", tab.said(first), want.Source[0])
	}
}

// A head that has formed is marked, and leads to its moment; a layer is switched off where a text is tried.
func TestTrainFormed(t *testing.T) {
	t.Parallel()
	tab := openTrain(t, "", "train=copy&arch=dot&width=32&batch=16&steps=400&rate=0.01&text=abcdef")
	tab.play()
	formed := trainRoot + `.querySelector(".formed button")`
	tab.until(formed)
	said := tab.said(formed + `.textContent`)
	tab.run(formed + `.click()`)
	step := said[strings.LastIndex(said, " ")+1:]
	tab.until(trainField("The past") + `.getAttribute("aria-valuetext") === "step ` + step + `"`)
	tab.until(trainRoot + `.querySelector(".curves .then")`)
	if !get(tab, chromedp.Evaluate[bool](trainRoot+`.querySelector(".curves .mark")`+` !== null`)) {
		t.Error("the moment is not marked on the curves")
	}
	tab.run(trainField("The past") + `.value = 99; ` + trainField("The past") + `.dispatchEvent(new Event("input"))`)
	tab.until(trainField("The past") + `.getAttribute("aria-valuetext") === "now"`)
	tab.run(`globalThis.whole = ` + trainPicture)
	tab.setTrain("Switched off", "rnn 0 0")
	tab.until(trainPicture + ` !== whole`)
	tab.setTrain("Switched off", "")
	tab.until(trainPicture + ` === whole`)

	// What is chosen and is none of another network's is none of its choices.
	tab.setTrain("Switched off", "rnn 0 0")
	tab.setTrain("Architecture", "encoder-decoder")
	off := trainField("Switched off")
	tab.until(off + `.options.length > 10 && ` + off + `.selectedIndex === 0`)
	if got := tab.said(off + `.textContent`); !strings.Contains(got, "all of cross-attention, layer 0") {
		t.Errorf("what can be switched off is %s", got)
	}
}
