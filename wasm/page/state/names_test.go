package state

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestRecordTypes wants every member of a Record's file to be in its type.
func TestRecordTypes(t *testing.T) {
	types, err := os.ReadFile("../../../web/heed.d.ts")
	if err != nil {
		t.Fatal(err)
	}
	code, err := os.ReadFile("../../../core/record/json.go")
	if err != nil {
		t.Fatal(err)
	}
	find := func(pattern string, in []byte) string {
		m := regexp.MustCompile(pattern).FindSubmatch(in)
		if m == nil {
			t.Fatalf("no %s", pattern)
		}
		return string(m[1])
	}
	typed := find(`(?s)export interface HeedRecord \{(.*?)\n\}`, types)
	members := regexp.MustCompile(`(?:Member|Optional)\("(\w+)"`).FindAllStringSubmatch(find(`(?s)func \(r \*Record\) Fields\((.*?)\n\}`, code), -1)
	for _, m := range members {
		if !regexp.MustCompile(`\b` + m[1] + `\??: `).MatchString(typed) {
			t.Errorf("HeedRecord in web/heed.d.ts has no %s", m[1])
		}
	}
	if len(members) < 20 {
		t.Errorf("a Record has %d members", len(members))
	}
}

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
