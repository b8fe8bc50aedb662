package ledger

// MaxFamily is how many tables are judged together at most.
const MaxFamily = 5

// Family finds whether a combination of cells of up to MaxFamily tables of counts and the public number of units
// isolates fewer than k units. Units are refined into atoms, classes that add the same to every cell. It is a proof
// where what small atoms add is a combination of what large ones add; else a bounded search is made, and where that
// does not end the outcome is Open.
func Family(tables []*Table, population int64, k int) Outcome {
	first, dim, most := make([]int, len(tables)), 1, 0 // entry 0 is the number of all units
	for i, t := range tables {
		first[i] = dim
		dim += t.cells
		most = max(most, len(t.of))
	}
	singles, many, units := map[[MaxFamily]int32]int64{}, map[string]*class{}, int64(0)
	for u := range most {
		var key [MaxFamily]int32
		counted, single := false, true
		for i, t := range tables {
			key[i] = t.at(u)
			counted = counted || key[i] != 0
			single = single && key[i] != several
		}
		if !counted {
			continue
		}
		units++
		if single {
			singles[key]++
			continue
		}
		adds := map[int]int64{0: 1}
		for i, t := range tables {
			for _, l := range t.labelsOf(u) {
				adds[first[i]+l.Cell] += l.Adds
			}
		}
		addClass(many, adds, 1)
	}
	if population > units {
		singles[[MaxFamily]int32{}] += population - units
	}
	var classes []class
	for key, n := range singles {
		c := class{adds: []entry{{0, 1}}, units: n}
		for i := range tables {
			if key[i] > 0 {
				c.adds = append(c.adds, entry{first[i] + int(key[i]) - 1, 1})
			}
		}
		classes = append(classes, c)
	}
	for _, c := range many {
		classes = append(classes, *c)
	}
	d := decideClasses(classes, dim, int64(k))
	out := Outcome{State: d.state, Units: d.units}
	if d.state != Found {
		return out
	}
	out.Total, out.Cells = d.in[0], make([][]int, len(tables))
	for i, t := range tables {
		for c := range t.cells {
			if d.in[first[i]+c] {
				out.Cells[i] = append(out.Cells[i], c)
			}
		}
	}
	return out
}
