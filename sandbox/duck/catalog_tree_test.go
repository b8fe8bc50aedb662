package duck

import (
	"github.com/yumen-data/yumen/api"
	"testing"
)

// TestCatalogPatterns: a backslash escapes in LIKE without ESCAPE.
func TestCatalogPatterns(t *testing.T) {
	c := newCatalog(t)
	for expr, want := range map[string]string{`'pg_x' LIKE E'pg\\_%'`: "t", `'pgax' LIKE 'pg\_%'`: "f",
		`'pgax' NOT LIKE 'pg\_%'`: "t",
		`'PG_x' ILIKE 'pg\_%'`:    "t", `'a%' LIKE 'a!%' ESCAPE '!'`: "t", `'abc' ~ 'b'`: "t", `'abc' !~* 'B'`: "f"} {
		if ans, rows := c.ask(api.CatalogSpec{View: cityHealth(), SQL: "SELECT " + expr}); len(rows) != 1 ||
			rows[0][0] != want {
			t.Errorf("%s: got %v (%+v), want %s", expr, rows, ans.Refused, want)
		}
	}
}

// TestCatalogKeeps: an answer that depends on the time or on chance says so.
func TestCatalogKeeps(t *testing.T) {
	c := newCatalog(t)
	for sql, keeps := range map[string]bool{"SELECT 1": true, "SELECT count(*) FROM pg_class": true,
		"SELECT now()": false,
		"SELECT 1 FROM pg_class WHERE random() > 2": false, "SELECT current_timestamp": false,
		"SELECT (SELECT current_date)": false} {
		if ans, _ := c.ask(api.CatalogSpec{View: cityHealth(), SQL: sql}); ans.Refused != nil || ans.Keeps != keeps {
			t.Errorf("%s: %+v, want %v", sql, ans, keeps)
		}
	}
}

// TestCatalogProcedures: a procedure is the same with its schema and without, as JDBC asks which types are arrays.
func TestCatalogProcedures(t *testing.T) {
	c := newCatalog(t)
	for _, name := range []string{"array_in", "pg_catalog.array_in"} {
		ans, rows := c.ask(api.CatalogSpec{View: cityHealth(),
			SQL: "SELECT count(*) > 200 FROM pg_type WHERE typinput = '" + name + "'::regproc"})
		if ans.Refused != nil || len(rows) != 1 || rows[0][0] != "t" {
			t.Errorf("%s: %+v, %v", name, ans.Refused, rows)
		}
	}
}
