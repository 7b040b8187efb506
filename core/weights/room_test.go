package weights

import "testing"

// stored is a file with one matrix in blocks, one of float16 and a vector.
type stored struct{ Source }

func (stored) Names() []string { return []string{"blocks", "half", "bias"} }

func (stored) Shape(name string) ([]int, bool) {
	if name == "bias" {
		return []int{64}, true
	}
	return []int{64, 320}, true
}

func (stored) Blocks(name string) (bits, block int, split func(i int, q []int8, scale, offset []float32), err error) {
	if name == "blocks" {
		return 4, 32, func(int, []int8, []float32, []float32) {}, nil
	}
	return 0, 0, nil, nil
}

// TestRoom counts what is read in its blocks, and float32 of what is not.
func TestRoom(t *testing.T) {
	const n = 64 * 320
	if got, want := Room(stored{}), int64(n/2+n/32*8+4*n+4*64); got != want {
		t.Errorf("%d bytes, want %d", got, want)
	}
}
