package weights

import (
	"bytes"
	"encoding/binary"
	"strconv"

	"heed/core/say"
)

// A file that Write wrote has in its metadata the CRC-32 (IEEE) of all its bytes, as eight hexadecimal digits, with
// zeros in their place while it is computed. It tells of damage where nothing else does: one flipped bit gives another
// weight, which looks like any. Files of other programs have none, and are read without.
const (
	checksumKey   = "crc32"
	checksumBlank = "00000000"
)

// checksumPlace finds the digits in what comes before the tensors' data. In no other place can the key be followed by a
// text: quotes within names are escaped, and a tensor is an object.
func checksumPlace(head []byte) (from, to int) {
	from = bytes.Index(head, []byte(`"`+checksumKey+`":"`))
	if from < 0 {
		return 0, 0
	}
	from += len(checksumKey) + 4
	return from, min(from+len(checksumBlank), len(head))
}

// checksum is that of a file's beginning, with the blank in place of the digits, and of the rest of it, which next
// returns piece by piece, and nil at the end.
func checksum(head []byte, next func() ([]byte, error)) (string, error) {
	from, to := checksumPlace(head)
	table := crcTable()
	sum := table.update(0, head[:from])
	sum = table.update(sum, []byte(checksumBlank))
	sum = table.update(sum, head[to:])
	for {
		piece, err := next()
		if err != nil || piece == nil {
			return strconv.FormatUint(1<<32|uint64(sum), 16)[1:], err // with all its zeros
		}
		sum = table.update(sum, piece)
	}
}

// crc is what each byte adds to a CRC-32 (IEEE), by how many bytes come between it and the end of four. Package
// hash/crc32 does the same, and is longer, and the engine is to be small.
type crc [4][256]uint32

func crcTable() *crc {
	var t crc
	for i := range t[0] {
		sum := uint32(i)
		for k := range t {
			for range 8 {
				sum = sum>>1 ^ 0xedb88320*(sum&1)
			}
			t[k][i] = sum
		}
	}
	return &t
}

func (t *crc) update(sum uint32, data []byte) uint32 {
	sum = ^sum
	for ; len(data) >= 4; data = data[4:] {
		sum ^= binary.LittleEndian.Uint32(data)
		sum = t[3][byte(sum)] ^ t[2][byte(sum>>8)] ^ t[1][byte(sum>>16)] ^ t[0][sum>>24]
	}
	for _, b := range data {
		sum = t[0][byte(sum)^b] ^ sum>>8
	}
	return ^sum
}

// verify compares a file with its checksum, if it has one. It is read in pieces, for it may be large.
func (f *File) verify(base int64) error {
	want, ok := f.metadata[checksumKey]
	if !ok {
		return nil
	}
	head, err := f.in.bytes(0, base)
	if err != nil {
		return err
	}
	const piece = 1 << 20
	at := base
	got, err := checksum(head, func() ([]byte, error) {
		if at == f.in.size {
			return nil, nil
		}
		begin := at
		at = min(at+piece, f.in.size)
		return f.in.bytes(begin, at)
	})
	if err == nil && got != want {
		err = say.Error("weights: the file is damaged: its checksum is ", got, ", and its metadata has ", say.Quote(want), ". Fetch it again")
	}
	return err
}
