package weights

// Room is how many bytes of memory the weights of a file take once they are read: matrices that stay in blocks take
// their bits and a scale and an offset of each block, all others are float32, however the file has them. It needs the
// header alone: what has no room is not read.
func Room(f Source) int64 {
	blocks, _ := f.(interface {
		Stored(name string) (bits, block int)
	})
	var all int64
	for _, name := range f.Names() {
		n := int64(1)
		shape, _ := f.Shape(name)
		for _, side := range shape {
			n *= int64(side)
		}
		if blocks != nil && len(shape) > 1 {
			if bits, block := blocks.Stored(name); bits > 0 {
				all += n*int64(bits)/8 + n/int64(block)*8
				continue
			}
		}
		all += 4 * n
	}
	return all
}
