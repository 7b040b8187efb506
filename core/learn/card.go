package learn

import (
	"strconv"
	"strings"

	"heed/core/say"
)

// Card says in Markdown what a model is, how it was trained and what it reaches.
func (n *Session) Card() string {
	var b strings.Builder
	put := func(parts ...any) { b.WriteString(say.Text(parts...)) }
	s, last := &n.Setting, n.Curve[len(n.Curve)-1]
	put("# ", n.Task.Title, "\n\nA small network that was trained by `heed train task:", s.Task, "`, or in Heed's page, on examples that a program makes. What to look for: ",
		n.Task.Look, "\n\n| option | value |\n|---|---|\n")
	for _, o := range s.Options() {
		if o.Applies {
			put("| ", o.Name, " | ", o.Value, " |\n")
		}
	}
	put("\nIt has ", n.Model.Net.Weights().Count(), " weights. After ", last.Step, " steps it writes ", percent(last.Unseen.Exact), " of ",
		len(n.unseen), " examples that it was never trained on without a mistake.\n\n| step | loss | accuracy | exactly right |\n|---|---|---|---|\n")
	every := max(1, len(n.Curve)/20)
	for i, p := range n.Curve {
		if i%every == 0 || i == len(n.Curve)-1 {
			put("| ", p.Step, " | ", three(p.Unseen.Loss), " | ", percent(p.Unseen.Accuracy), " | ", percent(p.Unseen.Exact), " |\n")
		}
	}
	return b.String()
}

// percent writes a share as people read it.
func percent(x float64) string { return strconv.FormatFloat(100*x, 'f', 1, 64) + " %" }

// three writes a number with three places.
func three(x float64) string { return strconv.FormatFloat(x, 'f', 3, 64) }
