// Package intake reads foreign CSV and NDJSON files into typed Arrow batches with the exact place of every row. What a
// row breaks is a number beside it, not an error: the caller counts and lists bad rows, and decides what they mean.
//
// It knows columns and types but no dataset: domains, bounds, nulls and units are checked by the caller, Parquet is
// read by an engine. It is for use inside an enclave, and it never repeats a value or a name that it found in a file.
package intake
