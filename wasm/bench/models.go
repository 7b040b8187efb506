//go:build js && wasm

package bench

import (
	"slices"

	"heed/core/catalog"
	"heed/core/json"
	"heed/core/model"
	"heed/core/run"
	"heed/wasm/bridge"
)

// typed is how many keys are typed to each model.
const typed = 100

// models times what the engine does for a key, in each of the shipped models: the text is typed key by key, as
// the page sends it, and so is what comes back.
func models(row func(string)) {
	if err := typeInto(row); err != nil {
		panic("bench: " + err.Error())
	}
}

func typeInto(row func(string)) error {
	data, err := bridge.Fetch(bridge.URL("models/index.json"))
	if err != nil {
		return err
	}
	index, err := catalog.Parse(data)
	if err != nil {
		return err
	}
	for _, entry := range index.Models {
		files := map[string][]byte{}
		for _, f := range entry.Files {
			if files[f.Name], err = bridge.Fetch(bridge.URL("models/" + entry.ID + "/" + f.Name)); err != nil {
				return err
			}
		}
		m, err := model.Parse(files)
		if err != nil {
			return err
		}
		for _, weights := range []string{"float32", "int8"} {
			m.Net.Weights().Compact(weights == "int8")
			times, err := keys(run.NewSession(m), entry.Examples[0].Text)
			if err != nil {
				return err
			}
			memory := 0
			for _, p := range m.Net.Weights().List {
				memory += p.Bytes()
			}
			slices.Sort(times)
			what, p50, p95, mb := "a key", times[len(times)/2], times[len(times)*95/100], float64(memory)/1e6
			say(row, func(o *json.Object) {
				o.Member("what").String(&what)
				o.Member("model").String(&entry.ID)
				o.Member("weights").String(&weights)
				o.Member("p50").Float(&p50)
				o.Member("p95").Float(&p95)
				o.Member("MB").Float(&mb)
			})
		}
	}
	return nil
}

// keys types a text, again and again from its first word on, and returns the milliseconds of each key's run.
func keys(s *run.Session, text string) (times []float64, err error) {
	for len(times) < typed {
		for n := len(text) / 4; n <= len(text) && len(times) < typed; n++ {
			begin := bridge.Now()
			if _, err = s.Run(text[:n], run.Options{}); err != nil {
				return nil, err
			}
			times = append(times, bridge.Now()-begin)
			bridge.Yield()
		}
	}
	return times, nil
}
