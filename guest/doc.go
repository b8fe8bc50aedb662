// Package guest is for the people who write Wasm modules for Yumen in Go: reading the rows that a module is given and
// giving back what it computes. It compiles for GOOS=wasip1 and natively, so that a module's computation can be tested
// without Wasm. It is not for the host: nothing in Yumen that runs modules uses it.
//
// In mode command a module is an ordinary program. Open reads one of its inputs and Create writes its output:
//
//	GOOS=wasip1 GOARCH=wasm go build -trimpath -ldflags="-s -w" -o module.wasm .
//
// In modes map and block a module registers one function with Handle, in an init function, and is built as a library:
//
//	GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -trimpath -ldflags="-s -w" -o module.wasm .
//
// For each call the Go runtime itself takes between 10,000 and 30,000 steps and 30 microseconds or more, and compiling
// its two megabytes takes seconds, so mode map is better served by C or Rust (see yumen.h and yumen.rs beside this
// package).
package guest
