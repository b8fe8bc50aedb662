package query

import (
	"github.com/yumen-data/yumen/query/cells"
	"github.com/yumen-data/yumen/query/plan"
)

// Scope is what a query is judged by.
type Scope = plan.Scope

// Table is a dataset that a query may name.
type Table = plan.Table

// ColumnLineage is what is known of a result column before anything is run.
type ColumnLineage = cells.ColumnLineage

// Suppressed is what a status column says of a cell that is suppressed.
const Suppressed = plan.Suppressed
