package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"heed/core/model/modeltest"
	"heed/core/recipe"
)

const tinyRecipe = `{
  "name": "tiny", "title": "Tiny", "task": "translation", "language": ["en", "fr"], "train": "train.tsv", "valid": "valid.tsv",
  "config": {
    "model_type": "marian", "vocab_size": 280, "d_model": 16, "encoder_layers": 1, "decoder_layers": 1,
    "encoder_attention_heads": 2, "decoder_attention_heads": 2, "encoder_ffn_dim": 24, "decoder_ffn_dim": 24,
    "activation_function": "swish", "max_position_embeddings": 40, "scale_embedding": true,
    "pad_token_id": 0, "eos_token_id": 1, "decoder_start_token_id": 0
  },
  "join": {"probability": 0.2, "most": 2}, "typing": {"no_final_mark": 0.3, "lower_case": 0.2, "curly": 0},
  "max_tokens": 40, "seed": 1, "steps": 200, "batch_tokens": 200, "shards": 2, "learning_rate": 0.01, "warmup": 10,
  "weight_decay": 0.01, "clip": 1, "label_smoothing": 0.1, "dropout": 0
}`

// corpus makes a recipe and its data, sentences of a made-up language, and returns their places.
func corpus(t *testing.T) (recipeFile, dir string) {
	t.Helper()
	dir = t.TempDir()
	r := rand.New(rand.NewPCG(1, 2))
	english, french := strings.Fields("cat dog sees hears red big"), strings.Fields("chat chien voit entend rouge grand")
	for _, f := range []struct {
		name string
		n    int
	}{{"train.tsv", 400}, {"valid.tsv", 20}} {
		var b bytes.Buffer
		for range f.n {
			var source, target []string
			for range 1 + r.IntN(3) {
				w := r.IntN(len(english))
				source, target = append(source, english[w]), append(target, french[w])
			}
			fmt.Fprintf(&b, "The %s.\tLe %s.\n", strings.Join(source, " "), strings.Join(target, " "))
		}
		put(t, filepath.Join(dir, f.name), b.String())
	}
	recipeFile = filepath.Join(dir, "tiny.json")
	put(t, recipeFile, tinyRecipe)
	return recipeFile, dir
}

// TestTrain trains, stops, goes on, and uses the result.
func TestTrain(t *testing.T) {
	recipe, data := corpus(t)
	whole, parts := filepath.Join(t.TempDir(), "tiny"), filepath.Join(t.TempDir(), "new", "tiny")
	out := answer(t, "train", recipe, "-data", data, "-o", whole)
	for _, want := range []string{"tiny: ", "400 texts, 200 steps", "step 200/200", "tokens/s", "left", "held-out loss"} {
		if !strings.Contains(out, want) {
			t.Errorf("the progress lacks %q: %s", want, out)
		}
	}
	out = answer(t, "train", recipe, "-data", data, "-o", parts, "-stop-at", "77")
	if strings.Contains(out, "going on") || strings.Contains(out, "step 78") {
		t.Errorf("a first part to step 77 says %s", out)
	}
	if out = answer(t, "train", "-o", parts, "-data", data, recipe); !strings.Contains(out, "going on from the checkpoint") {
		t.Errorf("the second part says %s", out)
	}
	for _, name := range []string{"config.json", "tokenizer.json", "model.safetensors", "checkpoint.safetensors"} {
		if !bytes.Equal(read(t, filepath.Join(whole, name)), read(t, filepath.Join(parts, name))) {
			t.Errorf("%s of a run in two parts differs from that of one run", name)
		}
	}

	// It has learned something, and the commands agree about what.
	if got := answer(t, "run", "-model", parts, "-text", "The cat."); !strings.HasPrefix(got, "Le ") {
		t.Errorf("the cat is %q", got)
	}
	var sources []string
	for line := range strings.Lines(string(read(t, filepath.Join(data, "valid.tsv")))) {
		source, _, _ := strings.Cut(line, "\t")
		sources = append(sources, source)
	}
	outputs := strings.Split(strings.TrimSuffix(answer(t, "run", "-model", parts, "-file", write(t, sources...)), "\n"), "\n")
	if len(outputs) != len(sources) {
		t.Fatalf("%d outputs of %d sources", len(outputs), len(sources))
	}
	for i := range outputs {
		outputs[i] = sources[i] + "\t" + outputs[i]
	}
	var perfect struct{ BLEU float64 }
	if err := json.Unmarshal([]byte(answer(t, "eval", "-model", parts, "-data", write(t, outputs...), "-json")), &perfect); err != nil {
		t.Fatal(err)
	}
	if perfect.BLEU < 99.999 {
		t.Errorf("the outputs of heed run reach a BLEU of %g against themselves", perfect.BLEU)
	}

	// What is done stays done.
	before := read(t, filepath.Join(parts, "checkpoint.safetensors"))
	for _, end := range []string{"-steps", "-stop-at"} {
		if out := answer(t, "train", recipe, "-data", data, "-o", parts, end, "5"); !strings.HasSuffix(out, "already at step 200 of 5; nothing to do\n") {
			t.Errorf("a finished run with %s 5 says %s", end, out)
		}
	}
	refuse(t, "-from would start anew", "train", recipe, "-data", data, "-o", parts, "-from", whole)
	if !bytes.Equal(read(t, filepath.Join(parts, "checkpoint.safetensors")), before) {
		t.Error("a run with nothing to do wrote a checkpoint")
	}

	if _, remarks, err := heed("train", recipe, "-data", data, "-o", t.TempDir(), "-steps", "5"); err != nil || !strings.Contains(remarks, "the run of 5 steps ends within the warm-up of 10") {
		t.Errorf("a run within its warm-up: %q, %v", remarks, err)
	}
	// A name stands for a model there too.
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "web", "models"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(root, "web", "models", "named"), os.DirFS(whole)); err != nil {
		t.Fatal(err)
	}
	t.Chdir(root)
	answer(t, "train", recipe, "-data", data, "-o", "again", "-from", "named", "-steps", "1")

	// A run from this model starts where it ended, with a new schedule.
	if out := answer(t, "train", recipe, "-data", data, "-o", t.TempDir(), "-from", parts, "-steps", "1"); !strings.Contains(out, " 1 step\n") || strings.Contains(out, "going on") {
		t.Errorf("a run -from says %s", out)
	}
}

