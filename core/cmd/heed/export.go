package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"heed/core/model"
	"heed/core/weights"
)

// exportCommand writes a model with float32 weights, as Python's transformers opens it.
func exportCommand(args []string) error {
	f := flag.NewFlagSet("export", flag.ContinueOnError)
	name := f.String("model", "", "directory of the model, or its name in web/models")
	out := f.String("o", "", "directory to write")
	if err := parse(f, args); err != nil {
		return err
	}
	if *out == "" {
		return errors.New("export: name a directory: -o DIR")
	}
	m, err := openModel(*name)
	if err != nil {
		return err
	}
	if err := m.Save(*out, weights.F32); err != nil {
		return err
	}
	// MarianTokenizer wants SentencePiece files; this class reads tokenizer.json.
	b, err := json.MarshalIndent(map[string]any{
		"tokenizer_class": "PreTrainedTokenizerFast", "pad_token": m.Tokenizer.Text(m.Net.Pad), "eos_token": m.Tokenizer.Text(m.Net.EOS),
		"model_input_names": []string{"input_ids", "attention_mask"}, "clean_up_tokenization_spaces": false,
	}, "", "  ")
	if err != nil {
		return err
	}
	return model.WriteFile(filepath.Join(*out, "tokenizer_config.json"), append(b, '\n'))
}

// inspectCommand lists what is in a safetensors file, or in the model of a directory.
func inspectCommand(args []string) error {
	f := flag.NewFlagSet("inspect", flag.ContinueOnError)
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() != 1 {
		return errors.New("inspect: name one file or model: heed inspect PATH")
	}
	path := f.Arg(0)
	if info, err := os.Stat(path); err != nil || info.IsDir() {
		m, err := openModel(path)
		if err != nil {
			return err
		}
		fmt.Printf("%s: %s, %d weights, %d pieces\n", m.Name, m.About.Title, m.Net.Params.Count(), m.Tokenizer.Len())
		for _, s := range m.Stacks() {
			fmt.Printf("%-8s %d layers of %d heads\n", s.Kind, s.Layers, s.Heads)
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
		fmt.Printf("%-4s %-12s %s\n", dtype, fmt.Sprint(shape), name)
	}
	return nil
}
