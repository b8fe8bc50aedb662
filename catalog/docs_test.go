package catalog

import (
	"reflect"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/goldentest"
	"github.com/yumen-data/yumen/internal/suggest"
	"github.com/yumen-data/yumen/internal/uses"
)

// docs/catalog.md shows an entry that is accepted and speaks of every key and every word an entry can have.
func TestDocument(t *testing.T) {
	const page = "../docs/catalog.md"
	blocks := goldentest.Blocks(t, page, "yaml")
	if len(blocks) != 1 {
		t.Fatalf("%d entries", len(blocks))
	}
	if _, err := Parse(page, blocks[0]); err != nil {
		t.Error(yumen.AsError(err).In(yumen.LangEnglish))
	}
	words := append(goldentest.Keys(reflect.TypeFor[yumen.Dataset]()), typeNames...)
	words = append(append(append(words, suggest.Names(uses.All)...), uses.Functions...), uses.Techniques...)
	for _, a := range attributes {
		words = append(words, string(a))
	}
	for _, f := range frequencies {
		words = append(words, string(f))
	}
	for _, r := range roles {
		words = append(words, string(r))
	}
	goldentest.Names(t, page, words)
}
