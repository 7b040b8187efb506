package state

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"

	ours "heed/core/json"
	"heed/core/learn"
)

// begun is a lab with a small network.
func begun(t *testing.T, compare string, options ...string) *Lab {
	t.Helper()
	l := &Lab{}
	given := learn.Given{"width": "16", "batch": "8", "steps": "60"}
	for _, o := range options {
		name, value, _ := strings.Cut(o, "=")
		given[name] = value
	}
	l.Do(&Request{Do: "begin", Given: given, Compare: compare, Width: 400})
	if s := l.Screen(); s.Refused != "" || len(s.Runs) == 0 {
		t.Fatalf("it does not begin: %q", s.Refused)
	}
	return l
}

func train(l *Lab) (steps int) {
	for l.Playing() {
		l.Train()
		steps++
	}
	return steps
}

func TestPlay(t *testing.T) {
	l := begun(t, "")
	l.Do(&Request{Do: "step", N: 3})
	if s := l.Screen(); s.Step != 3 || s.Playing {
		t.Errorf("three steps lead to %d, playing: %v", s.Step, s.Playing)
	}
	l.Do(&Request{Do: "play"})
	if n := train(l); n != 57 {
		t.Errorf("the rest is %d steps, want 57", n)
	}
	s := l.Screen()
	if !s.Done || s.Playing || s.Step != 60 || s.Failed != "" {
		t.Errorf("at the end: %+v", s)
	}
	r := s.Runs[0]
	if p := r.Probes[0]; len(r.Curve) != 4 || !strings.HasPrefix(p.Picture, "<svg") || p.Problem != "" || len(p.Cells) != len(p.Queries)*len(p.Keys) || len(p.Cells) == 0 {
		t.Errorf("%d points, %.30q, %q, %d cells of %d by %d", len(r.Curve), p.Picture, p.Problem, len(p.Cells), len(p.Queries), len(p.Keys))
	}
	if len(r.Lengths) != 18 || len(r.Exact) != 18 || r.Lengths[0] != 3 {
		t.Errorf("lengths are %v", r.Lengths)
	}
	l.Do(&Request{Do: "set", Name: "steps", Value: "70"})
	l.Do(&Request{Do: "play"})
	if n := train(l); n != 10 {
		t.Errorf("70 steps in all are %d more, want 10", n)
	}
}

// A change goes on or starts again, as its option says, and one that cannot be leaves all as it was.
func TestChange(t *testing.T) {
	l := begun(t, "")
	l.Do(&Request{Do: "step", N: 2})
	for _, c := range []struct {
		name, value, refused string
		step                 int
	}{
		{"rate", "0.001", "", 2}, {"width", "33", "multiple", 2}, {"rate", "x", "rate is", 2}, {"batch", "4", "", 2}, {"width", "32", "", 0},
	} {
		l.Do(&Request{Do: "set", Name: c.name, Value: c.value})
		s := l.Screen()
		if c.refused == "" != (s.Refused == "") || !strings.Contains(s.Refused, c.refused) || s.Step != c.step {
			t.Errorf("%s=%s: %q, step %d", c.name, c.value, s.Refused, s.Step)
		}
	}
	if got, want := l.Screen().Setting, "width=32&rate=0.001&batch=4&steps=60"; got != want {
		t.Errorf("the setting is %s, want %s", got, want)
	}
	l.Do(&Request{Do: "set", Name: "arch", Value: "dot"})
	l.Do(&Request{Do: "set", Name: "task", Value: "dates"})
	if s := l.Screen(); s.Runs[0].Arch != learn.Additive || !strings.HasPrefix(s.Setting, "task=dates&width") {
		t.Errorf("dates are learned by %s, %s", s.Runs[0].Arch, s.Setting)
	}
	l.Do(&Request{Do: "set", Name: "width", Value: ""}) // its default
	if s := l.Screen(); strings.Contains(s.Setting, "width") || l.setting.Width != learn.Default("dates", learn.Additive).Width {
		t.Errorf("the width is %d in %s", l.setting.Width, s.Setting)
	}
}

// Of a long curve as many points are sent as a picture has room for.
func TestThinned(t *testing.T) {
	for _, n := range []int{1, mostPoints, mostPoints + 1, 2*mostPoints + 1, 40_000} {
		all := make([]learn.Point, n)
		for i := range all {
			all[i].Step = i * learn.Every
		}
		some := thinned(all)
		if len(some) > mostPoints+1 || len(some) < min(n, mostPoints/2) || some[0].Step != 0 || some[len(some)-1].Step != all[n-1].Step ||
			!slices.IsSortedFunc(some, func(a, b learn.Point) int { return a.Step - b.Step }) {
			t.Errorf("of %d points %d are left, from %d to %d", n, len(some), some[0].Step, some[len(some)-1].Step)
		}
	}
}

