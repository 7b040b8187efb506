package explain_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"heed/core/explain"
	"heed/core/grad"
	"heed/core/record"
)

// text makes a Record of words; one in <> is special, one that begins with + goes on with the word before it.
func text(source, target string) *record.Record {
	r := &record.Record{}
	tokens := func(text string) (ts []record.Token) {
		word := -1
		for i, w := range strings.Fields(text) {
			t := record.Token{Text: " " + w, ID: len(w)}
			switch {
			case strings.HasPrefix(w, "<"):
				t.Text, t.Special = w, true
			case strings.HasPrefix(w, "+"):
				t.Text = w[1:]
			default:
				word++
			}
			if i == 0 && !t.Special {
				t.Text = w
			}
			if t.Word = word; t.Special {
				t.Word = -1
			}
			ts = append(ts, t)
		}
		return ts
	}
	r.Tokens.Source, r.Tokens.Target = tokens(source), tokens(target)
	return r
}

// head makes a map that puts a share of each row's weight evenly on the places that look names, and the
// rest evenly on the others that the row may look at.
func head(r *record.Record, k record.Kind, share float32, look func(i int) []int) *record.Map {
	m := &record.Map{Kind: k, Rows: len(r.Queries(k)), Cols: len(r.Keys(k))}
	m.Weights = make([]float32, m.Rows*m.Cols)
	for i := range m.Rows {
		keys := m.Cols
		if k == record.Decoder {
			keys = i + 1
		}
		on := map[int]bool{}
		for _, j := range look(i) {
			if j >= 0 && j < keys {
				on[j] = true
			}
		}
		for j := range keys {
			w := &m.Weights[i*m.Cols+j]
			switch {
			case len(on) == 0 || len(on) == keys:
				*w = 1 / float32(keys)
			case on[j]:
				*w = share / float32(len(on))
			default:
				*w = (1 - share) / float32(keys-len(on))
			}
		}
	}
	return m
}

func at(d int) func(i int) []int { return func(i int) []int { return []int{i + d} } }

func to(js ...int) func(i int) []int { return func(int) []int { return js } }

