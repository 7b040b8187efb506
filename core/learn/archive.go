package learn

import (
	"hash/crc32"

	"heed/core/model"
	"heed/core/weights"
)

// File is a file of a model's directory.
type File struct {
	Name string
	Data []byte
}

// Files are the directory of the model as the session has it: what heed run opens, and its card.
func (n *Session) Files() ([]File, error) {
	contents, err := n.Model.Contents(weights.F32)
	if err != nil {
		return nil, err
	}
	files := []File{{"MODEL_CARD.md", []byte(n.Card())}}
	for i, data := range contents {
		files = append(files, File{model.Files[i], data})
	}
	return files, nil
}

// Zip makes one file of a directory: a ZIP archive whose files are stored as they are (PKWARE's APPNOTE.TXT 6.3.10,
// sections 4.3.7, 4.3.12 and 4.3.16). Package archive/zip would bring package fmt into the page.
func Zip(directory string, files []File) []byte {
	var out, central []byte
	put := func(b []byte, width int, n uint32) []byte {
		for range width {
			b, n = append(b, byte(n)), n>>8
		}
		return b
	}
	for _, f := range files {
		name := directory + "/" + f.Name
		at := uint32(len(out))
		var head []byte
		head = put(head, 2, 20) // the version that is needed to read it
		head = put(head, 2, 0)
		head = put(head, 2, 0)      // stored
		head = put(head, 2, 0)      // midnight
		head = put(head, 2, 1<<5|1) // 1 January 1980: a model has no date
		head = put(head, 4, crc32.ChecksumIEEE(f.Data))
		head = put(head, 4, uint32(len(f.Data)))
		head = put(head, 4, uint32(len(f.Data)))
		head = put(head, 2, uint32(len(name)))
		head = put(head, 2, 0)
		out = append(append(append(put(out, 4, 0x04034b50), head...), name...), f.Data...)
		central = put(put(central, 4, 0x02014b50), 2, 20)
		central = append(central, head...)
		central = put(central, 2, 0) // comment
		central = put(central, 2, 0) // disk
		central = put(central, 2, 0)
		central = put(central, 4, 0)
		central = append(put(central, 4, at), name...)
	}
	at := uint32(len(out))
	out = append(out, central...)
	out = put(out, 4, 0x06054b50)
	out = put(out, 4, 0)
	out = put(out, 2, uint32(len(files)))
	out = put(out, 2, uint32(len(files)))
	out = put(out, 4, uint32(len(central)))
	out = put(out, 4, at)
	return put(out, 2, 0)
}