// Heads have the names that readers know: no layer where there is one head, and a layer as a whole where it has
// several.
func TestNames(t *testing.T) {
	s := begun(t, "", "arch=dot").Screen()
	if got := s.Heads; len(got) != 1 || got[0] != [2]string{"rnn 0 0", "soft attention"} || s.Floors != nil || s.Runs[0].Shown != "soft attention" {
		t.Errorf("heads are %v, layers %v, shown is %q", got, s.Floors, s.Runs[0].Shown)
	}
	l := begun(t, "", "task=induction")
	l.Do(&Request{Do: "look", View: "heatmap", Kind: "decoder", Layer: 1, Head: 1})
	if s := l.Screen(); len(s.Heads) != 4 || s.Floors[1] != [2]string{"decoder 1 -1", "decoder self-attention, layer 1"} || s.Runs[0].Shown != "decoder self-attention, layer 1, head 1" {
		t.Errorf("heads are %v, layers %v, shown is %q", s.Heads, s.Floors, s.Runs[0].Shown)
	}
	if s := begun(t, "", "arch=context").Screen(); s.Heads != nil || s.Runs[0].Shown != "" {
		t.Errorf("a network without heads has %v, %q", s.Heads, s.Runs[0].Shown)
	}
}

// Two architectures learn the same examples side by side, at one pace.
func TestCompare(t *testing.T) {
	l := begun(t, learn.Context, "arch=dot", "steps=10")
	l.Do(&Request{Do: "step"})
	s := l.Screen()
	if len(s.Runs) != 2 || s.Runs[0].Arch != learn.Dot || s.Runs[1].Arch != learn.Context || l.runs[0].At() != 1 || l.runs[1].At() != 1 {
		t.Fatalf("%d runs after a step", len(s.Runs))
	}
	if s.Runs[1].Probes[0].Problem != "" || s.Runs[1].Probes[0].Picture == "" {
		t.Errorf("the fixed context is not drawn: %s", s.Runs[1].Probes[0].Problem)
	}
	l.Do(&Request{Do: "play"})
	if n := train(l); n != 18 {
		t.Errorf("the rest is %d steps, want 18", n)
	}
	l.Do(&Request{Do: "compare", Value: "lstm"})
	if s := l.Screen(); !strings.Contains(s.Refused, "arch is") || len(s.Runs) != 2 {
		t.Errorf("an unknown architecture: %q", s.Refused)
	}
	l.Do(&Request{Do: "compare"})
	if s := l.Screen(); len(s.Runs) != 1 || s.Step != 0 {
		t.Errorf("%d runs at step %d", len(s.Runs), s.Step)
	}
}

// The slider leads into the past: the picture is that of then, and playing comes back to now.
func TestMoment(t *testing.T) {
	l := begun(t, "")
	l.Do(&Request{Do: "look", View: "heatmap", Kind: "cross"}) // else it is the best head's, which changes
	drawn := l.Screen().Runs[0].Probes[0].Picture
	l.Do(&Request{Do: "step", N: 50})
	today := l.Screen().Runs[0].Probes[0].Picture
	l.Do(&Request{Do: "moment", N: 0})
	s := l.Screen()
	if s.Moment != 0 || s.Runs[0].Probes[0].Picture != drawn || drawn == today || !slices.Equal(s.Moments, []int{0, 25, 50}) {
		t.Errorf("moment %d of %v does not show the first picture", s.Moment, s.Moments)
	}
	l.Do(&Request{Do: "moment", N: 2})
	if s := l.Screen(); s.Moment != 2 || s.Runs[0].Probes[0].Picture != today {
		t.Errorf("moment %d does not show now", s.Moment)
	}
}

