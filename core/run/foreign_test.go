package run

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	_ "heed/core/foreign"
	"heed/core/model"
	"heed/core/model/modeltest"
	"heed/core/record"
	"heed/core/say"
	"heed/core/token"
)

// like gives a small model another network.
func like(t *testing.T, m *model.Model, config string) *model.Model {
	t.Helper()
	net, err := model.NewNet([]byte(say.Text(`{"vocab_size":`, m.Tokenizer.Len(), ",", config, "}")))
	if err != nil {
		t.Fatal(err)
	}
	net.Init(rand.New(rand.NewPCG(1, 2)))
	m.Net = net
	return m
}

// TestForced wants an output of BART to begin with forced_bos_token_id, greedily and by a beam.
func TestForced(t *testing.T) {
	const config = `"model_type":"bart","d_model":16,"encoder_layers":1,"decoder_layers":1,"encoder_attention_heads":2,"decoder_attention_heads":2,
		"encoder_ffn_dim":8,"decoder_ffn_dim":8,"max_position_embeddings":40,"pad_token_id":0,"eos_token_id":1,"decoder_start_token_id":1`
	for forced, want := range map[string]int{"": -1, `,"forced_bos_token_id":77`: 77} {
		m := like(t, modeltest.New(t, model.Translation, "marian"), config+forced)
		for _, beam := range []int{1, 3} {
			r, err := NewSession(m).Run("the cat", Options{Beam: beam, MaxTokens: 4})
			if err != nil {
				t.Fatal(err)
			}
			if got := r.Tokens.Target[1].ID; (got == 77) != (want == 77) {
				t.Errorf("beam %d: the output begins with %d, want %d", beam, got, want)
			}
		}
	}
}

// TestOtherMask hides a word from RoBERTa, whose sign for it is <mask> and not [MASK].
func TestOtherMask(t *testing.T) {
	lines := func(yield func(string) bool) { _ = yield("the cat sat on the mat") && yield("a dog and a cat") }
	k, err := token.Train(lines, 280, []string{"<s>", "<pad>", "</s>", "<mask>"})
	if err != nil {
		t.Fatal(err)
	}
	k.Surround([]string{"<s>"}, []string{"</s>"})
	m := like(t, &model.Model{Name: "tiny", About: model.About{Task: model.Fill}, Tokenizer: k}, `"model_type":"roberta","hidden_size":16,"num_hidden_layers":1,
		"num_attention_heads":2,"intermediate_size":8,"max_position_embeddings":20,"type_vocab_size":1,"pad_token_id":1`)
	want, ok := m.Mask()
	if id, _ := k.ID("<mask>"); !ok || id != want {
		t.Fatalf("the hidden word is token %d, %v", want, ok)
	}
	for _, hidden := range []string{"[MASK]", "<mask>", "__"} {
		r, err := NewSession(m).Run("the "+hidden+" sat", Options{})
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(r.Tokens.Source, func(k record.Token) bool { return k.ID == want })
		if at < 0 || len(r.Predictions) != 1 || r.Predictions[0].Position != at || !strings.HasPrefix(r.Output, "the ") || !strings.HasSuffix(r.Output, " sat") {
			t.Errorf("%s: %q: %+v, %+v", hidden, r.Output, r.Tokens.Source, r.Predictions)
		}
	}
	// A special token within the text is itself, as for the library that the model comes from; for a model of ours it
	// is text.
	end, _ := k.ID("</s>")
	for _, language := range []string{"", "en"} {
		m.About.Source = language
		r, err := NewSession(m).Run("the <mask> sat</s>on", Options{})
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(r.Tokens.Source, func(k record.Token) bool { return k.ID == end })
		if special := at < len(r.Tokens.Source)-1; special != (language == "") {
			t.Errorf("of a model of language %q token %d is </s>: %+v", language, at, r.Tokens.Source)
		}
	}
}

// TestSlidingWindow wants the maps of a text that is longer than what a token sees to say where it does not look, and
// what is asked of such a place to be refused.
func TestSlidingWindow(t *testing.T) {
	m := like(t, modeltest.New(t, model.Generation, "gpt2"), `"model_type":"mistral","hidden_size":16,"num_hidden_layers":1,"num_attention_heads":2,
		"num_key_value_heads":1,"intermediate_size":8,"sliding_window":3,"bos_token_id":0,"eos_token_id":0`)
	s := NewSession(m)
	r, err := s.Run("the cat sat on the mat", Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Tokens.Source) < 6 || len(r.Notices) != 0 {
		t.Fatalf("%d tokens, %q", len(r.Tokens.Source), r.Notices)
	}
	for _, one := range r.Maps {
		for i := range one.Rows {
			sum := float32(0)
			for j := range one.Cols {
				w := one.Weights[i*one.Cols+j]
				if sum += w; one.Masked(i, j) != (j > i || j < i-2) || one.Masked(i, j) && w != 0 {
					t.Errorf("row %d looks at %d with %g, masked: %v", i, j, w, one.Masked(i, j))
				}
			}
			if sum < 0.999 || sum > 1.001 {
				t.Errorf("row %d sums to %g", i, sum)
			}
		}
	}
	for col, taken := range map[int]bool{2: false, 3: true} { // row 5 sees 3 to 5
		f := record.Forced{Place: record.Place{Kind: record.Decoder, Row: 5}, Col: col, Weight: 0.9}
		r, err := s.Run("the cat sat on the mat", Options{Changes: record.Changes{Force: []record.Forced{f}}})
		if err != nil {
			t.Fatal(err)
		}
		if w := r.Find(record.Decoder, 0, 0).At(5, col); (w == 0.9) != taken || (len(r.Notices) == 0) != taken {
			t.Errorf("column %d, forced to 0.9, has %g; %q", col, w, r.Notices)
		}
	}
}
