//go:build !js

package web_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/record"
	"heed/core/token"
	"heed/core/weights"
)

// tiny is a small model's files, which nobody wrote about.
func tiny(t *testing.T) map[string][]byte {
	t.Helper()
	return modeltest.Saved(t, modeltest.New(t, model.Fill, "bert"), weights.F32)
}

// folder writes files into a new folder of that name.
func folder(t *testing.T, name string, files map[string][]byte) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	for name, data := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// dropPaths drops files or folders of this machine on the page, as a person does.
func (tab *tab) dropPaths(paths ...string) {
	tab.t.Helper()
	data := &input.DragData{Items: []*input.DragDataItem{}, Files: paths, DragOperationsMask: 1}
	for _, kind := range []input.DispatchDragEventType{input.DispatchDragEventTypeDragEnter, input.DispatchDragEventTypeDragOver, input.DispatchDragEventTypeDrop} {
		tab.do(call(input.DispatchDragEvent, input.DispatchDragEventParams{Type: kind, X: 200, Y: 200, Data: data}))
	}
}

// choose gives the dialog's input of a class some paths.
func (tab *tab) choose(class string, paths ...string) {
	tab.t.Helper()
	tab.click(".open-model")
	tab.until(root + `.querySelector("dialog.open[open]")`)
	tab.do(chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		at, err := cdp.Call(ctx, target, runtime.Evaluate, runtime.EvaluateParams{Expression: root + `.querySelector("dialog.open input.` + class + `")`})
		if err == nil {
			_, err = cdp.Call(ctx, target, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: paths, ObjectID: at.Result.ObjectID})
		}
		return err
	}))
}

const notes = root + `.querySelector(".notes").textContent`

// shows waits until a model answers, and returns its id.
func (tab *tab) shows(title string) {
	tab.t.Helper()
	tab.until(root + `.querySelector(".models label:has(:checked)")?.textContent === ` + fmt.Sprintf("%q", title) + ` && ` + ready)
}

// A model comes by a folder that is dropped, by one that is chosen, and by its files; it answers, is in the list, and the
// text that was there stays.
func TestOpenFiles(t *testing.T) {
	t.Parallel()
	files := tiny(t)
	files["README.md"] = []byte("---\nlicense: mit\n---\n# A model")
	dir := folder(t, "my-model", files)
	var paths []string
	for name := range files {
		paths = append(paths, filepath.Join(dir, name))
	}
	for how, do := range map[string]func(tab *tab){
		"dropped folder": func(tab *tab) { tab.dropPaths(dir) },
		"dropped files":  func(tab *tab) { tab.dropPaths(paths...) },
		"chosen folder":  func(tab *tab) { tab.choose("folder", dir) },
		"chosen files":   func(tab *tab) { tab.choose("files", paths...) },
	} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			tab := show(t, "text", "the cat sat on the ___")
			do(tab)
			title := "my-model"
			if strings.HasSuffix(how, "files") {
				title = "a model"
			}
			tab.shows(title)
			if text := tab.text(); text != "the cat sat on the ___" {
				t.Errorf("the text is now %q", text)
			}
			r := tab.record()
			if r.Task != model.Fill || len(r.Predictions) != 1 {
				t.Errorf("the Record is of task %q and has %d predictions", r.Task, len(r.Predictions))
			}
			if about := tab.said(root + `.querySelector(".about").textContent`); !strings.Contains(about, "finds hidden words") || !strings.Contains(about, "2 layers of 4 heads") || !strings.Contains(about, "mit") {
				t.Errorf("the page says of it %q", about)
			}
			tab.run(root + `.querySelector("[name=model][value=en-fr]").click()`)
			tab.until(ready + ` && document.querySelector("heed-view").record.model === "en-fr"`)
			tab.run(`[...` + root + `.querySelectorAll("[name=model]")].at(-1).click()`)
			tab.shows(title)
		})
	}
}

