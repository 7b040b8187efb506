package svg_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"heed/core/record"
	"heed/core/view"
	"heed/core/view/svg"
)

// parse reads a picture as XML and returns the text of its text elements.
func parse(t *testing.T, b []byte) (texts []string) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(b))
	in := ""
	for {
		token, err := d.Token()
		if err == io.EOF {
			return texts
		}
		if err != nil {
			t.Fatalf("not well-formed: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if in = token.Name.Local; in == "script" || in == "style" {
				t.Fatalf("a picture holds a %s", in)
			}
			for _, a := range token.Attr {
				if strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf") {
					t.Fatalf("%s: %s=%q", in, a.Name.Local, a.Value)
				}
			}
		case xml.CharData:
			if in == "text" {
				texts = append(texts, string(token))
			}
		case xml.EndElement:
			in = ""
		}
	}
}

func write(t *testing.T, r *record.Record, s view.State) []byte {
	t.Helper()
	scene, err := view.Build(r, s, view.Env{})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := svg.Write(&b, scene, view.Light); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestReadable(t *testing.T) {
	b := write(t, translation(), view.State{Kind: record.Cross, Heads: record.Heads(0), Width: 700})
	shown := strings.Join(parse(t, b), "\n")
	for _, want := range []string{"animal", "fati", "gué", "Each word on the right", "Cross-attention, layer 0, head 0."} {
		if !strings.Contains(shown, want) {
			t.Errorf("no text shows %q", want)
		}
	}
	for _, want := range []string{`role="img"`, "<title>Links: cross-attention, layer 0, head 0</title>", "<desc>", "<title>Le looks at The, 0."} {
		if !strings.Contains(string(b), want) {
			t.Errorf("the picture lacks %q", want)
		}
	}
}

// Values with a sign are painted in the scale for them, and little is made of much.
func TestSigned(t *testing.T) {
	r := recurrent("a| b", "<pad>|c| d", 512, false)
	r.Context.Values[0], r.Context.Values[511] = -1, 1
	b := write(t, r, view.State{View: view.Context, Width: 700})
	for _, c := range []view.Color{view.Light.Signs[0], view.Light.Signs[255]} {
		if !strings.Contains(string(b), c.CSS()) {
			t.Errorf("nothing is painted %s", c.CSS())
		}
	}
	if shown := strings.Join(parse(t, b), "\n"); !strings.Contains(shown, "All of the sentence must pass through") {
		t.Errorf("the sentence is not written in\n%s", shown)
	}
	if n := bytes.Count(b, []byte("<")); n > 400 {
		t.Errorf("%d tags", n)
	}
}

// A large matrix is few elements.
func TestLargeIsSmall(t *testing.T) {
	words := strings.Repeat(" w|", 300) + "</s>"
	b := write(t, sample(words, ""), view.State{View: view.Heatmap, Heads: record.Heads(2)})
	if n := bytes.Count(b, []byte("<")); n > 2500 {
		t.Errorf("%d tags", n)
	}
}

func TestWriteError(t *testing.T) {
	scene, err := view.Build(translation(), view.State{}, view.Env{})
	if err != nil {
		t.Fatal(err)
	}
	if err := svg.Write(broken{}, scene, view.Light); err != errBroken {
		t.Errorf("got %v", err)
	}
}

var errBroken = errors.New("broken")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }

func FuzzHostile(f *testing.F) {
	f.Add("\x00", "]]>", true)
	f.Add("<svg onload='x'>", "\xff\xfe", false)
	f.Add("\u202Eabc", "&amp;\uFFFE\u0301", true)
	f.Fuzz(func(t *testing.T, a, b string, heatmap bool) {
		r := &record.Record{Tokens: record.Tokens{Source: []record.Token{{Text: a}, {Text: b}}},
			Maps: []record.Map{{Kind: record.Self, Rows: 2, Cols: 2, Weights: []float32{1, 0, 0.25, 0.75}}}}
		s := view.State{Width: 300}
		if heatmap {
			s.View = view.Heatmap
		}
		parse(t, write(t, r, s))
	})
}
