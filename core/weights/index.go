package weights

import (
	"slices"
	"strings"

	"heed/core/json"
	"heed/core/say"
	"heed/core/stable"
)

// Index is a model.safetensors.index.json: which of several files has a tensor.
type Index struct {
	files map[string]string // by tensor
}

// ParseIndex reads an index. Names of files have no directories in them.
func ParseIndex(data []byte) (*Index, error) {
	x := &Index{files: map[string]string{}}
	err := json.Read(data, func(o *json.Object) {
		o.Member("weight_map").Object(func(o *json.Object) {
			for name, v := range o.All() {
				var file string
				v.String(&file)
				_, twice := x.files[name]
				switch {
				case twice:
					v.Fail("is a duplicate")
				case len(x.files) == maxTensors:
					v.Fail(say.Text("is one tensor too many: at most ", maxTensors, " are read"))
				case !v.Failed() && (file == "" || file[0] == '.' || strings.ContainsAny(file, `/\`)):
					v.Fail("is " + say.Quote(file) + ", which is not the name of a file beside the index")
				}
				x.files[name] = strings.Clone(file)
			}
		})
	})
	if err == nil && len(x.files) == 0 {
		err = say.Error("weight_map is missing or empty")
	}
	if err != nil {
		return nil, say.Error("weights: the index is not one of safetensors: ", err)
	}
	return x, nil
}

// Files returns the names of the files, sorted.
func (x *Index) Files() []string {
	seen := map[string]bool{}
	var names []string
	for _, file := range x.files {
		if !seen[file] {
			seen[file] = true
			names = append(names, file)
		}
	}
	stable.Sort(names, strings.Compare)
	return names
}

// Join returns the tensors of all files, which are given by their names. A file that is missing, and a
// tensor that is not where the index says, is an error.
func (x *Index) Join(files map[string]*File) (Source, error) {
	s := &shards{of: map[string]*File{}}
	for _, name := range x.Files() {
		if files[name] == nil {
			return nil, say.Error("weights: the file ", say.Quote(name), " is missing, which the index names")
		}
	}
	for name := range x.files {
		s.names = append(s.names, name)
	}
	stable.Sort(s.names, strings.Compare)
	for _, name := range s.names {
		file := x.files[name]
		if s.of[name] = files[file]; files[file].entries[name] == nil {
			return nil, say.Error("weights: ", say.Quote(file), " has no tensor ", say.Quote(name), ", which the index says is there")
		}
	}
	s.names = slices.DeleteFunc(s.names, func(name string) bool { return s.of[name].isScale(name) })
	return s, nil
}

// shards are the tensors of several files.
type shards struct {
	names []string
	of    map[string]*File
}

func (s *shards) Names() []string { return slices.Clone(s.names) }

func (s *shards) Shape(name string) ([]int, bool) { return s.file(name).Shape(name) }

func (s *shards) DType(name string) (DType, bool) { return s.file(name).DType(name) }

func (s *shards) Float32(name string) ([]float32, error) { return s.file(name).Float32(name) }

func (s *shards) Into(out []float32, name string) error { return s.file(name).Into(out, name) }

func (s *shards) Raw(name string) ([]byte, error) { return s.file(name).Raw(name) }

// file returns the file of a tensor, or one that has none.
func (s *shards) file(name string) *File {
	if f := s.of[name]; f != nil {
		return f
	}
	return &File{in: memory(nil)}
}
