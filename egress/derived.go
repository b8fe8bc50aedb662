package egress

import (
	"fmt"
	"slices"

	"github.com/yumen-data/yumen"
)

// shapes are the functions whose value rests on all values alike only where there are enough of them: a correlation or
// a skewness of ten values is made by two.
var shapes = []string{"corr", "skewness", "kurtosis"}

// shapeUnits is how many units they need.
const shapeUnits = 30

// derived is the rule for cells that the question computes from other cells of the row: ratios, correlations. Every
// rule judges the cells that they are computed from as if these were seen, so a derived cell may be seen where all of
// them may, and tells no more than they do but for the digits, which rounding.magnitudes holds. It comes last, when all
// others have said what is suppressed.
func derived(t *table) yumen.Finding {
	var cells []yumen.Cell
	seen := 0
	for _, c := range t.s.Columns {
		if len(c.From) == 0 {
			continue
		}
		for row, g := range t.groups {
			if slices.Contains(g.Empty, c.Name) {
				continue
			}
			seen++
			few := slices.Contains(shapes, c.Function) && g.Units < shapeUnits
			if few || slices.ContainsFunc(c.From, func(of string) bool { return !t.visible(of, row) }) {
				cells = append(cells, yumen.Cell{Row: row + 1, Column: c.Name})
			}
		}
	}
	return suppress(yumen.RuleThresholdDerived,
		fmt.Sprintf("all parts shown; %d units for a correlation or a shape", shapeUnits),
		fmt.Sprintf("%d of %d cells", len(cells), seen),
		"cells that the others are computed from, and units of each group", cells,
		yumen.Say("every ratio shows only where the figures it is computed from do", "比率仅在其所依据的数值均可展示时展示"),
		yumen.Say("%d ratios or correlations are computed from figures that are suppressed, or from too few units: suppress them",
			"%d 个比率或相关系数所依据的数值已被抑制或主体过少：予以抑制", len(cells)))
}

// visible reports whether a reader sees a cell; one that is not there is not seen.
func (t *table) visible(column string, row int) bool {
	i := slices.IndexFunc(t.columns, func(c yumen.ArtifactColumn) bool { return c.Name == column })
	return i >= 0 && t.cells[i][row] == visible
}
