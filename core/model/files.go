package model

import (
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"

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
	sourceSPM = "source.spm" // of Marian, with target.spm and vocab.json: models of SentencePiece's
	targetSPM = "target.spm"
	spiece    = "spiece.model"          // of T5
	llamaSPM  = "tokenizer.model"       // of Llama, Mistral and Gemma
	settings  = "tokenizer_config.json" // says whether vocab.txt is in lower case
)

// Tokenizers are the files that may stand in the place of tokenizer.json; those that go together are one entry.
var Tokenizers = [][]string{{vocabText}, {vocabJSON, merges}, {vocabJSON, sourceSPM, targetSPM}, {spiece}, {llamaSPM}}

// most is how many bytes are read of a file that holds no weights.
const most = 64_000_000

// LinkForeign has Parse read what may stand in the place of a model's files: BERT's and GPT-2's vocabularies,
// SentencePiece's models, weights in several files, or matrices that stay in blocks of few bits, and how a sentence
// model makes vectors. A program that does not call it, as package heed/core/foreign does, has no code for them.
func LinkForeign() {
	forms.tokenizer, forms.tensors, forms.pooling, forms.stored = vocabulary, shards, pooling, inBlocks
}

// forms are nil without LinkForeign.
var forms struct {
	tokenizer func(files map[string][]byte) (*token.Tokenizer, error)
	tensors   func(d *directory) (weights.Source, int64, error)
	pooling   func(m *Model, files map[string][]byte) error
	stored    func(p *grad.Param, f weights.Source) (done, sound bool, err error)
}

// directory is the files of a model, without those of its weights, which are opened one after the other: they may be
// large, and are read a tensor at a time.
type directory struct {
	files map[string][]byte
	open  func(name string) (f *weights.File, size int64, err error)
	close []io.Closer
}

// inMemory is a directory whose files are all among those.
func inMemory(files map[string][]byte) *directory {
	return &directory{files: files, open: func(name string) (*weights.File, int64, error) {
		if files[name] == nil && name != Files[2] { // of which the parser says what it has
			return nil, 0, fs.ErrNotExist
		}
		f, err := weights.Parse(files[name])
		return f, int64(len(files[name])), err
	}}
}

