// Package duck carries out the enclave roles that need DuckDB: parse, import, sql, private, post and check, and writes
// the input files of a Wasm module. It is the only package that imports the engine.
//
// It is not a query service and decides nothing: which statement may run is decided in query before it gets here, what
// may leave is decided in egress afterwards. Statements are run as if they were hostile all the same: the database is
// in memory and holds nothing but views, files outside the named inputs cannot be opened and settings are locked. Those
// are a second layer only; the first is the isolation of package sandbox.
//
// Errors of the engine never leave this package, because their text quotes data: each becomes a fixed sentence of a
// kind.
package duck
