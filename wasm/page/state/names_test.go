package state

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestNamesEverywhere wants every setting to be an attribute of the element, with its property, its type and its row in
// the table that authors read.
func TestNamesEverywhere(t *testing.T) {
	read := func(name string) string {
		t.Helper()
		b, err := os.ReadFile("../../../web/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	readme, types, element := read("README.md"), read("heed.d.ts"), read("heed/element.mjs")
	list := regexp.MustCompile(`(?s)const attributes = \[(.*?)\]`).FindStringSubmatch(element)
	if list == nil {
		t.Fatal("web/heed/element.mjs has no list of attributes")
	}
	for _, name := range Names() {
		if !strings.Contains(readme, "\n| `"+name+"` |") {
			t.Errorf("web/README.md has no row for %s", name)
		}
		if !strings.Contains(list[1], `"`+name+`"`) {
			t.Errorf("web/heed/element.mjs does not list %s", name)
		}
		property := regexp.MustCompile("-.").ReplaceAllStringFunc(name, func(s string) string { return strings.ToUpper(s[1:]) })
		if !strings.Contains(types, "set "+property+"(") {
			t.Errorf("web/heed.d.ts has no property %s", property)
		}
	}
}
