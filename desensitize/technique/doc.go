// Package technique holds the techniques that change data, one in a file of its name: each says what it preserves and
// leaks, checks its parameters against the columns of a table, and makes the Stage that changes its batches. What
// stages share (cells, columns held whole, keys, random numbers) is here, too.
//
// It is not for running them: which steps a profile has, how often the data are read, where a spool lies and what is
// recorded is decided in package desensitize, which it does not know. No technique judges whether what it leaves may be
// released.
package technique
