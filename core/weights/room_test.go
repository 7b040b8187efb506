package weights

import (
	"bytes"
	"io"
	"testing"
)

// stored is a file with one matrix in blocks, one of float16 and a vector.
type stored struct{ Source }

func (stored) Names() []string { return []string{"blocks", "half", "bias"} }

func (stored) Shape(name string) ([]int, bool) {
	if name == "bias" {
		return []int{64}, true
	}
	return []int{64, 320}, true
}

func (stored) Stored(name string) (bits, block int) {
	if name == "blocks" {
		return 4, 32
	}
	return 0, 0
}

// TestRoom counts what is read in its blocks, and float32 of what is not.
func TestRoom(t *testing.T) {
	const n = 64 * 320
	if got, want := Room(stored{}), int64(n/2+n/32*8+4*n+4*64); got != want {
		t.Errorf("%d bytes, want %d", got, want)
	}
}

// counting tells how often a file is read.
type counting struct {
	io.ReaderAt
	reads int
}

func (c *counting) ReadAt(p []byte, at int64) (int, error) {
	c.reads++
	return c.ReaderAt.ReadAt(p, at)
}

// TestRoomHeader wants a file that may be too large to be judged by its header: none of its weights are read.
func TestRoomHeader(t *testing.T) {
	data := goldenGGUF(t)
	file := &counting{ReaderAt: bytes.NewReader(data)}
	g, err := OpenGGUF(file, int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	header := file.reads
	if n := Room(g); n == 0 || file.reads > header {
		t.Errorf("%d bytes, after %d reads more than the header's", n, file.reads-header)
	}
}
