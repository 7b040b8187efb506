package catalog

import (
	"os"
	"testing"

	"heed/core/json"
)

// Whatever is in a list of models, it is refused in a sentence, or it reads as it is written.
func FuzzParse(f *testing.F) {
	shipped, err := os.ReadFile("../../web/models/index.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(shipped)
	f.Add([]byte(`{"models":[{"id":"a","files":[{"name":"config.json","bytes":1,"sha256":"00"}],"examples":[{"text":"x"}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		x, err := Parse(data)
		if err != nil {
			if len(err.Error()) > 1000 {
				t.Errorf("an error of %d bytes", len(err.Error()))
			}
			return
		}
		first, err := json.Write(x.Fields)
		if err != nil {
			return // a number that JSON lacks
		}
		back, err := Parse(first)
		if err != nil {
			t.Fatalf("written but not read: %v\n%s", err, first)
		}
		if second, err := json.Write(back.Fields); err != nil || string(first) != string(second) {
			t.Fatalf("not the same the second time: %v\n%s\n%s", err, first, second)
		}
	})
}
