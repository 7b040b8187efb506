package say

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"
)

// TestAsFmt compares with package fmt, in whose place this one stands.
func TestAsFmt(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, c := range []struct{ got, want string }{
		{Text(), ""},
		{Text("a", " b ", "", "ç"), "a b ç"},
		{Text(0, -7, int64(math.MinInt64), true, false), fmt.Sprintf("%d%d%d%v%v", 0, -7, int64(math.MinInt64), true, false)},
		{Text(float32(0.1), " ", 0.1, " ", 1e21, " ", 1e-5, " ", float32(1e6)), fmt.Sprintf("%v %v %v %v %v", float32(0.1), 0.1, 1e21, 1e-5, float32(1e6))},
		{Text(inf, " ", -inf, " ", math.NaN()), fmt.Sprintf("%v %v %v", inf, -inf, math.NaN())},
		{Text([]int(nil), []int{1}, []int{1, -2, 3}), fmt.Sprintf("%v%v%v", []int(nil), []int{1}, []int{1, -2, 3})},
		{Text("x: ", io.EOF), fmt.Sprintf("x: %v", io.EOF)},
		{Cut("attention", 4), fmt.Sprintf("%.4s", "attention")},
		{Cut("été", 2), fmt.Sprintf("%.2s", "été")},
		{Cut("été", 3), "été"},
		{Cut("é", 0), ""},
		{Cut("a\xff\xffb", 3), fmt.Sprintf("%.3s", "a\xff\xffb")},
		{Quote("a\n\"\xff\u202e☃"), fmt.Sprintf("%.60q", "a\n\"\xff\u202e☃")},
		{Quote(strings.Repeat("é", 99)), fmt.Sprintf("%.60q", strings.Repeat("é", 99))},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
}

func TestErrorWraps(t *testing.T) {
	err := Error("page ", 3, " cannot be read: ", io.EOF, ".")
	if !errors.Is(err, io.EOF) || err.Error() != "page 3 cannot be read: EOF." {
		t.Errorf("%q, is EOF: %v", err, errors.Is(err, io.EOF))
	}
	if err := Error("page ", 3); err.Error() != "page 3" || errors.Unwrap(err) != nil {
		t.Errorf("%q wraps %v", err, errors.Unwrap(err))
	}
}

func TestUnknownTypePanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a struct was taken for text")
		}
	}()
	Text(struct{}{})
}
