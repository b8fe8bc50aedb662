// Package query decides what the answer to an SQL statement would reveal, and writes the statement that may meet data
// instead of it. Other packages import this one alone; those below it are the way of a statement,
// in one direction:
//
//	decode    DuckDB's parse tree, made in an enclave without data, becomes a syntax tree (ast). Node kinds are allow-listed.
//	bind      every name is resolved against the datasets of the contract, every expression typed. Functions are allow-listed.
//	          Each dataset column an expression depends on, through subqueries, must be granted for what is done with it.
//	          The privacy units behind each row are followed through joins, WITH, subqueries and grouping by a unit.
//	cells     what is asked of the data: a table of cells with its parts and measures, or a question of class dp.
//	emit      that is written for DuckDB, qualified, quoted, in forms that cannot fail on data, with evidence columns.
//
// What they hand on is a plan (package plan). Package interval knows what values can be without looking at data,
// package reason collects refusals.
//
// What is not understood is refused, with every reason at once, each with its place in the text and a rewrite that
// would pass where there is one. No literal of the text gets into a reason.
//
// Three release classes come out: aggregate (keys and aggregates over groups of units, with evidence of who is behind
// each row), rows (columns granted plain or masked) and dp (a question in a normal form, whose answer is differentially
// private, and a statement over that answer). docs/query.md lists the rules, the functions and what the evidence means.
//
// The package is not for running anything, and it gives no guarantee of anonymity by itself: it makes sure that the
// engine computes only what the contract grants and measures who is behind it. Whether the numbers may leave is for
// egress to judge; that several answers together may tell more than each is for the ledger and, for class dp, the
// budget.
package query
