// Package reason collects why a statement is refused: every reason once, with its place in the text and what to write
// instead. It also compares names as the engine does. It is not for deciding: each step of package query states its own
// reasons.
package reason
