package recipe

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"

	"heed/core/grad"
	"heed/core/model"
	"heed/core/tensor"
	"heed/core/token"
)

// Adopt starts a run with a vocabulary learned anew, from the weights of the model in dir, whose vocabulary and
// number of layers may be others. A piece that both vocabularies have keeps its embedding; a new one gets the mean
// of those that the old tokenizer makes of it. Of L layers to be made from K, layer i is the old i·K/L. Weights that
// the old model lacks, or has of another shape, are drawn.
func Adopt(r *Recipe, d *Data, dir string) (*Training, error) {
	old, net, err := r.open(dir)
	if err != nil {
		return nil, err
	}
	t, err := r.TrainTokenizer(d)
	if err != nil {
		return nil, err
	}
	net.Init(rand.New(rand.NewPCG(r.Seed, 0x696e6974)))
	before := map[string]*grad.Param{}
	for _, p := range old.Net.Weights().List {
		before[p.Name] = p
	}
	depth, oldDepth := depths(net), depths(old.Net)
	oldVocab, _ := old.Net.Limits()
	vocab, _ := net.Limits()
	adopted := 0
	for _, p := range net.Weights().List {
		name := layerName.ReplaceAllStringFunc(p.Name, func(s string) string {
			part := layerName.FindStringSubmatch(s)
			i, _ := strconv.Atoi(part[2])
			return part[1] + strconv.Itoa(i*oldDepth[part[1]]/max(1, depth[part[1]])) + "."
		})
		q := before[name]
		if q == nil {
			continue
		}
		p.Set(func(x tensor.Matrix) {
			was := q.Values()
			switch {
			case q.Rows == oldVocab && p.Rows == vocab && q.Cols == p.Cols:
				adoptRows(x, was, t, old.Tokenizer)
			case q.Cols == oldVocab && p.Cols == vocab && q.Rows == 1 && p.Rows == 1:
				adoptRows(tensor.From(x.Data, vocab, 1), tensor.From(was.Data, oldVocab, 1), t, old.Tokenizer)
			case q.Rows == p.Rows && q.Cols == p.Cols:
				copy(x.Data, was.Data)
			default:
				return
			}
			adopted++
		})
	}
	if adopted == 0 {
		return nil, fmt.Errorf("no weight of the model in %s has the name and the shape of one of the recipe's: leave -from out", dir)
	}
	return newTraining(r, d, t, net), nil
}

// layerName finds the number of a layer in the name of a weight.
var layerName = regexp.MustCompile(`^(.*layers\.)(\d+)\.`)

// depths counts the layers of each stack, by the start of their weights' names.
func depths(net model.Net) map[string]int {
	out := map[string]int{}
	for _, p := range net.Weights().List {
		if part := layerName.FindStringSubmatch(p.Name); part != nil {
			i, _ := strconv.Atoi(part[2])
			out[part[1]] = max(out[part[1]], i+1)
		}
	}
	return out
}

// adoptRows fills x, a row for each piece of a tokenizer, from old, which has a row for each piece of another.
func adoptRows(x, old tensor.Matrix, t, oldTokens *token.Tokenizer) {
	for id := range x.Rows {
		row := x.Row(id)
		clear(row)
		from := []int{}
		if b := t.Bytes(id); b == nil {
			if i, ok := oldTokens.ID(t.Text(id)); ok {
				from = append(from, i)
			}
		} else {
			for _, p := range oldTokens.EncodePlain(string(b)) {
				from = append(from, p.ID)
			}
		}
		for _, i := range from {
			tensor.AddScaled(row, 1/float32(len(from)), old.Row(i))
		}
	}
}
