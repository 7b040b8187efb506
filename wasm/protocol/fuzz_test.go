package protocol

import (
	"testing"

	"heed/core/json"
)

// headers are one of each kind of header.
func headers() []Header {
	return []Header{&Request{}, &Draw{}, &More{}, &Which{}, &Brought{}, &Loading{}, &Output{}, &Result{}, &Failure{}, &Asking{}, &Part{}}
}

// Whatever a message's header says, it is refused, or it reads as it is written.
func FuzzHeaders(f *testing.F) {
	for i, h := range headers() {
		b, err := json.Write(h.Fields)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(i), b)
	}
	f.Add(uint8(0), []byte(`{"id":1,"client":2,"model":"en-fr","text":"é","target":"","want":{"kind":"cross"},"changes":{"off":"self.0.1"}}`))
	f.Fuzz(func(t *testing.T, kind uint8, data []byte) {
		at := int(kind) % len(headers())
		h := headers()[at]
		if json.Read(data, h.Fields) != nil {
			return
		}
		first, err := json.Write(h.Fields)
		if err != nil {
			return // a number that JSON lacks
		}
		back := headers()[at]
		if err := json.Read(first, back.Fields); err != nil {
			t.Fatalf("%T: written but not read: %v\n%s", h, err, first)
		}
		if second, err := json.Write(back.Fields); err != nil || string(first) != string(second) {
			t.Fatalf("%T: not the same the second time: %v\n%s\n%s", h, err, first, second)
		}
	})
}
