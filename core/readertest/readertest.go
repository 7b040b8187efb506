// Package readertest holds readers of files to a budget: a hostile file may cost no more than twice its
// size and 100 MB of memory, seconds of time, and a sentence of an error.
package readertest

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"testing"
	"time"
)

// Budget reads a file of so many bytes and wants an error that contains want, or none where that is empty.
func Budget(t *testing.T, name string, size int, want string, read func() error) {
	t.Helper()
	memory, took, err := spend(read)
	switch {
	case want == "" && err != nil, want != "" && (err == nil || !strings.Contains(err.Error(), want)):
		t.Errorf("%s: error %.300v, want one with %q", name, err, want)
	case err != nil && len(err.Error()) > 1000:
		t.Errorf("%s: an error of %d bytes", name, len(err.Error()))
	}
	if most := uint64(2*size + 100<<20); memory > most {
		t.Errorf("%s: %d MB for a file of %d", name, memory>>20, size>>20)
	}
	if took > 2*time.Minute { // on a machine that does much else; seconds on one that does not
		t.Errorf("%s: %v", name, took)
	}
	t.Logf("%s: %d MB, %v for %d MB", name, memory>>20, took.Round(time.Millisecond), size>>20)
}

// Peak returns the most memory that was in use while read ran, above what was before.
func Peak(read func() error) (memory uint64, err error) {
	memory, _, err = spend(read)
	return memory, err
}

// spend returns the most memory that was in use meanwhile, above what was before.
func spend(read func() error) (memory uint64, took time.Duration, err error) {
	defer debug.SetGCPercent(debug.SetGCPercent(10))
	runtime.GC()
	before := inUse()
	stop, most := make(chan bool), make(chan uint64)
	go func() {
		high := uint64(0)
		for {
			select {
			case <-stop:
				most <- high
				return
			case <-time.After(2 * time.Millisecond):
				now := inUse()
				high = max(high, now-min(now, before))
			}
		}
	}()
	start := time.Now()
	err = read()
	took = time.Since(start)
	stop <- true
	return <-most, took, err
}

// inUse returns how many bytes of the heap are taken. It is what runtime.ReadMemStats has in HeapAlloc, but does not
// stop the reader for it.
func inUse() uint64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
