package main

import (
	"io"
	"net"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// page writes the files into a new folder, each a second newer than the one before.
func page(t *testing.T, files ...string) *os.Root {
	t.Helper()
	dir := t.TempDir()
	for i, name := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
		when := time.Unix(1e9+int64(i), 0)
		if err := os.Chtimes(file, when, when); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root
}

func TestHandler(t *testing.T) {
	root := page(t, "web/old.wasm.gz", "web/old.wasm",
		"index.html", "web/heed.js", "web/heed.wasm", "web/heed.wasm.gz", "web/heed.wasm.br",
		"web/models/en-fr/model.safetensors", "web/browser_test.go", "web/.secret.json", ".git/config.json",
		"go.mod", "core/core.json", "web/folder.js/inside.js", "web/lessons/index.html")
	for _, test := range []struct {
		path, accept         string
		status               int
		body, mime, encoding string
	}{
		{"/", "", 200, "index.html", "text/html; charset=utf-8", ""},
		{"/index.html", "", 200, "index.html", "text/html; charset=utf-8", ""},
		{"/web/lessons/", "", 200, "web/lessons/index.html", "text/html; charset=utf-8", ""},
		{"/web/heed.js", "gzip", 200, "web/heed.js", "text/javascript; charset=utf-8", ""},
		{"/web/heed.wasm", "", 200, "web/heed.wasm", "application/wasm", ""},
		{"/web/heed.wasm", "gzip", 200, "web/heed.wasm.gz", "application/wasm", "gzip"},
		{"/web/heed.wasm", "gzip, deflate, br;q=0.9", 200, "web/heed.wasm.br", "application/wasm", "br"},
		{"/web/heed.wasm", "gzip, br;q=0", 200, "web/heed.wasm.gz", "application/wasm", "gzip"},
		{"/web/heed.wasm.gz", "gzip", 200, "web/heed.wasm.gz", "application/gzip", ""},
		{"/web/old.wasm", "gzip", 200, "web/old.wasm", "application/wasm", ""},
		{"/web/models/en-fr/model.safetensors", "", 200, "web/models/en-fr/model.safetensors", "application/octet-stream", ""},
		{"/embed.html", "", 404, "", "", ""},
		{"/go.mod", "", 404, "", "", ""},
		{"/core/core.json", "", 404, "", "", ""},
		{"/web", "", 404, "", "", ""},
		{"/web/", "", 404, "", "", ""},
		{"/web/folder.js", "", 404, "", "", ""},
		{"/web/browser_test.go", "", 404, "", "", ""},
		{"/web/.secret.json", "", 404, "", "", ""},
		{"/.git/config.json", "", 404, "", "", ""},
		{"/web/../core/core.json", "", 404, "", "", ""},
		{"//index.html", "", 404, "", "", ""},
	} {
		t.Run(test.path+" "+test.accept, func(t *testing.T) {
			request := httptest.NewRequest("GET", "http://localhost/", nil)
			request.URL.Path = test.path
			request.Header.Set("Accept-Encoding", test.accept)
			recorder := httptest.NewRecorder()
			handler(root.FS(), false).ServeHTTP(recorder, request)
			response := recorder.Result()
			body, _ := io.ReadAll(response.Body)
			if response.StatusCode != test.status {
				t.Fatalf("status %d, want %d", response.StatusCode, test.status)
			}
			if got := response.Header.Get("Content-Security-Policy"); got != policy {
				t.Errorf("policy %q", got)
			}
			if got := response.Header.Get("Cache-Control"); got != "no-cache" && test.status == 200 {
				t.Errorf("Cache-Control %q", got)
			}
			if test.status == 404 {
				if !strings.HasPrefix(string(body), "There is no ") {
					t.Errorf("body %q", body)
				}
				return
			}
			if string(body) != test.body {
				t.Errorf("body %q, want %q", body, test.body)
			}
			if got := response.Header.Get("Content-Type"); got != test.mime {
				t.Errorf("Content-Type %q, want %q", got, test.mime)
			}
			if got := response.Header.Get("Content-Encoding"); got != test.encoding {
				t.Errorf("Content-Encoding %q, want %q", got, test.encoding)
			}
		})
	}
}

func TestHandlerOnlyReads(t *testing.T) {
	recorder := httptest.NewRecorder()
	handler(page(t, "index.html").FS(), false).ServeHTTP(recorder, httptest.NewRequest("POST", "/", nil))
	if recorder.Code != 405 {
		t.Errorf("POST is answered %d, want 405", recorder.Code)
	}
}

func TestListenTakesTheNextFreePort(t *testing.T) {
	first, err := listen("127.0.0.1", 0)
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	taken := first.Addr().(*net.TCPAddr).Port
	second, err := listen("127.0.0.1", taken)
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if got := second.Addr().(*net.TCPAddr).Port; got <= taken {
		t.Errorf("port %d, want one above %d", got, taken)
	}
}

// TestHandlerFollowsNothing has links and a pipe under names that are served: they are not there.
func TestHandlerFollowsNothing(t *testing.T) {
	root := page(t, "index.html", "go.mod", "core/inside.js", "web/heed.js")
	for _, link := range [][2]string{{"../go.mod", "web/go.js"}, {"../core", "web/core"}, {"/etc/passwd", "web/passwd.txt"}, {"heed.js", "web/same.js"}} {
		if err := os.Symlink(link[0], filepath.Join(root.Name(), link[1])); err != nil {
			t.Skip(err)
		}
	}
	if out, err := exec.Command("mkfifo", filepath.Join(root.Name(), "web/pipe.js")).CombinedOutput(); err != nil {
		t.Logf("no pipe is tried: %v %s", err, out)
	}
	for _, name := range []string{"web/go.js", "web/core/inside.js", "web/passwd.txt", "web/same.js", "web/pipe.js"} {
		answered := make(chan int, 1)
		go func() {
			recorder := httptest.NewRecorder()
			handler(root.FS(), false).ServeHTTP(recorder, httptest.NewRequest("GET", "/"+name, nil))
			answered <- recorder.Code
		}()
		select {
		case code := <-answered:
			if code != 404 {
				t.Errorf("%s is answered %d, want 404", name, code)
			}
		case <-time.After(5 * time.Second):
			t.Errorf("%s is never answered", name)
		}
	}
}

// TestServerTimeouts: a client that sends half a request does not hold its connection for ever.
func TestServerTimeouts(t *testing.T) {
	s := server(page(t, "index.html").FS(), false)
	if s.ReadHeaderTimeout <= 0 || s.ReadHeaderTimeout > 30*time.Second {
		t.Errorf("the header may take %v", s.ReadHeaderTimeout)
	}
	s.ReadHeaderTimeout = 50 * time.Millisecond
	listener, err := listen("127.0.0.1", 0)
	if err != nil {
		t.Fatal(err)
	}
	go s.Serve(listener)
	defer s.Close()
	connection, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	connection.Write([]byte("GET / HTTP/1.1\r\nHost: h"))
	connection.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.ReadAll(connection); err != nil {
		t.Errorf("half a request holds its connection: %v", err)
	}
}

// TestIsolate wants the headers without which there is no memory for several threads, only where they are asked for, and that an
// isolated page of another origin may embed everything in both cases.
func TestIsolate(t *testing.T) {
	root := page(t, "index.html")
	for _, isolate := range []bool{false, true} {
		recorder := httptest.NewRecorder()
		handler(root.FS(), isolate).ServeHTTP(recorder, httptest.NewRequest("GET", "/", nil))
		h := recorder.Result().Header
		if got := h.Get("Cross-Origin-Opener-Policy") == "same-origin" && h.Get("Cross-Origin-Embedder-Policy") == "require-corp"; got != isolate {
			t.Errorf("isolated is %v, not %v: %v", got, isolate, h)
		}
		if got := h.Get("Cross-Origin-Resource-Policy"); got != "cross-origin" {
			t.Errorf("the resource policy is %q", got)
		}
	}
}
