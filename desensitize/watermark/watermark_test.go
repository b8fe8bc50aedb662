package watermark

import (
	"fmt"
	"math"
	"testing"
)

func TestUpperTail(t *testing.T) {
	for _, c := range []struct {
		n, k     int
		low, top float64
	}{
		{10, 9, 11.0 / 1024 * 0.999999, 11.0 / 1024 * 1.000001},
		{0, 0, 1, 1},
		{8000, 8000, 0, 1e-300},
		{1000, 500, 0.5, 0.52},
		{1000, 501, 0.48, 0.5},
		{5, 0, 1, 1},
	} {
		if p := Test("", c.n, c.k).P; p < c.low || p > c.top {
			t.Errorf("%d of %d: %g, want from %g to %g", c.k, c.n, p, c.low, c.top)
		}
	}
}

// Parities are even chances, differ between recipients, and the choice of cells does not depend on the recipient.
func TestCells(t *testing.T) {
	a, b := New([]byte("key"), "A", 4), New([]byte("key"), "B", 4)
	other := New([]byte("another key"), "A", 4)
	const n = 20000
	chosen, ones, same, overlap := 0, 0, 0, 0
	for i := range n {
		anchor := fmt.Append(nil, i)
		isA, parityA, _ := a.Cell(anchor, "x")
		isB, parityB, _ := b.Cell(anchor, "x")
		isOther, _, _ := other.Cell(anchor, "x")
		if isA != isB {
			t.Fatal("the choice depends on the recipient")
		}
		if !isA {
			continue
		}
		chosen++
		ones += int(parityA)
		if parityA == parityB {
			same++
		}
		if isOther {
			overlap++
		}
	}
	near := func(what string, got int, of int, share float64) {
		if d := math.Abs(float64(got) - float64(of)*share); d > 5*math.Sqrt(float64(of)*share*(1-share)) {
			t.Errorf("%s: %d of %d, want %.2f", what, got, of, share)
		}
	}
	near("chosen", chosen, n, 0.25)
	near("ones", ones, chosen, 0.5)
	near("same for two recipients", same, chosen, 0.5)
	near("chosen under two keys", overlap, chosen, 0.25)
}

func TestFound(t *testing.T) {
	e := Test("A", 100, 80) // p is 5.6e-10
	if !e.Found(100, 1e-6) || e.Found(100_000, 1e-6) || Test("A", 0, 0).Found(1, 0.5) {
		t.Error(e)
	}
}
