package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"heed/core/model"
	"heed/core/weights"
)

// exportCommand writes a model with float32 weights, as Python's transformers opens it.
func exportCommand(c console, args []string) error {
	f := flag.NewFlagSet("export", flag.ContinueOnError)
	name := f.String("model", "", "directory of the model, or its name in web/models")
	out := f.String("o", "", "directory to write")
	if _, err := c.parse(f, args); err != nil {
		return err
	}
	if *out == "" {
		return errors.New("name a directory: -o DIR")
	}
	m, err := openModel(*name)
	if err != nil {
		return err
	}
	if err := m.Net.Portable(); err != nil {
		return err
	}
	if err := vacant(*out); err != nil {
		return err
	}
	if err := m.Save(*out, weights.F32); err != nil {
		return err
	}
	for name, content := range settings(m) {
		b, err := json.MarshalIndent(content, "", "  ")
		if err != nil {
			return err
		}
		if err := model.WriteFile(filepath.Join(*out, name), append(b, '\n')); err != nil {
			return err
		}
	}
	return nil
}

// settings are the files beyond a model's own that make transformers read and write as Heed does.
func settings(m *model.Model) map[string]map[string]any {
	t := m.Tokenizer
	pad, eos, start := m.Net.Special()
	_, positions := m.Net.Limits()
	tokenizer := map[string]any{
		// MarianTokenizer reads SentencePiece files, the others vocab.json or vocab.txt; this class reads
		// tokenizer.json.
		"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": positions, "clean_up_tokenization_spaces": false,
		"model_input_names":    []string{"input_ids", "attention_mask"},
		"split_special_tokens": true, // "</s>" in a text is text
	}
	files := map[string]map[string]any{"tokenizer_config.json": tokenizer}
	switch encoder, decoder := m.Net.Parts(); {
	case !encoder:
		tokenizer["bos_token"], tokenizer["eos_token"], tokenizer["pad_token"] = t.Text(start), t.Text(eos), t.Text(pad)
		files["generation_config.json"] = map[string]any{
			"bos_token_id": start, "eos_token_id": eos, "pad_token_id": pad, "max_length": positions,
		}
	case !decoder:
		tokenizer["pad_token"], tokenizer["cls_token"], tokenizer["sep_token"] = model.Padding, model.Class, model.Separator
		tokenizer["mask_token"] = model.Mask
		// The space before a hidden word belongs to it, as to any word.
		mask, _ := t.ID(model.Mask)
		tokenizer["added_tokens_decoder"] = map[string]any{strconv.Itoa(mask): map[string]any{
			"content": model.Mask, "lstrip": true, "rstrip": false, "single_word": false, "normalized": false, "special": true,
		}}
		tokenizer["split_special_tokens"] = false // "[MASK]" in a text is a hidden word
	default:
		tokenizer["eos_token"], tokenizer["pad_token"] = t.Text(eos), t.Text(pad)
		generation := map[string]any{
			"decoder_start_token_id": start, "eos_token_id": eos, "pad_token_id": pad, "max_length": positions,
			"forced_eos_token_id": nil, // MarianConfig's default is id 0, as the last of an output that was cut
		}
		if pad != eos {
			generation["bad_words_ids"] = [][]int{{pad}}
		}
		files["generation_config.json"] = generation
	}
	return files
}

// inspectCommand lists what is in a safetensors file, or in the model of a directory.
func inspectCommand(c console, args []string) error {
	f := flag.NewFlagSet("inspect", flag.ContinueOnError)
	words, err := c.parse(f, args, "PATH")
	if err != nil {
		return err
	}
	path := words[0]
	if info, err := os.Stat(path); err != nil || info.IsDir() || ggufFile(path) {
		m, err := openModel(path)
		if err != nil {
			return err
		}
		fmt.Fprintf(c.out, "%s: %s, %d weights, %d pieces\n", m.Name, printable(cmp.Or(m.About.Title, model.Does(m.About.Task))), m.Net.Weights().Count(), m.Tokenizer.Len())
		for _, s := range m.Stacks() {
			fmt.Fprintf(c.out, "%-8s %d layers of %d heads\n", s.Kind, s.Layers, s.Heads)
		}
		if path, err = findModel(path); err != nil {
			return err
		}
		if !ggufFile(path) {
			path = filepath.Join(path, "model.safetensors")
		}
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if weights.Pointer(data) {
		return fmt.Errorf("%s is a Git LFS pointer, not the file itself: fetch it by \"git lfs pull\"", path)
	}
	var file weights.Source
	if ggufFile(path) {
		file, err = weights.ParseGGUF(data)
	} else {
		file, err = weights.Parse(data)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for _, name := range file.Names() {
		shape, _ := file.Shape(name)
		dtype, _ := file.DType(name)
		fmt.Fprintf(c.out, "%-4s %-12s %s\n", dtype, fmt.Sprint(shape), printable(name))
	}
	return nil
}
