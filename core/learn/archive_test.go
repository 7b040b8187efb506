package learn

import (
	"archive/zip"
	"bytes"
	"io/fs"
	"strconv"
	"strings"
	"testing"

	"heed/core/model"
	"heed/core/run"
)

// The archive holds a model that opens and writes what the network wrote.
func TestArchive(t *testing.T) {
	for _, arch := range []string{Dot, EncoderDecoder, Decoder, Encoder} {
		n := small(t, "task=toy positions=rotary ffn=0 heads=2 arch="+arch)
		steps(t, n, 10)
		files, err := n.Files()
		if err != nil {
			t.Fatal(err)
		}
		data := Zip("toy", files)
		z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		card, err := fs.ReadFile(z, "toy/MODEL_CARD.md")
		if err != nil || !strings.Contains(string(card), "| arch | "+arch+" |") || !strings.Contains(string(card), "At step 0 it wrote ") || !strings.Contains(string(card), "% | – |\n") {
			t.Errorf("%v: the card is %s", err, card)
		}
		dir, err := fs.Sub(z, "toy")
		if err != nil {
			t.Fatal(err)
		}
		m, err := model.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		want, err := n.Probe(n.Example())
		if err != nil {
			t.Fatal(err)
		}
		o := run.Options{}
		if arch != Encoder {
			o.MaxTokens = n.room(n.Example())
		}
		got, err := run.NewSession(m).Run(n.Reads(n.Example()), o)
		if err != nil || got.Output != want.Output {
			t.Errorf("%s: the model that is opened writes %q, %v, want %q", arch, got.Output, err, want.Output)
		}
	}
}

// The setting in a card makes the same network, and what was changed on the way stands there.
func TestCard(t *testing.T) {
	for _, options := range []string{"task=induction seed=4", "arch=dot rate=0.01", "task=modular ffn=0", "task=modular modulus=41"} {
		n := small(t, options)
		steps(t, n, 26)
		card := n.Card()
		_, address, _ := strings.Cut(card, "`train.html#train=")
		address, _, _ = strings.Cut(address, "`")
		given := Given{}
		for part := range strings.SplitSeq("task="+address, "&") {
			name, value, _ := strings.Cut(part, "=")
			given[name] = value
		}
		if s, _, err := given.Setting(""); err != nil || s != n.Setting {
			t.Errorf("%s: the address %s makes %+v, %v", options, address, s, err)
		}
		if strings.Contains(card, "not left alone") || !strings.Contains(card, "It was taken at step 26 of 60.") || !strings.Contains(card, "| 25 | ") || !strings.Contains(card, "| seed | "+strconv.FormatUint(n.Setting.Seed, 10)+" |") {
			t.Errorf("%s: the card is %s", options, card)
		}
		s := n.Setting
		s.Batch = 4
		if err := n.Change(s); err != nil {
			t.Fatal(err)
		}
		k := n.Save()
		again, err := Resume(s, k)
		if err != nil {
			t.Fatal(err)
		}
		if got := again.Card(); !strings.Contains(got, "But this one was not left alone: after step 26: batch 4.") {
			t.Errorf("%s: the card is %s", options, got)
		}
	}
}

// What is taken away of a moment is the network as it was, its card with the curve up to then; the session is not
// touched by it.
func TestThen(t *testing.T) {
	for _, arch := range []string{Dot, EncoderDecoder, Decoder} {
		n, early := small(t, "arch="+arch), small(t, "arch="+arch)
		steps(t, n, 55)
		steps(t, early, 25)
		today, err := n.Files()
		if err != nil {
			t.Fatal(err)
		}
		then, err := n.Then(1)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := then.Model.About.Title, n.Model.About.Title+", step 25"; got != want {
			t.Errorf("%s: the title is %s, want %s", arch, got, want)
		}
		then.Model.About.Title = n.Model.About.Title // all else is as if training had been stopped there
		was, err := then.Files()
		if err != nil {
			t.Fatal(err)
		}
		want, err := early.Files()
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range was {
			if f.Name != want[i].Name || !bytes.Equal(f.Data, want[i].Data) {
				t.Errorf("%s: %s is not that of a session of 25 steps", arch, f.Name)
			}
		}
		again, err := n.Files()
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range again {
			if !bytes.Equal(f.Data, today[i].Data) {
				t.Errorf("%s: %s of now has changed", arch, f.Name)
			}
		}
		steps(t, n, 5)
	}
}
