package hub

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"heed/core/model"
	"heed/core/weights"
)

// listing is what the server's API says of a revision.
type listing struct {
	SHA      string `json:"sha"`
	Siblings []file `json:"siblings"`
	CardData struct {
		License any `json:"license"` // a name, or several
	} `json:"cardData"`
}

// file is one of a model's files.
type file struct {
	Name string `json:"rfilename"`
	Size int64  `json:"size"`
	Git  string `json:"blobId"` // git's hash of it
	LFS  *struct {
		SHA256 string `json:"sha256"`
		Size   int64  `json:"size"`
	} `json:"lfs"` // of a large file, in whose place git has a pointer
}

var sha256Form = regexp.MustCompile(`^[0-9a-f]{64}$`)

// blob is the file's name in the cache, which is what its bytes must give.
func (f *file) blob() string {
	if f.LFS != nil {
		return f.LFS.SHA256
	}
	return f.Git
}

func (f *file) size() int64 {
	if f.LFS != nil {
		return f.LFS.Size
	}
	return f.Size
}

// list asks the server what a revision holds.
func (h *Hub) list(r Ref) (*listing, error) {
	body, err := h.get(r, h.Endpoint+"/api/models/"+r.ID+"/revision/"+url.PathEscape(r.Revision)+"?blobs=true", 0)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	const most = 64 << 20
	data, err := io.ReadAll(io.LimitReader(body, most))
	if err != nil {
		return nil, &lost{fmt.Errorf("the list of files of %s did not come: %w; try again", r, err)}
	}
	var l listing
	if err := json.Unmarshal(data, &l); err != nil {
		return nil, fmt.Errorf("%s does not answer as the Hub does: %w; check HF_ENDPOINT", h.Endpoint, err)
	}
	if !commit.MatchString(l.SHA) {
		return nil, fmt.Errorf("%s does not answer as the Hub does: it names the commit %.60q; check HF_ENDPOINT", h.Endpoint, l.SHA)
	}
	l.Siblings = slices.DeleteFunc(l.Siblings, func(f file) bool { return !local(f.Name) })
	for i := range l.Siblings {
		f := &l.Siblings[i]
		if f.LFS != nil && !sha256Form.MatchString(f.LFS.SHA256) || f.LFS == nil && !commit.MatchString(f.Git) || f.size() < 0 {
			return nil, fmt.Errorf("%s does not answer as the Hub does: of the file %.60q it gives no checksum, or no size; check HF_ENDPOINT", h.Endpoint, f.Name)
		}
	}
	return &l, nil
}

// shards fetches an index and returns the names of the files that it names.
func (h *Hub) shards(r Ref, l *listing, index file) ([]string, error) {
	data, err := h.small(r, l, index)
	if err != nil {
		return nil, err
	}
	x, err := weights.ParseIndex(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", r, index.Name, err)
	}
	return x.Files(), nil
}

func (l *listing) find(name string) *file {
	i := slices.IndexFunc(l.Siblings, func(f file) bool { return f.Name == name })
	if i < 0 {
		return nil
	}
	return &l.Siblings[i]
}

// choose returns the files that opening the model takes. Shards returns the files that an index names.
func (l *listing) choose(r Ref, shards func(index file) ([]string, error)) (files []file, err error) {
	take := func(names ...string) bool {
		for _, name := range names {
			if l.find(name) == nil {
				return false
			}
		}
		for _, name := range names {
			files = append(files, *l.find(name))
		}
		return true
	}
	var ggufs, others []string
	for _, f := range l.Siblings {
		switch path.Ext(strings.ToLower(f.Name)) {
		case ".gguf":
			ggufs = append(ggufs, Prefix+r.ID+"/"+f.Name)
		case ".bin", ".pt", ".pth", ".h5", ".msgpack", ".onnx":
			others = append(others, f.Name)
		}
	}
	slices.Sort(ggufs) // a listing is in no order
	if r.File != "" {
		if !take(r.File) {
			return nil, fmt.Errorf("%s is not there; the model's GGUF files are: %s", r, several(ggufs))
		}
		return files, nil
	}
	if len(ggufs) > 0 && l.find("model.safetensors") == nil && l.find("model.safetensors.index.json") == nil {
		return nil, fmt.Errorf("%s holds GGUF files; name one of them: %s", r, several(ggufs))
	}
	if !take("config.json") {
		return nil, fmt.Errorf("%s has no config.json, so it is no model that this program opens", r)
	}
	if !take("tokenizer.json") && !slices.ContainsFunc(model.Tokenizers, func(names []string) bool { return take(names...) }) {
		read := "tokenizer.json"
		for _, names := range model.Tokenizers {
			read += ", or " + strings.Join(names, " with ")
		}
		return nil, fmt.Errorf("%s has no tokenizer that this program reads: %s", r, read)
	}
	for _, name := range []string{"tokenizer_config.json", "generation_config.json", "modules.json", "1_Pooling/config.json", "sentence_bert_config.json"} {
		take(name) // which need not be there
	}
	if take("model.safetensors") {
		return files, nil
	}
	if !take("model.safetensors.index.json") {
		hint := ""
		if len(others) > 0 {
			hint = fmt.Sprintf(" (only %s); Python's transformers writes one: AutoModel.from_pretrained(%q).save_pretrained(DIR)", several(others), r.ID)
		}
		return nil, fmt.Errorf("%s has no model.safetensors%s", r, hint)
	}
	names, err := shards(files[len(files)-1])
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if !take(name) {
			return nil, fmt.Errorf("%s lacks %s, which its model.safetensors.index.json names", r, name)
		}
	}
	return files, nil
}

