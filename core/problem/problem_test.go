package problem

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// solve computes the target of a source in another way than the generator does.
var solve = map[string]func(s string) string{
	"copy":    func(s string) string { return s },
	"reverse": func(s string) string { b := []byte(s); slices.Reverse(b); return string(b) },
	"sort": func(s string) string {
		var b strings.Builder
		for c := 'a'; c <= 'z'; c++ {
			b.WriteString(strings.Repeat(string(c), strings.Count(s, string(c))))
		}
		return b.String()
	},
	"add": func(s string) string {
		a, b, _ := strings.Cut(s, "+")
		x, _ := strconv.Atoi(a)
		y, _ := strconv.Atoi(b)
		sum := ""
		for n := x + y; n > 0 || sum == ""; n /= 10 {
			sum += string(rune('0' + n%10))
		}
		return sum
	},
	"dates": func(s string) string {
		title := s
		if i := strings.IndexByte(s, ' '); i == 3 { // MAY 3 2021
			title = s[:1] + strings.ToLower(s[1:3]) + s[3:]
		}
		for _, form := range []string{"2 January 2006", "January 2, 2006", "2 Jan 2006", "Jan 2 2006", "2006 January 2", "2.1.2006"} {
			if t, err := time.Parse(form, title); err == nil {
				return t.Format("2006-01-02")
			}
		}
		return "no form fits " + s
	},
	"morse": func(s string) string {
		var out []string
		for _, c := range s {
			out = append(out, code[c-'a'])
		}
		return strings.Join(out, " ")
	},
	"plural":    pluralOf,
	"brackets":  closeAll,
	"induction": func(s string) string { return s },
	"modular": func(s string) string {
		a, b, _ := strings.Cut(s, "+")
		x, _ := strconv.Atoi(a)
		y, _ := strconv.Atoi(b)
		return strconv.Itoa((x + y) % 31)
	},
	"toy": translateToy,
}

// closeAll takes matching pairs away until only open brackets are left.
func closeAll(s string) string {
	for {
		shorter := strings.NewReplacer("()", "", "[]", "", "{}", "").Replace(s)
		if shorter == s {
			break
		}
		s = shorter
	}
	b := []byte(strings.NewReplacer("(", ")", "[", "]", "{", "}").Replace(s))
	slices.Reverse(b)
	return string(b)
}

// translateToy finds the verb, and puts each side's noun before its adjectives.
func translateToy(s string) string {
	words := strings.Fields(s)
	at := slices.IndexFunc(words, func(w string) bool { return toyVerbs[w] != "" })
	phrase := func(words []string) string {
		out := " " + toyArticles[words[0]] + " " + toyNouns[words[len(words)-1]]
		for _, w := range words[1 : len(words)-1] {
			out += " " + toyAdjectives[w]
		}
		return out
	}
	return phrase(words[:at]) + phrase(words[at+1:]) + " " + toyVerbs[words[at]]
}

func TestTargets(t *testing.T) {
	for _, task := range All() {
		r := rand.New(rand.NewPCG(1, 2))
		lengths := map[int]bool{}
		for n := task.Min; n <= task.Max; n++ {
			for range 200 {
				e := task.Make(r, n)
				if want := solve[task.Name](e.Source); e.Target != want {
					t.Fatalf("%s: %q gives %q, want %q", task.Name, e.Source, e.Target, want)
				}
				if e.Source == "" || e.Target == "" {
					t.Fatalf("%s: an empty side: %q", task.Name, e)
				}
				lengths[len(e.Source)] = true
			}
		}
		if task.Max > task.Min && len(lengths) < task.Max-task.Min {
			t.Errorf("%s has sources of only %d lengths", task.Name, len(lengths))
		}
		if task.Look == "" || !strings.HasSuffix(task.Look, ".") {
			t.Errorf("%s does not say what to look for in a sentence: %q", task.Name, task.Look)
		}
	}
}

// TestModulo: sums modulo each p are right, and both sides have some.
func TestModulo(t *testing.T) {
	for p := LeastModulus; p <= MostModulus; p++ {
		task, most := Modulo(p), 0
		if task.Title != "Add modulo "+strconv.Itoa(p) || len(task.Symbols) != p-10 {
			t.Errorf("%s has %d symbols", task.Title, len(task.Symbols))
		}
		r := rand.New(rand.NewPCG(1, 2))
		for i := range 1000 {
			e := task.Draw(r, i%2 == 0)
			a, b, _ := strings.Cut(e.Source, "+")
			x, _ := strconv.Atoi(a)
			y, _ := strconv.Atoi(b)
			if most = max(most, x, y); e.Target != strconv.Itoa((x+y)%p) {
				t.Fatalf("modulo %d %s is %s", p, e.Source, e.Target)
			}
		}
		if most != p-1 {
			t.Errorf("modulo %d the largest number is %d", p, most)
		}
	}
}

