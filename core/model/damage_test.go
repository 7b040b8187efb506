//go:build !js

package model_test

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"heed/core/model"
	"heed/core/weights"
)

// Natively only: it opens a large model many times.

// damages yields 93 ways in which a file of weights can come: bits flipped, one each, in the tensors' data and in the
// header; noise, zeros and swapped parts in their place; and cut.
func damages(file []byte, yield func(kind string, damaged []byte)) {
	random := rand.New(rand.NewPCG(18, 93))
	data := 8 + int(binary.LittleEndian.Uint64(file))
	room := make([]byte, len(file))
	add := func(kind string, change func(b []byte) []byte) {
		for {
			copy(room, file)
			if b := change(room); !bytes.Equal(b, file) {
				yield(kind, b)
				return
			}
		}
	}
	flip := func(from, to int) func(b []byte) []byte {
		return func(b []byte) []byte {
			b[from+random.IntN(to-from)] ^= 1 << random.IntN(8)
			return b
		}
	}
	for range 60 {
		add("a bit of the data", flip(data, len(file)))
	}
	for range 10 {
		add("a bit of the header", flip(8, data))
	}
	part := func(b []byte, size int) []byte { return b[data+random.IntN(len(b)-data-size):][:size] }
	for range 10 {
		add("noise", func(b []byte) []byte {
			for i, p := 0, part(b, 200_000); i < len(p); i++ {
				p[i] = byte(random.Uint32())
			}
			return b
		})
	}
	for range 5 {
		add("zeros", func(b []byte) []byte { clear(part(b, 4096)); return b })
	}
	for range 5 {
		add("a part of another place", func(b []byte) []byte { copy(part(b, 4096), part(file, 4096)); return b })
	}
	for range 3 {
		add("cut", func(b []byte) []byte { return b[:random.IntN(len(b))] })
	}
}

// TestDamage opens a model's directory, without a list that has the checksums of its files, with its weights damaged.
// As Heed writes them all damage to the weights is found; of a file without a checksum what shows in sizes, types and
// ranges is: noise, for one. HEED_FAULTS=all counts all kinds there, most of which take a whole opening to be found
// harmless.
func TestDamage(t *testing.T) {
	const dir = "../../web/models/en-fr"
	m, err := model.Open(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	saved := t.TempDir()
	if err := m.Save(saved, weights.I8); err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, name := range model.Files {
		if files[name], err = os.ReadFile(filepath.Join(saved, name)); err != nil {
			t.Fatal(err)
		}
	}
	whole := files["model.safetensors"]
	at := bytes.Index(whole, []byte(`"crc32":"`))
	if at < 0 {
		t.Fatal("the file has no checksum")
	}
	without := bytes.Clone(whole)
	copy(without[at:], `"other":"`)
	for _, c := range []struct {
		name string
		file []byte
		all  bool // is found
	}{{"with a checksum", whole, true}, {"without", without, false}} {
		files["model.safetensors"] = c.file
		if _, err := model.Parse(files); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		found, of := map[string]int{}, map[string]int{}
		total := 0
		damages(c.file, func(kind string, damaged []byte) {
			if !c.all && kind != "noise" && kind != "cut" && os.Getenv("HEED_FAULTS") != "all" {
				return
			}
			of[kind]++
			files["model.safetensors"] = damaged
			if _, err := model.Parse(files); err == nil {
				if c.all {
					t.Errorf("%s: %s is not found", c.name, kind)
				}
				return
			} else if strings.Contains(err.Error(), "\n") || len(err.Error()) > 400 {
				t.Errorf("%s: %s: %v", c.name, kind, err)
			}
			found[kind]++
			total++
		})
		t.Logf("%s: %d are found: %v of %v", c.name, total, found, of)
		for _, kind := range []string{"noise", "cut"} {
			if found[kind] != of[kind] {
				t.Errorf("%s: of %s %d of %d are found", c.name, kind, found[kind], of[kind])
			}
		}
	}
}
