package contract

import (
	"reflect"
	"slices"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/catalog"
	"github.com/yumen-data/yumen/internal/goldentest"
)

// docs/contract.md shows a contract that is accepted, on the entry that docs/catalog.md shows, and speaks of every key
// and every word a contract can have.
func TestDocument(t *testing.T) {
	const page = "../docs/contract.md"
	blocks := goldentest.Blocks(t, page, "yaml")
	if len(blocks) != 1 {
		t.Fatalf("%d contracts", len(blocks))
	}
	c, err := Parse(page, blocks[0])
	if err != nil {
		t.Fatal(yumen.AsError(err).In(yumen.LangEnglish))
	}
	residents, err := catalog.Parse("docs/catalog.md", goldentest.Blocks(t, "../docs/catalog.md", "yaml")[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range Check(&c, map[string]yumen.Dataset{residents.Name: residents}) {
		t.Errorf("%+v", r)
	}
	words := goldentest.Keys(reflect.TypeFor[yumen.Contract]())
	words = slices.DeleteFunc(words, func(w string) bool { return w == "functions" || w == "technique" }) // docs/catalog.md has them
	for _, class := range classes {
		words = append(words, string(class))
	}
	for _, e := range engines {
		words = append(words, string(e))
	}
	goldentest.Names(t, page, words)
}