func TestPattern(t *testing.T) {
	long := text("the cat saw that the dog and a cat look at rain </s>", "")
	story := text("<|endoftext|> one red fox met a big dog so one red fox met a cat", "")
	pair := text("we saw old Anna in Paris today . </s>", "<pad> wir sahen die alte Anna heute in Paris . </s>")
	short := text("the very old man sleeps here . </s>", "<pad> old man sleeps . </s>")
	again := func(i int) []int {
		return map[int][]int{0: {4}, 4: {0}, 1: {8}, 8: {1}}[i]
	}
	for _, c := range []struct {
		name  string
		r     *record.Record
		kind  record.Kind
		share float32
		look  func(i int) []int
		want  explain.Shape
	}{
		{"itself", long, record.Self, 0.8, at(0), explain.Same},
		{"before", long, record.Self, 0.8, at(-1), explain.Previous},
		{"after", long, record.Self, 0.8, at(1), explain.Next},
		{"sink", long, record.Self, 0.8, to(0), explain.First},
		{"end", long, record.Self, 0.8, to(12), explain.Last},
		{"same word", long, record.Self, 0.8, again, explain.Word},
		{"weak", long, record.Self, 0.4, at(-1), explain.Mixed},
		{"around", long, record.Self, 0.9, func(i int) []int { return []int{i - 2, i - 1, i, i + 1, i + 2} }, explain.Near},
		{"always one", long, record.Self, 0.7, to(5), explain.Few},
		{"even", long, record.Self, 0, to(), explain.Broad},
		{"far", long, record.Self, 0.9, at(5), explain.Mixed},

		{"itself", story, record.Decoder, 0.8, at(0), explain.Same},
		{"before", story, record.Decoder, 0.8, at(-1), explain.Previous},
		{"sink", story, record.Decoder, 0.8, to(0), explain.First},
		{"even", story, record.Decoder, 0, to(), explain.Broad},
		{"induction", story, record.Decoder, 0.8, func(i int) []int { // rests on the first token, as such heads do
			if i >= 9 && i < 14 {
				return []int{i - 7}
			}
			return []int{0}
		}, explain.After},
		{"same word", story, record.Decoder, 0.8, func(i int) []int {
			if i >= 9 && i < 14 {
				return []int{i - 8}
			}
			return []int{0}
		}, explain.Word},

		{"in order", pair, record.Cross, 0.8, at(0), explain.Along},
		{"in order", pair, record.RNN, 0.8, at(0), explain.Along},
		{"one behind", pair, record.Cross, 0.8, at(-1), explain.Behind},
		{"sink", pair, record.Cross, 0.8, to(0), explain.First},
		{"end", pair, record.Cross, 0.8, to(8), explain.Last},
		{"backwards", pair, record.Cross, 0.9, func(i int) []int { return []int{8 - i} }, explain.Mixed},
		{"always one", pair, record.Cross, 0.7, to(3), explain.Few},
		{"even", pair, record.RNN, 0, to(), explain.Broad},
		{"copies", short, record.Cross, 0.8, func(i int) []int { return []int{[]int{2, 3, 4, 6, 7}[i]} }, explain.Word},
	} {
		m := head(c.r, c.kind, c.share, c.look)
		f := explain.Pattern(m, c.r)
		if f.Shape != c.want {
			t.Errorf("%s %s: %v %.3f, want %v; %v", c.kind, c.name, f.Shape, f.Share, c.want, explain.Patterns(m, c.r))
		}
		switch c.want {
		case explain.Mixed:
			if f.Share != 0 {
				t.Errorf("%s %s: mixed has the share %v", c.kind, c.name, f.Share)
			}
		case explain.Broad:
			if math.Abs(f.Share-1) > 1e-5 {
				t.Errorf("%s %s: even weight has the even part %v", c.kind, c.name, f.Share)
			}
		case explain.Along, explain.Behind, explain.Same, explain.Word, explain.Near:
		default: // each of these looks at one place, which has the share
			if math.Abs(f.Share-float64(c.share)) > 0.05 {
				t.Errorf("%s %s: share %.3f, want %v", c.kind, c.name, f.Share, c.share)
			}
		}
	}
}

// The shares of a map that is known cell by cell.
func TestShares(t *testing.T) {
	r := text("a b a c </s>", "")
	m := &record.Map{Kind: record.Self, Rows: 5, Cols: 5, Weights: []float32{
		0.5, 0.1, 0.2, 0.1, 0.1,
		0.4, 0.3, 0.1, 0.1, 0.1,
		0.1, 0.6, 0.2, 0.05, 0.05,
		0.1, 0.1, 0.5, 0.1, 0.2,
		0, 0, 0, 1, 0,
	}}
	want := map[explain.Shape]explain.Fit{
		explain.Same:     {Share: (0.5 + 0.3 + 0.2 + 0.1 + 0) / 5, Chance: 0.2, Rows: 5},
		explain.Previous: {Share: (0.4 + 0.6 + 0.5 + 1) / 4, Chance: 0.2, Rows: 4},
		explain.Next:     {Share: (0.1 + 0.1 + 0.05 + 0.2) / 4, Chance: 0.2, Rows: 4},
		explain.Near:     {Share: (0.8 + 0.9 + 0.9 + 1) / 4, Chance: (0.6 + 0.8 + 0.8 + 0.6) / 4, Rows: 4}, // row 2 has all within reach
		explain.Few:      {},
		explain.First:    {Share: (0.4 + 0.1 + 0.1 + 0) / 4, Chance: 0.2, Rows: 4},
		explain.Last:     {Share: (0.1 + 0.1 + 0.05 + 0.2) / 4, Chance: 0.2, Rows: 4},
		explain.Word:     {Share: 0.2, Chance: 0.2, Rows: 1}, // row 2 would look at the first token
		explain.Broad:    {Share: (0.7 + 0.7 + 0.6 + 0.7 + 0.2) / 5, Chance: 1, Rows: 5},
	}
	for _, f := range explain.Patterns(m, r) {
		w := want[f.Shape]
		if w.Shape = f.Shape; math.Abs(f.Share-w.Share) > 1e-6 || math.Abs(f.Chance-w.Chance) > 1e-9 || f.Rows != w.Rows {
			t.Errorf("%v: %+v, want %+v", f.Shape, f, w)
		}
		delete(want, f.Shape)
	}
	if len(want) > 0 {
		t.Errorf("not measured: %v", want)
	}

	// The first row of a causal map has no choice.
	r = text("a b a c", "")
	m = head(r, record.Decoder, 1, at(0))
	for _, f := range explain.Patterns(m, r) {
		if f.Shape == explain.Same && (f.Rows != 3 || f.Share != 1) || f.Shape == explain.Last && f.Rows > 0 {
			t.Errorf("%v: %+v", f.Shape, f)
		}
	}
	// A given mask says who may look where.
	m = head(r, record.Self, 1, at(-1))
	m.Mask = []int8{1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1}
	for _, f := range explain.Patterns(m, r) {
		if f.Shape == explain.Previous && (f.Rows != 3 || f.Chance != 0.5 || f.Share != 1) || f.Shape == explain.Next && f.Rows > 0 {
			t.Errorf("%v: %+v", f.Shape, f)
		}
	}
}

