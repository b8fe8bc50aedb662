package duck

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/yumen-data/yumen/internal/goldentest"
)

// TestKeywords holds that the keywords package query knows are those of this engine: reserved ones, then the others.
func TestKeywords(t *testing.T) {
	e := free(t)
	var got bytes.Buffer
	for _, kind := range []string{"= 'reserved'", "<> 'reserved'"} {
		batch, err := e.one(t.Context(),
			"SELECT string_agg(keyword_name, ' ' ORDER BY keyword_name) FROM duckdb_keywords() WHERE keyword_category "+
				kind)
		if err != nil {
			t.Fatal(err)
		}
		defer batch.Release()
		fmt.Fprintln(&got, batch.Column(0).(*array.String).Value(0))
	}
	goldentest.File(t, "../../query/decode/keywords.txt", got.Bytes())
}
