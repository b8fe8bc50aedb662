// Package yumen holds the vocabulary of Yumen 域门, a privacy-preserving data-sandbox runtime: raw data stays in its
// domain, usable but not visible (原始数据不出域、数据可用不可见).
//
// It is the root that every other package may import. It imports the standard library only and has no behaviour of its
// own beyond parsing and printing its types: what may be released is decided in egress, what a query reveals in query,
// who may do what in access, and the route of a job in pipeline.
package yumen
