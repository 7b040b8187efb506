package learn

import (
	"slices"
	"strings"
	"testing"
)

func TestSaid(t *testing.T) {
	given := Given{"width": "32", "task": "sort", "arch": "dot", "heads": "2", "seed": "9"}
	if got, want := given.String(), "task=sort&arch=dot&heads=2&width=32&seed=9"; got != want {
		t.Errorf("the text form is %s, want %s", got, want)
	}
	s, notices, err := given.Setting("")
	if err != nil || s.Width != 32 || s.Seed != 9 || s.Task != "sort" || s.Arch != Dot {
		t.Errorf("%+v, %v", s, err)
	}
	if len(notices) != 1 || !strings.HasPrefix(notices[0], "heads does not apply") {
		t.Errorf("of heads in a recurrent network is said %q", notices)
	}
	for text, want := range map[string]string{
		"task=revers": "task is", "arch=lstm": "arch is", "layers=9": "1 to 4", "width=x": "16 to 128", "rate=NaN": "rate is", "rate=-1": "rate is",
		"seed=-1": "seed is", "causal=yes": "causal is", "heads=3": "multiple of the heads", "task=pairs": "needs your own pairs",
		"width=18 heads=2 positions=rotary": "rotary", "arch=dot width=17": "even", "speed=3": "no option", "optimizer=lion": "sgd, adamw, muon",
		"task=modular modulus=30": "modulus is \"30\"; it is a whole number, 31 to 59", "task=modular modulus=60": "31 to 59", "task=modular modulus=37.5": "31 to 59",
	} {
		given := Given{}
		for _, part := range strings.Fields(text) {
			name, value, _ := strings.Cut(part, "=")
			given[name] = value
		}
		if _, _, err := given.Setting(""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("of %s the error is %v, want %q", text, err, want)
		}
	}
}

// The modulus is of one task: its examples, its title and its card have it, and another starts again.
func TestModulus(t *testing.T) {
	n := small(t, "task=modular modulus=59")
	if n.Task.Title != "Add modulo 59" || n.Model.About.Title != "Add modulo 59 (decoder)" || !strings.Contains(n.Card(), "task:modular -modulus 59 ") || !strings.Contains(n.Card(), "| modulus | 59 |") {
		t.Errorf("%s: %s", n.Task.Title, n.Card())
	}
	if got := n.Setting.Given().String(); got != "task=modular&modulus=59&width=16&batch=8&steps=60" {
		t.Errorf("the setting is %s", got)
	}
	usual := small(t, "task=modular").Setting
	if names := usual.Again(&n.Setting); !slices.Equal(names, []string{"modulus"}) || usual.Modulus != 31 {
		t.Errorf("from %d to 59 %v start again", usual.Modulus, names)
	}
	s, notices, err := Given{"task": "copy", "modulus": "37"}.Setting("")
	if err != nil || !slices.Equal(notices, []string{"modulus does not apply to the task copy."}) || s.Modulus != 31 {
		t.Errorf("of copy: %+v, %q, %v", s, notices, err)
	}
}

// Every default fits together, of every task and architecture.
func TestDefaultsFit(t *testing.T) {
	for _, name := range taskNames() {
		for _, arch := range Architectures {
			if s := Default(name, arch); name != "pairs" {
				if _, notices, err := (Given{"task": name, "arch": arch}).Setting(""); err != nil || notices != nil {
					t.Errorf("%s, %s: %v %v: %+v", name, arch, notices, err, s)
				}
			}
		}
	}
}

func TestAgain(t *testing.T) {
	a := Default("reverse", Dot)
	b := a
	b.Rate, b.Batch, b.Dropout, b.Steps, b.Decay = 0.1, 8, 0.2, 9, 0.1
	if names := a.Again(&b); names != nil {
		t.Errorf("%v start the training again", names)
	}
	b.Seed, b.Width = 2, 32
	if names := a.Again(&b); !slices.Equal(names, []string{"width", "seed"}) {
		t.Errorf("%v start the training again, want width and seed", names)
	}
	for _, o := range a.Options() {
		if o.Name != "arch" && o.Value != o.Default || o.Hint == "" {
			t.Errorf("%s is %q, %q by default; its values are %q", o.Name, o.Value, o.Default, o.Hint)
		}
	}
}
