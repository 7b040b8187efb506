package model

import (
	"io/fs"

	"heed/core/grad"
	"heed/core/json"
	"heed/core/say"
	"heed/core/token"
	"heed/core/weights"
)

// What a directory may have in place of one of Files.
const (
	indexFile = "model.safetensors.index.json" // and the files that it names
	vocabText = "vocab.txt"                    // of BERT
	vocabJSON = "vocab.json"                   // of GPT-2, with merges.txt
	merges    = "merges.txt"
	settings  = "tokenizer_config.json" // says whether vocab.txt is in lower case
)

// LinkForeign has Parse read what may stand in the place of a model's files: BERT's and GPT-2's vocabularies, weights in
// several files, or matrices that stay in blocks of few bits, and how a sentence model makes vectors. A program that does not call it, as package heed/core/foreign does, has no code for them.
func LinkForeign() {
	forms.tokenizer, forms.tensors, forms.pooling, forms.stored = vocabulary, shards, pooling, inBlocks
}

// forms are nil without LinkForeign.
var forms struct {
	tokenizer func(files map[string][]byte) (*token.Tokenizer, error)
	tensors   func(files map[string][]byte) (weights.Source, int, error)
	pooling   func(m *Model, files map[string][]byte) error
	stored    func(p *grad.Param, f weights.Source) (done, finite bool, err error)
}

// readFiles reads the files of a model, or what stands in their place.
func readFiles(fsys fs.FS) (map[string][]byte, error) {
	files := map[string][]byte{}
	read := func(names ...string) (err error) { // of all, the first error
		for _, name := range names {
			data, bad := fs.ReadFile(fsys, name)
			if bad == nil {
				files[name] = data
			} else if err == nil {
				err = say.Error(name, " cannot be read: ", bad)
			}
		}
		return err
	}
	if err := read(Files[0]); err != nil {
		return nil, err
	}
	if err := read(Files[1]); err != nil && read(vocabText) != nil && read(vocabJSON, merges) != nil {
		return nil, err
	}
	read(settings, modulesFile, poolingFile, lengthFile) // which need not be there
	if err := read(Files[2]); err != nil {
		if read(indexFile) != nil {
			return nil, err
		}
		index, err := weights.ParseIndex(files[indexFile])
		if err != nil {
			return nil, say.Error(indexFile, ": ", err)
		}
		if err := read(index.Files()...); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// tokenizer makes the tokenizer of a model.
func tokenizer(files map[string][]byte) (*token.Tokenizer, error) {
	switch {
	case files[Files[1]] != nil || files[vocabText] == nil && files[vocabJSON] == nil:
		return token.Parse(files[Files[1]]) // which says if it is missing
	case forms.tokenizer == nil:
		return nil, say.Error("a model without ", Files[1], ": ", say.ErrLab)
	}
	return forms.tokenizer(files)
}

// vocabulary makes the tokenizer of a model without tokenizer.json.
func vocabulary(files map[string][]byte) (*token.Tokenizer, error) {
	if files[vocabText] != nil {
		lower := true
		if data := files[settings]; data != nil {
			if err := json.Read(data, func(o *json.Object) { o.Member("do_lower_case").Bool(&lower) }); err != nil {
				return nil, say.Error(settings, ": ", err)
			}
		}
		return token.ParseVocab(files[vocabText], lower)
	}
	return token.ParseMerges(files[vocabJSON], files[merges], EndOfText)
}

// tensors opens the weights of a model, and says how many bytes they have.
func tensors(files map[string][]byte) (weights.Source, int, error) {
	if files[indexFile] != nil && files[Files[2]] == nil {
		if forms.tensors == nil {
			return nil, 0, say.Error("weights in several files: ", say.ErrLab)
		}
		return forms.tensors(files)
	}
	f, err := weights.Parse(files[Files[2]])
	if err != nil {
		return nil, 0, say.Error(Files[2], ": ", err)
	}
	return f, len(files[Files[2]]), nil
}

// shards opens weights in several files.
func shards(files map[string][]byte) (weights.Source, int, error) {
	index, err := weights.ParseIndex(files[indexFile])
	if err != nil {
		return nil, 0, say.Error(indexFile, ": ", err)
	}
	size, parts := 0, map[string]*weights.File{}
	for _, name := range index.Files() {
		if files[name] == nil {
			continue // Join says so
		}
		size += len(files[name])
		if parts[name], err = weights.Parse(files[name]); err != nil {
			return nil, 0, say.Error(name, ": ", err)
		}
	}
	source, err := index.Join(parts)
	return source, size, err
}
