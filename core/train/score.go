package train

import (
	"cmp"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"heed/core/grad"
	"heed/core/model"
	"heed/core/tensor"
)

// Score is how probable a network finds what an example has it write.
type Score struct {
	LogProb float64 `json:"log_prob"` // of all tokens to predict, nats
	Tokens  int     `json:"tokens"`   // to predict, the end token included; of a text to fill, the hidden ones
	// Of a text to fill: its hidden words, and how many of them are the most probable ones in all their
	// tokens.
	Words int `json:"words,omitempty"`
	Right int `json:"right,omitempty"`
}

// Add adds another score to s.
func (s *Score) Add(other Score) {
	s.LogProb += other.LogProb
	s.Tokens += other.Tokens
	s.Words += other.Words
	s.Right += other.Right
}

// Scores returns the score of each example, without dropout or smoothing, on all cores.
func Scores(net model.Net, examples []Example) []Score {
	scores := make([]Score, len(examples))
	EachBatch(len(examples), func(i int) int { return examples[i].Size() }, func(p *grad.Pass, at []int) {
		p.Arena.Reset()
		var b Batch
		for _, i := range at {
			b.Add(examples[i])
		}
		logits := b.Logits(p, net).X
		row := 0
		for _, i := range at {
			e, s := examples[i], &scores[i]
			s.Tokens = e.Labels()
			right := false
			for j := range s.Tokens {
				id, x := b.Labels[row], logits.Row(row)
				row++
				if e.Hidden != nil {
					first := j == 0 || e.Word[j] != e.Word[j-1]
					last := j+1 == len(e.Word) || e.Word[j] != e.Word[j+1]
					right = (first || right) && tensor.ArgMax(x) == id
					if last {
						s.Words++
					}
					if last && right {
						s.Right++
					}
				}
				logit := x[id]
				s.LogProb += float64(logit) - float64(tensor.Softmax(x, x))
			}
		}
	})
	return scores
}

// A pass of EachBatch has at most so many examples, and about so many tokens.
const (
	batchMost   = 32
	batchTokens = 4096
)

// EachBatch puts 0 to n-1 in order of their sizes, in tokens, cuts that into batches, and calls f with each, on
// all cores, with a pass of its own.
func EachBatch(n int, size func(i int) int, f func(p *grad.Pass, batch []int)) {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(size(a), size(b)) })
	var batches [][]int
	from, tokens := 0, 0
	for at, i := range order {
		n := size(i)
		if at > from && (at-from == batchMost || tokens+n > batchTokens) {
			batches = append(batches, order[from:at])
			from, tokens = at, 0
		}
		tokens += n
	}
	if from < len(order) {
		batches = append(batches, order[from:])
	}
	var passes sync.Pool
	InParallel(len(batches), func(i int) {
		p, _ := passes.Get().(*grad.Pass)
		if p == nil {
			p = grad.NewPass()
		}
		defer passes.Put(p)
		f(p, batches[i])
	})
}

// InParallel calls f(0) to f(n-1) on as many cores as there are. The order does not show in the
// results.
func InParallel(n int, f func(i int)) {
	workers := min(n, runtime.GOMAXPROCS(0))
	var wg sync.WaitGroup
	var taken atomic.Int64
	for range workers {
		wg.Go(func() {
			for i := int(taken.Add(1)) - 1; i < n; i = int(taken.Add(1)) - 1 {
				f(i)
			}
		})
	}
	wg.Wait()
}
