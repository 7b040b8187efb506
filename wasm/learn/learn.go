//go:build js && wasm

// Package learn is the worker of <heed-train>: it trains between the messages of the page, so that what the page asks
// for is answered at once, and sends what there is to show ten times a second.
package learn

import (
	"heed/core/json"
	"heed/core/learn"
	"heed/core/say"
	"heed/wasm/bridge"
	"heed/wasm/learn/state"
)

// How often the page is told, in milliseconds, and the largest share of the time that drawing takes. It is told after
// the step that ends later than that, and is to be told ten times a second.
const (
	showEvery = 80
	showShare = 0.12
)

// leaveEvery is how many milliseconds of training a closed tab loses at most.
const leaveEvery = 5000

// Main is the worker. It begins to listen before it returns.
func Main() {
	w := &worker{page: bridge.Self(), wake: make(chan struct{}, 1)}
	w.page.Receive(w.receive)
	go w.work()
}

type worker struct {
	page     *bridge.Port
	lab      state.Lab
	requests []*state.Request
	wake     chan struct{} // there are requests
	speed    float64       // steps a second; 0 for as many as there can be
	keeps    bool          // the page wants to have what training left, should its tab be closed
	left     int           // the step that the page has
}

// receive notes a request; work does it.
func (w *worker) receive(m bridge.Message) {
	if m.Type != "train" {
		return
	}
	r := &state.Request{}
	if err := json.Read(m.Header, r.Fields); err != nil {
		panic("the page asks for what the trainer does not know: " + err.Error())
	}
	if r.Do == "begin" {
		w.keeps, w.left = r.Keep, 0
		for i := range min(len(m.Buffers), r.Brought()) {
			r.Left.Runs[i].Numbers = m.Buffers[i]
		}
	}
	w.requests = append(w.requests, r)
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// work does what was asked, trains, and shows, for ever.
func (w *worker) work() {
	shown, cost, stepped, left := 0.0, 0.0, 0.0, bridge.Now()
	show := func() {
		begin := bridge.Now()
		w.send("screen", w.lab.Screen().Fields)
		shown = bridge.Now()
		cost = shown - begin
	}
	for {
		if !w.lab.Playing() && len(w.requests) == 0 {
			<-w.wake
		}
		if len(w.requests) > 0 {
			for len(w.requests) > 0 {
				r := w.requests[0]
				w.requests = w.requests[1:]
				w.do(r)
			}
			show()
			if !w.lab.Playing() {
				w.leave()
			}
		}
		now := bridge.Now()
		if w.lab.Playing() && (w.speed == 0 || now-stepped >= 1000/w.speed) {
			stepped = now
			w.lab.Train()
			if now = bridge.Now(); !w.lab.Playing() || now-shown >= max(showEvery, cost/showShare) {
				show()
			}
			if !w.lab.Playing() || now-left >= leaveEvery {
				w.leave()
				left = now
			}
		}
		bridge.Yield()
	}
}

// leave sends where training is, for the page to keep, unless it has that.
func (w *worker) leave() {
	k := w.lab.Leave()
	if !w.keeps || k == nil || k.Runs[0].Step == w.left {
		return
	}
	w.left = k.Runs[0].Step
	header, err := json.Write(k.Fields)
	m := bridge.Message{Type: "left", Header: header}
	for i := range k.Runs {
		m.Buffers = append(m.Buffers, k.Runs[i].Numbers)
	}
	if err == nil {
		err = w.page.Post(m)
	}
	if err != nil {
		panic("the trainer cannot say where it is: " + err.Error())
	}
}

func (w *worker) do(r *state.Request) {
	switch r.Do {
	case "speed":
		w.speed = float64(r.N)
	case "archive", "keep":
		w.model(r.Do, r.N)
	default:
		w.lab.Do(r)
	}
}

// model sends the directory of one of the networks: as an archive to be saved, or as files for the browser to keep.
func (w *worker) model(how string, which int) {
	var data []byte
	var list bridge.Files
	about, files, err := w.lab.Files(which)
	if err != nil {
		about.Problem = err.Error()
	} else if how == "archive" {
		data = learn.Zip(about.Name, files)
	} else {
		for _, f := range files {
			list = append(list, bridge.NewFile(f.Name, f.Data))
		}
	}
	header, _ := json.Write(about.Fields)
	if err := w.page.Post(bridge.Message{Type: how, Header: header, Bytes: data, Brought: list.Value()}); err != nil {
		panic(say.Text("the model cannot be sent: ", err))
	}
}

func (w *worker) send(kind string, fields func(*json.Object)) {
	header, err := json.Write(fields)
	if err == nil {
		err = w.page.Post(bridge.Message{Type: kind, Header: header})
	}
	if err != nil {
		panic("the trainer cannot answer the page: " + err.Error())
	}
}
