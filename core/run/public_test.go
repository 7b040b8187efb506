package run_test

import (
	"encoding/json"
	"flag"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"heed/core/attention"
	_ "heed/core/foreign"
	"heed/core/grad"
	"heed/core/model"
	"heed/core/record"
	"heed/core/run"
	"heed/core/tensor"
	"heed/core/weights"
)

// public is where ./build.sh models puts other people's models; a test that needs one is skipped without it, and
// says so.
const public = "../../.cache/models/"

// whole has TestSmolLM2 read all tokens of the reference, which takes half a minute, not the first ones.
var whole = flag.Bool("whole", false, "TestSmolLM2: compare all 500 tokens, not 80")

// perplexed names a text that TestPerplexity reads, tokens the file to which it writes its tokens.
var (
	perplexed = flag.String("perplexity", "", "TestPerplexity: file of a text, of which the first 20,000 bytes are read")
	tokens    = flag.String("tokens", "", "TestPerplexity: file to write the tokens to, for testdata/perplexity.py")
)

// sentences names a file of sentences, one a line, of which TestMiniLMInt8 compares neighbours.
var sentences = flag.String("sentences", "", "TestMiniLMInt8: file of sentences, one a line")

// reference reads what testdata/public.py wrote.
func reference(t *testing.T, name string, into any) {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestMiniLM holds ids, attention and vectors of a real sentence model against transformers'.
func TestMiniLM(t *testing.T) {
	if _, err := os.Stat(public + "minilm"); err != nil {
		t.Skip("not run: ./build.sh models fetches the model")
	}
	m, err := model.Open(os.DirFS(public + "minilm"))
	if err != nil {
		t.Fatal(err)
	}
	if m.About.Task != model.Similarity || m.Pooling != (model.Pooling{}) || m.About.Longest != 256 {
		t.Errorf("the task is %q, pooling %+v, the longest text %d", m.About.Task, m.Pooling, m.About.Longest)
	}
	var want struct {
		Mapped    int
		Maps      [][][][]float64
		Sentences []struct {
			Text   string
			IDs    []int
			Vector []float64
		}
	}
	reference(t, "minilm.json", &want)
	s := run.NewSession(m)
	var vectors, maps float64
	for i, w := range want.Sentences {
		r, err := s.Run(w.Text, run.Options{Vector: true})
		if err != nil {
			t.Fatal(err)
		}
		var ids []int
		for _, k := range r.Tokens.Source {
			ids = append(ids, k.ID)
		}
		if !slices.Equal(ids, w.IDs) || len(r.Vector) != len(w.Vector) {
			t.Fatalf("%q: ids %v, want %v; %d numbers, want %d", w.Text, ids, w.IDs, len(r.Vector), len(w.Vector))
		}
		for j, v := range w.Vector {
			vectors = max(vectors, math.Abs(float64(r.Vector[j])-v))
		}
		if i != want.Mapped {
			continue
		}
		for layer, heads := range want.Maps {
			for head, rows := range heads {
				am := r.Find(record.Self, layer, head)
				for q, row := range rows {
					for k, v := range row {
						maps = max(maps, math.Abs(float64(am.At(q, k))-v))
					}
				}
			}
		}
	}
	t.Logf("MiniLM against transformers: largest error of attention %.1e, of vectors %.1e", maps, vectors)
	if !(maps <= 1e-4 && vectors <= 1e-4) {
		t.Error("more than 1e-4")
	}
}

// smolLM2 is that model, of 135 million weights in 4 bits, and how many bytes its file has. Where it was not fetched,
// the test is skipped.
func smolLM2(t testing.TB) (*model.Model, int) {
	t.Helper()
	files, _ := filepath.Glob(public + "smollm2/*.gguf")
	if len(files) == 0 {
		t.Skip("not run: ./build.sh models fetches the model")
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.ParseGGUF(data)
	if err != nil {
		t.Fatal(err)
	}
	return m, len(data)
}

// TestSmolLM2 holds logits and attention of a real model of 135 million weights in 4 bits against transformers', which
// dequantises the same file, and wants the weights to stay in blocks.
func TestSmolLM2(t *testing.T) {
	if runtime.GOOS == "js" {
		t.Skip("not run: it takes minutes in Node")
	}
	m, size := smolLM2(t)
	bytes := 0
	for _, p := range m.Net.Weights().List {
		bytes += p.Bytes()
	}
	if bytes > size*5/4 { // scales and offsets are float32
		t.Errorf("the weights take %d bytes of memory, the file has %d", bytes, size)
	}
	var want struct {
		IDs, Shown, Top, Layers []int
		Logits                  [][]float64
		Best, Second            []float64
		LogSum                  []float64     `json:"log_sum"`
		Rows                    [][][]float64 // layer, head, key: of the last of the first tokens
	}
	reference(t, "smollm2.json", &want)
	if !*whole {
		want.IDs = want.IDs[:80]
	}
	short := len(want.Rows[0][0])
	p := grad.NewPass()
	st := m.Net.Begin(p, grad.Value{}, nil, []int{0}, len(want.IDs), attention.Hooks{})
	mark := p.Arena.Mark()
	var logits, logSum, maps float64
	same, clear := 0, 0
	for from := 0; from < len(want.IDs); from += short {
		p.Arena.Release(mark)
		ids := want.IDs[from:min(from+short, len(want.IDs))]
		hooks := attention.Hooks{Map: func(am *attention.Map) {
			if at := slices.Index(want.Layers, am.Layer); from == 0 && at >= 0 {
				for k, v := range want.Rows[at][am.Head] {
					maps = max(maps, math.Abs(float64(am.Weights.Row(short - 1)[k])-v))
				}
			}
		}}
		x := m.Net.Logits(p, st.Step([]int{0}, []int{len(ids)}, ids, hooks)).X
		for i := range ids {
			row, at := x.Row(i), from+i
			for k, id := range want.Shown {
				logits = max(logits, math.Abs(float64(row[id])-want.Logits[at][k]))
			}
			logits = max(logits, math.Abs(float64(row[want.Top[at]])-want.Best[at]))
			if tensor.ArgMax(row) == want.Top[at] {
				same++
			}
			if want.Best[at]-want.Second[at] > 1e-3 {
				clear++
			}
			most := float64(row[tensor.ArgMax(row)])
			sum := 0.0
			for _, v := range row {
				sum += math.Exp(float64(v) - most)
			}
			logSum = max(logSum, math.Abs(most+math.Log(sum)-want.LogSum[at]))
		}
	}
	t.Logf("SmolLM2 against transformers: %d of %d most probable tokens agree; largest error of logits %.1e, of their log-sum %.1e, of attention %.1e; %d bytes of weights",
		same, len(want.IDs), logits, logSum, maps, bytes)
	if same < clear || !(logits <= 1e-3 && logSum <= 1e-3 && maps <= 1e-4) {
		t.Errorf("at %d positions the two best tokens are apart by more than 1e-3; logits may be off by 1e-3, attention by 1e-4", clear)
	}
}

// TestMiniLMInt8 stores the model in int8, and says how much the cosines of neighbouring sentences, and attention,
// change.
func TestMiniLMInt8(t *testing.T) {
	if _, err := os.Stat(public + "minilm"); err != nil || *sentences == "" {
		t.Skip("not run: ./build.sh models fetches the model, and -sentences names a file")
	}
	plain, err := model.Open(os.DirFS(public + "minilm"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := plain.Save(dir, weights.I8); err != nil {
		t.Fatal(err)
	}
	compressed, err := model.Open(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(*sentences)
	if err != nil {
		t.Fatal(err)
	}
	a, b := run.NewSession(plain), run.NewSession(compressed)
	var before [2][]float32
	var sum, largest, attention float64
	pairs := 0
	for line := range strings.Lines(string(data)) {
		ra, err := a.Run(strings.TrimSpace(line), run.Options{Vector: true})
		if err != nil {
			t.Fatal(err)
		}
		rb, err := b.Run(strings.TrimSpace(line), run.Options{Vector: true})
		if err != nil {
			t.Fatal(err)
		}
		for i := range ra.Maps {
			for j, w := range ra.Maps[i].Weights {
				attention = max(attention, math.Abs(float64(w-rb.Maps[i].Weights[j])))
			}
		}
		if before[0] != nil && ra.Vector != nil {
			d := math.Abs(run.Cosine(before[0], ra.Vector) - run.Cosine(before[1], rb.Vector))
			sum, largest, pairs = sum+d, max(largest, d), pairs+1
		}
		before = [2][]float32{ra.Vector, rb.Vector}
	}
	t.Logf("%d pairs: the cosine changes by %.4f on average, %.4f at most; a weight of attention by %.3f at most", pairs, sum/float64(pairs), largest, attention)
	if !(largest < 0.05) {
		t.Error("more than 0.05")
	}
}

// TestPerplexity says how well SmolLM2 predicts a text, in parts of 256 tokens; testdata/perplexity.py has llama.cpp
// say so of the same tokens.
func TestPerplexity(t *testing.T) {
	if *perplexed == "" {
		t.Skip("not run: -perplexity names a text")
	}
	m, _ := smolLM2(t)
	text, err := os.ReadFile(*perplexed)
	if err != nil {
		t.Fatal(err)
	}
	var parts [][]int
	var ids []int
	for _, piece := range m.Tokenizer.EncodePlain(string(text[:min(len(text), 20_000)])) {
		ids = append(ids, piece.ID)
	}
	sum, n := 0.0, 0
	p := grad.NewPass()
	for part := range slices.Chunk(ids, 256) {
		parts = append(parts, part)
		p.Arena.Reset()
		st := m.Net.Begin(p, grad.Value{}, nil, []int{0}, len(part), attention.Hooks{})
		x := m.Net.Logits(p, st.Step([]int{0}, []int{len(part)}, part, attention.Hooks{})).X
		for i, next := range part[1:] {
			row := x.Row(i)
			value := row[next]
			sum += float64(tensor.Softmax(row, row) - value)
			n++
		}
	}
	t.Logf("%d tokens: %.5f nats, perplexity %.4f", n, sum/float64(n), math.Exp(sum/float64(n)))
	if *tokens != "" {
		data, err := json.Marshal(parts)
		if err == nil {
			err = os.WriteFile(*tokens, data, 0o666)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
