package duck

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/yumen-data/yumen/api"
)

// The first oid of a person's objects, and how many a table takes: itself, its row type, arrays of
// that, its key and the index of the key.
const (
	firstOwnOID = 16385
	ownOIDs     = 5
)

// show puts a person's view in place of the one that is there, unless it is the same.
func (c *catalogEngine) show(ctx context.Context, v api.CatalogView) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	digest := sha256.Sum256(raw)
	if c.shown == digest {
		return nil
	}
	c.shown = [32]byte{}
	// Rows that are deleted keep their memory, tables that are replaced do not.
	sql := "BEGIN;" + strings.ReplaceAll(ownTables, "CREATE TABLE", "CREATE OR REPLACE TABLE") + viewRows(v)
	for _, name := range keptRelations {
		sql += "CREATE OR REPLACE TABLE main." + name + " AS FROM own." + name + ";"
	}
	for _, name := range []string{"k_relations", "k_types"} {
		sql += "CREATE OR REPLACE TABLE own." + name + " AS FROM own." + name + "_now;"
	}
	sql += "COMMIT"
	if err := c.engine.exec(ctx, sql); err != nil {
		return err
	}
	c.shown = digest
	return nil
}

// viewRows writes a view as statements that insert it.
func viewRows(v api.CatalogView) string {
	in := inserts{}
	in.add("own.session", viewText(v.Database), viewText(v.User))
	for _, s := range v.Settings {
		in.add("own.settings", viewText(strings.ToLower(s.Name)), viewText(s.Value))
	}
	schemas := slices.Clone(v.Schemas)
	for _, t := range v.Tables {
		if !slices.Contains(schemas, t.Schema) {
			schemas = append(schemas, t.Schema)
		}
	}
	schemas = slices.DeleteFunc(schemas, func(s string) bool { return s == "pg_catalog" || s == "information_schema" })
	oids := map[string]string{"pg_catalog": "11"}
	for i, s := range schemas {
		oids[s] = strconv.Itoa(2200)
		if s != "public" {
			oids[s] = strconv.Itoa(15000 + i)
		}
		in.add("own.schemas", oids[s], viewText(s))
	}
	for i, t := range v.Tables {
		oid, kind := strconv.Itoa(firstOwnOID+i*ownOIDs), "r"
		if t.View {
			kind = "v"
		}
		in.key(firstOwnOID+i*ownOIDs, oids[t.Schema], t)
		in.add("own.tables", oid, oids[t.Schema], viewText(t.Schema), viewText(t.Name), viewText(kind),
			strconv.Itoa(len(t.Columns)),
			viewText(t.Comment))
		for j, c := range t.Columns {
			in.add("own.columns", oid, strconv.Itoa(j+1), viewText(c.Name), strconv.FormatUint(uint64(c.OID), 10),
				strconv.Itoa(int(c.Mod)), strconv.FormatBool(c.NotNull), viewText(c.Comment))
		}
	}
	return in.sql()
}

// viewText is a string of the view; NUL, which none has, would end the statement.
func viewText(s string) string { return literal(strings.ReplaceAll(s, "\x00", "")) }

// inserts collects rows by table.
type inserts map[string][]string

func (in inserts) add(table string, values ...string) {
	in[table] = append(in[table], "("+strings.Join(values, ", ")+")")
}

// key adds the primary key of a table, which is an index and a constraint of one name.
func (in inserts) key(table int, schema string, t api.CatalogTable) {
	var nums, names []string
	index, name := strconv.Itoa(table+3), viewText(t.Name+"_pkey")
	for j, c := range t.Columns {
		if slices.Contains(t.Key, c.Name) {
			nums, names = append(nums, strconv.Itoa(j+1)), append(names, viewText(c.Name))
			in.add("own.columns", index, strconv.Itoa(len(nums)), viewText(c.Name),
				strconv.FormatUint(uint64(c.OID), 10),
				strconv.Itoa(int(c.Mod)), "false", "''")
		}
	}
	if len(nums) == 0 {
		return
	}
	in.add("own.tables", index, schema, viewText(t.Schema), name, "'i'", strconv.Itoa(len(nums)), "''")
	in.add("own.keys", strconv.Itoa(table+4), index, strconv.Itoa(table), schema, name,
		"["+strings.Join(nums, ", ")+"]",
		"["+strings.Join(names, ", ")+"]")
}

func (in inserts) sql() string {
	var b strings.Builder
	for table, rows := range in {
		b.WriteString("INSERT INTO " + table + " VALUES " + strings.Join(rows, ", ") + ";")
	}
	return b.String()
}