// several lists a few names.
func several(names []string) string {
	const most = 12
	switch {
	case len(names) == 0:
		return "none"
	case len(names) > most:
		return strings.Join(names[:most], ", ") + ", …"
	}
	return strings.Join(names, ", ")
}

// lost is that no answer came, or not all of it.
type lost struct{ error }

func (l *lost) Unwrap() error { return l.error }

func unreachable(err error) bool { return errors.As(err, new(*lost)) }

// get asks the server for a file, from a byte on. An answer that is none is an error that says what to do.
func (h *Hub) get(r Ref, address string, from int64) (*body, error) {
	request, err := http.NewRequest("GET", address, nil)
	if err != nil {
		return nil, fmt.Errorf("%q is no address: check HF_ENDPOINT", address)
	}
	if h.Token != "" {
		request.Header.Set("Authorization", "Bearer "+h.Token)
	}
	if from > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", from))
		request.Header.Set("Accept-Encoding", "identity")
	}
	b := h.watch(request)
	response, err := h.client().Do(b.request)
	if err != nil {
		b.Close()
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // which does not repeat the address
		}
		if b.silent.Load() {
			err = errors.New("nothing came for a while")
		}
		return nil, &lost{fmt.Errorf("%s cannot be reached: %w; check the connection, or HF_ENDPOINT", h.Endpoint, err)}
	}
	b.response, b.ReadCloser = response, response.Body
	if response.StatusCode == http.StatusOK || response.StatusCode == http.StatusPartialContent {
		return b, nil
	}
	defer b.Close()
	if response.StatusCode >= 500 || response.StatusCode == http.StatusTooManyRequests {
		return nil, &lost{fmt.Errorf("%s answers %s; try again later", h.Endpoint, response.Status)}
	}
	return nil, h.refused(r, response)
}

// refused says what to do about an answer that is an error.
func (h *Hub) refused(r Ref, response *http.Response) error {
	code := response.Header.Get("X-Error-Code")
	switch status := response.StatusCode; {
	case code == "GatedRepo" || status == http.StatusForbidden:
		page := h.Endpoint + "/" + r.ID
		if h.Token == "" {
			return fmt.Errorf("%s is gated: accept its conditions at %s, and set HF_TOKEN to a token of yours", r, page)
		}
		return fmt.Errorf("%s is gated, and the token in HF_TOKEN does not open it: accept its conditions at %s, or use another token", r, page)
	case code == "RevisionNotFound":
		return fmt.Errorf("%s has no revision %q", Prefix+r.ID, r.Revision)
	case status == http.StatusUnauthorized && h.Token != "":
		return fmt.Errorf("%s refuses the token in HF_TOKEN, or has no model %s: check both", h.Endpoint, r)
	case status == http.StatusUnauthorized: // which the Hub says of a model that is not there, too
		return fmt.Errorf("there is no model %s at %s, or it is private: check the name, or set HF_TOKEN to a token of yours", r, h.Endpoint)
	case status == http.StatusNotFound:
		return fmt.Errorf("there is no model %s at %s: check the name and the revision", r, h.Endpoint)
	}
	return fmt.Errorf("%s answers %s for %s", h.Endpoint, response.Status, r)
}
