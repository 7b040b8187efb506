package tensor

import (
	"math"
	"strconv"
)

// Arena hands out buffers and takes them all back at once, so that a forward pass allocates
// nothing once the arena has grown to its size. It is not safe for concurrent use. The zero value
// is ready.
//
// What was taken back is handed out again, and who still holds it reads the numbers of others. A
// build with the tag debug fills it with NaN at once, and panics at a Mark that does not hold any more.
type Arena struct {
	chunks [][]float32
	at     Mark // what has been handed out
	peak   int  // the most floats that were out at once since the last Reset
	resets int  // how often Reset was called
}

// Mark is a point that an Arena can return to.
type Mark struct {
	chunk, used int // the chunk in use, and the floats used of it
	total       int // floats handed out in all
	resets      int // of the arena, so far
}

// arenaChunk is the smallest chunk in floats (1 MiB).
const arenaChunk = 1 << 18

// Floats returns n floats of unspecified content, aligned to 64 bytes. It panics when n is negative.
func (a *Arena) Floats(n int) []float32 {
	if n < 0 {
		panic("tensor: " + strconv.Itoa(n) + " floats of an arena")
	}
	size := (n + 15) &^ 15
	for a.at.chunk < len(a.chunks) && a.at.used+size > len(a.chunks[a.at.chunk]) {
		a.at.chunk++
		a.at.used = 0
	}
	if a.at.chunk == len(a.chunks) {
		a.chunks = append(a.chunks, make([]float32, max(size, arenaChunk)))
	}
	s := a.chunks[a.at.chunk][a.at.used : a.at.used+n : a.at.used+size]
	a.at.used += size
	a.at.total += size
	a.peak = max(a.peak, a.at.total)
	return s
}

// Matrix returns a rows×cols matrix of unspecified content.
func (a *Arena) Matrix(rows, cols int) Matrix {
	return Matrix{rows, cols, cols, a.Floats(size(rows, cols))}
}

// Zeros returns a zeroed rows×cols matrix.
func (a *Arena) Zeros(rows, cols int) Matrix {
	m := a.Matrix(rows, cols)
	clear(m.Data)
	return m
}

// Mark returns the point that has been reached, for Release.
func (a *Arena) Mark() Mark { return a.at }

// Release takes back all that was handed out since the mark. The mark must be of this arena, and what
// it stands for must not have been taken back already, by an older mark or by Reset.
func (a *Arena) Release(m Mark) {
	if Debug {
		if !a.Holds(m) {
			panic("tensor: Release: the mark is stale: what was handed out before it has been taken back already")
		}
		a.spoil(m)
	}
	a.at = m
}

// Holds reports whether all that had been handed out at the mark still is.
func (a *Arena) Holds(m Mark) bool { return m.resets == a.resets && m.total <= a.at.total }

// spoil fills what was handed out since the mark with NaN.
func (a *Arena) spoil(m Mark) {
	nan := float32(math.NaN())
	for i, from := m.chunk, m.used; i < len(a.chunks) && i <= a.at.chunk; i, from = i+1, 0 {
		to := len(a.chunks[i])
		if i == a.at.chunk {
			to = a.at.used
		}
		for j := from; j < to; j++ {
			a.chunks[i][j] = nan
		}
	}
}

// Reset takes back everything. An arena that grew by pieces becomes one piece, in which no room is
// lost between buffers of other sizes than before.
func (a *Arena) Reset() {
	if Debug {
		a.spoil(Mark{})
	}
	a.resets++
	if len(a.chunks) > 1 {
		a.chunks = [][]float32{make([]float32, a.peak)}
	}
	a.at, a.peak = Mark{resets: a.resets}, 0
}

// Size returns the bytes that the arena holds.
func (a *Arena) Size() int {
	n := 0
	for _, c := range a.chunks {
		n += 4 * len(c)
	}
	return n
}
