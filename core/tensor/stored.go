package tensor

import "strconv"

// Stored is the right side of a matrix product in the form of a file, such as blocks of 4 bits: its columns are
// decoded whenever a product reads them. It takes no more memory than the file has, and gives what the product of
// the decoded numbers would give.
type Stored struct {
	k, n   int
	bytes  int
	decode func(dst []float32, j int)
}

// NewStored returns a K×N right side that takes so many bytes; decode writes column j, K numbers, to dst, and may be
// called by several goroutines at once.
func NewStored(k, n, bytes int, decode func(dst []float32, j int)) *Stored {
	size(k, n)
	return &Stored{k, n, bytes, decode}
}

// Shape returns the sides of the matrix, K×N.
func (s *Stored) Shape() (k, n int) { return s.k, s.n }

// Bytes returns the memory that the matrix takes.
func (s *Stored) Bytes() int { return s.bytes }

// Column copies column j to dst, of length K.
func (s *Stored) Column(dst []float32, j int) {
	if j < 0 || j >= s.n || len(dst) != s.k {
		panic("tensor: Column: " + strconv.Itoa(len(dst)) + " numbers of column " + strconv.Itoa(j) + " of " + Shape(s.k, s.n))
	}
	s.decode(dst, j)
}

const (
	storedPanels = 8 // that are decoded together
	fewRows      = 4 // of a left side: up to here a decoded column is multiplied as it is
)

func (s *Stored) multiply(ar *Arena, dst, a, plus Matrix) {
	defer ar.Release(ar.Mark())
	if a.Rows <= fewRows {
		column := ar.Floats(s.k)
		for j := range s.n {
			s.decode(column, j)
			for i := range a.Rows {
				sum := Dot(a.Row(i), column)
				if plus.Data != nil {
					sum += plus.Data[i*plus.Stride+j]
				}
				dst.Row(i)[j] = sum
			}
		}
		return
	}
	together := storedPanels * panelCols
	columns, panels := ar.Matrix(together, s.k), ar.Floats(packedLen(s.k, together))
	for j := 0; j < s.n; j += together {
		w := min(together, s.n-j)
		for c := range w {
			s.decode(columns.Row(c), j+c)
		}
		packT(panels, columns.RowRange(0, w))
		rest := plus
		if rest.Data != nil {
			rest.Data = rest.Data[j:]
		}
		rest.Cols = w
		part := Packed{s.k, w, panels[:packedLen(s.k, w)]}
		part.multiply(ar, dst.ColRange(j, j+w), a, rest)
	}
}
