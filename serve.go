// Command serve serves Heed's page from a folder, the way any static host would.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"net"
	"net/http"
	"os"
	"path"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	host := flag.String("host", "127.0.0.1", "address to listen on")
	port := flag.Int("port", 8080, "port to listen on; 0 takes any free one")
	dir := flag.String("dir", ".", "folder that holds index.html and web/")
	isolate := flag.Bool("isolate", false, "isolate the page from other origins, so that it may have several threads")
	flag.Parse()

	root, err := os.OpenRoot(*dir)
	if err != nil {
		log.Fatalf("The folder to serve cannot be opened: %v", err)
	}
	listener, err := listen(*host, *port)
	if err != nil {
		log.Fatalf("Heed cannot listen on %s: %v", *host, err)
	}
	address := listener.Addr().(*net.TCPAddr)
	if *port != 0 && address.Port != *port {
		fmt.Printf("Port %d is taken, so Heed took the next free one.\n", *port)
	}
	fmt.Printf("Heed is at http://%s/\n", net.JoinHostPort(*host, strconv.Itoa(address.Port)))
	log.Fatal(server(root.FS(), *isolate).Serve(listener))
}

// server holds no connection open for a client that sends no request.
func server(folder fs.FS, isolate bool) *http.Server {
	return &http.Server{Handler: handler(folder, isolate), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute}
}

// listen opens the port, or the next free one above it.
func listen(host string, port int) (net.Listener, error) {
	for {
		l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
		if err == nil || port == 0 || port == 65535 || !errors.Is(err, syscall.EADDRINUSE) {
			return l, err
		}
		port++
	}
}

// policy is as strict as the page can bear: nothing inline, nothing from another host but models that the reader opens by
// their address.
const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; " +
	"connect-src 'self' https: http://localhost:* http://127.0.0.1:*; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; " +
	"frame-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; " +
	"require-trusted-types-for 'script'; trusted-types heed heed-offline"

// types lists the kinds of file that the page is made of; a file of any other kind is not served.
var types = map[string]string{
	".css":         "text/css; charset=utf-8",
	".csv":         "text/csv; charset=utf-8",
	".gz":          "application/gzip",
	".html":        "text/html; charset=utf-8",
	".js":          "text/javascript; charset=utf-8",
	".json":        "application/json",
	".mjs":         "text/javascript; charset=utf-8",
	".md":          "text/markdown; charset=utf-8",
	".png":         "image/png",
	".gguf":        "application/octet-stream",
	".safetensors": "application/octet-stream",
	".svg":         "image/svg+xml",
	".txt":         "text/plain; charset=utf-8",
	".wasm":        "application/wasm",
	".webmanifest": "application/manifest+json",
	".woff2":       "font/woff2",
}

// twins are the precompressed forms of a file, the smaller first.
var twins = []struct{ encoding, suffix string }{{"br", ".br"}, {"gzip", ".gz"}}

// handler serves the page's files out of folder, and nothing else that lies there. Isolated pages share no process with others, and
// embed only what agrees to that; so a browser lets them have memory that threads share.
func handler(folder fs.FS, isolate bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "Heed only serves files: use GET or HEAD.", http.StatusMethodNotAllowed)
			return
		}
		h := w.Header()
		h.Set("Cache-Control", "no-cache")
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Access-Control-Allow-Origin", "*")             // a page of another origin may embed the element,
		h.Set("Cross-Origin-Resource-Policy", "cross-origin") // an isolated one too
		if isolate {
			h.Set("Cross-Origin-Opener-Policy", "same-origin")
			h.Set("Cross-Origin-Embedder-Policy", "require-corp")
		}

		name := strings.TrimPrefix(r.URL.Path, "/")
		if name == "" || strings.HasSuffix(name, "/") { // a folder stands for its index, as on any static host
			name += "index.html"
		}
		file, info := open(folder, name)
		if file == nil {
			http.Error(w, fmt.Sprintf("There is no %q here. The page is at /.", r.URL.Path), http.StatusNotFound)
			return
		}
		defer func() { file.Close() }()
		h.Set("Content-Type", types[path.Ext(name)])
		h.Set("Vary", "Accept-Encoding")
		for _, t := range twins {
			if !accepts(r, t.encoding) {
				continue
			}
			twin, twinInfo := regular(folder, name+t.suffix)
			if twin == nil {
				continue
			}
			if twinInfo.ModTime().Before(info.ModTime()) {
				twin.Close()
				continue
			}
			file.Close()
			file, info = twin, twinInfo
			h.Set("Content-Encoding", t.encoding)
			break
		}
		http.ServeContent(w, r, name, info.ModTime(), file)
	})
}

// open returns the named file when it is part of the page, or nil.
func open(folder fs.FS, name string) (seeker, fs.FileInfo) {
	switch {
	case !fs.ValidPath(name), strings.HasPrefix(name, "."), strings.Contains(name, "/."):
		return nil, nil
	case name != "index.html" && name != "embed.html" && name != "sw.js" && !strings.HasPrefix(name, "web/"):
		return nil, nil
	case types[path.Ext(name)] == "":
		return nil, nil
	}
	return regular(folder, name)
}

// A seeker is a file that http.ServeContent can serve.
type seeker interface {
	fs.File
	Seek(offset int64, whence int) (int64, error)
}

// regular opens a file that is no folder, no link, no pipe nor device, and lies in folders that are no links, or
// returns nil: a link may lead past the list of what is served, and a pipe is never open.
func regular(folder fs.FS, name string) (seeker, fs.FileInfo) {
	for i, c := range name {
		if c != '/' {
			continue
		}
		if info, err := fs.Lstat(folder, name[:i]); err != nil || !info.IsDir() {
			return nil, nil
		}
	}
	if info, err := fs.Lstat(folder, name); err != nil || !info.Mode().IsRegular() {
		return nil, nil
	}
	file, err := folder.Open(name)
	if err != nil {
		return nil, nil
	}
	info, err := file.Stat()
	if s, ok := file.(seeker); ok && err == nil && info.Mode().IsRegular() {
		return s, info
	}
	file.Close()
	return nil, nil
}

// accepts reports whether the client takes this encoding.
func accepts(r *http.Request, encoding string) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, quality, _ := strings.Cut(strings.TrimSpace(part), ";")
		if name == encoding {
			q, err := strconv.ParseFloat(strings.TrimPrefix(strings.TrimSpace(quality), "q="), 64)
			return err != nil || q > 0
		}
	}
	return false
}
