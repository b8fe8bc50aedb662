package duck

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/yumen-data/yumen/internal/goldentest"
)

const queryTestdata = "../../query/testdata/"

// TestTrees holds that the trees package query is tested with are what this engine writes.
func TestTrees(t *testing.T) {
	e := free(t)
	var got bytes.Buffer
	seen := map[string]bool{}
	for _, sql := range corpora(t) {
		if seen[sql] {
			continue
		}
		seen[sql] = true
		line, err := json.Marshal(map[string]any{"sql": sql, "tree": treeOf(t, e, sql)})
		if err != nil {
			t.Fatal(err)
		}
		got.Write(append(line, '\n'))
	}
	goldentest.File(t, queryTestdata+"trees.jsonl", got.Bytes())
}

// treeOf is the engine's tree, or its text where that is no JSON.
func treeOf(t testing.TB, e *engine, sql string) any {
	t.Helper()
	batch, err := e.one(t.Context(), "SELECT json_serialize_sql(?::VARCHAR)::VARCHAR", sql)
	if err != nil {
		t.Fatalf("%v\n%s", err, sql)
	}
	defer batch.Release()
	tree := batch.Column(0).(*array.String).Value(0)
	if !json.Valid([]byte(tree)) {
		return strings.Clone(tree) // the batch it lies in is released
	}
	return json.RawMessage(tree)
}

// directive is a line of a corpus that says something of the text below it.
var directive = regexp.MustCompile(`^-- [a-z ]+: `)

// corpora lists the texts of every corpus: what follows "-- name: …" and the lines "-- word: …" below it.
func corpora(t *testing.T) (out []string) {
	t.Helper()
	var files []string
	for _, pattern := range []string{"*.sql", "*/*.sql"} {
		found, err := filepath.Glob(queryTestdata + pattern)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, found...)
	}
	if len(files) < 10 {
		t.Fatalf("found %d corpora", len(files))
	}
	for _, file := range files {
		for _, part := range strings.Split("\n"+string(mustRead(t, file)), "\n-- name: ")[1:] {
			_, text, _ := strings.Cut(part, "\n")
			for directive.MatchString(text) {
				_, text, _ = strings.Cut(text, "\n")
			}
			out = append(out, strings.Trim(text, "\n"))
		}
	}
	return out
}
