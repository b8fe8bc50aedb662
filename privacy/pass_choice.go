package privacy

import "hash/maphash"

// Choice decides in which groups a unit counts that has more of them than it may, and which of its values go into a
// tree. It is drawn for each run, so that no group is favoured from run to run. The guarantee does not rest on its
// being random: any rule that looks at the unit and its own rows alone would do.
type Choice struct {
	seed maphash.Seed
	key  uint64
}

// NewChoice draws a rule. All passes of a run share it.
func NewChoice() Choice {
	s := maphash.MakeSeed()
	return Choice{seed: s, key: maphash.String(s, "unit")}
}

// Rank returns what a group is chosen by, from its keys alone. That two groups of a unit have one rank, and which of
// them counts follows from the order in which they were met, has a chance of 2^-64 for each pair.
func (c Choice) Rank(keys []Value) uint64 {
	rank := uint64(0)
	for _, k := range keys {
		h := maphash.String(c.seed, k.Text)
		if k.Null {
			h = c.key
		}
		rank = mix(rank + h)
	}
	return rank
}

func (c Choice) unit(u int64) uint64 { return mix(uint64(u) ^ c.key) }

// mix is the finaliser of MurmurHash3 (Appleby), a bijection of 64 bits.
func mix(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}
