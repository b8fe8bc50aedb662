// Package interval knows what values of an expression can be without looking at data: the interval they lie in and
// whether they can be NULL, by the catalog and the conditions of the text, and single values worked out by the engine's
// rules. It is not for deciding what may be asked.
package interval
