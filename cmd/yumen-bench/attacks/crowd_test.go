package attacks

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What attacks are about must be there: rare jobs are rare, giants are nearly all of their sector, others are not.
func TestCrowdHasTargets(t *testing.T) {
	for _, n := range []int{80, 400} {
		c := NewCrowd(n, 1)
		jobs, sums := map[string]int{}, map[string]int{}
		for _, p := range c.people {
			jobs[p.job]++
			sums[p.sector] += p.income
		}
		if len(c.rare) == 0 || len(c.giants) == 0 {
			t.Fatalf("%d people: %d rare, %d giants", n, len(c.rare), len(c.giants))
		}
		for _, seat := range c.rare {
			if got := jobs[c.people[seat-1].job]; got != 1 {
				t.Errorf("a rare job is that of %d", got)
			}
		}
		for _, seat := range c.giants {
			if p := c.people[seat-1]; float64(sums[p.sector]) > 1.1*float64(p.income) {
				t.Errorf("the giant of %s has %d of %d", p.sector, p.income, sums[p.sector])
			}
		}
	}
}

func TestNeighbouringTables(t *testing.T) {
	c := NewCrowd(80, 1)
	whole, without := strings.Split(string(c.CSV(0)), "\n"), strings.Split(string(c.CSV(Target)), "\n")
	if len(whole) != len(without)+1 || cmp.Diff(append(whole[:Target:Target], whole[Target+1:]...), without) != "" {
		t.Errorf("the tables do not differ by the person on seat %d alone", Target)
	}
	if !bytes.Equal(c.CSV(0), NewCrowd(80, 1).CSV(0)) || bytes.Equal(c.CSV(0), NewCrowd(80, 2).CSV(0)) {
		t.Error("people do not follow from the seed")
	}
}

// Subsets are about half of all, and each is another.
func TestSubsets(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	sum := 0
	for range 200 {
		for _, in := range newSubset(r, 400).row() {
			sum += bit(in)
		}
	}
	near(t, "share of a subset", float64(sum)/200/400, 0.5, 0.02)
}

// The values are those of the DWARF standard, appendix C, and of the specification of WebAssembly.
func TestSigned(t *testing.T) {
	for v, want := range map[int][]byte{2: {2}, -2: {0x7e}, 127: {0xff, 0}, -127: {0x81, 0x7f}, 128: {0x80, 1},
		-128: {0x80, 0x7f}, -123456: {0xc0, 0xbb, 0x78}} {
		if got := signed(v); !bytes.Equal(got, want) {
			t.Errorf("signed(%d) = %x, want %x", v, got, want)
		}
	}
}
