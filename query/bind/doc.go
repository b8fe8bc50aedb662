// Package bind resolves a statement: every name against the datasets of the contract, every expression typed, every
// function looked up, and each dataset column that an expression depends on checked for the use that is made of it
// (uses.go), through subqueries. It follows the privacy units behind each row through joins and grouping.
//
// It is not for saying what aggregates tell of single people; that is for package cells.
package bind
