package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"heed/core/model"
	"heed/core/token"
	"heed/core/transformer"
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
	net, ok := m.Net.(*transformer.Model)
	if !ok {
		return errors.New("transformers knows no network like this one; its files open with the packages safetensors and tokenizers")
	}
	if net.ModelType == transformer.Marian && (net.PreNorm || net.LearnedPosition) {
		return errors.New("transformers knows Marian with norms after its branches and fixed positions only, and would compute something else")
	}
	if err := vacant(*out); err != nil {
		return err
	}
	if err := m.Save(*out, weights.F32); err != nil {
		return err
	}
	for name, content := range settings(m.Tokenizer, &net.Config) {
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
func settings(t *token.Tokenizer, c *transformer.Config) map[string]map[string]any {
	tokenizer := map[string]any{
		// MarianTokenizer wants SentencePiece files, the others vocab.json or vocab.txt; this class reads
		// tokenizer.json.
		"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": c.MaxPositions, "clean_up_tokenization_spaces": false,
		"model_input_names":    []string{"input_ids", "attention_mask"},
		"split_special_tokens": true, // "</s>" in a text is text
	}
	files := map[string]map[string]any{"tokenizer_config.json": tokenizer}
	switch c.ModelType {
	case transformer.GPT2:
		tokenizer["bos_token"], tokenizer["eos_token"], tokenizer["pad_token"] = t.Text(c.Start), t.Text(c.EOS), t.Text(c.Pad)
		files["generation_config.json"] = map[string]any{
			"bos_token_id": c.Start, "eos_token_id": c.EOS, "pad_token_id": c.Pad, "max_length": c.MaxPositions,
		}
	case transformer.BERT:
		tokenizer["pad_token"], tokenizer["cls_token"], tokenizer["sep_token"] = model.Padding, model.Class, model.Separator
		tokenizer["mask_token"] = model.Mask
		// A hidden word has taken the space before it along, as words do.
		mask, _ := t.ID(model.Mask)
		tokenizer["added_tokens_decoder"] = map[string]any{strconv.Itoa(mask): map[string]any{
			"content": model.Mask, "lstrip": true, "rstrip": false, "single_word": false, "normalized": false, "special": true,
		}}
		tokenizer["split_special_tokens"] = false // "[MASK]" in a text is a hidden word
	default:
		tokenizer["eos_token"], tokenizer["pad_token"] = t.Text(c.EOS), t.Text(c.Pad)
		generation := map[string]any{
			"decoder_start_token_id": c.Start, "eos_token_id": c.EOS, "pad_token_id": c.Pad, "max_length": c.MaxPositions,
			"forced_eos_token_id": nil, // MarianConfig's default is id 0, as the last of an output that was cut
		}
		if c.Pad != c.EOS {
			generation["bad_words_ids"] = [][]int{{c.Pad}}
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
	if info, err := os.Stat(path); err != nil || info.IsDir() {
		m, err := openModel(path)
		if err != nil {
			return err
		}
		fmt.Fprintf(c.out, "%s: %s, %d weights, %d pieces\n", m.Name, printable(m.About.Title), m.Net.Weights().Count(), m.Tokenizer.Len())
		for _, s := range m.Stacks() {
			fmt.Fprintf(c.out, "%-8s %d layers of %d heads\n", s.Kind, s.Layers, s.Heads)
		}
		if path, err = findModel(path); err != nil {
			return err
		}
		path = filepath.Join(path, "model.safetensors")
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	file, err := weights.Parse(data)
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
