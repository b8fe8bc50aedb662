// Package rewrite changes statements over PostgreSQL's catalog so far that DuckDB's parser takes them and finds what
// they name in a catalog engine. It sees tokens only: what a statement means, and whether it may be asked, is decided
// by the engine's own parse tree (sandbox/duck).
package rewrite

import (
	"strings"

	"github.com/yumen-data/yumen/gateway/pgwire/lex"
)

// Schema is where a catalog engine has what PostgreSQL has in information_schema, a name that DuckDB keeps for itself.
const Schema = "pg_info"

// types are names of types that DuckDB reads as types of its own, and what the catalog engine calls them.
var types = map[string]string{
	"oid": "pg_oid", "name": "pg_name", `"char"`: "pg_char", "varchar": "pg_varchar", `"name"`: "pg_name",
	`"oid"`: "pg_oid",
	"char":  "pg_bpchar", "bpchar": "pg_bpchar",
}

// session are words that stand for functions without parentheses.
var session = map[string]string{
	"CURRENT_USER": "current_user", "SESSION_USER": "session_user", "USER": "user", "CURRENT_ROLE": "current_role",
	"CURRENT_CATALOG": "current_catalog", "CURRENT_SCHEMA": "current_schema",
}

// SessionFunction returns what the catalog engine calls the function that one of those words stands for.
func SessionFunction(word string) string { return "pg_" + word }

// Catalog returns a statement as the catalog engine is to have it, and the way back for places in it.
func Catalog(s lex.Statement) (string, lex.Map) {
	r := rewriter{s: s}
	for i := 0; i < len(s.Tokens); {
		i += r.at(i)
	}
	return lex.Apply(s.Text, r.edits)
}

type rewriter struct {
	s     lex.Statement
	edits []lex.Edit
	casts []int // depths of parentheses that CAST opened
	depth int
}

// at changes what begins at a token, and returns how many tokens that is.
func (r *rewriter) at(i int) int {
	switch source := r.s.Source(i); {
	case source == "(":
		r.depth++
		if r.s.Word(i-1) == "CAST" {
			r.casts = append(r.casts, r.depth)
		}
	case source == ")":
		if n := len(r.casts); n > 0 && r.casts[n-1] == r.depth {
			r.casts = r.casts[:n-1]
		}
		r.depth--
	case source == "::":
		return 1 + r.typeName(i+1)
	case r.s.Word(i) == "AS" && len(r.casts) > 0 && r.casts[len(r.casts)-1] == r.depth:
		return 1 + r.typeName(i+1)
	case r.s.Word(i) == "COLLATE" && r.s.Ident(i+1) != "":
		n := 2
		if r.s.Source(i+2) == "." {
			n = 4
		}
		r.replace(i, n, "")
		return n
	case r.s.Word(i) == "OPERATOR" && r.s.Source(i+1) == "(":
		return r.operator(i)
	case r.s.Source(i+1) == "." && r.s.Source(i-1) != "." && r.s.Ident(i) == "pg_catalog":
		r.replace(i, 2, "")
		return 2
	case r.s.Source(i+1) == "." && r.s.Source(i-1) != "." && r.s.Ident(i) == "information_schema":
		r.replace(i, 1, Schema)
	case session[r.s.Word(i)] != "" && r.standsAlone(i):
		r.replace(i, 1, SessionFunction(session[r.s.Word(i)])+"()")
	case r.s.Word(i) != "" && strings.ToLower(source) != source:
		r.replace(i, 1, r.s.Ident(i)) // DuckDB keeps names as they are written
	default:
		r.literal(i)
	}
	return 1
}

// standsAlone reports whether a word is no part of a qualified name, no call and no alias.
func (r *rewriter) standsAlone(i int) bool {
	return r.s.Source(i-1) != "." && r.s.Source(i+1) != "." && r.s.Source(i+1) != "(" && r.s.Word(i-1) != "AS"
}

// typeName changes the name of a type, and returns how many tokens it has.
func (r *rewriter) typeName(i int) int {
	n := 0
	if r.s.Ident(i) == "pg_catalog" && r.s.Source(i+1) == "." {
		r.replace(i, 2, "")
		n = 2
	}
	if r.s.Words(i+n, "CHARACTER", "VARYING") {
		r.replace(i+n, 2, "pg_varchar")
		return n + 2
	}
	name := r.s.Source(i + n)
	if r.s.Word(i+n) != "" {
		name = strings.ToLower(name)
	}
	if ours := types[name]; ours != "" {
		r.replace(i+n, 1, ours)
		if r.s.Source(i+n+1) == "(" && r.s.Source(i+n+3) == ")" { // a length, which types of ours have not
			r.replace(i+n+1, 3, "")
			return n + 4
		}
	}
	return n + 1
}

// operator puts the operator in place of OPERATOR(schema.operator).
func (r *rewriter) operator(i int) int {
	for j := i + 2; j < len(r.s.Tokens) && j < i+6; j++ {
		if r.s.Tokens[j].Kind == lex.Operator && r.s.Source(j+1) == ")" {
			r.replace(i, j+2-i, " "+r.s.Source(j)+" ")
			return j + 2 - i
		}
	}
	return 1
}

// literal puts a plain string in place of those that DuckDB does not have.
func (r *rewriter) literal(i int) {
	switch r.s.Tokens[i].Kind {
	case lex.National, lex.Wide, lex.String, lex.Escaped:
		value, _ := r.s.Literal(i)
		if plain := "'" + strings.ReplaceAll(value, "'", "''") + "'"; plain != r.s.Source(i) {
			n := 1
			if r.s.Tokens[i].Kind == lex.Wide && r.s.Word(i+1) == "UESCAPE" {
				n = 3
			}
			r.replace(i, n, plain)
		}
	case lex.Unicode:
		r.replace(i, 1, `"`+strings.ReplaceAll(r.s.Ident(i), `"`, `""`)+`"`)
	}
}

func (r *rewriter) replace(i, n int, text string) {
	last := min(i+n, len(r.s.Tokens)) - 1
	r.edits = append(r.edits, lex.Edit{Start: r.s.Tokens[i].Start, End: r.s.Tokens[last].End, New: text})
}
