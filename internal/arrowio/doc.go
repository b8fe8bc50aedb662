// Package arrowio holds what several engines and tools need to agree on about cells and tables: how a yumen.Type looks
// in Arrow, how a cell becomes text and text an Arrow column, and how an Arrow IPC stream is read when it may be
// hostile.
//
// Which spellings of a cell are accepted is for package cellparse to say. arrowio runs no engine, knows no dataset and
// judges nothing: domains, bounds and nulls are the importer's business, and what may be released is decided in egress.
// It reports places and kinds, never values.
package arrowio
