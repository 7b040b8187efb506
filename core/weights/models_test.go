package weights_test

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"sort"
	"strings"
	"testing"

	"heed/core/token"
	"heed/core/weights"
)

// whole has TestSmolLM2 compare all tensors, half a gigabyte, and not those of the first layer only. TestGGUF has all
// their types, and package run compares what the whole model computes.
var whole = flag.Bool("whole", false, "TestSmolLM2: compare all tensors, not those of the first layer only")

// SmolLM2's weights and tokenizer are read from its GGUF file as the gguf and tokenizers packages read
// them: see testdata/smollm2.py.
func TestSmolLM2(t *testing.T) {
	token.LinkForeign()
	const path = "../../.cache/models/smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
	file, err := os.Open(path)
	if err != nil {
		t.Skip("NOT RUN: it needs SmolLM2, which ./build.sh models fetches")
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	g, err := weights.OpenGGUF(file, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	var b []byte
	for _, name := range g.Names() {
		if !*whole && !strings.HasPrefix(name, "blk.0.") {
			continue
		}
		x, err := g.Float32(name)
		if err != nil {
			t.Fatal(err)
		}
		b = b[:0]
		for _, v := range x {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
		}
		shape, _ := g.Shape(name)
		dtype, _ := g.DType(name)
		lines = append(lines, fmt.Sprintf("%s %s %s %x\n", name, dtype, strings.Trim(strings.ReplaceAll(fmt.Sprint(shape), " ", ","), "[]"), sha256.Sum256(b)))
	}
	slices.Sort(lines)
	want := "e6f47d420caaf6fcaee9aa7a4540dd544f63492a8acab7108ebae3a03e4203f9"
	if *whole {
		want = "27f89076756b557cb00c0dfc8e735abb47742ab283e703dab80bef2f131ffdc3"
	}
	if got := fmt.Sprintf("%x", sha256.Sum256([]byte(strings.Join(lines, "")))); got != want {
		t.Errorf("the digest over %d tensors is %s", len(lines), got)
	}

	tok, err := token.FromGGUF(g)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile("../token/testdata/atoms.json")
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		t.Fatal(err)
	}
	var groups []string
	for name := range raw {
		if name != "ranges" {
			groups = append(groups, name)
		}
	}
	sort.Strings(groups)
	h := sha256.New()
	for _, name := range groups {
		var atoms []string
		if err := json.Unmarshal(raw[name], &atoms); err != nil {
			t.Fatal(err)
		}
		for _, line := range append(slices.Clone(atoms), strings.Join(atoms, " "), strings.Join(atoms, "")) {
			var pieces []string
			for _, p := range tok.Encode(line) {
				pieces = append(pieces, fmt.Sprintf("%d,%d,%d", p.ID, p.Start, p.End))
			}
			fmt.Fprintln(h, strings.Join(pieces, " "))
		}
	}
	if got := fmt.Sprintf("%x", h.Sum(nil)); got != "86a9f577dea52895ed272f59194c26a8ff3e6cdc9a873c7ceb72d9d1b2e0fe76" {
		t.Errorf("the digest over the pieces is %s", got)
	}
}