// interrupter sends an interrupt to this process when the first step is told.
type interrupter struct {
	bytes.Buffer
	sent bool
}

func (w *interrupter) Write(p []byte) (int, error) {
	if bytes.HasPrefix(p, []byte("step 1/")) && !w.sent {
		w.sent = true
		if self, err := os.FindProcess(os.Getpid()); err == nil {
			self.Signal(os.Interrupt)
			time.Sleep(100 * time.Millisecond)
		}
	}
	return w.Buffer.Write(p)
}

// TestTrainInterrupted interrupts a run as Ctrl-C does.
func TestTrainInterrupted(t *testing.T) {
	if runtime.GOOS == "js" || runtime.GOOS == "windows" {
		t.Skip("no process can interrupt itself here")
	}
	file, data := corpus(t)
	dir := t.TempDir()
	var out interrupter
	err := command(console{&out, &out}, []string{"train", file, "-data", data, "-o", dir})
	if !errors.Is(err, recipe.ErrStopped) || !strings.Contains(out.String(), "stopping; saving the checkpoint") || !strings.Contains(out.String(), "interrupted") {
		t.Fatalf("the run ended with %v and %s", err, out.String())
	}
	if again := answer(t, "train", file, "-data", data, "-o", dir, "-stop-at", "20"); !strings.Contains(again, "going on") || !strings.Contains(again, "step 20: ") {
		t.Errorf("the run goes on with %s", again)
	}
	answer(t, "run", "-model", dir, "-text", "The cat.")

	self, err := os.Executable()
	if err != nil {
		t.Skip(err)
	}
	cmd := exec.Command(self, "train", file, "-data", data, "-o", t.TempDir(), "-steps", "100000")
	cmd.Env = append(os.Environ(), "HEED_IS_MAIN=1")
	progress, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(progress); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "step 1/") {
			cmd.Process.Signal(os.Interrupt)
		}
	}
	if cmd.Wait(); cmd.ProcessState.ExitCode() != 130 {
		t.Errorf("an interrupted run ends with %d, not 130 as shells expect", cmd.ProcessState.ExitCode())
	}
}

func TestTrainRefuses(t *testing.T) {
	recipe, data := corpus(t)
	dir := t.TempDir()
	changed := func(old, new string) string {
		path := filepath.Join(t.TempDir(), "changed.json")
		put(t, path, strings.Replace(string(read(t, recipe)), old, new, 1))
		return path
	}
	refuse(t, "RECIPE is missing", "train")
	refuse(t, "RECIPE is missing", "train", "-data", data, "-o", dir)
	refuse(t, "-o DIR", "train", recipe, "-data", data)
	refuse(t, "-data DIR", "train", recipe, "-o", dir)
	refuse(t, `no recipe "soup"`, "train", "soup", "-data", data, "-o", dir)
	for _, wrong := range []string{"-steps=-5", "-steps=0", "-stop-at=0", "-learning-rate=0", "-learning-rate=NaN"} {
		refuse(t, "a number", "train", recipe, "-data", data, "-o", dir, wrong)
	}
	refuse(t, "train.tsv", "train", recipe, "-data", t.TempDir(), "-o", dir)
	refuse(t, "line 3", "train", changed(`"title"`, "\n\"titel\""), "-data", data, "-o", dir)
	refuse(t, "dropout", "train", changed(`"dropout": 0`, `"dropout": 2`), "-data", data, "-o", dir)
	refuse(t, "no model of that name", "train", recipe, "-data", data, "-o", dir, "-from", filepath.Join(dir, "nowhere"))
	refuse(t, "another", "train", recipe, "-data", data, "-o", dir, "-from", saved(t, modeltest.Small(t)))
	refuse(t, "tiny.json", "train", recipe, "-data", data, "-o", recipe)
	model := saved(t, modeltest.Small(t))
	refuse(t, "there is a model in it", "train", recipe, "-data", data, "-o", model)
	refuse(t, "there is a model in it", "train", recipe, "-data", data, "-o", model, "-from", model)
	if got, _ := filepath.Glob(filepath.Join(dir, "*")); len(got) > 0 {
		t.Errorf("runs that were refused left %q", got)
	}
}
