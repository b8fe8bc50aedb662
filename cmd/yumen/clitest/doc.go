// Package clitest tests the program from outside: it drives the built binary as users do, so that no test of it has to
// link the engines again. The binary is the one YUMEN_BIN names, or one that is built for the run.
package clitest