// A model that has SentencePiece's files in the place of tokenizer.json is dropped: source.spm cuts what it reads, and target.spm what
// it is said to write.
func TestOpenPieces(t *testing.T) {
	t.Parallel()
	files := modeltest.Pieces(t, "../core/token/testdata/spm/marian", modeltest.MarianPieces)
	tab := show(t, "text", ">>fra<< made école")
	tab.dropPaths(folder(t, "pieces", files))
	tab.shows("pieces")
	tab.run(`location.hash = ` + quote("#"+address("model", "file:pieces", "text", ">>fra<< made école", "target", "made école")))
	tab.until(ready + ` && document.querySelector("heed-view").record.output === "made école"`)
	m, err := model.Parse(files)
	if err != nil {
		t.Fatal(err)
	}
	r := tab.record()
	for side, of := range map[string]struct {
		tokens []record.Token
		pieces []token.Piece
	}{
		"source": {r.Tokens.Source, m.Tokenizer.Encode(">>fra<< made école")},
		"target": {r.Tokens.Target[1:], m.Tokenizer.Target().Encode("made école")},
	} {
		var got, want []int
		for _, each := range of.tokens {
			got = append(got, each.ID)
		}
		for _, each := range of.pieces {
			want = append(want, each.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("the %s is %v, want %v", side, got, want)
		}
	}
}

// A large model on a slow device is opened for longer than an engine may be silent otherwise, of which the times are shorter here.
func TestOpenSlowly(t *testing.T) {
	t.Parallel()
	tab := newTab(t, `const wait = setTimeout, Theirs = Worker;
		globalThis.setTimeout = (f, ms) => wait(f, ms === 20000 || ms === 30000 ? 1000 : ms);
		globalThis.Worker = class extends Theirs {
			addEventListener(type, hear, ...rest) {
				super.addEventListener(type, type !== "message" ? hear : (event) => event.data.type === "opened" ? wait(hear, 4000, event) : hear(event), ...rest);
			}
		};`)
	tab.excuse() // on a busy machine one of the shorter times may end
	tab.do(chromedp.Navigate(site + "#" + address("text", "the cat sat on the ___")))
	tab.until(ready)
	tab.dropPaths(folder(t, "slow", tiny(t)))
	tab.shows("slow")
}

// A model that is kept is there again on the next visit, and can be removed.
func TestKeep(t *testing.T) {
	t.Parallel()
	tab := show(t)
	tab.dropPaths(folder(t, "kept", tiny(t)))
	tab.shows("kept")
	tab.click(".open-model")
	inList := func(word string) string {
		return `[...` + root + `.querySelectorAll("dialog.open li button")].find((b) => b.textContent === "` + word + `")`
	}
	tab.until(inList("Keep in this browser"))
	tab.run(inList("Keep in this browser") + `.click()`)
	tab.until(inList("Remove"))
	tab.until(`decodeURIComponent(location.hash).includes("model=file:kept")`) // it follows after a pause
	tab.do(chromedp.Reload())
	tab.shows("kept")
	tab.click(".open-model")
	tab.until(inList("Remove"))
	tab.run(inList("Remove") + `.click()`)
	tab.until(`!` + inList("Remove"))
	tab.do(chromedp.Reload())
	tab.until(root + `.querySelector("[role=alert], .message")?.textContent.includes("“kept” could not be opened: kept was opened from files on this device")`)
	tab.excuse()
}

// host serves a model's files from another origin, with CORS if allowed. Answer may answer in place of a file.
func host(t *testing.T, files map[string][]byte, cors bool, answer func(w http.ResponseWriter, r *http.Request) bool) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if cors {
			w.Header().Set("Access-Control-Allow-Origin", "*")
		}
		if answer != nil && answer(w, r) {
			return
		}
		data, ok := files[strings.TrimPrefix(r.URL.Path, "/tiny/")]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(data)))
		w.Write(data)
	}))
	t.Cleanup(s.Close)
	return s.URL + "/tiny/"
}

const message = root + `.querySelector(".message")?.textContent`

