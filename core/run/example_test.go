package run_test

import (
	"fmt"
	"log"
	"math"
	"os"
	"regexp"
	"strings"
	"testing"

	"heed/core/attention"
	"heed/core/grad"
	"heed/core/model"
	"heed/core/record"
	"heed/core/run"
	"heed/core/tensor"
)

// must ends a program that cannot go on.
func must[T any](x T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return x
}

// A model is opened, a text run, a map read, a gradient computed, and a head switched off.
func ExampleSession_Run() {
	m := must(model.Open(os.DirFS("../../web/models/en-fr")))
	s := run.NewSession(m)
	r := must(s.Run("The little girl is playing with her dog in the garden.", run.Options{}))
	fmt.Println(r.Output)

	// Row 6 of a head of cross-attention predicts the seventh token of the output.
	head, at := record.Place{Kind: record.Cross, Layer: 2, Head: 1}, 6
	weights, _ := r.Find(head.Kind, head.Layer, head.Head).Row(at)
	most := tensor.ArgMax(weights)
	fmt.Printf("%q looks at %q: %.2f\n", r.Queries(head.Kind)[at].Text, r.Keys(head.Kind)[most].Text, weights[most])

	// What its log-probability loses without each token of the source.
	a := must(s.Attribute(run.LeaveOneOut, at))
	fmt.Printf("%q depends most on %q\n", a.Token, r.Tokens.Source[tensor.ArgMax(a.Source)].Text)

	off := must(s.Run(r.Text, run.Options{Changes: record.Changes{Off: []record.Place{head}}}))
	fmt.Println("Without that head:", off.Output)

	// Output:
	// La petite fille joue avec son chien dans le jardin.
	// " chien" looks at " dog": 0.97
	// " chien" depends most on " dog"
	// Without that head: Le petit fille joue avec son chien dans le jardin.
}

// The gradient of a token's loss with respect to what enters the encoder, over frozen weights, by a tape of one's own.
func Example_gradient() {
	m := must(model.Open(os.DirFS("../../web/models/en-fr")))
	r := must(run.NewSession(m).Run("I see a red car", run.Options{}))
	const token = 3
	var source, target grad.Sequences
	source.Add(run.Encode(m, r.Text)...)
	output := run.EncodeTarget(m, r.Output)
	target.Add(append([]int{r.Tokens.Target[0].ID}, output[:token]...)...)
	p, embedded := grad.NewPass(), grad.Value{}
	p.Tape = grad.NewTape(nil)
	encoded := m.Net.Encode(p, &source, attention.Hooks{Values: func(v *attention.Values) {
		if v.Site == attention.Embedding {
			embedded = v.X
		}
	}})
	decoded := m.Net.Decode(p, &target, encoded, &source, attention.Hooks{})
	p.CrossEntropy(m.Net.Logits(p, p.Gather(decoded, []int{token})), output[token:token+1], 0, 1)
	p.Tape.Backward()
	most, norm := 0, make([]float64, len(source.IDs))
	for i := range norm {
		row := embedded.G.Row(i)
		if norm[i] = math.Sqrt(float64(tensor.Dot(row, row))); norm[i] > norm[most] {
			most = i
		}
	}
	fmt.Printf("It depends most on %q\n", r.Tokens.Source[most].Text)

	// Output:
	// It depends most on " car"
}

// A generated text is a function of its seed; a Record lists what else was likely.
func ExampleSession_Run_generation() {
	m := must(model.Open(os.DirFS("../../web/models/stories")))
	r := must(run.NewSession(m).Run("Once upon a", run.Options{MaxTokens: 8}))
	fmt.Printf("%q\n", r.Text)
	// What followed the text that was given.
	given := len(r.Tokens.Source) - 8
	for _, c := range r.Predictions[given-1].Top[:2] {
		fmt.Printf("%q %.2f\n", c.Text, c.P)
	}
	// Output:
	// "Once upon a time, there was a little girl named"
	// " time" 1.00
	// " fun" 0.00
}

// TestREADME wants the program in README to be ExampleSession_Run.
func TestREADME(t *testing.T) {
	read := func(path, pattern string) string {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		m := regexp.MustCompile(pattern).FindStringSubmatch(string(b))
		if m == nil {
			t.Fatalf("%s has no program", path)
		}
		return strings.TrimSpace(m[1])
	}
	ours := read("example_test.go", `(?s)(func must.*?\n\}\n)`) + "\n\nfunc main() {\n\t" +
		read("example_test.go", `(?s)func ExampleSession_Run\(\) \{\n(.*?)\n\t// Output:`) + "\n}"
	theirs := read("../../README.md", "(?s)```go\npackage main.*?\n\\)\n\n(.*?)\n```")
	if ours = strings.ReplaceAll(ours, "../../web/models", "web/models"); ours != theirs {
		t.Errorf("README has another program:\n%s\nthe example is\n%s", theirs, ours)
	}
}
