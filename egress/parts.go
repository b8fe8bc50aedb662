package egress

import (
	"fmt"
	"math/big"
	"slices"

	"github.com/yumen-data/yumen"
)

// parts is the minimum frequency rule for what figures tell together. Figures that add up the same values over different parts of
// a group can be added and subtracted: A + B − (A or B) is what A and B have in common. Rows are told apart by the combination
// of parts that they are in, so each sum of figures is a sum over combinations. Where a combination with fewer than k units is
// no linear combination of those with k or more, some sum of figures rests on it alone; then the figures that tell it apart
// are suppressed, the last ones first.
//
// A combination that can occur and does not is judged as one with a few units: that nobody is there would tell as much.
func parts(t *table) yumen.Finding {
	var cells []yumen.Cell
	for row := range t.groups {
		for _, units := range []bool{false, true} {
			cells = append(cells, t.separating(row, units)...)
		}
	}
	return suppress(yumen.RuleThresholdParts, fmt.Sprintf("k = %d", t.s.K), fmt.Sprintf("%d cells", len(cells)),
		"distinct privacy units of each combination of parts, counted in the enclave beside the result", cells,
		yumen.Say("no sum of figures rests on fewer than %d units", "任何指标的加减组合背后都不少于 %d 个单元", t.s.K),
		yumen.Say("sums and differences of figures would rest on fewer than %d units: suppress %d cells, or ask for fewer parts",
			"部分指标相加减后背后不足 %d 个单元：须抑制 %d 个单元格，或减少条件", t.s.K, len(cells)))
}

// separating returns the cells of a row to suppress so that no sum of those left rests on a few units.
func (t *table) separating(row int, units bool) []yumen.Cell {
	atoms := t.groups[row].Atoms
	if units {
		atoms = t.groups[row].UnitAtoms
	}
	if len(atoms) == 0 {
		return nil
	}
	var cells []yumen.Cell
	for _, same := range t.adding(row, units) {
		for len(same) > 1 {
			shown := partsOf(same)
			if t.spanned(shown, atoms, units) {
				break
			}
			drop := len(same) - 1
			for i := drop; i >= 0; i-- { // one that is enough, if any is
				if rest := slices.Delete(slices.Clone(same), i, i+1); t.spanned(partsOf(rest), atoms, units) {
					drop = i
					break
				}
			}
			cells = append(cells, yumen.Cell{Row: row + 1, Column: same[drop].Name})
			same = slices.Delete(same, drop, drop+1)
		}
	}
	return cells
}

// adding groups the visible columns of a row by what they add up; those that count units stand apart, since a unit with rows in
// two parts counts once where both are counted together.
func (t *table) adding(row int, units bool) (out [][]yumen.ArtifactColumn) {
	at := map[int]int{}
	for i, c := range t.columns {
		if t.cells[i][row] != visible || (c.Function == "count_units") != units {
			continue
		}
		n, known := at[c.Adds]
		if !known {
			n = len(out)
			at[c.Adds], out = n, append(out, nil)
		}
		out[n] = append(out[n], c)
	}
	return out
}

// partsOf lists the parts that columns are over, each once; 0 is the whole.
func partsOf(columns []yumen.ArtifactColumn) (out []int) {
	for _, c := range columns {
		if !slices.Contains(out, c.Part) {
			out = append(out, c.Part)
		}
	}
	return out
}

// spanned reports whether every combination of the parts shown that could occur is a linear combination of those with k units.
func (t *table) spanned(shown []int, atoms []yumen.Atom, units bool) bool {
	if len(shown) < 2 {
		return true // that there are enough is for the other rules
	}
	found := map[string]int64{}
	for _, a := range atoms {
		name := vectorOf(a.Parts, shown)
		found[name] = max(found[name], a.Units) // at least so many
	}
	var basis [][]*big.Rat
	for name, n := range found {
		if n >= int64(t.s.K) {
			basis = insert(basis, name)
		}
	}
	for _, p := range t.combinations(shown, units) {
		if n := found[p]; n < int64(t.s.K) && len(insert(basis, p)) > len(basis) {
			return false
		}
	}
	return true
}

// combinations lists how the parts shown can come together in a row, or in all rows of a unit: any way, as far as the plan does not
// say otherwise.
func (t *table) combinations(shown []int, units bool) (out []string) {
	masks := t.s.Possible
	if units || masks == nil {
		masks = nil
		for m := range uint64(1) << len(shown) {
			mask := uint64(0)
			for i, p := range shown {
				if p > 0 && m>>i&1 == 1 {
					mask |= 1 << (p - 1)
				}
			}
			masks = append(masks, mask)
		}
	}
	for _, m := range masks {
		if name := vectorOf(m, shown); !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// vectorOf writes which of the parts shown a combination is in, a digit for each.
func vectorOf(mask uint64, shown []int) string {
	b := make([]byte, len(shown))
	for i, p := range shown {
		b[i] = '0'
		if p == 0 || mask>>(p-1)&1 == 1 {
			b[i] = '1'
		}
	}
	return string(b)
}

// insert adds a vector to a basis in echelon form, unless it is a linear combination of it. The basis given is left as it is.
func insert(basis [][]*big.Rat, name string) [][]*big.Rat {
	v := make([]*big.Rat, len(name))
	for i := range v {
		v[i] = big.NewRat(int64(name[i]-'0'), 1)
	}
	for _, b := range basis {
		lead := leading(b)
		factor := new(big.Rat).Quo(v[lead], b[lead])
		if factor.Sign() == 0 {
			continue
		}
		for i := range v {
			v[i] = new(big.Rat).Sub(v[i], new(big.Rat).Mul(factor, b[i]))
		}
	}
	if leading(v) < 0 {
		return basis
	}
	return append(slices.Clone(basis), v)
}

func leading(v []*big.Rat) int {
	return slices.IndexFunc(v, func(x *big.Rat) bool { return x.Sign() != 0 })
}
