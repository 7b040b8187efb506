package state

import (
	"math"
	"testing"

	"heed/core/json"
	"heed/core/learn"
)

// Whatever a browser kept of a training, it is gone on with or refused in a sentence, and there is a screen to show;
// then it trains.
func FuzzLeft(f *testing.F) {
	given := learn.Given{"task": "sort", "arch": "dot", "width": "16", "batch": "2", "steps": "4"}
	was := &Lab{}
	was.Do(&Request{Do: "begin", Given: given, Width: 400})
	was.Do(&Request{Do: "step"})
	left := was.Leave()
	header, err := json.Write(left.Fields)
	if err != nil {
		f.Fatal(err)
	}
	numbers := left.Runs[0].Numbers
	f.Add(header, 0, float32(0))
	f.Add(header, 1, float32(math.NaN()))
	f.Add([]byte(`{"runs":[{"step":9007199254740991,"since":-1,"curve":[]}]}`), 0, float32(math.Inf(1)))
	f.Add([]byte(`{"runs":[]}`), -1, float32(1e38))
	f.Add([]byte(`{"runs":[],"steps":-1}`), 0, float32(0)) // of a setting that is not possible
	f.Fuzz(func(t *testing.T, data []byte, lacks int, first float32) {
		left := &Left{}
		if json.Read(data, left.Fields) != nil || len(left.Runs) > 100 {
			return
		}
		left.Compare, left.Pairs = "", ""
		if left.Given = given; left.Steps < 0 {
			left.Given = learn.Given{"task": "sort", "width": "7", "steps": "4"}
		}
		for i := range left.Runs {
			of := append([]float32{first}, numbers[1:]...)
			left.Runs[i].Numbers = of[:max(0, len(of)-max(0, lacks))]
		}
		l := &Lab{}
		l.Do(&Request{Do: "begin", Left: left, Width: 400})
		for _, request := range []*Request{{Do: "text", Text: "abc"}, {Do: "step"}, {Do: "moment", N: 0}, {Do: "set", Name: "steps", Value: "6"}, {Do: "again"}} {
			if _, err := json.Write(l.Screen().Fields); err != nil {
				return // a number that JSON lacks is never sent: see FuzzHeaders
			}
			l.Do(request)
		}
		if l.runs[0].At() != 0 {
			t.Errorf("begun again, it is at step %d", l.runs[0].At())
		}
	})
}