// Records of other programs may have weights where a query may not look: they are as good as 0, given by a
// mask or, in a decoder map, by the order of tokens.
func TestUnseenWeights(t *testing.T) {
	r := text("a b c d e f g h i </s>", "")
	for _, k := range []record.Kind{record.Self, record.Decoder} {
		clean := head(r, k, 0.6, at(-1))
		n := clean.Rows
		if k == record.Self {
			clean.Mask = record.MaskOf(grad.Mask{Causal: true}, n)
		}
		dirty := *clean
		clean.Weights, dirty.Weights = slices.Clone(clean.Weights), slices.Clone(clean.Weights)
		for i := range n {
			for j := i + 1; j < n; j++ {
				clean.Weights[i*n+j], dirty.Weights[i*n+j] = 0, 0.7
			}
		}
		if got, want := explain.Patterns(&dirty, r), explain.Patterns(clean, r); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", k, got, want)
		}
		r.Maps = []record.Map{*clean}
		want := rollout(t, r)
		r.Maps = []record.Map{dirty}
		if got := rollout(t, r); !slices.Equal(got.Weights, want.Weights) {
			t.Errorf("%s: rolled out %v, want %v", k, got.Weights, want.Weights)
		}
		if dirty.Weights[1] != 0.7 {
			t.Error("the map was changed")
		}
	}
}

// Tokens read with a map whose weights are not there yet serve the others; those of another size serve none.
func TestTokensOfAnotherMap(t *testing.T) {
	r := text("a b c d e", "")
	m := head(r, record.Self, 0.8, at(-1))
	if got, want := explain.Read(&record.Map{Kind: record.Self, Rows: 5, Cols: 5}, r).Patterns(m), explain.Patterns(m, r); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	small := text("a b c", "")
	for _, tokens := range []*explain.Tokens{explain.Read(head(small, record.Self, 0.8, at(0)), small), explain.Read(&record.Map{Cols: -1}, r), {}} {
		if f := tokens.Pattern(m); f.Shape != explain.Nothing {
			t.Errorf("%+v", f)
		}
	}
}

// What just fits is called so, and of two loose shapes that fit the better one.
func TestThresholds(t *testing.T) {
	r := text("we saw old Anna in Paris today and she told us all </s>", "")
	for _, c := range []struct {
		share float32
		look  func(i int) []int
		want  explain.Shape
	}{
		{0.51, to(5), explain.Few},
		{0.49, to(5), explain.Mixed},
		{0.95, func(i int) []int { // most at 5, and that is near for the rows around it
			if i >= 2 && i <= 10 {
				return []int{5}
			}
			return []int{i - 2, i - 1, i, i + 1, i + 2}
		}, explain.Few},
		{0.25, at(5), explain.Broad},
	} {
		m := head(r, record.Self, c.share, c.look)
		if f := explain.Pattern(m, r); f.Shape != c.want {
			t.Errorf("%v, want %v; %v", f, c.want, explain.Patterns(m, r))
		}
	}
}

