package hub

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
)

// download brings the files that the cache lacks, and then notes what the revision is.
func (h *Hub) download(r Ref, l *listing, files []file) error {
	var missing []file
	var bytes int64
	for _, f := range files {
		if _, err := os.Stat(filepath.Join(h.folder(r), "blobs", f.blob())); err != nil {
			missing = append(missing, f)
			bytes += f.size()
		}
	}
	if len(missing) > 0 {
		licence := ""
		if s, ok := l.CardData.License.(string); ok {
			licence = ", licence " + s
		}
		h.say("downloading %s, %s MB%s, into %s", r, megabytes(bytes), licence, h.Cache)
	}
	for _, f := range missing {
		if err := h.fetch(r, l, f); err != nil {
			return h.explain(f, err)
		}
	}
	for _, f := range files {
		if err := h.link(r, l, f); err != nil {
			return h.explain(f, err)
		}
	}
	if commit.MatchString(r.Revision) {
		return nil
	}
	ref := filepath.Join(h.folder(r), "refs", filepath.FromSlash(r.Revision))
	if err := os.MkdirAll(filepath.Dir(ref), 0o777); err != nil {
		return err
	}
	return os.WriteFile(ref, []byte(l.SHA), 0o666)
}

// explain says what to do where the disk is the matter.
func (h *Hub) explain(f file, err error) error {
	if errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("the disk is full: %s has %s MB; make room below %s, or set HF_HOME to a directory on another disk", f.Name, megabytes(f.size()), h.Cache)
	}
	return err
}

// small is the content of a file that is read before the others are known.
func (h *Hub) small(r Ref, l *listing, f file) ([]byte, error) {
	const most = 64 << 20
	if f.size() > most {
		return nil, fmt.Errorf("%s: %s has %s MB, which is too large for what it is", r, f.Name, megabytes(f.size()))
	}
	path := filepath.Join(h.folder(r), "blobs", f.blob())
	if _, err := os.Stat(path); err != nil {
		if err := h.fetch(r, l, f); err != nil {
			return nil, h.explain(f, err)
		}
	}
	return os.ReadFile(path)
}

// fetch downloads a file into the cache. What came before, of this or an earlier call, is not downloaded again; it goes
// on for as long as each try brings more.
func (h *Hub) fetch(r Ref, l *listing, f file) error {
	blob := filepath.Join(h.folder(r), "blobs", f.blob())
	if err := os.MkdirAll(filepath.Dir(blob), 0o777); err != nil {
		return fmt.Errorf("the cache cannot be written: %w; set HF_HOME to another directory", err)
	}
	part := blob + ".incomplete"
	const tries = 5 // one after the other that bring nothing
	for left, fresh := tries, false; ; {
		before := length(part)
		err := h.more(r, l, f, part)
		if err == nil {
			if err = f.check(part); err == nil {
				return os.Rename(part, blob)
			}
			os.Remove(part)
			if fresh || before == 0 {
				return fmt.Errorf("%s of %s is not the file that the Hub lists: %w; try again later", f.Name, r, err)
			}
			fresh = true // the part from before may have been damaged
			continue
		}
		if !unreachable(err) {
			return err
		}
		if left--; length(part) > before {
			left = tries
		}
		if left == 0 || length(part) == before && before == 0 {
			return fmt.Errorf("the download of %s stopped after %s of %s MB: %w. The same command goes on from there", f.Name, megabytes(length(part)), megabytes(f.size()), err)
		}
	}
}

