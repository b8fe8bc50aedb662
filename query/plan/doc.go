// Package plan is the typed relational plan: what a statement means once every name is resolved. It has the types and
// literals of SQL, the functions that may be called, expressions, tables, blocks, privacy units, and the normal form
// that questions of class dp are read in.
//
// It holds no dialect and takes no decision: package bind makes a plan, cells decides what is asked of it, emit writes
// it for one engine.
package plan
