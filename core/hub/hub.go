// Package hub brings models from the Hugging Face Hub, or a server like it, to this machine. Its cache is that of
// Python's huggingface_hub (https://huggingface.co/docs/huggingface_hub/guides/manage-cache), so that both use one
// copy:
//
//	models--OWNER--NAME/refs/REVISION         the commit that a branch or tag was at last
//	models--OWNER--NAME/blobs/ETAG            a file, by its SHA-256 or, of small files, git's own hash
//	models--OWNER--NAME/snapshots/COMMIT/…    links to these, by their names
package hub

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// Hub is a server of models and the cache of what came from it.
type Hub struct {
	Endpoint string // the server's address, such as https://huggingface.co
	Cache    string // a directory
	Token    string // the reader's, sent to Endpoint and to no other host; may be empty
	Offline  bool   // only the cache is used

	// Say takes remarks for the reader: what is downloaded, and how much of it has come. It may be nil.
	Say func(line string)
	// Patience is how long the server may send nothing before a download is given up; 0 stands for 30 seconds.
	Patience time.Duration
}

// FromEnvironment is the Hub that the variables HF_ENDPOINT, HF_HOME, HF_HUB_CACHE, HF_TOKEN and HF_HUB_OFFLINE name,
// with the meaning that they have for Python's huggingface_hub.
func FromEnvironment() (*Hub, error) {
	h := &Hub{Endpoint: "https://huggingface.co", Cache: os.Getenv("HF_HUB_CACHE"), Token: os.Getenv("HF_TOKEN")}
	if e := os.Getenv("HF_ENDPOINT"); e != "" {
		h.Endpoint = strings.TrimRight(e, "/")
	}
	switch strings.ToLower(os.Getenv("HF_HUB_OFFLINE")) {
	case "1", "on", "yes", "true":
		h.Offline = true
	}
	if h.Cache == "" {
		home := os.Getenv("HF_HOME")
		if home == "" {
			cache := os.Getenv("XDG_CACHE_HOME")
			if cache == "" {
				user, err := os.UserHomeDir()
				if err != nil {
					return nil, fmt.Errorf("there is no home directory to keep models in; set HF_HOME to a directory: %w", err)
				}
				cache = filepath.Join(user, ".cache")
			}
			home = filepath.Join(cache, "huggingface")
		}
		h.Cache = filepath.Join(home, "hub")
	}
	return h, nil
}

// Prefix begins the name of a model of the Hub.
const Prefix = "hf:"

// Ref names a model of the Hub.
type Ref struct {
	ID       string // OWNER/NAME; a few old models have no owner
	File     string // of the model: a GGUF file; "" for its directory
	Revision string // a branch, a tag or a commit
}

var plain = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]*$`)

// ParseRef reads hf:OWNER/NAME[/FILE.gguf][@REVISION].
func ParseRef(s string) (Ref, error) {
	const form = "a model of the Hub is named hf:OWNER/NAME, hf:OWNER/NAME@REVISION or hf:OWNER/NAME/FILE.gguf"
	name, revision, given := strings.Cut(strings.TrimPrefix(s, Prefix), "@")
	r := Ref{Revision: "main"}
	if given {
		r.Revision = revision
	}
	parts := strings.SplitN(name, "/", 3)
	if len(parts) == 3 {
		r.File = parts[2]
		if !strings.HasSuffix(strings.ToLower(r.File), ".gguf") || !local(r.File) {
			return Ref{}, fmt.Errorf("%q is not the name of a .gguf file; %s", r.File, form)
		}
		parts = parts[:2]
	}
	for _, p := range parts {
		if !plain.MatchString(p) || strings.Contains(p, "..") {
			return Ref{}, fmt.Errorf("%q names no model; %s", s, form)
		}
	}
	if r.Revision == "" || !local(r.Revision) {
		return Ref{}, fmt.Errorf("%q is no revision; %s", r.Revision, form)
	}
	r.ID = strings.Join(parts, "/")
	return r, nil
}

// local says whether a name with slashes stays within a directory.
func local(name string) bool {
	return filepath.IsLocal(filepath.FromSlash(name)) && !strings.ContainsAny(name, "\\\x00")
}

// String returns the name as it is typed: hf:OWNER/NAME[/FILE][@REVISION].
func (r Ref) String() string {
	s := Prefix + r.ID
	if r.File != "" {
		s += "/" + r.File
	}
	if r.Revision != "main" {
		s += "@" + r.Revision
	}
	return s
}

// folder is the model's directory in the cache.
func (h *Hub) folder(r Ref) string {
	return filepath.Join(h.Cache, "models--"+strings.ReplaceAll(r.ID, "/", "--"))
}

// Fetch returns the directory that holds a model, or the file that was named, after downloading what the cache lacks.
// Without a server what the cache holds of that revision is used, if it holds any. Errors say what to do.
func (h *Hub) Fetch(r Ref) (path string, err error) {
	if h.Offline {
		if path, ok := h.kept(r); ok {
			return path, nil
		}
		return "", fmt.Errorf("%s is not in the cache (%s), and HF_HUB_OFFLINE forbids to download it: unset that, or download the model before", r, h.Cache)
	}
	if commit.MatchString(r.Revision) { // which never changes
		if path, ok := h.kept(r); ok {
			return path, nil
		}
	}
	list, err := h.list(r)
	if err != nil {
		if path, ok := h.kept(r); ok && unreachable(err) {
			h.say("%v; the copy in the cache is used", err)
			return path, nil
		}
		return "", err
	}
	files, err := list.choose(r, func(index file) ([]string, error) { return h.shards(r, list, index) })
	if err != nil {
		return "", err
	}
	if err := h.download(r, list, files); err != nil {
		return "", err
	}
	return h.snapshot(r, list.SHA), nil
}

var commit = regexp.MustCompile(`^[0-9a-f]{40}$`)

// kept returns what the cache holds of a revision.
func (h *Hub) kept(r Ref) (string, bool) {
	sha := r.Revision
	if !commit.MatchString(sha) {
		data, err := os.ReadFile(filepath.Join(h.folder(r), "refs", filepath.FromSlash(r.Revision)))
		if sha = strings.TrimSpace(string(data)); err != nil || !commit.MatchString(sha) {
			return "", false
		}
	}
	path := h.snapshot(r, sha)
	if r.File != "" {
		_, err := os.Stat(path)
		return path, err == nil
	}
	for _, weights := range []string{"model.safetensors", "model.safetensors.index.json"} {
		if _, err := os.Stat(filepath.Join(path, weights)); err == nil {
			return path, true
		}
	}
	return "", false
}

// snapshot is where a commit's files lie, or the one that was named.
func (h *Hub) snapshot(r Ref, sha string) string {
	return filepath.Join(h.folder(r), "snapshots", sha, filepath.FromSlash(r.File))
}

func (h *Hub) say(format string, args ...any) {
	if h.Say != nil {
		h.Say(fmt.Sprintf(format, args...))
	}
}

// client follows redirects, to which the token goes only on the server that it is for.
func (h *Hub) client() *http.Client {
	return &http.Client{CheckRedirect: func(next *http.Request, via []*http.Request) error {
		if len(via) > 10 {
			return fmt.Errorf("the server redirects without an end")
		}
		if first := via[0].URL; next.URL.Host != first.Host || next.URL.Scheme != first.Scheme {
			next.Header.Del("Authorization")
		}
		return nil
	}}
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f", float64(n)/1e6) }
