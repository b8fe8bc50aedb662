// Package egress judges what may leave: it turns the evidence about a held result into findings and a verdict, names
// the fixes that would repair it, says who may vote, and makes the only value that release accepts.
//
// It is pure: numbers and places in, findings out. It never sees a held result's bytes, measures nothing (that happens
// in an enclave), changes nothing (that is desensitize, which it may not import: judge and editor stay apart) and
// stores nothing.
//
// docs/egress.md describes every rule with its parameter, default, source and what it does not protect against.
package egress
