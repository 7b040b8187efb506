package weights

import (
	"hash/crc32"
	"math/rand/v2"
	"testing"
)

func TestCRC(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	table := crcTable()
	for n := range 300 {
		data := make([]byte, n)
		for i := range data {
			data[i] = byte(random.Uint32())
		}
		cut := n / 3
		if got, want := table.update(table.update(0, data[:cut]), data[cut:]), crc32.ChecksumIEEE(data); got != want {
			t.Errorf("of %d bytes: %08x, not %08x", n, got, want)
		}
	}
}

func BenchmarkCRC(b *testing.B) {
	table, data := crcTable(), make([]byte, 5<<20)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		table.update(0, data)
	}
}
