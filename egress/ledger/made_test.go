package ledger

// NewTable reads the labels of a table of counts. Labels of one unit and cell are added up.
func NewTable(cells int, labels []Label) *Table { return newTable(cells, labels, false) }

// NewSums reads the labels of a table of sums. A unit that adds 0 to a cell is not in it.
func NewSums(cells int, labels []Label) *Table { return newTable(cells, labels, true) }

func newTable(cells int, labels []Label, sums bool) *Table {
	type key struct{ unit, cell int }
	at, merged := map[key]int{}, []Label(nil)
	for _, l := range labels {
		k := key{l.Unit, l.Cell}
		if i, ok := at[k]; ok {
			merged[i].Adds += l.Adds
			merged[i].Value += l.Value
			continue
		}
		at[k] = len(merged)
		merged = append(merged, l)
	}
	b := NewBuilder(cells, sums)
	for _, l := range merged {
		if err := b.Add(l); err != nil {
			panic(err) // of labels in memory
		}
	}
	return b.Table()
}