func TestFamiliar(t *testing.T) {
	for source, want := range map[string]string{"baby": "babies", "wolf": "wolves", "fox": "foxes", "toy": "toys", "cliff": "cliffs", "knife": "knives", "dish": "dishes", "cat": "cats"} {
		if got := pluralOf(source); got != want {
			t.Errorf("the plural of %s is %s, want %s", source, got, want)
		}
	}
	for i, want := range map[rune]string{'s': "...", 'o': "---", 'q': "--.-"} {
		if code[i-'a'] != want {
			t.Errorf("Morse %c is %s, want %s", i, code[i-'a'], want)
		}
	}
}

// TestUnseen: no source is on both sides, both sides come up, and every length has unseen examples.
func TestUnseen(t *testing.T) {
	for _, task := range All() {
		r := rand.New(rand.NewPCG(3, 4))
		seen := map[string]bool{}
		for range 2000 {
			seen[task.Draw(r, false).Source] = true
		}
		for range 500 {
			if e := task.Draw(r, true); seen[e.Source] {
				t.Fatalf("%s: %q is held out and trained on", task.Name, e.Source)
			}
		}
		n := 0
		for range 4000 {
			if task.Unseen(task.Make(r, task.Train).Source) {
				n++
			}
		}
		if want := int(4000 * uint64(task.held) >> 32); n < want*3/4 || n > want*5/4 {
			t.Errorf("%s: %d of 4000 examples are held out, want about %d", task.Name, n, want)
		}
	}
}

// TestSeeds: the same seed gives the same examples in every build; these were drawn once and hold for all.
func TestSeeds(t *testing.T) {
	for name, want := range seeds {
		task, err := Find(name)
		if err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(1, 1))
		var got []string
		for range 3 {
			e := task.Draw(r, false)
			got = append(got, e.Source+"\t"+e.Target)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: seed 1 gives %q, want %q", name, got, want)
		}
	}
}

func TestPairs(t *testing.T) {
	good := ""
	for i := range 40 {
		good += "source " + strconv.Itoa(i) + "\ttarget é" + strconv.Itoa(i) + "\textra\r\n\n"
	}
	task, err := Pairs("\ufeff" + good)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(task.Symbols, []string{"é"}) {
		t.Errorf("symbols are %q, want é", task.Symbols)
	}
	r := rand.New(rand.NewPCG(1, 1))
	if e := task.Draw(r, false); !strings.HasPrefix(e.Target, "target é") || strings.Contains(e.Target, "extra") {
		t.Errorf("drew %q", e)
	}
	task.Draw(r, true)

	for text, want := range map[string]string{
		"":                                      "at least 10 are needed",
		"a\tb\n":                                "1 pair found; at least 10",
		good + "one column\n":                   "line 81 has one column",
		good + "a\t \n":                         "line 81 has an empty target",
		good + "\tb\n":                          "line 81 has an empty source",
		good + "a\xff\tb\n":                     "line 81 is not UTF-8",
		good + strings.Repeat("x", 201) + "\tb": "line 81: the source has 201 characters",
		strings.Repeat("a\tb\n", 600_000):       "2400000 bytes; at most 2000000",
		strings.Repeat("a\tb\n", 20):            "the same source; different sources are needed",
	} {
		if _, err := Pairs(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("of %.20q the error is %v, want %q", text, err, want)
		}
	}

	// Ten pairs are enough, whatever their sources are.
	for i := range 200 {
		few := ""
		for j := range FewestOwn {
			few += strconv.Itoa(1000*i+j) + "\tx\n"
		}
		if task, err = Pairs(few); err != nil {
			t.Fatalf("of %q: %v", few, err)
		}
		if unseen, seen := task.Draw(r, true).Source, task.Draw(r, false).Source; unseen == seen {
			t.Fatalf("of %q, %s is both seen and unseen", few, seen)
		}
	}

	many := ""
	for i := range 1000 {
		many += strconv.Itoa(i) + string(rune(0x4e00+i)) + "\tx" + string(rune(0x5e00+i)) + "\n"
	}
	if task, err = Pairs(many); err != nil || len(task.Symbols) != symbols {
		t.Errorf("2,000 different characters: %v, %d symbols", err, len(task.Symbols))
	}
}

// TestAddLength: of a sum of length n both numbers have n digits, and one has no zero before it.
func TestAddLength(t *testing.T) {
	add, err := Find("add")
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(5, 6))
	for n := add.Min; n <= add.Max; n++ {
		for range 200 {
			source := add.Make(r, n).Source
			if a, b, _ := strings.Cut(source, "+"); len(a) != n || len(b) != n || n > 1 && a[0] == '0' && b[0] == '0' {
				t.Fatalf("%s is no sum of length %d", source, n)
			}
		}
	}
}

func TestFind(t *testing.T) {
	if _, err := Find("pairs"); err == nil || strings.Contains(err.Error(), "unknown") || !strings.Contains(err.Error(), "a tab") {
		t.Errorf("the reader's own pairs: %v", err)
	}
	if all := All(); len(all) > 0 {
		all[0] = nil
	}
	if All()[0] == nil {
		t.Error("a caller's change of the list is everybody's")
	}
	if _, err := Find("revers"); err == nil || !strings.Contains(err.Error(), "reverse") {
		t.Errorf("an unknown task: %v", err)
	}
}
