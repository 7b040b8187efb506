// Package recipe makes the project's models. A recipe is a JSON file that names the texts, how they are mixed and
// varied, the network and how it learns; a run of it is a Training, which saves itself and can be continued.
//
// On one build and kind of processor, a run is a function of its recipe and data alone, as package train has it for
// examples: texts too are drawn by the seed and the epoch. So a resumed run ends with the same bits as one that was
// never stopped.
package recipe

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"heed/core/model"
	"heed/core/say"
	"heed/core/train"
	"heed/core/transformer"
)

//go:embed recipes/*.json recipes/*/*.tsv
var recipes embed.FS

// Recipe says how a model is made. Probabilities are in [0, 1].
type Recipe struct {
	Name      string          `json:"name"`
	Title     string          `json:"title"`
	Task      string          `json:"task"`     // one of model.Trained
	Language  [2]string       `json:"language"` // source and target, BCP 47; one where both are the same
	Train     Files           `json:"train"`    // inside the data directory
	Valid     Files           `json:"valid"`
	Columns   [2]int          `json:"columns,omitzero"` // of source and target in a line, from 0; the first two unless told
	Config    json.RawMessage `json:"config"`           // the model's config.json, whose defaults it has
	Mix       []Mix           `json:"mix,omitempty"`    // other texts, among those of train
	Slots     Slots           `json:"slots,omitempty"`  // lists of words to fill templates from
	Join      Join            `json:"join"`
	Typing    Typing          `json:"typing"`
	Augment   Augment         `json:"augment,omitzero"`
	Mask      float64         `json:"mask,omitempty"` // share of words hidden, of the task fill
	MaxTokens int             `json:"max_tokens"`     // of either side of an example

	BatchTokens int `json:"batch_tokens"` // of one step, source and target together
	train.Options
}

// Files are names of files; JSON has one name or a list.
type Files []string

// UnmarshalJSON reads a name or a list of names.
func (f *Files) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*f = Files{one}
		return nil
	}
	if json.Unmarshal(data, (*[]string)(f)) != nil { // whose place would be that in data alone
		return fmt.Errorf("%s is neither the name of a file nor a list of names", say.Cut(string(data), 60))
	}
	return nil
}

// Mix is a set of texts of which one is drawn now and again, in place of the next text of train: they are few,
// and would hardly be met otherwise. They may be templates with slots, {N}.
type Mix struct {
	Train Files   `json:"train"`
	Share float64 `json:"share"` // of all texts
}

// Join says how often sentences are joined into longer examples, and how many at most.
type Join struct {
	Probability float64 `json:"probability"`
	Most        int     `json:"most"`
}

// Typing says how often an example is made to look like unfinished typing.
type Typing struct {
	NoFinalMark float64 `json:"no_final_mark"` // both sides lose their final punctuation
	LowerCase   float64 `json:"lower_case"`    // the source loses its capitals
	Curly       float64 `json:"curly"`         // the source's ' becomes ’, as phones write it
}

// Read returns the recipe of that name, or the one in a file of that path. A mistake is named
// with its line or its field.
func Read(nameOrPath string) (*Recipe, error) {
	file := nameOrPath
	data, err := recipes.ReadFile("recipes/" + nameOrPath + ".json")
	if err != nil {
		data, err = os.ReadFile(nameOrPath)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no recipe %q: give a file or one of %s", nameOrPath, strings.Join(recipeNames(), ", "))
	}
	if err != nil {
		return nil, err
	}
	return parse(file, data)
}

// parse reads a recipe; its file is for errors, which are no longer than a few lines, whatever they quote.
func parse(file string, data []byte) (*Recipe, error) {
	r, err := read(file, data)
	if err != nil && len(err.Error()) > 900 {
		err = errors.New(say.Cut(err.Error(), 220) + "…") // of at most four bytes each
	}
	return r, err
}

func read(file string, data []byte) (*Recipe, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if name, at := twice(data); name != "" {
		return nil, fmt.Errorf("%s, line %d: duplicate member %q", file, lineAt(data, at), name)
	}
	var whole json.RawMessage
	var r Recipe
	err := json.Unmarshal(data, &whole)
	if err == nil { // a Decoder would not mind what follows
		d := json.NewDecoder(bytes.NewReader(data))
		d.DisallowUnknownFields()
		err = d.Decode(&r)
	}
	if err != nil {
		return nil, fmt.Errorf("%s%s: %s", file, line(data, err), plainly(err))
	}
	if err := r.validate(); err != nil {
		return nil, fmt.Errorf("%s%s: %w", file, line(data, err), err)
	}
	return &r, nil
}

