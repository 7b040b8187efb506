//go:build js && wasm

package bridge

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// eval evaluates JavaScript, as only these tests may.
func eval(js string) Value { return Global().Get("eval").Invoke("(" + js + ")") }

func TestBytesAndFloatsCross(t *testing.T) {
	if got := BytesFromJS(BytesToJS([]byte("heed"))); string(got) != "heed" {
		t.Errorf("bytes came back as %q", got)
	}
	want := []float32{0, 1, -2.5, math.MaxFloat32, float32(math.Inf(-1)), math.SmallestNonzeroFloat32}
	if got := FloatsFromJS(NumbersToJS(want)); !slices.Equal(got, want) {
		t.Errorf("%v came back as %v", want, got)
	}
	if got := FloatsFromJS(NumbersToJS[float32](nil)); len(got) != 0 {
		t.Errorf("nothing came back as %v", got)
	}
	if got := FloatsFromJS(eval("new Float32Array([1, 2, 3, 4]).subarray(1, 3)")); !slices.Equal(got, []float32{2, 3}) {
		t.Errorf("a view of [2 3] came as %v", got)
	}
}

// A zero byte within a text does not end it.
func TestEnded(t *testing.T) {
	if got, want := string(ended(ended(nil, "a\x00b"), "c")), "a␀b\x00c\x00"; got != want {
		t.Errorf("the texts are %q, want %q", got, want)
	}
}

func TestAwait(t *testing.T) {
	if v, err := Await(eval("Promise.resolve(7)")); err != nil || v.Int() != 7 {
		t.Errorf("got %v, %v; want 7", v, err)
	}
	for js, want := range map[string]string{
		"Promise.reject(new Error('no'))": "no", "Promise.reject('no')": "no", "Promise.reject()": "undefined",
	} {
		if _, err := Await(eval(js)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is the error %v, want %s", js, err, want)
		}
	}
}

func TestCatch(t *testing.T) {
	throw := func(js string) (err error) {
		defer Catch(&err)
		eval(js)
		return nil
	}
	if err := throw("(() => { throw new Error('thrown') })()"); err == nil || !strings.Contains(err.Error(), "thrown") {
		t.Errorf("got %v", err)
	}
	if err := throw("1"); err != nil {
		t.Errorf("got %v", err)
	}
	defer func() {
		if recover() != "ours" {
			t.Error("a panic of Go's own was swallowed")
		}
	}()
	func() (err error) {
		defer Catch(&err)
		panic("ours")
	}()
}

func TestListenUntilRemoved(t *testing.T) {
	target := New("EventTarget")
	heard := 0
	remove := Listen(target, "tick", func(Event) { heard++ })
	target.Call("dispatchEvent", New("Event", "tick"))
	remove()
	target.Call("dispatchEvent", New("Event", "tick"))
	if heard != 1 {
		t.Errorf("heard %d events, want 1", heard)
	}
}

func TestYieldLetsMessagesIn(t *testing.T) {
	channel := New("MessageChannel")
	heard := false
	defer Listen(channel.Get("port2"), "message", func(Event) { heard = true })()
	channel.Get("port2").Call("start")
	defer channel.Get("port1").Call("close")
	channel.Get("port1").Call("postMessage", 1)
	for range 100 {
		if Yield(); heard {
			return
		}
	}
	t.Error("100 turns passed and the message has not come")
}

func BenchmarkYield(b *testing.B) {
	for b.Loop() {
		Yield()
	}
}

func TestPorts(t *testing.T) {
	channel := New("MessageChannel")
	near, far := &Port{target: channel.Get("port1")}, &Port{target: channel.Get("port2")}
	defer near.target.Call("close")
	received := make(chan Message, 1)
	defer far.Receive(func(m Message) { received <- m })()
	far.target.Call("start")
	for _, want := range []Message{
		{Type: "bare"},
		{Type: "header", Header: []byte(`{"text":"Ça va, 👋?"}`)},
		{Type: "buffers", Header: []byte("{}"), Buffers: [][]float32{{1, 2, 3}, {}, {4}}},
		{Type: "fewer", Buffers: [][]float32{{5}}},
	} {
		if err := near.Post(want); err != nil {
			t.Fatal(err)
		}
		got := <-received
		if got.Type != want.Type || string(got.Header) != string(want.Header) ||
			!slices.EqualFunc(got.Buffers, want.Buffers, slices.Equal[[]float32]) {
			t.Errorf("sent %v, got %v", want, got)
		}
	}
}

func BenchmarkPost(b *testing.B) {
	channel := New("MessageChannel")
	near, far := &Port{target: channel.Get("port1")}, &Port{target: channel.Get("port2")}
	defer near.target.Call("close")
	received := make(chan struct{}, 1)
	defer far.Receive(func(Message) { received <- struct{}{} })()
	far.target.Call("start")
	m := Message{Type: "maps", Buffers: make([][]float32, 48)}
	for i := range m.Buffers {
		m.Buffers[i] = make([]float32, 16*16)
	}
	b.SetBytes(48 * 16 * 16 * 4)
	for b.Loop() {
		near.Post(m)
		<-received
	}
}
