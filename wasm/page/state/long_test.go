package state

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"heed/core/record"
)

// longAddresses are settings that are as long as an address lets them be.
func longAddresses() map[string]string {
	list := func(n int, one func(i int) string) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(one(i))
		}
		return b.String()
	}
	text := list(10_000, func(i int) string { return fmt.Sprintf("w%d+", i) })[:50_000]
	fits := func(n int) int { return n * record.MaxChanges / Longest * 4 / 5 }
	off := func(n int) string {
		return "text=I+like+tea.&off=" + list(n, func(i int) string { return fmt.Sprintf("self.%d.%d,", i/60, i%60) })
	}
	force := func(n int) string {
		return "text=I+like+tea.&view=heatmap&force=" + list(n, func(i int) string { return fmt.Sprintf("self.0.0.%d.%d=1,", i/60, i%60) })
	}
	patched := func(n int) string {
		return "text=I+like+tea.&from=We+like+tea.&patched=" + list(n, func(i int) string { return fmt.Sprintf("self.0.-.%d,", i) })
	}
	replaced := func(n int) string {
		return "text=" + text + "&replace=" + list(n, func(i int) string { return fmt.Sprintf("%d=a,", i) })
	}
	return map[string]string{
		"unknown settings":       list(200_000, func(i int) string { return fmt.Sprintf("x%d=1&", i) }),
		"settings that are long": list(30, func(i int) string { return "text=" + strings.Repeat("a", Longest+1) + "&" }),
		"one setting many times": list(300_000, func(i int) string { return "text=a&" }),
		"percent signs":          strings.Repeat("%", 2_000_000) + "=a",
		"too long a text":        "text=" + strings.Repeat("a+", 900_000),
		"a text":                 "text=" + text,
		"a word":                 "text=" + strings.Repeat("x", 60_000),
		"marks":                  "text=" + strings.Repeat("%CC%81", 30_000),
		"directions":             "text=" + strings.Repeat("%E2%80%AE%E2%81%A6", 10_000),
		"a text of a story":      "model=stories&text=" + text,
		"a target":               "text=I+like+tea.&target=" + text,
		"another text":           "text=I+like+tea.&view=compare&compare=text:" + text,
		"models to compare":      "text=I+like+tea.&view=compare&compare=" + list(12_000, func(i int) string { return fmt.Sprintf("m%d,", i%9999) })[:58_000],
		"two texts":              "text=" + text + "&view=patch&patch=" + strings.ReplaceAll(text, "+", "x+")[:58_000],
		"heads that are off":     off(6000),
		"heads that are off, no more than are read":   off(fits(6000)),
		"weights that are set":                        force(3500),
		"weights that are set, no more than are read": force(fits(3500)),
		"patched":                         patched(4500),
		"patched, no more than are read":  patched(fits(4500)),
		"replaced":                        replaced(8000),
		"replaced, no more than are read": replaced(fits(8000)),
		"heads":                           "text=I+like+tea.&head=" + list(10_000, func(i int) string { return fmt.Sprintf("%d,", i) }),
		"no heads":                        "text=I+like+tea.&head=" + strings.Repeat("a,", 30_000),
		"a model":                         "model=" + strings.Repeat("a", 60_000),
		"an address of a model":           "model=https://localhost:1/" + strings.Repeat("a/", 30_000),
		"an address of a Record":          "record=" + strings.Repeat("a/", 900_000),
	}
}

// TestLongAddresses reads addresses as long as they can be, and asks for all that the page writes of them. Neither
// takes more than some times as long as going over 2 MB byte by byte, as nothing may that runs in a page's main thread;
// and what there is to complain of is told in a few lines.
func TestLongAddresses(t *testing.T) {
	least := func(enough time.Duration, do func()) (took time.Duration) { // which others on the machine do not lengthen
		took = time.Hour
		for i := 0; i < 20 && (i < 3 || took > enough); i++ {
			began := time.Now()
			do()
			took = min(took, time.Since(began))
		}
		return took
	}
	whole, sum := strings.Repeat("%", 2_000_000), 0
	most := 50 * least(0, func() {
		for i := range len(whole) {
			sum = 31*sum + int(whole[i])
		}
	})
	t.Logf("at most %v (%d)", most, sum)
	for name, hash := range longAddresses() {
		s := one(t, nil)
		read := least(most, func() { s, _ = Update(one(t, nil), Address{Hash: "#" + hash}) })
		if strings.HasSuffix(name, "no more than are read") && (s.Unknown != "" || !s.Changed()) {
			t.Errorf("%s: %q", name, s.Unknown)
		}
		written := least(most, func() {
			changes := s.Changes()
			s.changed(&changes)
			s.Edits()
			s.Controls()
			s.Pairs()
			s.Request()
			s.Notes()
			s.Book()
		})
		if read > most || written > most {
			t.Errorf("%s: read in %v, written in %v, more than %v", name, read, written, most)
		}
		notes := s.Notes()
		if len(notes) > 20 {
			t.Errorf("%s: %d complaints", name, len(notes))
		}
		t.Logf("%-45s %5d kB read in %v, written in %v; %d complaints", name, len(hash)>>10, read.Round(time.Microsecond), written.Round(time.Microsecond), len(notes))
	}
}