// line says where in data a mistake lies, as ", line 3".
func line(data []byte, err error) string {
	at := -1
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		at = int(syntax.Offset) - 1
	case errors.As(err, &kind) && kind.Field != "":
		at = int(kind.Offset) - 1
	default: // the error tells a field's name alone
		name := fieldName.FindStringSubmatch(err.Error())
		if name != nil && bytes.Count(data, []byte(`"`+name[1]+`"`)) == 1 {
			at = bytes.Index(data, []byte(`"`+name[1]+`"`))
		}
	}
	if at < 0 {
		return ""
	}
	return fmt.Sprintf(", line %d", lineAt(data, at))
}

func lineAt(data []byte, at int) int { return 1 + bytes.Count(data[:min(at, len(data))], []byte("\n")) }

// fieldName finds the field that an error is about.
var fieldName = regexp.MustCompile(`(?:unknown field "|configuration's |: )([a-z_]+)(?:"| is |: json)`)

// plainly says what encoding/json says of a recipe, without the names that Go has for things.
func plainly(err error) string {
	var kind *json.UnmarshalTypeError
	if !errors.As(err, &kind) || kind.Field == "" {
		return strings.TrimPrefix(err.Error(), "json: ")
	}
	want := "an object"
	switch kind.Type.Kind() {
	case reflect.Int:
		want = "a whole number"
	case reflect.Uint64:
		want = "a whole number from 0"
	case reflect.Float64:
		want = "a number"
	case reflect.String:
		want = "a text in quotes"
	case reflect.Array, reflect.Slice:
		want = "a list"
	}
	have := map[string]string{"string": "a text", "array": "a list", "object": "an object", "bool": "true or false", "number": "a number"}[kind.Value]
	if have == "" {
		have = strings.TrimPrefix(kind.Value, "number ") // which stands there where the number is the matter
	}
	return fmt.Sprintf("%s is %s; it must be %s", kind.Field, have, want)
}

// twice finds a name that an object has a second time, and its end in data: encoding/json would take the last.
// What is no JSON it leaves to others.
func twice(data []byte) (name string, at int) {
	type level struct {
		names map[string]bool // nil in a list
		value bool            // comes next, not a name
	}
	levels := []*level{{}}
	for d := json.NewDecoder(bytes.NewReader(data)); ; {
		t, err := d.Token()
		if err != nil {
			return "", 0
		}
		top := levels[len(levels)-1]
		if s, ok := t.(string); ok && top.names != nil && !top.value {
			if top.names[s] {
				return s, int(d.InputOffset())
			}
			top.names[s], top.value = true, true
			continue
		}
		top.value = false
		switch t {
		case json.Delim('{'):
			levels = append(levels, &level{names: map[string]bool{}})
		case json.Delim('['):
			levels = append(levels, &level{})
		case json.Delim('}'), json.Delim(']'):
			levels = levels[:len(levels)-1]
		}
	}
}

func recipeNames() []string {
	var names []string
	entries, _ := recipes.ReadDir("recipes")
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".json"))
	}
	return names
}

