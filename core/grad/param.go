package grad

import (
	"strconv"
	"sync"

	"heed/core/tensor"
)

// Role says what a weight does in its network.
type Role uint8

const (
	Matrix Role = iota // a linear map between layers, [out, in]
	Table              // a row for each token, position or token type
	Output             // the logits' own matrix, [V, C], where that is not the table
	Gain               // of a norm: one row, which starts at 1
	Bias               // one row
	Vector             // the vector of additive attention: one row
)

// Param is a named weight of a model: its values, what they are for, and the form in which they are
// stored. A matrix is [out, in], a gain, bias or vector one row.
//
// The values stand in memory once: row by row, or, from the first product that reads them on, as
// products read them. Only where a Tape keeps gradients of the weights, which change at every step,
// are there both. Reading is safe for several goroutines at once, Set is not.
type Param struct {
	Name       string
	Role       Role
	Rows, Cols int
	Shape      []int   // in files: the sides of a matrix or table, the length of all else, except for Stored
	Transposed bool    // files store the matrix [in, out] (GPT-2's Conv1D)
	Less       float32 // files store the values less this (Gemma's gains: less 1)
	Order      []int   // files store row i (of one row, number i) as their row Order[i]; nil: as row i
	index      int

	mu    sync.Mutex
	x     tensor.Matrix // row by row; no Data where right alone holds the values, or none were given yet
	right tensor.Right  // of x·wᵀ; nil before the first product
	stale bool          // right holds older values than x, or is not of the form that is required
	keep  bool          // x is kept beside right
	bytes bool          // right may be a tensor.Int8
}

// Params are the weights of a model in a fixed order.
type Params struct {
	List []*Param
}

// New adds a rows×cols weight, zeroed, or 1 where it is a gain.
func (ps *Params) New(name string, role Role, rows, cols int) *Param {
	if rows < 0 || cols < 0 || role > Vector || role >= Gain && rows != 1 {
		fail("New", name, "of", tensor.Shape(rows, cols), "in role", strconv.Itoa(int(role)))
	}
	p := &Param{Name: name, Role: role, Rows: rows, Cols: cols, Shape: []int{rows, cols}, index: len(ps.List)}
	if role >= Gain {
		p.Shape, p.keep, p.x = []int{cols}, true, tensor.New(1, cols)
	}
	if role == Gain {
		for i := range p.x.Data {
			p.x.Data[i] = 1
		}
	}
	ps.List = append(ps.List, p)
	return p
}

// Count returns the number of weights, counted one by one.
func (ps *Params) Count() int {
	n := 0
	for _, p := range ps.List {
		n += p.Rows * p.Cols
	}
	return n
}

// Compact sets whether products read matrices and tables as tensor.Int8 has them, where their values allow that: those
// of models that are stored so. What Store was given stays. Products then round what they multiply them with. Gradients
// of weights are of float32 all the same, which NewTape sees to. No Pass may read the weights while it runs. It returns
// whether that is new.
func (ps *Params) Compact(yes bool) (changes bool) {
	for _, p := range ps.List {
		p.mu.Lock()
		if p.bytes != yes {
			changes, p.bytes = true, yes
			p.stale = p.stale && p.x.Data != nil || !p.fits()
		}
		p.mu.Unlock()
	}
	return changes
}

// Bytes returns the memory that the values take.
func (p *Param) Bytes() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 4 * len(p.x.Data)
	if p.right != nil {
		n += p.right.Bytes()
	}
	return n
}

// StoreTransposed says that files store the matrix [in, out].
func (p *Param) StoreTransposed() { p.Transposed, p.Shape = true, []int{p.Cols, p.Rows} }

