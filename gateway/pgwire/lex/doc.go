// Package lex cuts SQL text into tokens as PostgreSQL 15 does, and knows no grammar: it finds where statements end,
// which words they begin with and where a text may be changed, and maps places of the changed text back. What a
// statement means is for the engine's parser to say.
//
// The rules are those of "Lexical Structure" in PostgreSQL's manual (section 4.1) and of its scanner scan.l, with
// standard_conforming_strings on. Every position is an offset in bytes, from 0.
package lex