// readFiles reads the files of a model, or what stands in their place.
func readFiles(fsys fs.FS) (*directory, error) {
	fsys = settled(fsys)
	d := inMemory(map[string][]byte{})
	files := d.files
	read := func(names ...string) (err error) { // of all, the first error
		for _, name := range names {
			data, bad := small(fsys, name)
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
	// unread is the error of a file that is missing, which says what lies in its place.
	unread := func(name, how string, err error, others ...string) error {
		for _, other := range others {
			if _, there := fs.Stat(fsys, other); there == nil {
				return say.Error(name, " is missing, and ", other, " is nothing that Heed reads: ", how)
			}
		}
		return err
	}
	err := read(Files[1])
	for i := 0; err != nil && i < len(Tokenizers); i++ {
		names := Tokenizers[i]
		if bad := read(names...); bad == nil {
			err = nil
		} else if len(names) > 1 && files[names[1]] != nil {
			err = say.Error(Files[1], " is missing, and of what may stand in its place ", bad)
		}
	}
	if err != nil {
		return nil, unread(Files[1], howToTokenize, err, "sentencepiece.bpe.model")
	}
	read(settings, modulesFile, poolingFile, lengthFile) // which need not be there
	d.open = func(name string) (*weights.File, int64, error) {
		f, err := fsys.Open(name)
		if err != nil {
			return nil, 0, err
		}
		d.close = append(d.close, f)
		info, err := f.Stat()
		if err != nil {
			return nil, 0, err
		}
		r, ok := f.(io.ReaderAt)
		if !ok {
			data, err := fs.ReadFile(fsys, name)
			if err != nil {
				return nil, 0, err
			}
			w, err := weights.Parse(data)
			return w, info.Size(), err
		}
		w, err := weights.Open(r, info.Size())
		return w, info.Size(), err
	}
	switch info, err := fs.Stat(fsys, Files[2]); {
	case err != nil && read(indexFile) != nil:
		return nil, unread(Files[2], howToSave(files[Files[0]]), say.Error(Files[2], " cannot be read: ", err), "pytorch_model.bin", "pytorch_model.bin.index.json", "tf_model.h5", "flax_model.msgpack")
	case err == nil && info.Size() < 1<<10:
		return d, read(Files[2]) // it may be what Git has in its place
	}
	return d, nil
}

// small reads a file that holds no weights.
func small(fsys fs.FS, name string) ([]byte, error) {
	if info, err := fs.Stat(fsys, name); err == nil && info.Size() > most {
		return nil, say.Error("it has ", info.Size(), " bytes, and at most ", most, " are read")
	}
	return fs.ReadFile(fsys, name)
}

// tokenizer makes the tokenizer of a model.
func tokenizer(files map[string][]byte) (*token.Tokenizer, error) {
	switch {
	case files[Files[1]] != nil:
		return token.Parse(files[Files[1]])
	case forms.tokenizer == nil:
		return nil, say.Error("a model without ", Files[1], ": ", say.ErrLab)
	}
	return forms.tokenizer(files)
}

// vocabulary makes the tokenizer of a model without tokenizer.json. How such files cut a text does not stand in them,
// so it is said of the families of which it is known; others that have files of these names cut texts otherwise.
func vocabulary(files map[string][]byte) (*token.Tokenizer, error) {
	var family string
	if err := json.Read(files[Files[0]], func(o *json.Object) { o.Member("model_type").String(&family) }); err != nil {
		return nil, say.Error(Files[0], ": ", err)
	}
	lower, spaced, chinese, class := true, false, true, ""
	strip := lower
	if data := files[settings]; data != nil {
		err := json.Read(data, func(o *json.Object) {
			o.Member("do_lower_case").Bool(&lower)
			strip = lower
			o.Member("strip_accents").Bool(&strip)
			o.Member("tokenize_chinese_chars").Bool(&chinese)
			o.Member("add_prefix_space").Bool(&spaced)
			o.Member("tokenizer_class").String(&class)
		})
		if err != nil {
			return nil, say.Error(settings, ": ", err)
		}
	}
	name := ""
	for _, names := range Tokenizers {
		whole := true
		for _, each := range names {
			if weights.Pointer(files[each]) {
				return nil, say.Error(each, " is a Git LFS pointer, not the file itself: fetch it by \"git lfs pull\"")
			}
			whole = whole && files[each] != nil
		}
		if name == "" && whole {
			name = names[0]
		}
	}
	if name == "" {
		return token.Parse(nil) // which says that it is missing
	}
	switch usual := class == "" || strings.HasPrefix(strings.TrimPrefix(class, "Distil"), "BertTokenizer"); {
	case files[vocabText] != nil && (family == "bert" || family == "distilbert") && usual && strip == lower && chinese:
		return token.ParseVocab(files[vocabText], lower)
	case files[vocabText] != nil:
	case family == "marian" && files[sourceSPM] != nil:
		return token.ParseMarian(files[sourceSPM], files[targetSPM], files[vocabJSON], files[settings])
	case (family == "t5" || family == "mt5") && files[spiece] != nil:
		return token.ParseT5(files[spiece], files[settings])
	case slices.Contains([]string{"llama", "mistral", "gemma3_text"}, family) && files[llamaSPM] != nil:
		return token.ParseLlama(files[llamaSPM], files[settings])
	case family == "gpt2" && !spaced:
		return token.ParseMerges(files[vocabJSON], files[merges], EndOfText)
	case family == "roberta" || family == "bart":
		return token.ParseRoBERTa(files[vocabJSON], files[merges], spaced)
	}
	return nil, say.Error(Files[1], " is missing, and ", name, " alone does not say how this model of type ", say.Quote(family), " cuts a text: ", howToTokenize)
}

// howToTokenize says what makes a tokenizer.json of what only Python reads.
const howToTokenize = "Python's AutoTokenizer.from_pretrained(DIR).save_pretrained(DIR) writes it"

// howToSave says what makes a model.safetensors of weights that only Python reads.
func howToSave(config []byte) string {
	var classes []string
	json.Read(config, func(o *json.Object) { o.Member("architectures").Strings(&classes) }) // of what cannot be read, the parser says so
	class := "AutoModel"
	if len(classes) > 0 {
		class = say.Cut(classes[0], 60)
	}
	return "Python's " + class + ".from_pretrained(DIR).save_pretrained(DIR) writes it"
}

// tensors opens the weights of a model, and says how many bytes they have.
func (d *directory) tensors() (weights.Source, int64, error) {
	if d.files[indexFile] != nil && d.files[Files[2]] == nil {
		if forms.tensors == nil {
			return nil, 0, say.Error("weights in several files: ", say.ErrLab)
		}
		return forms.tensors(d)
	}
	f, size, err := d.open(Files[2])
	if err != nil {
		return nil, 0, say.Error(Files[2], ": ", err)
	}
	return f, size, nil
}

// shards opens weights in several files.
func shards(d *directory) (weights.Source, int64, error) {
	index, err := weights.ParseIndex(d.files[indexFile])
	if err != nil {
		return nil, 0, say.Error(indexFile, ": ", err)
	}
	all, parts := int64(0), map[string]*weights.File{}
	for _, name := range index.Files() {
		f, size, err := d.open(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue // Join says so
		}
		if err != nil {
			return nil, 0, say.Error(name, ": ", err)
		}
		all, parts[name] = all+size, f
	}
	source, err := index.Join(parts)
	return source, all, err
}