// Store says in which form products read the values from now on, such as the one that a file has them in: b is the
// transpose of the weight, [in, out]. Nothing else is kept of them. A tensor.Int8 is for Compact products; others lay
// its numbers out anew. It panics where b has another shape.
func (p *Param) Store(b tensor.Right) {
	if k, n := b.Shape(); k != p.Cols || n != p.Rows {
		fail("Store", tensor.Shape(k, n), "as the transpose of", p.Name, "of", tensor.Shape(p.Rows, p.Cols))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.x, p.right = tensor.Matrix{}, b
	p.stale = !p.fits()
}

// fits says whether the form that products read is the one that Compact wants. Blocks always are.
func (p *Param) fits() bool {
	switch p.right.(type) {
	case *tensor.Packed:
		return !p.bytes
	case *tensor.Int8:
		return p.bytes
	}
	return true
}

// Values returns the values, Rows×Cols, to be read only: a copy where they are stored in another form.
func (p *Param) Values() tensor.Matrix {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.values()
}

// RowRange returns rows from to to-1 of the values, to be read only, as Values does: of a table, a few rows are
// much less than all.
func (p *Param) RowRange(from, to int) tensor.Matrix {
	if from < 0 || from > to || to > p.Rows {
		fail("RowRange", "rows", strconv.Itoa(from), "to", strconv.Itoa(to), "of", p.Name, "of", tensor.Shape(p.Rows, p.Cols))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rowRange(from, to)
}

func (p *Param) rowRange(from, to int) tensor.Matrix {
	if p.x.Data != nil {
		return p.x.RowRange(from, to)
	}
	x := tensor.New(to-from, p.Cols)
	if p.right != nil {
		for i := range x.Rows {
			p.right.Column(x.Row(i), from+i)
		}
	}
	return x
}

func (p *Param) values() tensor.Matrix { return p.rowRange(0, p.Rows) }

// Set lets change write to the values, Rows×Cols, which hold what they were. No Pass may read the
// weight while it runs, nor may change keep x.
func (p *Param) Set(change func(x tensor.Matrix)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.x = p.values()
	change(p.x)
	p.stale = true
}

// keepValues keeps the values row by row beside the form that products read: they are about to change
// at every step. Those that are there stay where they are: see row.
func (p *Param) keepValues() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.x.Data == nil {
		p.x = p.values()
	}
	p.keep = true
	p.stale = p.stale || p.bytes
}

// Pack lays out the weight for the products that read it, ahead of them: several cores can then share
// the work, which otherwise the first to come does. Weights that no product has read do not need it,
// except for matrices, which all are.
func (p *Param) Pack() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.Role == Matrix || p.right != nil {
		p.pack()
	}
}

// forProduct returns the transpose of the weight as products read it.
func (p *Param) forProduct() tensor.Right {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pack()
	return p.right
}

func (p *Param) pack() {
	if p.right == nil || p.stale {
		x := p.values()
		var bytes *tensor.Int8
		if p.bytes && !p.keep {
			bytes = tensor.PackInt8T(x)
		}
		if packed, ok := p.right.(*tensor.Packed); ok && p.keep {
			packed.SetT(x)
		} else if bytes != nil {
			p.right = bytes
		} else {
			p.right = tensor.PackT(x) // not in place: views of the older values are let be
		}
		p.stale = false
	}
	if !p.keep {
		p.x = tensor.Matrix{}
	}
}

// forRows returns what row copies from: the values row by row, or else as products read them.
func (p *Param) forRows() rows {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.x.Data == nil && p.right == nil {
		p.x = p.values()
	}
	return rows{p.x, p.right}
}

// rows gives the rows of a weight.
type rows struct {
	x     tensor.Matrix
	right tensor.Right
}

// row returns row i: the stored one, or a copy in scratch.
func (r rows) row(i int, scratch []float32) []float32 {
	if r.x.Data != nil {
		return r.x.Row(i)
	}
	r.right.Column(scratch, i)
	return scratch
}

// valuesIn is Values with a copy in the arena.
func (p *Param) valuesIn(ar *tensor.Arena) tensor.Matrix {
	r := p.forRows()
	if r.x.Data != nil {
		return r.x
	}
	x := ar.Matrix(p.Rows, p.Cols)
	for i := range x.Rows {
		r.right.Column(x.Row(i), i)
	}
	return x
}

// row returns the values of a weight of one row, such as a bias. Nobody moves them, so it takes no lock.
func (p *Param) row() []float32 { return p.x.Data }
