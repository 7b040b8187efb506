package json

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// all has a member of every kind. The tags are for encoding/json, which must agree.
type all struct {
	Name    string             `json:"name"`
	Yes     bool               `json:"yes"`
	N       int                `json:"n"`
	Long    int64              `json:"long"`
	X       float64            `json:"x"`
	Y       float32            `json:"y"`
	Words   []string           `json:"words"`
	Ints    []int              `json:"ints"`
	Bytes   []int8             `json:"bytes"`
	Floats  []float32          `json:"floats"`
	Strings map[string]string  `json:"strings"`
	Numbers map[string]float64 `json:"numbers"`
	In      part               `json:"in"`
	List    []part             `json:"list"`
	Parts   map[string]part    `json:"parts"`
	Maybe   *part              `json:"maybe"`
	Null    *float64           `json:"null"`
	Zero    int                `json:"zero,omitempty"`
}

type part struct {
	A int `json:"a"`
}

func (p *part) Fields(o *Object) { o.Member("a").Int(&p.A) }

func (a *all) Fields(o *Object) {
	o.Member("name").String(&a.Name)
	o.Member("yes").Bool(&a.Yes)
	o.Member("n").Int(&a.N)
	o.Member("long").Int64(&a.Long)
	o.Member("x").Float(&a.X)
	o.Member("y").Float32(&a.Y)
	o.Member("words").Strings(&a.Words)
	o.Member("ints").Ints(&a.Ints)
	o.Member("bytes").Int8s(&a.Bytes)
	o.Member("floats").Float32s(&a.Floats)
	o.Member("strings").StringMap(&a.Strings)
	o.Member("numbers").FloatMap(&a.Numbers)
	o.Member("in").Object(a.In.Fields)
	List(o.Member("list"), &a.List)
	Map(o.Member("parts"), &a.Parts)
	Pointer(o.Member("maybe"), &a.Maybe)
	o.Nullable("null", a.Null != nil).Float(a.Null)
	o.Optional("zero", a.Zero != 0).Int(&a.Zero)
}

func full() *all {
	return &all{"é\"\\\n\x01\u2028😀", true, -3, math.MinInt64, 1e-7, 1e-6, []string{"a", ""}, []int{1, 2}, []int8{-128, 127},
		[]float32{.1, 1e-7, 1e21, -0.5, 0, math.MaxFloat32, math.SmallestNonzeroFloat32}, map[string]string{"b": "1", "a": "2"},
		map[string]float64{"z": .5, "y": 1e300}, part{7}, []part{{1}, {2}}, map[string]part{"q": {5}, "p": {6}}, &part{3}, nil, 0}
}

func TestAgreesWithEncodingJSON(t *testing.T) {
	for _, a := range []*all{full(), {Words: []string{}, Ints: []int{}, Bytes: []int8{}, Floats: []float32{}, List: []part{},
		Strings: map[string]string{}, Numbers: map[string]float64{}, Parts: map[string]part{}, Zero: 4}} {
		one, err := Write(a.Fields)
		if err != nil {
			t.Fatal(err)
		}
		var ours, theirs all
		if err := json.Unmarshal(one, &theirs); err != nil {
			t.Fatalf("encoding/json does not read it: %v", err)
		}
		if d := cmp.Diff(a, &theirs); d != "" {
			t.Errorf("encoding/json reads it otherwise (-written +read):\n%s", d)
		}
		lines, err := WriteIndented(a.Fields)
		if err != nil {
			t.Fatal(err)
		}
		want, _ := json.MarshalIndent(a, "", "  ")
		// encoding/json writes some characters as escapes for the sake of HTML and JavaScript.
		want = []byte(strings.NewReplacer(`\u2028`, "\u2028").Replace(string(want)) + "\n")
		if string(lines) != string(want) {
			t.Errorf("it is written as\n%s\nencoding/json has\n%s", lines, want)
		}
		for _, text := range []string{string(one), "\ufeff" + string(one), string(lines), string(want), strings.ReplaceAll(string(lines), "\n", "\r\n\t")} {
			ours = all{}
			if err := Read([]byte(text), ours.Fields); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(a, &ours); d != "" {
				t.Errorf("it is read otherwise (-written +read):\n%s", d)
			}
		}
	}
}

func TestAbsentAndUnknown(t *testing.T) {
	a := full()
	if err := Read([]byte(`{"\u006e":5,"name":null,"words":null,"list":null,"in":null,"maybe":null,"new":{"n":[{}]},"x":2e2}`), a.Fields); err != nil {
		t.Fatal(err)
	}
	want := full()
	want.N, want.X = 5, 200
	if d := cmp.Diff(want, a); d != "" {
		t.Errorf("it is read otherwise (-want +got):\n%s", d)
	}
	if err := Read([]byte(" null "), a.Fields); err != nil {
		t.Error(err)
	}
}

