//go:build !js

package web_test

import (
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// pagesOf reads the lessons' pages.
func pagesOf(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("lessons/*.html")
	if err != nil || len(files) == 0 {
		t.Fatal("there are no lessons", err)
	}
	pages := map[string]string{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		pages[filepath.Base(file)] = string(data)
	}
	return pages
}

var (
	hrefs     = regexp.MustCompile(`(?:href|src)="([^"]+)"`)
	ids       = regexp.MustCompile(` id="([^"]+)"`)
	terms     = regexp.MustCompile(`<a class="term" id="([^"]+)" href="glossary.html#([^"]+)">`)
	questions = regexp.MustCompile(` data-question="([^"]+)"`)
	back      = regexp.MustCompile(`<a class="where" href="([^"#]+)#([^"]+)">`)
)

// TestLessonLinks wants every link within the site to lead somewhere, each term of a chapter to its entry
// in the glossary, and each entry back to the place where the term is introduced.
func TestLessonLinks(t *testing.T) {
	t.Parallel()
	pages := pagesOf(t)
	has := func(page, id string) bool { return strings.Contains(pages[page], ` id="`+id+`"`) }
	for name, page := range pages {
		seen := map[string]bool{}
		for _, m := range ids.FindAllStringSubmatch(page, -1) {
			if seen[m[1]] {
				t.Errorf("%s has two elements with the id %s", name, m[1])
			}
			seen[m[1]] = true
		}
		for _, m := range hrefs.FindAllStringSubmatch(page, -1) {
			u, err := url.Parse(m[1])
			if err != nil || u.Scheme == "http" {
				t.Errorf("%s links %s", name, m[1])
			} else if u.Scheme == "" {
				file := u.Path
				if file == "" {
					file = name
				}
				if _, err := os.Stat(filepath.Join("lessons", file)); err != nil {
					t.Errorf("%s links %s, which is not there", name, m[1])
				}
				if u.Fragment != "" && !strings.Contains(u.Fragment, "=") && !has(file, u.Fragment) {
					t.Errorf("%s links %s, where nothing has that id", name, m[1])
				}
			}
		}
		for _, what := range []string{"<script>", "<style", ` style="`, ` onclick="`} {
			if strings.Contains(page, what) {
				t.Errorf("%s has %s, which a strict policy refuses", name, what)
			}
		}
	}
	introduced := map[string]string{} // glossary entry -> page#id
	for name, page := range pages {
		for _, m := range terms.FindAllStringSubmatch(page, -1) {
			if introduced[m[2]] != "" {
				t.Errorf("%s is introduced twice, in %s and in %s", m[2], introduced[m[2]], name)
			}
			introduced[m[2]] = name + "#" + m[1]
		}
	}
	entries := strings.Split(pages["glossary.html"], "<dt ")[1:]
	for _, entry := range entries {
		id := ids.FindStringSubmatch(" " + entry)
		if id == nil {
			t.Errorf("an entry of the glossary has no id: %.60s", entry)
			continue
		}
		var to []string
		for _, m := range back.FindAllStringSubmatch(entry, -1) {
			to = append(to, m[1]+"#"+m[2])
		}
		if !slices.Contains(to, introduced[id[1]]) {
			t.Errorf("the entry %s leads to %v; the term is introduced at %s", id[1], to, introduced[id[1]])
		}
	}
	for id := range introduced {
		if !has("glossary.html", id) {
			t.Errorf("%s has no entry", id)
		}
	}
}

// chapter opens a page of the lessons in a window and sees all its views ready, scrolling to each as a reader does.
func chapter(t *testing.T, name string, width, height int64) *tab {
	t.Helper()
	tab := newTab(t, "")
	tab.do(chromedp.EmulateViewport(width, height), chromedp.Navigate(site+"web/lessons/"+name))
	n := get(tab, chromedp.Evaluate[int](`document.querySelectorAll("heed-view").length`))
	for i := range n {
		v := fmt.Sprintf(`document.querySelectorAll("heed-view")[%d]`, i)
		tab.run(v + `.scrollIntoView({ block: "center" })`)
		tab.until(v + `.shadowRoot.querySelector("[data-state=ready]")`)
		if said := tab.said(`Array.from(` + v + `.shadowRoot.querySelectorAll(".notes p, .message:not([hidden]) p"), (p) => p.textContent).join(" ")`); said != "" && !strings.HasPrefix(said, "The model reads every number as ##") && // which is as it should be
			!(strings.HasPrefix(said, "The model repeats itself") && get(tab, chromedp.Evaluate[bool](v+`.parentNode.textContent.includes("goes round in circles")`))) { // as its caption says
			t.Errorf("%s, view %d says: %s", name, i, said)
		}
	}
	return tab
}

// What is done in the live view of a chapter's question, or of one of several.
const asked = `document.querySelector("[data-question] heed-view")`

func askedIn(question string) string {
	return `document.querySelector("[data-question=` + question + `] heed-view")`
}

// answers are what a reader does, by JavaScript, and the answer that the page gives.
var answers = []struct {
	page, question string
	acts           [][2]string
}{
	{"encoder-decoder.html", "more-words", [][2]string{
		{typing("I am tired."), "wrong"},
		{typing("I don't know."), "right"},
		{typing("I like tea."), "waiting"},
	}},
	{"context-vector.html", "nothing-lost", [][2]string{
		{typing("I like tea, but my brother prefers coffee."), "wrong"},
		{typing("I like it."), "none"},
		{typing("Our parents drink nothing but water."), "wrong"}, // a dog in place of the parents, and no water
		{typing("I like tea."), "right"},
	}},
	{"attention.html", "strongest", [][2]string{
		{pointing("Je", 0), "row"},
		{pointing("rouge", 0), "wrong"},
		{pointing("rouge", -1), "right"},
	}},
	{"soft-attention.html", "spread", [][2]string{
		{sliding("attention-temperature", -0.5), "colder"},
		{sliding("attention-temperature", 0.1), "wrong"},
		{sliding("attention-temperature", 1), "right"},
	}},
	{"evidence.html", "agreement", [][2]string{
		{switching, "wrong"},
		{`Array.from(` + asked + `.shadowRoot.querySelectorAll("[aria-label=Head] input")).find((head) => head.value === "0").click();` + switching, "many"},
		{asked + `.shadowRoot.querySelector(".changes li button").click()`, "right"},
	}},
	{"transformer.html", "both-ways", [][2]string{
		{typing("The [MASK] flew in the big sky."), "wrong"},
		{typing("A [MASK] swam in the water."), "before"},
		{typing("The bird swam in the water."), "gone"},
		{typing("The [MASK] barked at the cat."), "right"},
	}},
	{"ask-why.html", "how-many", [][2]string{
		{guessing("most"), "wrong"},
		{guessing("few"), "right"},
	}},
	{"ask-why.html", "together", [][2]string{
		{entering("together", "cross-attention, layer 2, head 0"), "one"},
		{entering("together", "encoder self-attention, layer 2, head 4"), "wrong"},
		{entering("together", "cross-attention, layer 2, head 5"), "many"},
		{askedIn("together") + `.off = "cross.2.0,cross.2.2"`, "right"},
	}},
	{"ask-why.html", "patch", [][2]string{
		{`document.querySelector("[name=from]").click();` + entering("patch", "encoder, layer 1 at “a”"), "wrong"},
		{puttingBack("patch"), "waiting"},
		{entering("patch", "embedding of encoder at “house”"), "embedding"},
		{askedIn("patch") + `.patched = "decoder.2.-.6"`, "late"},
		{askedIn("patch") + `.patched = "self.1.-.8"`, "right"},
	}},
	{"ask-why.html", "agree", [][2]string{
		{askedIn("agree") + `.token = "3"`, "wrong"},
		{askedIn("agree") + `.token = "4"`, "right"},
		{askedIn("agree") + `.attribute = "leave-one-out,gradient-input"`, "methods"},
	}},
}

// guessing chooses a guess.
func guessing(value string) string {
	return `document.querySelector("[name=guess][value=` + value + `]").click()`
}

// entering opens a cell, by keyboard, as soon as it is there; puttingBack takes the last change back.
func entering(question, cell string) string {
	return `const look = setInterval(() => {
		const cell = Array.from(` + askedIn(question) + `.shadowRoot.querySelectorAll("[role=gridcell]")).find((c) => c.ariaLabel?.startsWith(` + quote(cell) + `));
		if (!cell) return;
		clearInterval(look);
		cell.focus();
		cell.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, composed: true }));
	}, 20)`
}

func puttingBack(question string) string {
	return askedIn(question) + `.shadowRoot.querySelector(".changes li button").click()`
}

// labelled says whether all cells have their names, which the rows get one after the other.
const labelled = `(() => {
	const cells = Array.from(` + asked + `.shadowRoot.querySelectorAll("[data-state=ready] [role=gridcell]"));
	return cells.length > 0 && cells.every((c) => c.ariaLabel);
})()`

// pointing points at a cell of the row of a word, by keyboard; column -1 is the one with the largest weight.
func pointing(word string, column int) string {
	return fmt.Sprintf(`const cells = Array.from(%s.shadowRoot.querySelectorAll("[role=gridcell]")).filter((c) => c.ariaLabel.startsWith(%s));
		const weight = (c) => Number(c.ariaLabel.match(/, ([\d.]+)/)[1]);
		const best = cells.reduce((a, b) => weight(b) > weight(a) ? b : a);
		(%d < 0 ? best : cells[%d]).focus()`, asked, quote(word+" looks"), column, max(column, 0))
}

// sliding moves a slider.
func sliding(id string, to float64) string {
	return fmt.Sprintf(`const s = %s.shadowRoot.getElementById(%s); s.value = %g; s.dispatchEvent(new Event("input"))`, asked, quote(id), to)
}

// switching switches the head that is shown.
const switching = `Array.from(` + asked + `.shadowRoot.querySelectorAll(".changes button")).find((b) => b.textContent === "Switch this head off").click()`

func typing(text string) string {
	return `const box = ` + asked + `.shadowRoot.getElementById("text"); box.focus(); box.value = ` + quote(text) + `;
		box.dispatchEvent(new InputEvent("input", { bubbles: true, composed: true }))`
}

// TestLessons reads every page: all views become ready without a complaint, nothing is on the console,
// which a breach of the policy would be too, the question knows the right deed from a wrong one, and
// axe-core finds nothing.
func TestLessons(t *testing.T) {
	t.Parallel()
	rooms := map[string][2]int{} // by the view's id: how high it is on a wide page and on a narrow one
	for name := range pagesOf(t) {
		t.Run(name, func(t *testing.T) {
			tab := chapter(t, name, 1440, 900)
			for id, is := range measured(tab) {
				rooms[id] = [2]int{is[0]}
				if blank := is[1] - is[0]; !*writeRooms && (blank < -120 || blank > 120) {
					t.Errorf("%s has room for %d pixels and takes %d: go test -run TestLessons ./web -rooms", id, is[1], is[0])
				}
			}
			if *writeRooms {
				for id, is := range measured(chapter(t, name, 390, 844)) {
					rooms[id] = [2]int{rooms[id][0], is[0]}
				}
			}
			answered := map[string]bool{}
			for _, c := range answers {
				if c.page != name {
					continue
				}
				answered[c.question] = true
				for _, act := range c.acts {
					if strings.Contains(act[0], "gridcell") {
						tab.until(labelled)
					}
					tab.run(act[0])
					tab.until(`document.querySelector("[data-question=` + c.question + `]").dataset.verdict === ` + quote(act[1]) + ` && ` + askedIn(c.question) + `.shadowRoot.querySelector("[data-state=ready]")`)
					shown := tab.said(`Array.from(document.querySelectorAll("[data-question=` + c.question + `] [data-answer]")).filter((a) => !a.hidden).map((a) => a.dataset.answer).join()`)
					equal(t, "the answer to "+act[0], shown, act[1])
				}
			}
			for _, question := range questions.FindAllStringSubmatch(pagesOf(t)[name], -1) {
				if !answered[question[1]] {
					t.Error("nobody answers the question " + question[1])
				}
			}
			axed(t, tab)
			tab.mu.Lock()
			defer tab.mu.Unlock()
			for _, request := range tab.requests {
				if strings.HasPrefix(request, "http") && !strings.HasPrefix(request, site) {
					t.Errorf("a request to another host: %s", request)
				}
			}
		})
	}
	if *writeRooms {
		write(t, rooms)
	}
}

var writeRooms = flag.Bool("rooms", false, "write into lessons/lessons.css how much room each view takes")

// measured is how high the views of a page are, and what room they have.
func measured(tab *tab) map[string][2]int {
	tab.t.Helper()
	return get(tab, chromedp.Evaluate[map[string][2]int](`(async () => {
		const views = [...document.querySelectorAll("heed-view")];
		const heights = () => views.map((v) => {
			v.style.minHeight = 0;
			const is = v.offsetHeight;
			v.style.minHeight = "";
			return is;
		});
		let last = "", is, same = 0;
		while (same < 4) {
			await new Promise((done) => setTimeout(done, 80));
			is = heights();
			same = String(is) === last ? same + 1 : 0;
			last = String(is);
		}
		return Object.fromEntries(views.map((v, i) => [v.id, [is[i], parseInt(getComputedStyle(v).minHeight) || 0]]));
	})()`, chromedp.EvalAwaitPromise))
}

// write puts the rooms between the two marks of lessons/lessons.css, in steps of 8 pixels and up to 16 more than was
// measured: other machines have other letters.
func write(t *testing.T, rooms map[string][2]int) {
	t.Helper()
	const file, begin, end = "lessons/lessons.css", "-rooms */\n", "/* That was it. */"
	css, err := os.ReadFile(file)
	before, rest, ok1 := strings.Cut(string(css), begin)
	_, after, ok2 := strings.Cut(rest, end)
	if err != nil || !ok1 || !ok2 {
		t.Fatal("there is no place for the rooms", err)
	}
	var wide, narrow strings.Builder
	for _, id := range slices.Sorted(maps.Keys(rooms)) {
		room := func(is int) int { return (is + 16) / 8 * 8 }
		fmt.Fprintf(&narrow, "  #%s { --room: %dpx; }\n", id, room(rooms[id][1]))
		fmt.Fprintf(&wide, "#%s { --room: %dpx; }\n", id, room(rooms[id][0]))
	}
	text := before + begin + wide.String() + "@media (max-width: 560px) {\n" + narrow.String() + "}\n" + end + after
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// axed has axe-core look for what keeps people out of a page, as TestAxe does, where ./build.sh test fetched
// it. What was on the console counts until then: axe tries to set styles that the policy refuses.
func axed(t *testing.T, tab *tab) {
	axe, err := os.ReadFile("../.cache/axe.js")
	if err != nil {
		return
	}
	tab.mu.Lock()
	if len(tab.problems) == 0 {
		tab.excused = true
	}
	tab.mu.Unlock()
	get(tab, chromedp.Evaluate[chromedp.Void]("void (() => {"+string(axe)+"\n})()"))
	tab.run(`globalThis.found = null; axe.run({ resultTypes: ["violations"] }).then((r) => found = r.violations.map((v) => v.id + ": " + v.nodes.map((n) => n.html).slice(0, 3).join(" ")).join("\n"))`)
	tab.until(`found !== null`)
	equal(t, "what axe-core finds", tab.said(`found`), "")
}

// TestLessonsOffline reads a chapter of what is published, and then again, and the next, without a network.
func TestLessonsOffline(t *testing.T) {
	t.Parallel()
	dir, _ := packed(t)
	var down atomic.Bool
	files := http.FileServer(http.Dir(dir))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if down.Load() {
			panic(http.ErrAbortHandler)
		}
		files.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	tab := newTab(t, "")
	tab.excuse() // a network that is down is an error on the console
	read := func(name string) {
		tab.do(chromedp.Navigate("about:blank"), chromedp.Navigate(server.URL+"/web/lessons/"+name))
		tab.until(`document.querySelector("heed-view")?.shadowRoot?.querySelector("[data-state=ready]")`)
	}
	read("encoder-decoder.html")
	for _, file := range []string{"web/lessons/context-vector.html", "web/lessons/lessons.js", "web/models/bleu-by-length.svg", "web/models/en-fr-context/model.safetensors", copyOf(t, dir, "web/heed.wasm.gz")} {
		tab.run(`globalThis.there = false; const look = setInterval(async () => { if (globalThis.there = !!await caches.match("/` + file + `")) clearInterval(look) }, 100)`)
		tab.until(`there`)
	}
	down.Store(true)
	read("encoder-decoder.html")
	read("context-vector.html")
	tab.until(`document.querySelector("img").decode().then(() => true)`)
}

// TestLessonPrint prints a chapter whose first view alone has been seen, in a dark room: by key, printing waits for all
// views; on paper they are light, and without their controls.
func TestLessonPrint(t *testing.T) {
	t.Parallel()
	tab := newTab(t, `globalThis.printed = false; globalThis.print = () => { printed = true; }`)
	prefer(tab, "dark")
	tab.do(chromedp.Navigate(site + "web/lessons/soft-attention.html"))
	tab.until(settled(0))
	const last = `document.querySelector("[data-question] heed-view")`
	equal(t, "seen by nobody", get(tab, chromedp.Evaluate[bool](last+`.record === null`)), true)
	tab.press("p", chromedp.KeyModifiers(chromedp.ModifierCtrl))
	tab.until(`printed && [...document.querySelectorAll("heed-view")].every((v) => v.shadowRoot.querySelector("[data-state=ready] [data-request]"))`)

	dark := func() bool { return get(tab, chromedp.Evaluate[bool](last+`.matches(":state(dark)")`)) }
	ink := `(() => { const c = ` + last + `.shadowRoot.querySelector("canvas"), p = c.getContext("2d").getImageData(0, 0, c.width, c.height).data;
		let light = 0, all = 0; for (let i = 0; i < p.length; i += 4) if (p[i + 3] > 200) { all++; light += p[i] > 128; } return light / all > 0.5 ? "light" : "dark"; })()`
	equal(t, "dark on the screen", dark(), true)
	equal(t, "most of the picture on the screen", tab.said(ink), "dark")
	tab.run(`dispatchEvent(new Event("beforeprint"))`)
	equal(t, "dark on paper", dark(), false)
	equal(t, "most of the picture on paper", tab.said(ink), "light")
	tab.do(call(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"}))
	equal(t, "the controls on paper", tab.said(`getComputedStyle(`+last+`.shadowRoot.querySelector("[part=controls]")).display`), "none")
	prefer(tab, "dark")
	tab.run(`dispatchEvent(new Event("afterprint"))`)
	equal(t, "dark after that", dark(), true)
}

// TestLessonPointer answers the question of the third chapter with a mouse.
func TestLessonPointer(t *testing.T) {
	t.Parallel()
	tab := newTab(t, "")
	tab.do(chromedp.Navigate(site + "web/lessons/attention.html"))
	tab.run(asked + `.scrollIntoView({ block: "center" })`)
	tab.until(labelled)
	cell := get(tab, chromedp.Evaluate[[]float64](`(() => {`+pointing("rouge", -1)+`; const c = `+asked+`.shadowRoot.activeElement; c.blur(); c.scrollIntoView({ block: "center" });
		document.querySelector("[data-question]").dataset.verdict = ""; const b = c.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2] })()`))
	tab.do(chromedp.MouseClickXY(cell[0], cell[1]))
	tab.until(`document.querySelector("[data-question]").dataset.verdict === "right"`)
}
