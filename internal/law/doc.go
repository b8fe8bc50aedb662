// Package law holds the rules that the source itself must keep: which package may import which and why, that everything
// public is documented, that links in the documentation lead somewhere. Its rules are tests; it is not for importing,
// and not for anything that a compiler or staticcheck already says.
package law