func TestProbe(t *testing.T) {
	for _, arch := range learn.Architectures {
		l := begun(t, "", "arch="+arch)
		for _, text := range []string{"abba", "x", " ", strings.Repeat("abc", 100), "<script>\x00é"} {
			l.Do(&Request{Do: "text", Text: text})
			s := l.Screen()
			if r := s.Runs[0].Probes[0]; s.Text != text || r.Problem == "" && r.Picture == "" || strings.Contains(r.Picture, "<script") {
				t.Errorf("%s: %.20q is shown as %.20q, %q", arch, s.Text, r.Picture, r.Problem)
			}
		}
		l.Do(&Request{Do: "text", Text: "abc"})
		views := l.Screen().Views
		for _, view := range views {
			l.Do(&Request{Do: "look", View: view[0], Kind: "self", Layer: 7, Head: 9})
			if s := l.Screen(); s.View != view[0] || s.Runs[0].Probes[0].Problem != "" || s.Runs[0].Probes[0].Picture == "" ||
				strings.Contains(s.Runs[0].Probes[0].Picture, "Point at") {
				t.Errorf("%s, %s shows %s: %q", arch, view, s.View, s.Runs[0].Probes[0].Problem)
			}
		}
		// A view that there is not gives way to one that there is.
		l.Do(&Request{Do: "look", View: "steps"})
		if s := l.Screen(); s.View != "heatmap" && (s.View != "context" || arch != learn.Context) || s.Runs[0].Probes[0].Picture == "" {
			t.Errorf("%s shows %s of %v", arch, s.View, views)
		}
	}
}

// Several texts are tried at once, a line each.
func TestTexts(t *testing.T) {
	l := begun(t, learn.Context, "arch=dot")
	l.Do(&Request{Do: "text", Text: "abc\ncab\n"})
	s := l.Screen()
	for _, r := range s.Runs {
		if len(r.Probes) != 2 || r.Probes[0].Reads != "abc" || r.Probes[1].Reads != "cab" || r.Probes[0].Picture == r.Probes[1].Picture {
			t.Errorf("%s shows %d texts", r.Arch, len(r.Probes))
		}
	}
	l.Do(&Request{Do: "text", Text: strings.Repeat("ab\n", 9)})
	l.Do(&Request{Do: "theme", Width: 500}) // which the page sends by itself
	if s := l.Screen(); len(s.Runs[0].Probes) != mostTexts || !strings.Contains(s.Refused, "first 4") {
		t.Errorf("%d of 9 texts are shown, and it says %q", len(s.Runs[0].Probes), s.Refused)
	}
}

// The reader's own pairs: an error names the line, and what was there stays.
func TestPairs(t *testing.T) {
	l := begun(t, "")
	l.Do(&Request{Do: "pairs", Pairs: "one column"})
	if s := l.Screen(); !strings.Contains(s.Refused, "line 1 has one column") || l.setting.Task != "reverse" {
		t.Errorf("one column: %q", s.Refused)
	}
	pairs := ""
	for i := range 40 {
		pairs += "n" + strconv.Itoa(i) + "\t" + strconv.Itoa(i) + "\n"
	}
	l.Do(&Request{Do: "pairs", Pairs: pairs})
	l.Do(&Request{Do: "step"})
	if s := l.Screen(); s.Refused != "" || l.setting.Task != "pairs" || s.Setting != "task=pairs" || s.Step != 1 {
		t.Errorf("%q: %s at step %d", s.Refused, s.Setting, s.Step)
	}
}

// A rate that is too high ends the training, and says so; another setting begins anew.
func TestFails(t *testing.T) {
	l := begun(t, "", "optimizer=sgd", "rate=10", "norms=0", "residuals=0", "steps=1000")
	for _, w := range l.runs[0].Model.Net.Weights().List {
		for i := range w.Values().Data {
			w.Values().Data[i] *= 1e30
		}
	}
	l.Do(&Request{Do: "play"})
	train(l)
	s := l.Screen()
	if !strings.Contains(s.Failed, "learning rate") || s.Playing {
		t.Fatalf("it failed with %q", s.Failed)
	}
	l.Do(&Request{Do: "again"})
	if s := l.Screen(); s.Failed != "" || s.Step != 0 {
		t.Errorf("again: %q at step %d", s.Failed, s.Step)
	}
}

func TestFiles(t *testing.T) {
	l := begun(t, "")
	l.Do(&Request{Do: "step", N: 2})
	about, files, err := l.Files(0)
	if err != nil || about.Name != "reverse-encoder-decoder-1" || !strings.HasSuffix(about.Setting, "&at=2") || about.Begin != l.runs[0].Example() {
		t.Fatalf("%+v %v", about, err)
	}
	data := learn.Zip(about.Name, files)
	if z, err := zip.NewReader(bytes.NewReader(data), int64(len(data))); err != nil || len(z.File) != 4 {
		t.Errorf("the archive: %v", err)
	}
	l.Do(&Request{Do: "step", N: 48})
	l.Do(&Request{Do: "moment", N: 1})
	about, files, err = l.Files(0)
	if err != nil || about.Name != "reverse-encoder-decoder-1-step-25" || !strings.HasSuffix(about.Title, ", step 25") || about.Step != 25 ||
		!strings.HasSuffix(about.Setting, "&at=25") || !strings.Contains(string(files[0].Data), "It was taken at step 25 of 60.") {
		t.Errorf("%+v, %v: the card is %s", about, err, files[0].Data)
	}
	if _, _, err := (&Lab{}).Files(0); err == nil {
		t.Error("files of nothing")
	}
}

