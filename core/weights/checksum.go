package weights

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"

	"heed/core/say"
)

// A file that Write wrote has in its metadata the CRC-32 (IEEE) of all its bytes, as eight hexadecimal digits, with zeros in
// their place while it is computed. It tells of damage where nothing else does: one flipped bit gives another weight, which
// looks like any. Files of other programs have none, and are read without.
const (
	checksumKey   = "crc32"
	checksumBlank = "00000000"
)

// checksumPlace finds the digits in what comes before the tensors' data. In no other place can the key be followed by a text:
// quotes within names are escaped, and a tensor is an object.
func checksumPlace(head []byte) (from, to int) {
	from = bytes.Index(head, []byte(`"`+checksumKey+`":"`))
	if from < 0 {
		return 0, 0
	}
	from += len(checksumKey) + 4
	return from, min(from+len(checksumBlank), len(head))
}

// checksum is that of a file's beginning, with the blank in place of the digits, and of the rest of it, which next returns
// piece by piece, and nil at the end.
func checksum(head []byte, next func() ([]byte, error)) (string, error) {
	from, to := checksumPlace(head)
	sum := crc32.ChecksumIEEE(head[:from])
	sum = crc32.Update(sum, crc32.IEEETable, []byte(checksumBlank))
	sum = crc32.Update(sum, crc32.IEEETable, head[to:])
	for {
		piece, err := next()
		if err != nil || piece == nil {
			return hex.EncodeToString(binary.BigEndian.AppendUint32(nil, sum)), err
		}
		sum = crc32.Update(sum, crc32.IEEETable, piece)
	}
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
