// Package cells decides what is asked of the data. For class aggregate that is a table of cells: aggregates in a normal
// form (normal.go), the parts that conditions make of a group (parts.go), which of them there can be (possible.go),
// what else tells rows apart (disjuncts.go, sides.go, variants.go), the measures whose spread over units is evidence
// (measure.go), quotients that are cells of their own (ratio.go), and tables that are judged as one (family.go). What
// may not be added up is in shaped.go. For class dp it is a question: keys with their domains, inputs with their
// bounds, measures (private.go). Lineage states what is known of a result column.
//
// It writes no SQL; that is for package emit. Whether figures may leave is for package egress and the budget to judge.
package cells
