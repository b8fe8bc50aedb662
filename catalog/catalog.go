// Package catalog reads and checks catalog entries: what a provider says of a dataset before anyone may ask for it
// (《政务信息资源目录编制指南》, DCAT). docs/catalog.md describes the file.
//
// It does not see data: whether a file keeps to its entry is checked by the import, inside an enclave. Nor does it
// decide who may use what: an entry is the ceiling of what contracts can grant, and contract compares the two.
package catalog

import (
	"encoding/json"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/strictyaml"
)

// Parse reads a catalog entry written in YAML. The error is a *yumen.Error of kind invalid with every reason, each with
// its place as file:line:column.
func Parse(file string, b []byte) (yumen.Dataset, error) {
	var d yumen.Dataset
	r := reader{strictyaml.Parse(file, b, &d)}
	r.dataset(&d)
	if err := r.Err(); err != nil {
		return yumen.Dataset{}, err
	}
	return d, nil
}

// Digest names what an entry says: the digest of its JSON form, whose field order is fixed. Two files that differ in
// comments, order of keys or spelling of numbers alone have the same digest.
func Digest(d yumen.Dataset) yumen.Digest {
	b, err := json.Marshal(d)
	if err != nil {
		panic("catalog: a dataset has no JSON form: " + err.Error()) // only strings, whole numbers and finite bounds
	}
	return yumen.DigestOf(b)
}

type reader struct{ *strictyaml.Doc }

// text refuses a text that says nothing.
func (r reader) text(empty bool, path ...any) {
	if empty {
		r.Missing(path...)
	}
}
