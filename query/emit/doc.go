// Package emit writes plans for DuckDB: the statement of a table of cells with its evidence, the pass that gives the
// same sooner, questions of class dp in an order that depends on nothing but what is asked, and post statements over
// protected cells. Only names of the catalog, names made here, typed constants and aliases of result columns get into
// the text; every name is quoted.
//
// It decides nothing: a second dialect would stand beside it and import the same packages.
package emit