func TestAll(t *testing.T) {
	var got []string
	err := Read([]byte(` { "b" : [ 1 , 2 ] , "\ud83d\ude00" : "x\ud800\u00e9\/" , "b":"z" } `), func(o *Object) {
		for name, v := range o.All() {
			s := string(v.Kind())
			if v.Kind() == '"' {
				v.String(&s)
			}
			got = append(got, name, s)
		}
	})
	if want := []string{"b", "[", "😀", "x\ufffdé/", "b", "z"}; err != nil || !cmp.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
}

func TestErrors(t *testing.T) {
	many := strings.Repeat(`"m":0,`, maxMembers) + `"m":0`
	for _, c := range []struct{ data, want string }{
		{``, `it is empty (line 1, column 1)`},
		{" \n", `it is empty (line 2, column 1)`},
		{"\ufeff", `it is empty (line 1, column 1)`},
		{`[]`, `the document is not an object (line 1, column 1)`},
		{`<html>`, `invalid value (line 1, column 1)`},
		{"{\n \"n\": 1,\n}", `expected the name of a member, in quotes (line 3, column 1)`},
		{`{"n" 1}`, `expected ':' (line 1, column 6)`},
		{`{"n":1 "x":2}`, `expected ',' or '}' (line 1, column 8)`},
		{`{"n":01}`, `expected ',' or '}' (line 1, column 7)`},
		{`{"n":1.}`, `expected a digit (line 1, column 8)`},
		{`{"n":nul}`, `invalid value (line 1, column 6)`},
		{`{"n":[1,]}`, `invalid value (line 1, column 9)`},
		{`{"n":1}}`, `trailing data after the document (line 1, column 8)`},
		{`{"n":"a`, `it is cut short (line 1, column 8)`},
		{`{"n":"\x"}`, `invalid escape (line 1, column 8)`},
		{`{"n":"\u12g4"}`, `expected four hexadecimal digits (line 1, column 11)`},
		{"{\"n\":\"\t\"}", `a control character in a string must be written as \u and four digits (line 1, column 7)`},
		{"{\"n\":\"\xff\"}", `it is not UTF-8 (line 1, column 7)`},
		{strings.Repeat(`{"n":`, maxDepth+1), `it is nested too deep (line 1, column 1002)`},
		{strings.Repeat(`[`, 1_000_000), `it is nested too deep (line 1, column 202)`},

		{`{"n":1.5}`, `n is 1.5, not a whole number (line 1, column 6)`},
		{`{"n":"` + strings.Repeat("é", 99) + `"}`, `n is "` + strings.Repeat("é", 29) + `…, not a whole number (line 1, column 6)`},
		{`{"n":9223372036854775808}`, `n is 9223372036854775808, out of range (line 1, column 6)`},
		{`{"bytes":[1,128]}`, `bytes[1] is 128, out of range (line 1, column 13)`},
		{`{"floats":[1e39]}`, `floats[0] is 1e39, out of range (line 1, column 12)`},
		{`{"x":"1"}`, `x is "1", not a number (line 1, column 6)`},
		{`{"x":true}`, `x is true, not a number (line 1, column 6)`},
		{`{"yes":1}`, `yes is neither true nor false (line 1, column 8)`},
		{`{"name":1}`, `name is not a string (line 1, column 9)`},
		{`{"words":{}}`, `words is not an array (line 1, column 10)`},
		{"{\"n\":{\n\t}}", `n is {  }, not a whole number (line 1, column 6)`},
		{`{"in":{"a":{}}}`, `in.a is {}, not a whole number (line 1, column 12)`},
		{`{"list":[{"a":1},` + "\n" + `{"a":""}]}`, `list[1].a is "", not a whole number (line 2, column 6)`},
		{`{"list":[7]}`, `list[0] is not an object (line 1, column 10)`},
		{`{"n":1,"n":2}`, `n is a duplicate member (line 1, column 12)`},
		{`{"strings":{"a":"","a":""}}`, `strings.a is a duplicate member (line 1, column 24)`},
		{`{"in":{` + many + `}}`, `in.m is beyond the first 1000 members; an object must not have more (line 1, column 6012)`},
	} {
		var a all
		if err := Read([]byte(c.data), a.Fields); err == nil || err.Error() != c.want {
			t.Errorf("%.60q: %v, want %s", c.data, err, c.want)
		}
	}
	a := &all{Numbers: map[string]float64{"pi": math.NaN()}}
	if _, err := Write(a.Fields); err == nil || err.Error() != "numbers.pi is not finite, and JSON has no such number" {
		t.Error(err)
	}
}

// After an error nothing more is read, and loops end.
func TestFirstErrorStays(t *testing.T) {
	var n, turns int
	err := Read([]byte(`{"a":[0,1,2],"n":5}`), func(o *Object) {
		o.Member("a").Array(0, func(i int, e Value) {
			turns++
			e.Fail("is refused")
			e.Fail("is refused again")
		})
		o.Member("n").Int(&n)
	})
	if err == nil || err.Error() != "a[0] is refused (line 1, column 7)" || turns != 1 || n != 0 {
		t.Errorf("%v, %d turns, n %d", err, turns, n)
	}
}

