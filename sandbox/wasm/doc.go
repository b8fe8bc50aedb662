// Package wasm runs a party's WebAssembly module over declared inputs inside an enclave. It is the only package that
// imports wazero. It isolates nothing from the host (see sandbox) and decides nothing about what may leave (see
// egress).
//
// In mode command a module is a WASI preview 1 command: it exports memory and _start and imports nothing but
// wasi_snapshot_preview1. It finds the files of its task under /in, read-only, and writes one file under /out. There is
// nothing else: no environment, no sockets, a clock that starts at 2022-01-01 and advances by a millisecond for each
// reading, random numbers that are the same in every run, sleep that returns at once. Equal inputs give equal results.
// What it prints is counted and thrown away, because it could carry data.
//
// A module in mode command that does not end by itself is ended with the process it runs in: this package never
// interrupts one.
//
// In the modes map and block a module exports yumen_alloc and yumen_map and is called for each privacy unit, or each of
// some disjoint blocks of units, in a fresh state; what it returns is clamped and summed, or described by mean and
// median. The module is rewritten for that (see resettable): globals, memory and its size are put back for each call,
// every instruction is counted, and what could not be put back is refused. docs/wasm.md describes the interface.
//
// The output file is read strictly against its declared columns and written anew as an Arrow IPC stream, cell by cell:
// bytes behind nulls, padding, metadata and the payload bits of NaN do not survive. As CSV it has a header line with
// the declared names, commas, double quotes; an empty cell is null and "" an empty text. As NDJSON each line is one
// object that has every declared name exactly once. As Arrow it is an IPC stream or file with the declared columns.
//
// Errors of kind invalid speak of the module and its declaration, which are not data. Errors of kind failed speak of a
// run over data: they name the rule that was broken and a declared column, never a value, a row or an exit code. Which
// of a few sentences it is can still be chosen by the module, so who shows it to whom is for the control plane to
// decide.
package wasm
