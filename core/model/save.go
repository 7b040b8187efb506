package model

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"heed/core/say"
	"heed/core/tensor"
	"heed/core/weights"
)

// fresh ends the name of a file that is written and not yet in its place.
const fresh = ".new"

// Save writes the model's files to dir, as Contents has them. An interruption leaves the model that was there or the
// new one, and Open finds it.
func (m *Model) Save(dir string, dtype weights.DType) error {
	contents, err := m.Contents(dtype)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	prepare, replace := saving(dir, contents)
	for _, step := range prepare {
		if err := step(); err != nil {
			for _, name := range Files {
				os.Remove(filepath.Join(dir, name+fresh))
			}
			return err
		}
	}
	for _, step := range replace {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// saving returns the steps of a save. The last of prepare takes the old weights away, and so makes the new files the
// model, which lie beside the old ones until replace has put them in their place, the weights last: see settled.
func saving(dir string, contents [][]byte) (prepare, replace []func() error) {
	for i, name := range Files {
		path := filepath.Join(dir, name)
		prepare = append(prepare, func() error { return writeFresh(path, contents[i]) })
		replace = append(replace, func() error { return os.Rename(path+fresh, path) })
	}
	prepare = append(prepare, func() error {
		if err := os.Remove(filepath.Join(dir, Files[2])); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	})
	return prepare, replace
}

// settled is a directory as an interrupted save meant it: where there are new weights and no old ones, what is new
// stands for what is old.
func settled(dir fs.FS) fs.FS {
	if _, err := fs.Stat(dir, Files[2]+fresh); err == nil {
		if _, err := fs.Stat(dir, Files[2]); err != nil {
			return interrupted{dir}
		}
	}
	return dir
}

type interrupted struct{ fs.FS }

// Open prefers what a save had written when it was interrupted.
func (d interrupted) Open(name string) (fs.File, error) {
	if f, err := d.FS.Open(name + fresh); err == nil {
		return f, nil
	}
	return d.FS.Open(name)
}

// Contents returns what Files hold, in their order: matrices stored as dtype and all else as float32.
func (m *Model) Contents(dtype weights.DType) ([][]byte, error) {
	configJSON, err := m.config()
	if err != nil {
		return nil, err
	}
	tokenizerJSON, err := m.Tokenizer.JSON()
	if err != nil {
		return nil, err
	}
	var tensors []weights.Tensor
	for _, p := range m.Net.Weights().List {
		t := weights.Tensor{Name: p.Name, DType: dtype, Shape: p.Shape, Data: p.Values().Data}
		if len(t.Shape) == 1 || p.Rows == 1 {
			t.DType = weights.F32
		}
		if p.Less != 0 {
			t.Data = slices.Clone(t.Data)
			for i := range t.Data {
				t.Data[i] -= p.Less
			}
		}
		if p.Transposed {
			t.Data = make([]float32, p.Rows*p.Cols)
			tensor.Transpose(tensor.From(t.Data, p.Cols, p.Rows), p.Values())
			t.ScaleAxis = 1
		}
		tensors = append(tensors, t)
	}
	var b bytes.Buffer
	if err := weights.Write(&b, tensors, map[string]string{"format": "pt"}); err != nil {
		return nil, say.Error("the weights cannot be written: ", err)
	}
	return [][]byte{configJSON, tokenizerJSON, b.Bytes()}, nil
}

// WriteFile replaces a file whole: a reader, or an interruption, meets the old content or the new.
func WriteFile(path string, data []byte) error {
	if err := writeFresh(path, data); err != nil {
		return err
	}
	err := os.Rename(path+fresh, path)
	if err != nil {
		os.Remove(path + fresh)
	}
	return err
}

// writeFresh writes a file beside its place, and to the disk.
func writeFresh(path string, data []byte) error {
	f, err := os.Create(path + fresh)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		os.Remove(f.Name())
	}
	return err
}
