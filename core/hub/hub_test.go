package hub

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	_ "heed/core/foreign"
	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/weights"
)

const head = "0123456789abcdef0123456789abcdef01234567"

// server is a Hub with one model, OWNER/tiny, whose large files lie on another host, as the Hub's do.
type server struct {
	*httptest.Server
	far    *httptest.Server
	files  map[string][]byte
	token  string                                                         // that it wants; "" none
	answer func(w http.ResponseWriter, r *http.Request, name string) bool // in place of a file, where it returns true

	mu     sync.Mutex
	asked  []string // HOST NAME RANGE of each file that was asked for
	tokens []string // that came to the other host
}

func large(name string) bool {
	return strings.HasSuffix(name, ".safetensors") || strings.HasSuffix(name, ".gguf")
}

func serve(t *testing.T, files map[string][]byte) *server {
	t.Helper()
	if runtime.GOOS == "js" {
		t.Skip("a test of downloads needs a network, which Node.js's Go has not")
	}
	s := &server{files: files}
	s.far = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.tokens = append(s.tokens, r.Header.Get("Authorization"))
		s.mu.Unlock()
		s.file(w, r, "far", strings.TrimPrefix(r.URL.Path, "/"))
	}))
	s.Server = httptest.NewServer(http.HandlerFunc(s.hub))
	t.Cleanup(s.far.Close)
	t.Cleanup(s.Close)
	return s
}

