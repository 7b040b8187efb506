package token_test

import (
	"fmt"
	"log"
	"os"
	"slices"

	"heed/core/token"
)

// A tokenizer.json is read, and a text encoded: each piece has the bytes of the text that it stands for.
func ExampleTokenizer_Encode() {
	data, err := os.ReadFile("../../web/models/en-fr/tokenizer.json")
	if err != nil {
		log.Fatal(err)
	}
	t, err := token.Parse(data)
	if err != nil {
		log.Fatal(err)
	}
	const text = "I like tea"
	var ids []int
	for _, p := range t.Encode(text) {
		fmt.Printf("word %2d, bytes %2d to %2d: %q\n", p.Word, p.Start, p.End, t.Text(p.ID))
		ids = append(ids, p.ID)
	}
	fmt.Println(t.Decode(ids)) // without special tokens
	// Output:
	// word  0, bytes  0 to  1: "I"
	// word  1, bytes  1 to  6: " like"
	// word  2, bytes  6 to 10: " tea"
	// word -1, bytes 10 to 10: "</s>"
	// I like tea
}

// Byte-level byte-pair encoding is learned from lines of text: the vocabulary is the special tokens, the 256 bytes,
// and as many merges as there is room for.
func ExampleTrain() {
	lines := slices.Values([]string{"the cat sat on the mat", "the cat and the hat"})
	t, err := token.Train(lines, 1+256+6, []string{token.End})
	if err != nil {
		log.Fatal(err)
	}
	for _, p := range t.Encode("the bat") {
		fmt.Printf("%q ", t.Text(p.ID))
	}
	// Output: "the" " " "b" "at" "</s>"
}
