// Package ast is the parse tree of a statement: what package decode keeps of DuckDB's JSON. Names in it are not
// resolved and types are those written in the text. It is not for analysis: package bind turns it into a plan.
package ast
