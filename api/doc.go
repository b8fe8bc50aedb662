// Package api says what can be asked of a domain: use cases as small interfaces, and what they answer as types. Whoever
// asks is named by a Principal in every call, reads too. A door (package gateway and below) is written against it
// alone; package service implements it.
//
// It decides nothing and knows no engine, no driver and no columnar format: a result is a stream of bytes with a media
// type and its columns.
package api
