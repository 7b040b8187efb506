package token

import (
	"bytes"
	"slices"
	"testing"
)

// Each text is one token wherever it stands, and the file that is written is the same tokenizer.
func TestPieces(t *testing.T) {
	texts := []string{"10", "11", "30", " the", " tree", " to", "é", "日本"}
	made, err := Pieces([]string{"<s>", End}, texts)
	if err != nil {
		t.Fatal(err)
	}
	file, err := made.JSON()
	if err != nil {
		t.Fatal(err)
	}
	read, err := Parse(file)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := read.JSON(); err != nil || !bytes.Equal(file, again) {
		t.Errorf("the file that is read is written as another: %v", err)
	}
	for _, k := range []*Tokenizer{made, read} {
		for text, want := range map[string][]string{
			"10+30": {"10", "+", "30"}, "the the tree": {"t", "h", "e", " the", " tree"}, " tot": {" to", "t"}, "aébc": {"a", "é", "b", "c"}, "日本語"[:6]: {"日本"}, "": nil,
		} {
			var got []string
			var ids []int
			for _, p := range k.EncodePlain(text) {
				got, ids = append(got, k.Text(p.ID)), append(ids, p.ID)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%q is read as %q, want %q", text, got, want)
			}
			if back := k.Decode(ids); back != text {
				t.Errorf("%q comes back as %q", text, back)
			}
		}
		if all := k.Encode("x"); len(all) != 2 || k.Text(all[1].ID) != End {
			t.Errorf("the end is not put behind a text: %v", all)
		}
	}
	if _, err := Pieces(nil, []string{""}); err == nil {
		t.Error("an empty piece is let pass")
	}
}
