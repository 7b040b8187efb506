//go:build js && wasm

package bridge

import (
	"errors"
	"path"
	"strconv"
	"strings"
	"syscall/js"

	"heed/core/say"
)

// Fetch downloads a file. Size is its length where the caller knows it, else 0. Progress, if given,
// is called after each piece, with a total of 0 where that is not known.
func Fetch(address string, size int64, progress func(done, total int64)) (body []byte, err error) {
	defer Catch(&err)
	name, _, _ := strings.Cut(address, "?")
	name = path.Base(name)

	response, err := Await(js.Global().Call("fetch", address))
	if err != nil { // which the browser does not explain to scripts
		if host := otherHost(address); host != "" {
			return nil, say.Error(name, " could not be downloaded from ", host, ": that server does not answer, or does not share the file with other pages (CORS), or this page’s own policy (connect-src) keeps it from asking there. Try a file beside this page.")
		}
		return nil, say.Error(name, " could not be downloaded: the server does not answer. Check the connection and try again.")
	}
	if !response.Get("ok").Bool() {
		return nil, say.Error(name, " could not be downloaded: the server answered ", response.Get("status").Int(), " ", response.Get("statusText").String(), ".")
	}

	total := size
	headers := response.Get("headers")
	if total == 0 && headers.Call("get", "Content-Encoding").IsNull() {
		if length := headers.Call("get", "Content-Length"); !length.IsNull() {
			total, _ = strconv.ParseInt(length.String(), 10, 64)
		}
	}
	body = make([]byte, 0, max(0, min(total, 1<<28))) // a wrong header must not claim all memory
	reader := response.Get("body").Call("getReader")
	for {
		part, err := Await(reader.Call("read"))
		if err != nil {
			return nil, stopped(name, int64(len(body)), total)
		}
		if part.Get("done").Bool() {
			break
		}
		chunk := part.Get("value")
		n := chunk.Get("length").Int()
		body = append(body, make([]byte, n)...)
		js.CopyBytesToGo(body[len(body)-n:], chunk)
		if int64(len(body)) > total {
			total = 0 // across origins a compressed body can look plain, its length too small
		}
		if progress != nil {
			progress(int64(len(body)), total)
		}
	}
	if int64(len(body)) < total {
		return nil, stopped(name, int64(len(body)), total)
	}
	return body, nil
}

// otherHost is the host of an address that is of another origin than the page; else "".
func otherHost(address string) string {
	at := js.Global().Get("location")
	if !at.Truthy() {
		return ""
	}
	url := js.Global().Get("URL").New(address, at.Get("href"))
	if url.Get("origin").Equal(at.Get("origin")) {
		return ""
	}
	return url.Get("host").String()
}

func stopped(name string, done, total int64) error {
	amount := megabytes(done) + " MB"
	if total > 0 {
		amount = megabytes(done) + " of " + megabytes(total) + " MB"
	}
	return errors.New("The download of " + name + " stopped after " + amount + ". Check the connection and try again.")
}

func megabytes(n int64) string { return strconv.FormatFloat(float64(n)/1e6, 'f', 1, 64) }