// A model of another origin is fetched when the reader has said so; one of the page's own at once.
func TestOpenAddress(t *testing.T) {
	t.Parallel()
	asked := make(chan string, 100)
	files := tiny(t)
	at := host(t, files, true, func(w http.ResponseWriter, r *http.Request) bool {
		asked <- r.URL.Path
		return false
	})
	origin := strings.TrimSuffix(at, "/tiny/")
	tab := newTab(t, events)
	tab.excuse() // the browser notes each optional file that is not there
	tab.do(chromedp.Navigate(site + "#" + address("model", at, "text", "the cat ___")))
	tab.until(message + `?.includes("This page asks to open a model from ` + origin + `")`)
	if len(asked) > 0 {
		t.Fatalf("%s was asked for before the reader said so", <-asked)
	}
	tab.run(`[...` + root + `.querySelectorAll(".message button")].find((b) => b.textContent === "Open it from ` + origin + `").click()`)
	tab.shows("tiny")
	if text := tab.text(); text != "the cat ___" {
		t.Errorf("the text is now %q", text)
	}

	// By its address in the dialog, which is as good as a click.
	tab = show(t, "text", "the cat ___")
	tab.excuse()
	tab.click(".open-model")
	tab.run(`const box = ` + root + `.getElementById("model-address"); box.value = "nonsense"; box.form.requestSubmit()`)
	tab.until(root + `.querySelector("dialog.open [role=status]").textContent.includes("ends in a slash")`)
	tab.run(`const box = ` + root + `.getElementById("model-address"); box.value = "` + at + `"; box.form.requestSubmit()`)
	tab.shows("tiny")

	tab = show(t, "model", "web/models/fill/", "text", "the cat ___")
	tab.excuse()
	if r := tab.record(); r.Task != model.Fill {
		t.Errorf("the page's own: task %q", r.Task)
	}
}

// What goes wrong is said, with what to do; the page goes on with what it had.
func TestOpenRefused(t *testing.T) {
	t.Parallel()
	good := tiny(t)
	with := func(name string, data []byte) map[string][]byte {
		files := maps.Clone(good)
		if files[name] = data; data == nil {
			delete(files, name)
		}
		return files
	}
	weightsFile := good["model.safetensors"]
	lying := bytes.Clone(weightsFile)
	binary.LittleEndian.PutUint64(lying, 4<<30)
	nan := bytes.Clone(weightsFile)
	copy(nan[len(nan)-4:], []byte{0, 0, 0xc0, 0x7f})
	var config map[string]any
	if err := json.Unmarshal(good["config.json"], &config); err != nil {
		t.Fatal(err)
	}
	config["hidden_size"], config["intermediate_size"], config["num_hidden_layers"] = 16384, 65536, 90
	huge, _ := json.Marshal(config)
	torn := modeltest.Pieces(t, "../core/token/testdata/spm/marian", modeltest.MarianPieces)
	torn["source.spm"] = torn["source.spm"][:1000]
	tab := show(t, "text", "I like tea.")
	before := tab.said(output)
	for what, test := range map[string]struct {
		files map[string][]byte
		want  []string
	}{
		"no weights":       {with("model.safetensors", nil), []string{"model.safetensors"}},
		"no tokenizer":     {with("tokenizer.json", nil), []string{"tokenizer.json"}},
		"no configuration": {with("config.json", nil), []string{"There is no model among these files"}},
		"another family":   {with("config.json", []byte(`{"model_type":"mamba"}`)), []string{"config.json", "mamba", "bert"}},
		"cut short":        {with("model.safetensors", weightsFile[:len(weightsFile)/2]), []string{"model.safetensors"}},
		"a lying header":   {with("model.safetensors", lying), []string{"model.safetensors"}},
		"NaN":              {with("model.safetensors", nan), []string{"model.safetensors", "damaged"}},
		"too large":        {with("config.json", huge), []string{"config.json"}},
		"torn pieces":      {torn, []string{"source.spm", "is cut short"}},
		"nested JSON":      {with("tokenizer.json", bytes.Repeat([]byte("["), 1<<20)), []string{"tokenizer.json"}},
	} {
		tab.run(root + `.querySelector(".notes").textContent = ""`)
		tab.dropPaths(folder(t, "broken", test.files))
		tab.until(`(` + notes + `.includes("could not be opened") || ` + notes + `.includes("There is no model"))`)
		said := tab.said(notes)
		t.Logf("%s: %s", what, said)
		for _, want := range test.want {
			if !strings.Contains(said, want) {
				t.Errorf("%s: the page says %q; it should say %q", what, said, want)
			}
		}
		equal(t, "the translation after "+what, tab.said(output), before)
	}
	// A file that would not fit is refused by its header, before its weights are read: most of this one is not on any disk.
	dir := folder(t, "broken", good)
	header := `{"a":{"dtype":"F32","shape":[900000,1000],"data_offsets":[0,3600000000]}}`
	file := append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...)
	path := filepath.Join(dir, "model.safetensors")
	if err := os.WriteFile(path, file, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, int64(len(file))+3600000000); err != nil {
		t.Fatal(err)
	}
	tab.run(root + `.querySelector(".notes").textContent = ""`)
	tab.dropPaths(dir)
	tab.until(notes + `.includes("model.safetensors: its weights would take 3.6 GB")`)

	tab.set("text", "I see a cat.")
	tab.until(ready + ` && document.querySelector("heed-view").record.text === "I see a cat."`)
}