// What is sent to the page is JSON with finite numbers.
func TestFields(t *testing.T) {
	l := begun(t, learn.Context, "arch=dot")
	l.Do(&Request{Do: "step", N: 30})
	data, err := ours.Write(l.Screen().Fields)
	if err != nil {
		t.Fatal(err)
	}
	var page struct {
		Options []struct{ Name string }
		Runs    []struct {
			At   []int
			Loss []float64
		}
	}
	if err := json.Unmarshal(data, &page); err != nil || len(page.Runs) != 2 || len(page.Runs[1].Loss) != 2 || page.Runs[0].At[1] != 25 || page.Options[0].Name != "task" {
		t.Errorf("%v: %+v", err, page)
	}
	var r Request
	if err := ours.Read([]byte(`{"do": "begin", "given": {"task": "sort"}, "compare": "dot", "dark": true, "width": 300, "n": 4, "head": -1}`), r.Fields); err != nil ||
		r.Do != "begin" || r.Given["task"] != "sort" || r.N != 4 || r.Head != best {
		t.Errorf("%v: %+v", err, r)
	}
}

// Training that was left goes on where it was, with its setting and both networks; what does not fit is said.
func TestLeave(t *testing.T) {
	l := begun(t, learn.Context, "arch=dot", "steps=40", "seed=3")
	if l.Leave() != nil {
		t.Error("nothing was trained, and yet something is left")
	}
	l.Do(&Request{Do: "step", N: 30})
	k := l.Leave()
	header, err := ours.Write(k.Fields)
	if err != nil {
		t.Fatal(err)
	}
	brought := func() *Request {
		r := &Request{}
		if err := ours.Read([]byte(`{"do":"begin","left":`+string(header)+`}`), r.Fields); err != nil || r.Brought() != 2 {
			t.Fatal(err, r.Brought())
		}
		for i := range r.Left.Runs {
			r.Left.Runs[i].Numbers = k.Runs[i].Numbers
		}
		return r
	}
	other := &Lab{}
	other.Do(brought())
	for _, l := range []*Lab{l, other} {
		l.Do(&Request{Do: "play"})
		train(l)
	}
	a, b := l.Screen(), other.Screen()
	if b.Refused != "" || b.Setting != a.Setting || b.Compare != a.Compare || b.Step != 40 || len(b.Runs) != 2 {
		t.Fatalf("%q: %s, step %d", b.Refused, b.Setting, b.Step)
	}
	for i := range a.Runs {
		if len(a.Runs[i].Curve) != len(b.Runs[i].Curve) || a.Runs[i].Curve[2].Unseen != b.Runs[i].Curve[2].Unseen {
			t.Errorf("network %d ends with %+v, and %+v where it was left", i, a.Runs[i].Curve, b.Runs[i].Curve)
		}
	}
	r := brought()
	r.Left.Runs[1].Numbers = nil
	other.Do(r)
	if s := other.Screen(); !strings.Contains(s.Refused, "does not fit") || s.Step != 0 {
		t.Errorf("half of it: %q at step %d", s.Refused, s.Step)
	}
}

// A head, or all of a layer, is switched off where a text is tried, and only there.
func TestOff(t *testing.T) {
	l := begun(t, "", "task=induction", "steps=20")
	l.Do(&Request{Do: "look", View: "heatmap", Kind: "decoder", Layer: 1})
	whole := l.Screen().Runs[0].Probes[0].Picture
	l.Do(&Request{Do: "off", Kind: "decoder", Layer: 0, Head: best})
	if got := l.Screen().Runs[0].Probes[0].Picture; got == whole {
		t.Error("the picture of layer 1 is the same without layer 0")
	}
	if off := l.switched(l.runs[0]); len(off) != 2 {
		t.Errorf("%v are off", off)
	}
	l.Do(&Request{Do: "off"})
	if got := l.Screen().Runs[0].Probes[0].Picture; got != whole {
		t.Error("the heads stay off")
	}
}

