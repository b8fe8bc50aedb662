// Package decode reads the parse tree that DuckDB serializes, made in an enclave without data. It is an allow-list: a
// kind of node or a field that it does not know is refused. It resolves no name; that is for package bind.
package decode
