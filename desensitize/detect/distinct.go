package detect

import (
	"math"
	"math/bits"
)

// distinct estimates how many different values there were, to about 1.6 per cent, in 4 KiB (HyperLogLog, Flajolet et
// al. 2007, with linear counting for few values).
type distinct [1 << 12]uint8

func (d *distinct) add(s string) {
	h := hash(s)
	rank := uint8(bits.LeadingZeros64(h<<12|1<<11)) + 1
	if at := &d[h>>52]; *at < rank {
		*at = rank
	}
}

// hash is FNV-1a with the finalizer of MurmurHash3, whose high bits are good.
func hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

func (d *distinct) count() int64 {
	const m = float64(len(d))
	sum, empty := 0.0, 0
	for _, r := range d {
		sum += math.Exp2(-float64(r))
		if r == 0 {
			empty++
		}
	}
	n := 0.7213 / (1 + 1.079/m) * m * m / sum
	if n <= 2.5*m && empty > 0 {
		n = m * math.Log(m/float64(empty))
	}
	return int64(math.Round(n))
}
