package rewrite

import (
	"testing"

	"github.com/yumen-data/yumen/gateway/pgwire/lex"
)

func TestCatalog(t *testing.T) {
	for in, want := range map[string]string{
		"SELECT c.relname FROM pg_catalog.pg_class c":                                     "select c.relname from pg_class c",
		"select a from x where a operator(pg_catalog.~) '^b$' collate pg_catalog.default": "select a from x where a  ~  '^b$' ",
		`select a::pg_catalog.oid, b::"char", d::name`:                                    `select a::pg_oid, b::pg_char, d::pg_name`,
		"select c::character varying[]":                                                   "select c::pg_varchar[]",
		"select cast(a as oid), b as oid, cast((c) as pg_catalog.name)":                   "select cast(a as pg_oid), b as oid, cast((c) as pg_name)",
		"select a::varchar(3), b::char(1)":                                                "select a::pg_varchar, b::pg_bpchar",
		"select pg_catalog.format_type(x.pg_catalog.y, 'PG_X')":                           "select format_type(x.pg_catalog.y, 'PG_X')",
		"select * from INFORMATION_SCHEMA.Tables":                                         "select * from pg_info.tables",
		`select current_user, USER, x.user, current_schema(), "U"`:                        `select pg_current_user(), pg_user(), x.user, current_schema(), "U"`,
		`select U&'\0061''', N'b', U&"\0061"`:                                             `select 'a''', 'b', "a"`,
	} {
		list, err := lex.Split(in)
		if err != nil || len(list) != 1 {
			t.Fatalf("%s: %v", in, err)
		}
		if got, _ := Catalog(list[0]); got != want {
			t.Errorf("%s\n got %s\nwant %s", in, got, want)
		}
	}
}

// FuzzCatalog holds that any statement is changed without a panic, and that places of what comes out lead back in
// order.
func FuzzCatalog(f *testing.F) {
	for _, s := range []string{"select a::", "cast(", "operator(", "collate a.", "pg_catalog.", "U&'x' UESCAPE",
		"))((::oid("} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, err := lex.Split(text)
		if err != nil {
			return
		}
		for _, s := range list {
			got, m := Catalog(s)
			last := 0
			for pos := range len(got) + 1 {
				back := m.Back(pos)
				if back < last || back > len(s.Text) {
					t.Fatalf("%q: place %d leads to %d behind %d", got, pos, back, last)
				}
				last = back
			}
		}
	})
}