func length(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// more appends to a part what comes of the rest of a file.
func (h *Hub) more(r Ref, l *listing, f file, part string) error {
	have := length(part)
	if have > f.size() {
		have = 0
	}
	if have == f.size() && have > 0 {
		return nil
	}
	names := strings.Split(f.Name, "/")
	for i := range names {
		names[i] = url.PathEscape(names[i])
	}
	body, err := h.get(r, h.Endpoint+"/"+r.ID+"/resolve/"+l.SHA+"/"+strings.Join(names, "/"), have)
	if err != nil {
		return err
	}
	defer body.Close()
	if body.response.StatusCode != http.StatusPartialContent || !strings.HasPrefix(body.response.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", have)) {
		if have > 0 && body.response.StatusCode == http.StatusPartialContent {
			return fmt.Errorf("the server sent another part of %s than was asked for", f.Name)
		}
		have = 0 // the server sends the whole
	}
	out, err := os.OpenFile(part, os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	defer out.Close()
	if length(part) > have {
		if err := out.Truncate(have); err != nil {
			return err
		}
	}
	if _, err := out.Seek(have, io.SeekStart); err != nil {
		return err
	}
	p := progress{say: h.say, name: f.Name, total: f.size(), done: have, told: have, at: time.Now()}
	for buffer := make([]byte, 1<<18); ; {
		n, err := body.Read(buffer)
		if p.done+int64(n) > f.size() {
			return fmt.Errorf("the server sent more than the %s MB that %s has", megabytes(f.size()), f.Name)
		}
		if _, err := out.Write(buffer[:n]); err != nil {
			return err
		}
		p.came(int64(n))
		switch {
		case err == io.EOF && p.done == f.size():
			return out.Close()
		case err == io.EOF:
			return &lost{errors.New("the connection was closed")}
		case err != nil && body.silent.Load():
			return &lost{errors.New("nothing came for a while")}
		case err != nil:
			return &lost{err}
		}
	}
}

// progress says now and then how much has come.
type progress struct {
	say         func(format string, args ...any)
	name        string
	total, done int64
	told        int64 // what was said last, and when
	at          time.Time
}

func (p *progress) came(n int64) {
	p.done += n
	if time.Since(p.at) > time.Second && p.done-p.told >= p.total/20 {
		p.say("%s: %s of %s MB", p.name, megabytes(p.done), megabytes(p.total))
		p.told, p.at = p.done, time.Now()
	}
}

// check compares a file's bytes with its checksum: its SHA-256, or git's hash, which is that of its length and it.
func (f *file) check(path string) error {
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	var sum hash.Hash
	if f.LFS != nil {
		sum = sha256.New()
	} else {
		sum = sha1.New()
		fmt.Fprintf(sum, "blob %d\x00", f.Size)
	}
	if _, err := io.Copy(sum, in); err != nil {
		return err
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != f.blob() {
		return fmt.Errorf("its checksum is %s, not %s", got, f.blob())
	}
	return nil
}

// link puts a file into the snapshot by its name. Where a system has no links the file itself is put there.
func (h *Hub) link(r Ref, l *listing, f file) error {
	r.File = ""
	name := filepath.Join(h.snapshot(r, l.SHA), filepath.FromSlash(f.Name))
	blob := filepath.Join(h.folder(r), "blobs", f.blob())
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return err
	}
	target, err := filepath.Rel(filepath.Dir(name), blob)
	if err != nil {
		return err
	}
	if old, err := os.Readlink(name); err == nil && old == target {
		return nil
	}
	os.Remove(name)
	if os.Symlink(target, name) == nil {
		return nil
	}
	if os.Link(blob, name) == nil {
		return nil
	}
	return fmt.Errorf("%s cannot be put into the cache: its file system has no links; set HF_HOME to a directory on another disk", f.Name)
}

// body is an answer that is given up when nothing has come for a while.
type body struct {
	io.ReadCloser
	request  *http.Request
	response *http.Response
	timer    *time.Timer
	patience time.Duration
	cancel   context.CancelFunc
	silent   atomic.Bool
}

// watch begins to wait for the answer to a request.
func (h *Hub) watch(request *http.Request) *body {
	b := &body{ReadCloser: http.NoBody, patience: h.Patience}
	if b.patience == 0 {
		b.patience = 30 * time.Second
	}
	var within context.Context
	within, b.cancel = context.WithCancel(request.Context())
	b.request = request.WithContext(within)
	b.timer = time.AfterFunc(b.patience, func() {
		b.silent.Store(true)
		b.cancel()
	})
	return b
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.timer.Reset(b.patience)
	return n, err
}

func (b *body) Close() error {
	b.timer.Stop()
	b.cancel()
	return b.ReadCloser.Close()
}
