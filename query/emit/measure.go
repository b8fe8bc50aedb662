package emit

import (
	"fmt"

	"github.com/yumen-data/yumen/query/cells"
	"github.com/yumen-data/yumen/query/plan"
)

// An average is its sum over its count, so only rows that move the sum make a unit a contributor to it.
func unitsMoving(m cells.Measure) string {
	switch {
	case m.Input < 0:
		return ""
	case m.Counts:
		return fmt.Sprintf("count(*) FILTER (WHERE c%d > 0)", m.Input+1)
	}
	return fmt.Sprintf("count(*) FILTER (WHERE m%d)", m.Input+1)
}

func ofUnit(m cells.Measure) string {
	switch {
	case m.Units && m.Input < 0:
		return "CAST(1 AS DOUBLE)"
	case m.Units:
		return fmt.Sprintf("CAST(c%d > 0 AS DOUBLE)", m.Input+1)
	case m.Counts:
		return fmt.Sprintf("CAST(c%d AS DOUBLE)", m.Input+1)
	}
	return fmt.Sprintf("abs(CAST(t%d AS DOUBLE))", m.Input+1)
}

// rowsMoving counts those that are not 0. Zeros are few as a rule, so the engine is faster at counting them.
func rowsMoving(m cells.Measure) string {
	switch {
	case m.Input < 0:
		return ""
	case m.Counts:
		return fmt.Sprintf("count(a%d)", m.Input+1)
	}
	return fmt.Sprintf("count(a%d) - count(*) FILTER (WHERE a%d = 0)", m.Input+1, m.Input+1)
}

// addedBy is what a unit adds to a measure, a double.
func addedBy(m cells.Measure) string {
	switch {
	case m.Units || m.Input < 0 && !m.Counts:
		return ofUnit(m)
	case m.Counts:
		return fmt.Sprintf("CAST(c%d AS DOUBLE)", m.Input+1)
	}
	return fmt.Sprintf("coalesce(CAST(t%d AS DOUBLE), 0)", m.Input+1)
}

// ofRow is what a row adds that is a unit of its own.
func ofRow(m cells.Measure) string {
	switch {
	case m.Input < 0:
		return "CAST(1 AS DOUBLE)"
	case m.Counts:
		return fmt.Sprintf("CAST(a%d IS NOT NULL AS DOUBLE)", m.Input+1)
	}
	return fmt.Sprintf("coalesce(CAST(a%d AS DOUBLE), 0)", m.Input+1)
}

// everyRow reports whether a row that is a unit adds 1, whatever is in it.
func everyRow(m cells.Measure) bool { return m.Input < 0 }

// rowsValued counts the values of a measure over rows.
func rowsValued(m cells.Measure) string {
	if m.Input < 0 {
		return "count(*)"
	}
	return fmt.Sprintf("count(a%d)", m.Input+1)
}

func passedMoving(m cells.Measure) string {
	switch {
	case m.Input < 0:
		return ""
	case m.Counts:
		return fmt.Sprintf("n%d", m.Input+1)
	}
	return fmt.Sprintf("m%d", m.Input+1)
}

func passedSpread(m cells.Measure, most int) spread {
	column := func(letter string) string { return fmt.Sprintf("%s%d", letter, m.Input+1) }
	switch {
	case m.Units:
		return passedUnits(passedMoving(m), most)
	case m.Input < 0:
		return spread{"CAST(rows AS DOUBLE)", "l0", "d0", "b0"}
	case m.Counts:
		return spread{"CAST(" + column("c") + " AS DOUBLE)", column("x"), column("y"), column("w")}
	}
	return spread{column("z"), column("l"), column("d"), column("b")}
}

func passedValues(m cells.Measure) string {
	if m.Input < 0 {
		return "rows"
	}
	return fmt.Sprintf("c%d", m.Input+1)
}

// passedUnits is the spread of a measure to which each unit adds 1.
func passedUnits(n string, most int) spread {
	if n == "" {
		n = "units"
	}
	largest := func(units int) string { return fmt.Sprintf("CAST(least(%s, %d) AS DOUBLE)", n, units) }
	return spread{"CAST(" + n + " AS DOUBLE)", largest(1), largest(2), largest(most)}
}

// inputSQL writes the value an aggregate takes from a row.
func inputSQL(in cells.Input, arg *plan.Expr) string {
	value := "1"
	if arg != nil {
		value = ExprSQL(arg, nil)
	}
	if in.Filter != nil {
		value = fmt.Sprintf("CASE WHEN %s THEN %s END", ExprSQL(in.Filter, nil), value)
	}
	return value
}

// subsetSQL writes whether a row belongs to the subset.
func subsetSQL(s cells.Subset) string {
	in := ExprSQL(s.Arg, nil)
	if s.Arg.Type == plan.Bool && !s.Counts {
		in = "CAST(" + in + " AS BIGINT)"
	}
	switch {
	case s.Counts && s.Rest:
		return "(" + in + ") IS NULL"
	case s.Counts:
		return "(" + in + ") IS NOT NULL"
	case s.Rest:
		return "coalesce((" + in + ") = 0, TRUE)"
	}
	return "coalesce((" + in + ") <> 0, FALSE)"
}
