// Package pgrows writes rows of Arrow columns as PostgreSQL's wire protocol carries them: DataRow messages, each column
// in text or in binary. Text is what PostgreSQL 15's output functions write with DateStyle ISO, IntervalStyle postgres,
// bytea_output hex and extra_float_digits 1; binary is what its send functions write. It is no protocol: messages other
// than rows, and who may have them, are a door's business.
package pgrows
