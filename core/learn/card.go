package learn

import (
	"strconv"
	"strings"

	"heed/core/problem"
	"heed/core/say"
)

// Card says in Markdown what a model is, how it was trained and what it reaches.
func (n *Session) Card() string {
	var b strings.Builder
	put := func(parts ...any) { b.WriteString(say.Text(parts...)) }
	s, last := &n.Setting, n.Curve[len(n.Curve)-1]
	address, command := s.Given().String(), "heed train task:"+s.Task
	for _, o := range s.Options()[1:] {
		if value, ok := s.Given()[o.Name]; ok {
			command += " -" + o.Name + " " + value
		}
	}
	if s.Task == problem.OwnPairs {
		command += " -pairs FILE"
	}
	put("# ", n.Model.About.Title, "\n\nA small network that was trained on examples that a program makes. What to look for: ", n.Task.Look,
		"\n\nThe same setting makes the same network: `", command, "` in a terminal, `train.html#", strings.Replace(address, "task=", "train=", 1), "` in a page.\n\n")
	if !n.Done() {
		put("It was taken at step ", n.At(), " of ", s.Steps, ".\n\n")
	}
	if len(n.Changes) > 0 {
		put("But this one was not left alone: ", strings.Join(n.Changes, "; "), ".\n\n")
	}
	put("| option | value |\n|---|---|\n")
	for _, o := range s.Options() {
		if o.Applies {
			put("| ", o.Name, " | ", o.Value, " |\n")
		}
	}
	put("\nIt has ", n.Model.Net.Weights().Count(), " weights. At step ", last.Step, " it wrote ", percent(last.Unseen.Exact), " of ",
		len(n.unseen), " examples that it was never trained on without a mistake.\n\n")
	for _, f := range n.Formed() {
		put("The head `", f.HeadName(), "` had formed at step ", f.Step, ".\n\n")
	}
	put("| step | loss | accuracy | exactly right | norm of the gradient |\n|---|---|---|---|---|\n")
	every := max(1, len(n.Curve)/20)
	for i, p := range n.Curve {
		norm := three(p.Norm)
		if i == 0 {
			norm = "–" // there was no step yet
		}
		if i%every == 0 || i == len(n.Curve)-1 {
			put("| ", p.Step, " | ", three(p.Unseen.Loss), " | ", percent(p.Unseen.Accuracy), " | ", percent(p.Unseen.Exact), " | ", norm, " |\n")
		}
	}
	return b.String()
}

// percent writes a share as people read it.
func percent(x float64) string { return strconv.FormatFloat(100*x, 'f', 1, 64) + " %" }

// three writes a number with three places.
func three(x float64) string { return strconv.FormatFloat(x, 'f', 3, 64) }
