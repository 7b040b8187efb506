package weights

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func TestIndex(t *testing.T) {
	tensor := func(name string, x float32, dtype DType) Tensor {
		return Tensor{Name: name, DType: dtype, Shape: []int{2, 1}, Data: []float32{x, -x}}
	}
	one := written(t, nil, tensor("a", 1, F32), tensor("b", 2, I8))
	two := written(t, nil, tensor("c", 3, F16))
	const good = `{"metadata":{"total_size":99},"weight_map":{"a":"1.safetensors","b":"1.safetensors","b.scale":"1.safetensors","c":"2.safetensors"}}`
	x, err := ParseIndex([]byte(good))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"1.safetensors", "2.safetensors"}; !slices.Equal(x.Files(), want) {
		t.Errorf("files %q, want %q", x.Files(), want)
	}
	files := map[string]*File{}
	for name, data := range map[string][]byte{"1.safetensors": one, "2.safetensors": two} {
		if files[name], err = Open(bytes.NewReader(data), int64(len(data))); err != nil {
			t.Fatal(err)
		}
	}
	s, err := x.Join(files)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"a", "b", "c"}; !slices.Equal(s.Names(), want) {
		t.Errorf("names %q, want %q", s.Names(), want)
	}
	for name, want := range map[string]float32{"a": 1, "b": 2, "c": 3} {
		got, err := s.Float32(name)
		shape, ok := s.Shape(name)
		dtype, _ := s.DType(name)
		raw, _ := s.Raw(name)
		if err != nil || len(got) != 2 || got[0]-want > .01 || got[0]-want < -.01 || !ok || !slices.Equal(shape, []int{2, 1}) || len(raw) != 2*elementSize[dtype] {
			t.Errorf("%s: %v %v %v %v, %v", name, got, shape, dtype, raw, err)
		}
	}
	if _, err := s.Float32("d"); err == nil || !strings.Contains(err.Error(), `"d"`) {
		t.Errorf("a tensor that is not there: %v", err)
	}
	if _, ok := s.Shape("d"); ok {
		t.Error("a tensor that is not there has a shape")
	}
	delete(files, "2.safetensors")
	if _, err := x.Join(files); err == nil || !strings.Contains(err.Error(), `the file "2.safetensors" is missing`) {
		t.Errorf("a missing file: %v", err)
	}
	files["2.safetensors"] = files["1.safetensors"]
	if _, err := x.Join(files); err == nil || !strings.Contains(err.Error(), `"2.safetensors" has no tensor "c"`) {
		t.Errorf("a tensor in no file: %v", err)
	}
	for _, c := range []struct{ data, want string }{
		{`{}`, "weight_map is missing"}, {`{"weight_map":{}}`, "missing or empty"}, {`{"weight_map":{"a":1}}`, "not a string"}, {`x`, "not one of safetensors"},
		{`{"weight_map":{"a":"x","a":"y"}}`, "a duplicate"}, {`{"weight_map":{"a":"../x"}}`, "not the name of a file"}, {`{"weight_map":{"a":"/etc/x"}}`, "not the name"},
		{`{"weight_map":{"a":""}}`, "not the name"}, {`{"weight_map":{"a":"x\\y"}}`, "not the name"}, {`{"weight_map":{"a":".."}}`, "not the name"},
	} {
		if _, err := ParseIndex([]byte(c.data)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", c.data, err, c.want)
		}
	}
}

// A file that stays where it is reads as one in memory, and one that becomes shorter is an error.
func TestOpen(t *testing.T) {
	data := written(t, map[string]string{"format": "pt"}, Tensor{Name: "a", DType: I8, Shape: []int{2, 2}, Data: []float32{1, 2, 3, 4}},
		Tensor{Name: "b", DType: BF16, Shape: []int{3}, Data: []float32{1, 2, 3}})
	inMemory, err := Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	onDisk, err := Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if a, b := outline(t, inMemory), outline(t, onDisk); a != b {
		t.Errorf("%s is not %s", b, a)
	}
	if _, err := Open(bytes.NewReader(data[:len(data)-20]), int64(len(data))); err != nil {
		if _, err = onDisk.Float32("a"); err != nil {
			t.Error(err)
		}
	}
	cut, err := Open(bytes.NewReader(data[:len(data)-1]), int64(len(data)))
	if err == nil {
		_, errA := cut.Float32("a")
		_, errB := cut.Float32("b")
		if errA == nil && errB == nil {
			t.Error("a file that lost its last byte reads without an error")
		}
	}
	for n := range len(data) {
		if _, err := Open(bytes.NewReader(data[:n]), int64(n)); err == nil {
			t.Fatalf("%d of %d bytes are read", n, len(data))
		}
	}
}

func TestPointer(t *testing.T) {
	if !Pointer([]byte("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9\n")) || Pointer([]byte("version")) || Pointer(nil) {
		t.Error("Git LFS pointers are not known")
	}
}

// Whatever is in an index, it is refused in a sentence, or names files beside it; and a file that is not given is
// missed.
func FuzzIndex(f *testing.F) {
	f.Add([]byte(`{"metadata":{"total_size":99},"weight_map":{"a":"1.safetensors","b":"1.safetensors","c":"2.safetensors"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		x, err := ParseIndex(data)
		if err == nil {
			for _, name := range x.Files() {
				if name == "" || name[0] == '.' || strings.ContainsAny(name, `/\`) {
					t.Errorf("the file %q is not beside the index", name)
				}
			}
			if _, err = x.Join(nil); err == nil {
				t.Error("no file is missed")
			}
		}
		if err != nil && len(err.Error()) > 1000 {
			t.Errorf("an error of %d bytes", len(err.Error()))
		}
	})
}
