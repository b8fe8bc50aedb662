package duck

import (
	"math/big"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/desensitize"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/internal/chinaid"
	"github.com/yumen-data/yumen/internal/task"
)

// scanCells looks into every cell for identifiers whose checksum holds, and into the cells of counts for values that
// are no multiple of the rounding base.
func scanCells(h *held, spec task.CheckSpec, ev *yumen.Evidence) {
	for c, col := range spec.Columns {
		if hasText(h.schema.Field(c).Type) {
			scanIdentifiers(h, c, col.Name, spec.MaxCells, ev)
		}
		if spec.Rounding > 1 && isCount(col) {
			scanUnrounded(h, c, col.Name, spec, ev)
		}
	}
}

// hasText reports whether an identifier can be spelt in a column of the type. Numbers are read as they would be
// exported: an identifier cast to double is still one.
func hasText(dt arrow.DataType) bool {
	switch dt.ID() {
	case arrow.STRING, arrow.INT64, arrow.DECIMAL128, arrow.FLOAT64:
		return true
	}
	return false
}

var identifierTypes = []string{chinaid.TypeResidentID, chinaid.TypeCreditCode, chinaid.TypeBankCard, chinaid.TypeMobile}

// scanIdentifiers looks at the name of a column too; row 0 stands for it.
func scanIdentifiers(h *held, column int, name string, maxCells int, ev *yumen.Evidence) {
	hits := map[string]*yumen.CellHits{}
	count := func(cell string, row int) {
		found := chinaid.Find(cell)
		for k, hit := range found {
			if !slices.ContainsFunc(found[:k], func(f chinaid.Hit) bool { return f.Type == hit.Type }) {
				if hits[hit.Type] == nil {
					hits[hit.Type] = &yumen.CellHits{Column: name}
				}
				addCell(hits[hit.Type], row, maxCells)
			}
		}
	}
	count(name, 0)
	var text []byte
	h.each(func(b arrow.RecordBatch, i, row int) {
		col := b.Column(column)
		if col.IsNull(i) {
			return
		}
		var cell string
		if s, ok := col.(*array.String); ok {
			cell = s.Value(i)
		} else {
			text = arrowio.AppendCell(text[:0], col, i)
			if len(text) < shortestIdentifier {
				return
			}
			cell = string(text)
		}
		count(cell, row)
	})
	for _, t := range identifierTypes {
		if hits[t] != nil {
			ev.Identifiers = append(ev.Identifiers, yumen.IdentifierHits{Type: t, CellHits: *hits[t]})
		}
	}
}

// shortestIdentifier is the length of a mobile number.
const shortestIdentifier = 11

// addCell counts a cell and lists the first ones.
func addCell(h *yumen.CellHits, row, maxCells int) {
	h.Count++
	if len(h.Cells) < maxCells {
		h.Cells = append(h.Cells, yumen.Cell{Row: row, Column: h.Column})
	}
}

func scanUnrounded(h *held, column int, name string, spec task.CheckSpec, ev *yumen.Evidence) {
	hits := yumen.CellHits{Column: name}
	h.each(func(b arrow.RecordBatch, i, row int) {
		if col := b.Column(column); col.IsValid(i) && !multipleOf(col, i, int64(spec.Rounding)) {
			addCell(&hits, row, spec.MaxCells)
		}
	})
	if hits.Count > 0 {
		ev.Unrounded = append(ev.Unrounded, hits)
	}
}

// scanExact looks for magnitudes that disclose the number of units behind them more exactly than a rounded count does.
func scanExact(h *held, spec task.CheckSpec, ev *yumen.Evidence) {
	grid := desensitize.Grid{Base: spec.Rounding, P: spec.P}
	for c, col := range spec.Columns {
		if spec.Rounding <= 1 || col.Kind != yumen.ColumnAggregate || isCount(col) {
			continue
		}
		hits := yumen.CellHits{Column: col.Name}
		h.each(func(b arrow.RecordBatch, i, row int) {
			if a := b.Column(c); a.IsValid(i) && !grid.Rounded(a, i, col, spreadOf(ev.Groups[row-1], col)) {
				addCell(&hits, row, spec.MaxCells)
			}
		})
		if hits.Count > 0 {
			ev.Exact = append(ev.Exact, hits)
		}
	}
}

// spreadOf is what lies behind a cell.
func spreadOf(g yumen.GroupEvidence, c yumen.ArtifactColumn) desensitize.Spread {
	s := desensitize.Spread{Units: g.Units}
	if c.Measure > 0 && c.Measure <= len(g.Measures) {
		s.Values, s.Total = g.Measures[c.Measure-1].Values, g.Measures[c.Measure-1].Total
	}
	if c.Over != nil && c.Over.Measure > 0 && c.Over.Measure <= len(g.Measures) {
		over := g.Measures[c.Over.Measure-1]
		s.OverValues, s.OverTotal = over.Values, over.Total
	}
	return s
}

// multipleOf reports whether a number is a multiple of base; what is no whole number is none.
func multipleOf(arr arrow.Array, i int, base int64) bool {
	switch a := arr.(type) {
	case *array.Int64:
		return a.Value(i)%base == 0
	case *array.Decimal128:
		scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(a.DataType().(*arrow.Decimal128Type).Scale)), nil)
		unit := scale.Mul(scale, big.NewInt(base))
		return new(big.Int).Rem(a.Value(i).BigInt(), unit).Sign() == 0
	case *array.Float64:
		v := a.Value(i) / float64(base)
		return v == float64(int64(v))
	}
	return false
}