// A file must not make its reader allocate much more than it is long.
func TestAllocation(t *testing.T) {
	for _, data := range []string{
		`{"new":[` + strings.Repeat("[],", 1<<20) + `[]]}`,
		`{"new":{` + strings.Repeat(`"":0,`, 1<<20) + `"":0}}`,
		`{` + strings.Repeat(`"":0,`, 1<<20) + `"":0}`,
	} {
		var before, after runtime.MemStats
		text := []byte(data)
		runtime.ReadMemStats(&before)
		Read(text, new(all).Fields)
		runtime.ReadMemStats(&after)
		if n := after.TotalAlloc - before.TotalAlloc; n > 1<<20 {
			t.Errorf("%.20s…: %d kB allocated for %d kB", data, n>>10, len(data)>>10)
		}
	}
}

func FuzzRead(f *testing.F) {
	data, _ := Write(full().Fields)
	f.Add(data)
	for _, s := range []string{`{"n":1e2}`, `{"x":-0.1E+9,"a":[{},[],"\\\"",true,false,null]}`, `{"n":01}`, `{"name":"\ud800\udc00"}`, ` null`, `{"":{"":[`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		data = bytes.TrimPrefix(data, []byte("\ufeff")) // which Read takes away
		_, what := check(data, nil)
		if valid := json.Valid(data) && utf8.Valid(data); valid != (what == "") && what != "it is nested too deep" && !strings.HasPrefix(what, "a number of more") {
			t.Fatalf("encoding/json finds it valid: %v; here: %q", valid, what)
		}
		var ours all
		if Read(data, ours.Fields) != nil {
			return
		}
		first, err := Write(ours.Fields)
		if err != nil {
			t.Fatal(err)
		}
		var again all
		if err := Read(first, again.Fields); err != nil || fmt.Sprint(again) != fmt.Sprint(ours) && again.Maybe == nil {
			t.Fatalf("%v: %s", err, first)
		}
	})
}

// TestPauses has what is long give others a turn again and again, wherever its length lies.
func TestPauses(t *testing.T) {
	type number struct{ X float64 }
	long := strings.Repeat("a", 3_000_000)
	for name, data := range map[string]string{
		"a string":  `{"x":1,"s":"` + long + `"}`,
		"blanks":    `{"x":1,"s":` + strings.Repeat(" ", 3_000_000) + `1}`,
		"elements":  `{"x":1,"s":[` + strings.Repeat("1,", 300_000) + `1]}`,
		"members":   `{"x":1,"s":{` + strings.Repeat(`"a":1,`, 300_000) + `"b":1}}`,
		"emptiness": `{"x":1,"s":[` + strings.Repeat("[],", 300_000) + `[]]}`,
	} {
		var n number
		pauses := 0
		if err := ReadPausing([]byte(data), func(o *Object) { o.Member("x").Float(&n.X) }, func() { pauses++ }); err != nil || n.X != 1 {
			t.Errorf("%s: %v, %v", name, n, err)
		}
		if pauses < 20 { // each of the two passes at least ten
			t.Errorf("%s: %d pauses for %d bytes", name, pauses, len(data))
		}
	}
	// And so it is where something is wrong: before that is said, what is before it is gone through, and its place is
	// counted.
	for _, c := range []struct{ data, want string }{
		{`{"x":1,"s":0.` + strings.Repeat("1", 3_000_000) + `}`, "a number of more than 4096 characters (line 1, column 3000014)"},
		{`{"x":1` + strings.Repeat(" ", 1_500_000) + strings.Repeat("\n", 1_500_000) + `   x}`, "(line 1500001, column 4)"},
	} {
		pauses := 0
		err := ReadPausing([]byte(c.data), func(*Object) {}, func() { pauses++ })
		if err == nil || !strings.HasSuffix(err.Error(), c.want) || pauses < 20 {
			t.Errorf("%d pauses, error %v, want one with %q", pauses, err, c.want)
		}
	}
	var list []float32
	pauses := 0
	err := ReadPausing([]byte(`{"l":[`+strings.Repeat("0.5,", 100_000)+`1]}`), func(o *Object) { o.Member("l").Float32s(&list) }, func() { pauses++ })
	if err != nil || len(list) != 100_001 || pauses < 40 {
		t.Errorf("%v, %d numbers, %d pauses", err, len(list), pauses)
	}
	for data, want := range map[string]string{`{"l":[1,null,2]}`: "", `{"l":[1,null,[2,3]]}`: "l[2] is [2,3], not a number (line 1, column 14)", `{"l":[1,"2"]}`: `l[1] is "2", not a number (line 1, column 9)`, `{"l":[1e99]}`: "l[0] is 1e99, out of range (line 1, column 7)"} {
		list = nil
		said := ""
		if err := Read([]byte(data), func(o *Object) { o.Member("l").Float32s(&list) }); err != nil {
			said = err.Error()
		}
		if said != want || want == "" && fmt.Sprint(list) != "[1 0 2]" {
			t.Errorf("%s: %v, %q, want %q", data, list, said, want)
		}
	}
}