func (s *server) hub(w http.ResponseWriter, r *http.Request) {
	const api, raw = "/api/models/owner/tiny/revision/", "/owner/tiny/resolve/" + head + "/"
	if s.token != "" && r.Header.Get("Authorization") != "Bearer "+s.token {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	switch name, isFile := strings.CutPrefix(r.URL.Path, raw); {
	case isFile && large(name):
		http.Redirect(w, r, s.far.URL+"/"+name, http.StatusFound)
	case isFile:
		s.file(w, r, "near", name)
	case r.URL.Path == api+"main", r.URL.Path == api+"v1", r.URL.Path == api+head:
		var list []map[string]any
		for name, data := range s.files {
			one := map[string]any{"rfilename": name, "size": len(data), "blobId": fmt.Sprintf("%x", sha1.Sum(append(fmt.Appendf(nil, "blob %d\x00", len(data)), data...)))}
			if large(name) {
				one["lfs"] = map[string]any{"sha256": fmt.Sprintf("%x", sha256.Sum256(data)), "size": len(data)}
			}
			list = append(list, one)
		}
		json.NewEncoder(w).Encode(map[string]any{"sha": head, "siblings": list, "cardData": map[string]any{"license": "mit"}})
	case strings.HasPrefix(r.URL.Path, api):
		w.Header().Set("X-Error-Code", "RevisionNotFound")
		w.WriteHeader(http.StatusNotFound)
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (s *server) file(w http.ResponseWriter, r *http.Request, host, name string) {
	s.mu.Lock()
	s.asked = append(s.asked, strings.TrimSpace(host+" "+name+" "+r.Header.Get("Range")))
	answer := s.answer
	s.mu.Unlock()
	if answer != nil && answer(w, r, name) {
		return
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(s.files[name]))
}

// cut sends a file's first bytes, and then ends the connection.
func cut(w http.ResponseWriter, data []byte, n int) {
	w.Header().Set("Content-Length", fmt.Sprint(len(data)))
	w.Write(data[:n])
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

func tiny(t *testing.T) map[string][]byte {
	return modeltest.Saved(t, modeltest.Small(t), weights.F32)
}

func (s *server) hubOf(t *testing.T) *Hub {
	return &Hub{Endpoint: s.URL, Cache: filepath.Join(t.TempDir(), "hub"), Token: "secret", Patience: 10 * time.Second}
}

func fetch(t *testing.T, h *Hub, name string) string {
	t.Helper()
	r, err := ParseRef(name)
	if err != nil {
		t.Fatal(err)
	}
	path, err := h.Fetch(r)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// fails wants an error that holds each of some words, and no token.
func fails(t *testing.T, h *Hub, name string, words ...string) {
	t.Helper()
	r, err := ParseRef(name)
	if err == nil {
		_, err = h.Fetch(r)
	}
	if err == nil {
		t.Errorf("%s: no error", name)
		return
	}
	t.Logf("%s: %v", name, err)
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%s: the error is %q; it should say %q", name, err, word)
		}
	}
	if strings.Contains(err.Error(), "secret") {
		t.Errorf("%s: the error tells the token: %q", name, err)
	}
}

// A model comes whole, opens, is kept, and needs no server after that.
func TestFetch(t *testing.T) {
	s := serve(t, tiny(t))
	s.files["pytorch_model.bin"] = []byte("not wanted")
	h := s.hubOf(t)
	var said []string
	h.Say = func(line string) { said = append(said, line) }
	dir := fetch(t, h, "hf:owner/tiny")
	if _, err := model.Open(os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	if len(said) != 1 || !strings.Contains(said[0], "licence mit") {
		t.Errorf("it said %q", said)
	}
	if want := filepath.Join(h.Cache, "models--owner--tiny", "snapshots", head); dir != want {
		t.Errorf("it lies in %s; Python's library would look in %s", dir, want)
	}
	if ref, _ := os.ReadFile(filepath.Join(h.Cache, "models--owner--tiny", "refs", "main")); string(ref) != head {
		t.Errorf("refs/main is %q", ref)
	}
	n := len(s.asked)
	if n != len(model.Files) {
		t.Errorf("asked for %q", s.asked)
	}
	fetch(t, h, "hf:owner/tiny")
	if len(s.asked) > n {
		t.Errorf("what the cache has was asked for again: %q", s.asked[n:])
	}
	s.Close()
	if again := fetch(t, h, "hf:owner/tiny"); again != dir {
		t.Errorf("without a server: %s", again)
	}
	h.Offline = true
	if again := fetch(t, h, "hf:owner/tiny"); again != dir {
		t.Errorf("offline: %s", again)
	}
	fails(t, h, "hf:owner/tiny@v1", "HF_HUB_OFFLINE")
}

// Of what may stand in the place of a tokenizer.json all files come, and no others.
func TestTokenizers(t *testing.T) {
	files := modeltest.Pieces(t, "../token/testdata/spm/marian", modeltest.MarianPieces)
	want := slices.Sorted(maps.Keys(files))
	files["pytorch_model.bin"], files["special_tokens_map.json"], files["spiece.model"] = nil, []byte("{}"), nil
	s := serve(t, files)
	dir := fetch(t, s.hubOf(t), "hf:owner/tiny")
	if _, err := model.Open(os.DirFS(dir)); err != nil {
		t.Error(err)
	}
	if got, _ := filepath.Glob(filepath.Join(dir, "*")); len(got) != len(want) {
		t.Errorf("%q came, want %q", got, want)
	}
	for _, names := range model.Tokenizers {
		files := map[string][]byte{"config.json": []byte("{}"), "model.safetensors": []byte("w")}
		for _, name := range names {
			files[name] = []byte("{}")
		}
		s := serve(t, files)
		if got, _ := filepath.Glob(filepath.Join(fetch(t, s.hubOf(t), "hf:owner/tiny"), "*")); len(got) != len(files) {
			t.Errorf("of %q came %q", names, got)
		}
	}
	delete(s.files, "target.spm")
	delete(s.files, "spiece.model")
	fails(t, s.hubOf(t), "hf:owner/tiny", "has no tokenizer that this program reads: tokenizer.json, or vocab.txt", "or vocab.json with source.spm with target.spm, or spiece.model")
}

// The token goes to the Hub, and not to the host that it redirects to.
func TestToken(t *testing.T) {
	s := serve(t, tiny(t))
	s.token = "secret"
	h := s.hubOf(t)
	fetch(t, h, "hf:owner/tiny")
	if len(s.tokens) == 0 || slices.ContainsFunc(s.tokens, func(token string) bool { return token != "" }) {
		t.Errorf("the other host was sent %q", s.tokens)
	}
	h.Token, h.Cache = "", t.TempDir()
	fails(t, h, "hf:owner/tiny", "HF_TOKEN")
	h.Token = "secretly wrong"
	fails(t, h, "hf:owner/tiny", "HF_TOKEN")
}

// A connection that breaks is taken up where it broke, and a later call goes on too.
func TestResume(t *testing.T) {
	s := serve(t, tiny(t))
	data := s.files["model.safetensors"]
	half := len(data) / 2
	broken := 0
	s.answer = func(w http.ResponseWriter, r *http.Request, name string) bool {
		if name != "model.safetensors" || broken > 0 {
			return false
		}
		broken++
		cut(w, data, half)
		return true
	}
	h := s.hubOf(t)
	fetch(t, h, "hf:owner/tiny")
	if last := s.asked[len(s.asked)-1]; last != fmt.Sprintf("far model.safetensors bytes=%d-", half) {
		t.Errorf("asked last for %q", last)
	}

	h.Cache = t.TempDir()
	s.answer = func(w http.ResponseWriter, r *http.Request, name string) bool {
		switch {
		case name != "model.safetensors":
			return false
		case r.Header.Get("Range") == "":
			cut(w, data, half)
		}
		panic(http.ErrAbortHandler)
	}
	fails(t, h, "hf:owner/tiny", "model.safetensors", "stopped after", "goes on from there")
	s.answer, s.asked = nil, nil
	fetch(t, h, "hf:owner/tiny")
	if last := s.asked[len(s.asked)-1]; last != fmt.Sprintf("far model.safetensors bytes=%d-", half) {
		t.Errorf("a second call asked for %q", s.asked)
	}

	// A part that is damaged, and a server that cannot resume.
	h.Cache = t.TempDir()
	blobs := filepath.Join(h.Cache, "models--owner--tiny", "blobs")
	if err := os.MkdirAll(blobs, 0o777); err != nil {
		t.Fatal(err)
	}
	part := filepath.Join(blobs, fmt.Sprintf("%x.incomplete", sha256.Sum256(data)))
	if err := os.WriteFile(part, bytes.Repeat([]byte{1}, half), 0o666); err != nil {
		t.Fatal(err)
	}
	fetch(t, h, "hf:owner/tiny")
	h.Cache = t.TempDir()
	s.answer = func(w http.ResponseWriter, r *http.Request, name string) bool {
		r.Header.Del("Range")
		return false
	}
	fetch(t, h, "hf:owner/tiny")
}

func TestSilence(t *testing.T) {
	s := serve(t, tiny(t))
	s.answer = func(w http.ResponseWriter, r *http.Request, name string) bool {
		if name != "model.safetensors" {
			return false
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(s.files[name])))
		w.Write(s.files[name][:10])
		w.(http.Flusher).Flush()
		<-r.Context().Done()
		return true
	}
	h := s.hubOf(t)
	h.Patience = 100 * time.Millisecond
	fails(t, h, "hf:owner/tiny", "nothing came for a while")
}

// What a server sends is compared with what it said that it would.
func TestDamaged(t *testing.T) {
	for _, name := range []string{"config.json", "model.safetensors"} {
		s := serve(t, tiny(t))
		s.answer = func(w http.ResponseWriter, r *http.Request, asked string) bool {
			if asked == name {
				data := bytes.Clone(s.files[name])
				data[len(data)/2] ^= 1
				w.Write(data)
			}
			return asked == name
		}
		h := s.hubOf(t)
		fails(t, h, "hf:owner/tiny", name, "checksum")
		s.answer = func(w http.ResponseWriter, r *http.Request, asked string) bool {
			if asked == name {
				w.Write(append(s.files[name], "more"...))
			}
			return asked == name
		}
		fails(t, h, "hf:owner/tiny", name, "more than")
		err := filepath.WalkDir(h.Cache, func(path string, d fs.DirEntry, err error) error {
			if strings.Contains(path, "snapshots") {
				t.Errorf("%s is there", path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// What cannot be opened is not downloaded, and the error says what to do.
func TestRefusals(t *testing.T) {
	whole := tiny(t)
	with := func(change func(files map[string][]byte)) *server {
		files := map[string][]byte{}
		for name, data := range whole {
			files[name] = data
		}
		change(files)
		return serve(t, files)
	}
	noWeights := with(func(files map[string][]byte) {
		delete(files, "model.safetensors")
		files["pytorch_model.bin"] = nil
	})
	fails(t, noWeights.hubOf(t), "hf:owner/tiny", "no model.safetensors", "pytorch_model.bin", "save_pretrained")
	ggufs := with(func(files map[string][]byte) {
		clear(files)
		files["a.Q4_1.gguf"], files["b.gguf"] = []byte("GGUF"), []byte("GGUF")
	})
	fails(t, ggufs.hubOf(t), "hf:owner/tiny", "hf:owner/tiny/a.Q4_1.gguf, hf:owner/tiny/b.gguf")
	fails(t, ggufs.hubOf(t), "hf:owner/tiny/c.gguf", "a.Q4_1.gguf")
	if path := fetch(t, ggufs.hubOf(t), "hf:owner/tiny/b.gguf"); filepath.Base(path) != "b.gguf" {
		t.Errorf("one file: %s", path)
	}
	if n := len(ggufs.asked); n != 1 {
		t.Errorf("for one file %q were asked for", ggufs.asked)
	}
	shards := with(func(files map[string][]byte) {
		delete(files, "model.safetensors")
		files["model.safetensors.index.json"] = []byte(`{"weight_map":{"a":"one.safetensors","b":"two.safetensors"}}`)
		files["one.safetensors"] = []byte("x")
	})
	fails(t, shards.hubOf(t), "hf:owner/tiny", "two.safetensors", "index.json")
	shards.files["two.safetensors"] = []byte("y")
	dir := fetch(t, shards.hubOf(t), "hf:owner/tiny")
	if data, _ := os.ReadFile(filepath.Join(dir, "two.safetensors")); string(data) != "y" {
		t.Errorf("two.safetensors is %q", data)
	}
	for name, want := range map[string]string{
		"hf:owner/other": "check the name", "hf:owner/tiny@v9": `no revision "v9"`, "hf:owner/../tiny": "named", "hf:": "named",
		"hf:owner/tiny@../x": "revision", "hf:owner/tiny/../../x.gguf": ".gguf", "hf:owner/tiny/README.md": ".gguf",
	} {
		fails(t, shards.hubOf(t), name, want)
	}
	hostile := with(func(files map[string][]byte) { files["../../escape.gguf"] = nil })
	fails(t, hostile.hubOf(t), "hf:owner/tiny/../../escape.gguf", ".gguf")
	fetch(t, hostile.hubOf(t), "hf:owner/tiny")
	gated := serve(t, whole)
	gated.answer = func(w http.ResponseWriter, _ *http.Request, _ string) bool {
		w.Header().Set("X-Error-Code", "GatedRepo")
		w.WriteHeader(http.StatusForbidden)
		return true
	}
	fails(t, gated.hubOf(t), "hf:owner/tiny", "gated", "accept its conditions at "+gated.URL+"/owner/tiny")
	h := gated.hubOf(t)
	gated.Close()
	fails(t, h, "hf:owner/tiny", "cannot be reached", "check the connection")
	h.Endpoint = "https://not an address"
	fails(t, h, "hf:owner/tiny", "HF_ENDPOINT")
}

func TestFromEnvironment(t *testing.T) {
	for _, c := range []struct{ home, cache, endpoint, offline, wantCache, wantEndpoint string }{
		{"/h", "", "", "", "/h/hub", "https://huggingface.co"},
		{"/h", "/c", "http://127.0.0.1:1/", "1", "/c", "http://127.0.0.1:1"},
		{"", "", "", "", "/x/huggingface/hub", "https://huggingface.co"},
	} {
		for name, value := range map[string]string{"HF_HOME": c.home, "HF_HUB_CACHE": c.cache, "HF_ENDPOINT": c.endpoint, "HF_HUB_OFFLINE": c.offline, "HF_TOKEN": "t", "XDG_CACHE_HOME": "/x"} {
			t.Setenv(name, value)
		}
		h, err := FromEnvironment()
		if err != nil {
			t.Fatal(err)
		}
		if filepath.ToSlash(h.Cache) != c.wantCache || h.Endpoint != c.wantEndpoint || h.Offline != (c.offline != "") || h.Token != "t" {
			t.Errorf("%+v gives %+v", c, h)
		}
	}
}

// A full disk is told as such, with the way out.
func TestFull(t *testing.T) {
	s := serve(t, tiny(t))
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full here")
	}
	h := s.hubOf(t)
	blobs := filepath.Join(h.Cache, "models--owner--tiny", "blobs")
	if err := os.MkdirAll(blobs, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/dev/full", filepath.Join(blobs, fmt.Sprintf("%x.incomplete", sha256.Sum256(s.files["model.safetensors"])))); err != nil {
		t.Fatal(err)
	}
	fails(t, h, "hf:owner/tiny", "the disk is full", "model.safetensors", "HF_HOME")
}