// validate checks the recipe.
func (r *Recipe) validate() error {
	if !slices.Contains(model.Trained, r.Task) {
		return fmt.Errorf("the task %q is not one that can be trained; use one of %s", r.Task, strings.Join(model.Trained, ", "))
	}
	if r.Name == "" {
		return errors.New("name is missing")
	}
	if len(r.Train) == 0 || len(r.Valid) == 0 || slices.Contains(append(r.Train, r.Valid...), "") {
		return errors.New("train and valid must name files")
	}
	net, err := r.newNet()
	if err != nil {
		return err
	}
	encoder, decoder := net.Parts()
	if wantEncoder, wantDecoder := r.Task != model.Generation, r.Task != model.Fill; encoder != wantEncoder || decoder != wantDecoder {
		return fmt.Errorf("the config is not of a network for the task %s", r.Task)
	}
	vocab, positions := net.Limits()
	pad, eos, start := net.Special()
	special := len(specials(r.Task, net))
	if vocab < special+256 {
		return fmt.Errorf("vocab_size is %d; the bytes and the special tokens alone are %d", vocab, special+256)
	}
	if max(pad, eos, start) >= special {
		return fmt.Errorf("pad_token_id is %d, eos_token_id %d and decoder_start_token_id %d; special tokens are the first %d", pad, eos, start, special)
	}
	if decoder && encoder && pad == eos {
		return errors.New("pad_token_id and eos_token_id are the same; one must be 0, the other 1")
	}
	type number struct {
		name         string
		v, low, high float64
	}
	numbers := []number{
		{"columns", float64(min(r.Columns[0], r.Columns[1])), 0, 100}, {"join.probability", r.Join.Probability, 0, 1}, {"join.most", float64(max(1, r.Join.Most)), 1, 100},
		{"typing.no_final_mark", r.Typing.NoFinalMark, 0, 1}, {"typing.lower_case", r.Typing.LowerCase, 0, 1},
		{"typing.curly", r.Typing.Curly, 0, 1}, {"mask", r.Mask, 0, 0.9}, {"max_tokens", float64(r.MaxTokens), 2, float64(positions)},
		{"steps", float64(r.Steps), 1, 1e9}, {"batch_tokens", float64(r.BatchTokens), float64(2 * r.MaxTokens), 1e7},
		{"shards", float64(r.Shards), 1, 1024}, {"learning_rate", r.LearningRate, 0, 1}, {"warmup", float64(r.Warmup), 0, 1e9},
		{"weight_decay", r.WeightDecay, 0, 1}, {"clip", r.Clip, 0, 1e9}, {"label_smoothing", r.Smoothing, 0, 0.99},
		{"dropout", r.Dropout, 0, 0.99}, {"cooldown", r.Cooldown, 0, 1}, {"average", r.Average, 0, 0.999999},
		{"augment.names", r.Augment.Names, 0, 1}, {"augment.numbers", r.Augment.Numbers, 0, 1}, {"augment.all_caps", r.Augment.AllCaps, 0, 1},
		{"augment.title_case", r.Augment.TitleCase, 0, 1}, {"augment.misspelt", r.Augment.Misspelt, 0, 1},
		{"augment.unfinished", r.Augment.Unfinished, 0, 1}, {"augment.bpe_dropout", r.Augment.BPEDropout, 0, 1},
	}
	shares := 0.0
	for i, m := range r.Mix {
		if len(m.Train) == 0 || slices.Contains(m.Train, "") {
			return fmt.Errorf("mix[%d].train must name files", i)
		}
		numbers = append(numbers, number{fmt.Sprintf("mix[%d].share", i), m.Share, 0, 1})
		shares += m.Share
	}
	for _, f := range numbers {
		if !(f.v >= f.low && f.v <= f.high) {
			return fmt.Errorf("%s is %g; it must lie between %s and %s", f.name, f.v, strconv.FormatFloat(f.low, 'f', -1, 64), strconv.FormatFloat(f.high, 'f', -1, 64))
		}
	}
	switch r.Optimizer {
	case "", train.AdamW, train.Muon:
	case train.SGD:
		return errors.New(`optimizer is "sgd", which is for small tasks alone (heed train task:NAME); in a recipe it must be "adamw" or "muon"`)
	default:
		return fmt.Errorf("optimizer is %q; it must be \"adamw\" or \"muon\"", r.Optimizer)
	}
	switch {
	case r.Language[0] == "" || r.Task == model.Translation && r.Language[1] == "":
		return errors.New(`language is missing: a list of source and target, such as ["en", "fr"], or of one where both are the same`)
	case r.Task != model.Fill && r.Mask != 0:
		return fmt.Errorf("mask is for the task %s alone, whose words are hidden", model.Fill)
	case r.Task == model.Fill && r.Mask == 0:
		return errors.New("mask is missing: the share of words to hide")
	case shares >= 1:
		return fmt.Errorf("the shares of mix add up to %.4g, which leaves nothing of train", shares)
	case r.Augment.AllCaps+r.Augment.TitleCase > 1:
		return fmt.Errorf("augment.all_caps and augment.title_case add up to %.4g; an example can have one of them", r.Augment.AllCaps+r.Augment.TitleCase)
	case r.LearningRate == 0:
		return errors.New("learning_rate is missing, without which nothing is learned")
	case r.Join.Probability > 0 && r.Join.Most < 2:
		return fmt.Errorf("join.most is %d, so that nothing is joined; give 2 or more, or join.probability 0", r.Join.Most)
	}
	return nil
}

// sizes are the entries of a config.json, by its model_type, that a recipe must have: the defaults of Hugging Face's
// configurations are those of much larger networks.
var sizes = map[string][]string{
	transformer.Marian: {"vocab_size", "d_model", "encoder_layers", "decoder_layers", "encoder_attention_heads", "decoder_attention_heads", "encoder_ffn_dim", "decoder_ffn_dim"},
	transformer.GPT2:   {"vocab_size", "n_embd", "n_layer", "n_head"},
	transformer.BERT:   {"vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size"},
}

// newNet returns the recipe's network, its weights zeroed.
func (r *Recipe) newNet() (model.Net, error) {
	var have, known map[string]json.RawMessage
	var kind string
	if json.Unmarshal(r.Config, &have) == nil && json.Unmarshal(have["model_type"], &kind) == nil { // else NewNet says what is wrong
		for _, name := range sizes[kind] {
			if _, ok := have[name]; !ok {
				return nil, fmt.Errorf("config: %s is missing; a recipe says how large its network is", name)
			}
		}
	}
	net, err := model.NewNet(r.Config)
	if err != nil {
		return nil, fmt.Errorf("config %w", err)
	}
	// Unknown members are refused: they are probably typos.
	all, err := model.Config(net)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(all, &known); err != nil {
		return nil, err
	}
	for name := range have {
		if _, ok := known[name]; !ok {
			return nil, fmt.Errorf("config: unknown field %q", name)
		}
	}
	return net, nil
}
