//go:build js && wasm

package bridge

import "strings"

// Document is the page's document.
func Document() Value { return loader.Get("document") }

// Matches says whether a media query holds.
func Matches(query string) bool { return Global().Call("matchMedia", query).Get("matches").Bool() }

// OnMedia calls fn whenever a media query begins or ceases to hold, until remove.
func OnMedia(query string, fn func()) (remove func()) {
	return Listen(Global().Call("matchMedia", query), "change", func(Event) { fn() })
}

// WindowHeight is the height of the window, and Density how many pixels the screen has to one of CSS.
func WindowHeight() float64 { return Global().Get("innerHeight").Float() }
func Density() float64      { return Global().Get("devicePixelRatio").Float() }

// Property is the value of a CSS property of an element, as computed.
func Property(of Value, name string) string {
	return Global().Call("getComputedStyle", of).Call("getPropertyValue", name).String()
}

// Hash is the end of the page's address from its # on, and Href all of it.
func Hash() string { return Global().Get("location").Get("hash").String() }
func Href() string { return Global().Get("location").Get("href").String() }

// Kept is what SetHash put beside the address under a name.
func Kept(name string) (string, bool) {
	if state := Global().Get("history").Get("state"); state.Truthy() && state.Get(name).Truthy() {
		return state.Get(name).String(), true
	}
	return "", false
}

// SetHash changes the end of the page's address, as a new step of the browser's history or in place of the last, and
// keeps some texts beside it. Browsers refuse that where it comes too often.
func SetHash(hash string, step bool, beside [][2]string) (err error) {
	defer Catch(&err)
	kept := map[string]any{}
	for _, p := range beside {
		kept[p[0]] = p[1]
	}
	here, _, _ := strings.Cut(Href(), "#") // for the page's <base> may be another address
	Global().Get("history").Call(map[bool]string{true: "pushState", false: "replaceState"}[step], kept, "", here+hash)
	return nil
}

// Warn says something on the console.
func Warn(what string) { Global().Get("console").Call("warn", what) }

// Copy copies a text to the clipboard, and then says whether the browser let it.
func Copy(text string, done func(copied bool)) {
	clipboard := Global().Get("navigator").Get("clipboard")
	if !clipboard.Truthy() { // of a page that did not come by https
		done(false)
		return
	}
	go func() {
		_, err := Await(clipboard.Call("writeText", text))
		done(err == nil)
	}()
}

// Blob makes a file of bytes.
func Blob(data []byte, kind string) Value {
	return New("Blob", []any{BytesToJS(data)}, map[string]any{"type": kind})
}

// Save hands a file to the browser.
func Save(name string, blob Value) {
	urls := Global().Get("URL")
	address := urls.Call("createObjectURL", blob)
	a := Document().Call("createElement", "a")
	a.Set("href", address)
	a.Set("download", name)
	a.Call("click")
	urls.Call("revokeObjectURL", address)
}

// LanguageName is the English name of a language, "" where the browser has none.
func LanguageName(code string) (name string) {
	var err error
	defer Catch(&err) // of an old browser, or a code that is none
	return Global().Get("Intl").Get("DisplayNames").New([]any{"en"}, map[string]any{"type": "language"}).Call("of", code).String()
}

// Random is a number from 0 up to n.
func Random(n float64) uint64 { return uint64(Global().Get("Math").Call("random").Float() * n) }

// Parse reads JSON.
func Parse(text Value) Value { return Global().Get("JSON").Call("parse", text) }

// Measure notes how long something took, for whoever watches the page's performance.
func Measure(name string, from float64, id int) {
	performance.Call("measure", name, map[string]any{"start": from, "end": Now(), "detail": map[string]any{"id": id}})
	if id%1000 == 0 {
		performance.Call("clearMeasures", name)
	}
}