// The first setting that is not possible is said, and there is something to change.
func TestRefusedAtFirst(t *testing.T) {
	for _, given := range []learn.Given{{"task": "sort", "heads": "7"}, {"task": "nothing"}, {"task": "sort", "colour": "red"}} {
		l := &Lab{}
		l.Do(&Request{Do: "begin", Given: given, Width: 400})
		if s := l.Screen(); s.Refused == "" || len(s.Runs) != 1 || !strings.Contains(s.Refused, "usual settings") {
			t.Errorf("%v: %q, %d networks", given, s.Refused, len(s.Runs))
		}
	}
}

// What a network does not have is said of an address, not of what somebody has changed; it is in no address that is
// made, and is there again with a network that has it.
func TestShared(t *testing.T) {
	l := begun(t, learn.Dot, "heads=2")
	if s := l.Screen(); s.Setting != "heads=2&width=16&batch=8&steps=60" || len(s.Notices) > 0 {
		t.Errorf("%s: %q", s.Setting, s.Notices)
	}
	l.Do(&Request{Do: "set", Name: "arch", Value: learn.Context})
	if s := l.Screen(); s.Setting != "arch=context&width=16&batch=8&steps=60" || len(s.Notices) > 0 {
		t.Errorf("%s: %q", s.Setting, s.Notices)
	}
	l.Do(&Request{Do: "compare", Value: learn.Encoder})
	if s := l.Screen(); s.Setting != "arch=context&heads=2&width=16&batch=8&steps=60" || len(s.Notices) > 0 {
		t.Errorf("%s: %q", s.Setting, s.Notices)
	}
	if s := begun(t, "", "arch=dot", "heads=2").Screen(); len(s.Notices) != 1 {
		t.Errorf("of an address it says %q", s.Notices)
	}
}

// A network without heads says so, and has nothing to choose from; beside one that has, the heads are the other's.
func TestNoHeads(t *testing.T) {
	l := begun(t, "", "arch=context")
	if s := l.Screen(); len(s.Heads) > 0 || !strings.Contains(s.Look, "no attention") {
		t.Errorf("it has the heads %v and says %s", s.Heads, s.Look)
	}
	l.Do(&Request{Do: "text", Text: "\nab"})
	if p := l.Screen().Runs[0].Probes; !strings.Contains(p[0].Problem, "the text is empty") || p[1].Problem != "" {
		t.Errorf("of an empty text it says %q, of ab %q", p[0].Problem, p[1].Problem)
	}
	l.Do(&Request{Do: "compare", Value: learn.Dot})
	if s := l.Screen(); len(s.Heads) != 1 || strings.Contains(s.Look, "no attention") {
		t.Errorf("beside another it has the heads %v and says %s", s.Heads, s.Look)
	}
}

// Of what an encoder reads and writes the part that tells something is shown.
func TestReads(t *testing.T) {
	l := begun(t, "", "arch=encoder")
	l.Do(&Request{Do: "text", Text: "abc"})
	l.Do(&Request{Do: "step", N: 30})
	p := l.Screen().Runs[0].Probes[0]
	if p.Reads != "abc|" || strings.Contains(p.Output, "|") || p.Output == "" || p.Picture == "" {
		t.Errorf("it reads %q and writes %q", p.Reads, p.Output)
	}
}

// Of two networks either is taken: under its own name, with its own card, as it is now or was.
func TestFilesBeside(t *testing.T) {
	l := begun(t, learn.Context, "arch=dot", "heads=2")
	l.Do(&Request{Do: "step", N: 30})
	for _, moment := range []int{1, 0} { // now, and in the past
		l.Do(&Request{Do: "moment", N: moment})
		var settings []string
		for which, arch := range []string{learn.Dot, learn.Context} {
			about, files, err := l.Files(which)
			if err != nil || !strings.HasPrefix(about.Name, "reverse-"+arch+"-1") || about.Step != 30*moment ||
				!strings.Contains(string(files[0].Data), "| arch | "+arch+" |") || !strings.Contains(about.Setting, "arch="+arch) {
				t.Errorf("network %d: %+v, %v: the card is %s", which, about, err, files[0].Data)
			}
			settings = append(settings, about.Setting)
		}
		if settings[0] == settings[1] {
			t.Errorf("both have the setting %s", settings[0])
		}
	}
	if _, _, err := l.Files(2); err == nil {
		t.Error("there is a third network")
	}
}
