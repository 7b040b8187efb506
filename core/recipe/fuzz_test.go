package recipe

import (
	"encoding/json"
	"strings"
	"testing"
)

// Whatever is in a recipe, it is refused in a sentence that names the file, or it is valid and reads as it is written.
func FuzzParse(f *testing.F) {
	for _, name := range recipeNames() {
		data, err := recipes.ReadFile("recipes/" + name + ".json")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := parse("my.json", data)
		if err != nil {
			if s := err.Error(); len(s) > 1000 || !strings.HasPrefix(s, "my.json") {
				t.Errorf("an error of %d bytes: %.200s", len(s), s)
			}
			return
		}
		again, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parse("my.json", again); err != nil {
			t.Errorf("written but not read: %v\n%s", err, again)
		}
	})
}
