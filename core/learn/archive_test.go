package learn

import (
	"archive/zip"
	"bytes"
	"io/fs"
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
		if err != nil || !strings.Contains(string(card), "| arch | "+arch+" |") || !strings.Contains(string(card), "After 0 steps") {
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
		if arch == Decoder {
			_, o.MaxTokens = m.Net.Limits()
		}
		got, err := run.NewSession(m).Run(n.Reads(n.Example()), o)
		if err != nil || got.Output != want.Output {
			t.Errorf("%s: the model that is opened writes %q, %v, want %q", arch, got.Output, err, want.Output)
		}
	}
}