// Between languages a Word counts where half of the output's tokens stand in the source too, not where the
// only name does.
func TestCopiedWords(t *testing.T) {
	source := "one Anna two Berlin three four five six </s>"
	for target, want := range map[string]explain.Shape{
		"<pad> Anna x Berlin y z v w u </s>":                 explain.Mixed,
		"<pad> Anna Berlin two one three four five x y </s>": explain.Word,
	} {
		r := text(source, target)
		m := head(r, record.Cross, 0.9, func(i int) []int {
			for j, k := range r.Keys(record.Cross) {
				if k.Text == r.Queries(record.Cross)[i].Text && !k.Special {
					return []int{j}
				}
			}
			return []int{7 - i*3%5}
		})
		if f := explain.Pattern(m, r); f.Shape != want {
			t.Errorf("%s: %v %v, want %v; %v", target, f.Shape, f.Share, want, explain.Patterns(m, r))
		}
	}
}

// Where the places of shapes end: which rows and keys take part.
func TestPlaces(t *testing.T) {
	// rows returns in how many rows a shape could show, and the mean number of its places there if all rows
	// see all keys.
	rows := func(r *record.Record, k record.Kind, s explain.Shape) (n int, places float64) {
		m := head(r, k, 0, to())
		for _, f := range explain.Patterns(m, r) {
			if f.Shape == s {
				return f.Rows, f.Chance * float64(m.Cols)
			}
		}
		return -1, 0
	}
	for _, c := range []struct {
		name   string
		r      *record.Record
		kind   record.Kind
		shape  explain.Shape
		rows   int
		places float64 // Chance × columns; -1 for any
	}{
		{"the last row may look at the last key", text("a b c d", "<s> x y z"), record.Cross, explain.Last, 2, 1},
		{"a causal map's last key is no end", text("a b c d", ""), record.Decoder, explain.Last, 0, 0},
		{"but its separators are", text("a <sep> c d", ""), record.Decoder, explain.Last, 2, -1},
		{"a special token is no word", text("<sep> a b <sep> a c <sep>", ""), record.Self, explain.Word, 2, 1},
		{"nor between languages", text("a b </s>", "<s> c a </s>"), record.Cross, explain.Word, 1, 1},
		{"what came after is the same word", text("s v v u w v v", ""), record.Decoder, explain.After, 2, (7.0/6 + 7.0/7) / 2}, // rows 5 and 6 at u: v at 2 is a Word
		{"the diagonal of a long source is wide", text(strings.Repeat("a ", 41), "<s> x y z"), record.Cross, explain.Along, 3, (5 + 9 + 5) / 3.0},
	} {
		if n, places := rows(c.r, c.kind, c.shape); n != c.rows || c.places >= 0 && math.Abs(places-c.places) > 1e-9 {
			t.Errorf("%s: %v in %d rows, %v places each, want %d and %v", c.name, c.shape, n, places, c.rows, c.places)
		}
	}
}

// A word in pieces: its own pieces are not another occurrence of it.
func TestPieces(t *testing.T) {
	r := text("we sleep +ing and Sleep +ing we sleep +y </s>", "")
	m := head(r, record.Self, 0.9, func(i int) []int {
		return map[int][]int{1: {4, 5}, 2: {4, 5}, 4: {1, 2}, 5: {1, 2}}[i]
	})
	for _, f := range explain.Patterns(m, r) {
		if f.Shape == explain.Word && (f.Rows != 5 || f.Share < 0.7) { // we looks at the later we too, in vain
			t.Errorf("%+v", f)
		}
	}
}

