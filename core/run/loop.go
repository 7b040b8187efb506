package run

import "heed/core/model"

// An output that says the same again and again has lost its way: small translators do so on texts unlike those that
// they learned from. So many repetitions make a loop, by the number of pieces that come again; those longer than
// the table repeat as seldom as its last entry says. Each repetition that stands in the source allows one more.
var loops = [...]int{1: 6, 2: 4, 3: 4, 4: 3}

const longestLoop = 12 // pieces

// looped says whether an output of a source was ended, or cut, because it repeats itself.
func looped(m *model.Model, output, source []int) bool {
	n := len(output)
	return n > 0 && m.About.Task != model.Compression && looping(output[:n-1], repetitions(source))
}

// looping reports whether ids end in a loop, for a source that repeats itself so often.
func looping(ids []int, source int) bool {
	for period := 1; period <= longestLoop; period++ {
		if most := loops[min(period, len(loops)-1)]; repeated(ids, period) >= most+source-1 {
			return true
		}
	}
	return false
}

// repeated is how often the last ids, period of them, stand at the end one after the other.
func repeated(ids []int, period int) int {
	same := 0
	for i := len(ids) - 1; i >= period && ids[i] == ids[i-period]; i-- {
		same++
	}
	if len(ids) < period {
		return 0
	}
	return 1 + same/period
}

// repetitions is how often the part of ids that repeats itself most does so, from 1 on.
func repetitions(ids []int) int {
	most := 1
	for end := range ids {
		for period := 1; period <= longestLoop; period++ {
			most = max(most, repeated(ids[:end+1], period))
		}
	}
	return most
}