// sendHalf sends the first half of a file, as if the rest would follow.
func sendHalf(w http.ResponseWriter, data []byte) {
	w.Header().Set("Content-Length", fmt.Sprint(len(data)))
	w.Write(data[:len(data)/2])
	w.(http.Flusher).Flush()
}

// What goes wrong on the way from an address is said, with the host's part in it.
func TestAddressRefused(t *testing.T) {
	t.Parallel()
	good := tiny(t)
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	stall := func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "model.safetensors") {
			return false
		}
		sendHalf(w, good["model.safetensors"])
		select {
		case <-release:
		case <-r.Context().Done():
		}
		return true
	}
	huge := func(w http.ResponseWriter, r *http.Request) bool {
		if strings.HasSuffix(r.URL.Path, "model.safetensors") {
			w.Header().Set("Content-Length", "9000000000")
			w.Write(make([]byte, 100))
			return true
		}
		return false
	}
	elsewhere := maps.Clone(good)
	delete(elsewhere, "model.safetensors")
	elsewhere["model.safetensors.index.json"] = []byte(`{"weight_map":{"a":"https://127.0.0.1:1/b.safetensors"}}`)
	for what, test := range map[string]struct {
		at   string
		want string
	}{
		"no CORS":          {host(t, good, false, nil), "(CORS)"},
		"nothing there":    {host(t, nil, true, nil), "404"},
		"a stall":          {host(t, good, true, stall), "nothing came for"},
		"too large":        {host(t, good, true, huge), "too large"},
		"a file elsewhere": {host(t, elsewhere, true, nil), "is not in its folder"},
		"nobody listens":   {"http://127.0.0.1:1/tiny/", "does not answer"},
		"a damaged file":   {host(t, map[string][]byte{"config.json": []byte("{"), "tokenizer.json": good["tokenizer.json"], "model.safetensors": good["model.safetensors"]}, true, nil), "config.json"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			tab := newTab(t, events)
			tab.excuse()
			tab.do(chromedp.Navigate(site + "#" + address("model", test.at, "text", "the cat ___")))
			button := `[...` + root + `?.querySelectorAll(".message button") ?? []].find((b) => b.textContent.startsWith("Open it"))`
			tab.until(button)
			tab.run(button + `.click()`)
			tab.until(message + `?.includes(` + fmt.Sprintf("%q", test.want) + `)`)
			t.Log(tab.said(message))
			if text := tab.text(); text != "the cat ___" {
				t.Errorf("the text is now %q", text)
			}
			tab.run(`[...` + root + `.querySelectorAll(".message button")].find((b) => b.textContent === "Continue with another model").click()`)
			tab.until(ready)
		})
	}
}

// An element opens a model by its address, on anybody's page.
func TestElementAddress(t *testing.T) {
	t.Parallel()
	tab := newTab(t, events)
	tab.excuse()
	tab.do(chromedp.Navigate(site))
	tab.until(started)
	tab.run(`const view = document.createElement("heed-view"); view.setAttribute("model", "` + site + `web/models/fill/"); view.setAttribute("loading", "eager");
		view.textContent = "The cat sat on the ___."; document.querySelector("main").append(view)`)
	last := `[...document.querySelectorAll("heed-view")].at(-1)`
	tab.until(last + `.record?.task === "fill" && ` + last + `.shadowRoot.querySelector("[data-state=ready]")`)
}