func TestTooShort(t *testing.T) {
	for _, c := range []struct {
		r *record.Record
		k record.Kind
	}{{text("a", ""), record.Self}, {text("a b", ""), record.Decoder}, {text("a", "<pad> b"), record.RNN}, {text("a b c", "<pad> d"), record.Cross}} {
		m := head(c.r, c.k, 1, at(0))
		if f := explain.Pattern(m, c.r); f.Shape != explain.Nothing || f.Share != 0 {
			t.Errorf("%s %d × %d: %+v", c.k, m.Rows, m.Cols, f)
		}
	}
	// What does not hold together is nothing, and no panic.
	r := text("a b c", "")
	for _, m := range []*record.Map{
		{}, {Kind: record.Self, Rows: 3, Cols: 3}, {Kind: record.Cross, Rows: -1, Cols: 2},
		{Kind: record.Decoder, Rows: 2, Cols: 2, Weights: make([]float32, 4), Mask: []int8{1}},
		{Kind: record.Self, Rows: 3, Cols: 3, Weights: make([]float32, 9)}, // a head switched off
	} {
		if f := explain.Pattern(m, r); f.Shape != explain.Nothing {
			t.Errorf("%+v", f)
		}
	}
	m := &record.Map{Kind: record.Self, Rows: 4, Cols: 4, Weights: make([]float32, 16)} // more than its tokens
	for i := range m.Weights {
		m.Weights[i] = 0.25
	}
	if f := explain.Pattern(m, r); f.Shape != explain.Broad {
		t.Errorf("%+v", f)
	}
}

// Of any map every share lies in [0, 1], shapes that share no place have at most the rows' weight
// together, and even attention has exactly the share of chance.
func TestProperties(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	vocabulary := strings.Fields("a b c d e +f <sep>")
	for range 400 {
		var source, target []string
		for range 1 + rng.IntN(17) {
			source = append(source, vocabulary[rng.IntN(len(vocabulary))])
		}
		for range 2 + rng.IntN(13) {
			target = append(target, vocabulary[rng.IntN(len(vocabulary))])
		}
		r := text(strings.Join(source, " "), strings.Join(target, " "))
		for _, k := range []record.Kind{record.Self, record.Decoder, record.Cross, record.RNN} {
			m := head(r, k, 0, to())
			for _, f := range explain.Patterns(m, r) {
				if math.Abs(f.Share-f.Chance) > 1e-5 && f.Rows > 0 {
					t.Fatalf("%s: even attention has %v %+v", k, f.Shape, f)
				}
			}
			sharp := rng.Float64() * 8
			for i := range m.Rows {
				row, sum := m.Weights[i*m.Cols:][:m.Cols], float32(0)
				for j := range row {
					if row[j] > 0 {
						row[j] = float32(math.Exp(sharp * rng.NormFloat64()))
						sum += row[j]
					}
				}
				for j := range row {
					row[j] /= sum
				}
			}
			apart, ends, rows := 0.0, 0.0, 0
			for _, f := range explain.Patterns(m, r) {
				if !(f.Share >= 0 && f.Share <= 1 && f.Chance >= 0 && f.Chance <= 1) || f.Rows < 0 || f.Rows > m.Rows {
					t.Fatalf("%s: %v %+v", k, f.Shape, f)
				}
				weight := f.Share * float64(f.Rows)
				switch f.Shape {
				case explain.Same, explain.Previous, explain.Next, explain.After:
					apart += weight
				case explain.Word:
					if k == record.Self || k == record.Decoder {
						apart += weight
						ends += weight
					}
				case explain.First, explain.Last:
					ends += weight
				case explain.Broad:
					rows = f.Rows
				}
			}
			if most := float64(rows) + 1e-4; apart > most || m.Cols > 1 && ends > most {
				t.Fatalf("%s: %v and %v of %d rows' weight: %v", k, apart, ends, rows, explain.Patterns(m, r))
			}
			if f := explain.Pattern(m, r); f.Shape == explain.Nothing && rows >= 2 || f.Shape.String() == "" || f.Shape.Brief() == "" || f.Shape.Says() == "" {
				t.Fatalf("%s: %+v", k, f)
			}
		}
	}
}

func BenchmarkPattern(b *testing.B) {
	words := make([]string, 512)
	for i := range words {
		words[i] = "w" + string(rune('a'+i*i%97))
	}
	r := text(strings.Join(words, " "), "")
	for _, k := range []record.Kind{record.Self, record.Decoder} {
		m := head(r, k, 0.7, at(-1))
		b.Run(string(k), func(b *testing.B) {
			for b.Loop() {
				explain.Pattern(m, r)
			}
		})
	}
}
