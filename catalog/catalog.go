// Package catalog reads and checks catalog entries: what a provider says of a dataset before anyone may ask for it
// (《政务信息资源目录编制指南》, DCAT). docs/catalog.md describes the file.
//
// It does not see data: whether a file keeps to its entry is checked by the import, inside an enclave. Nor does it decide
// who may use what: an entry is the ceiling of what contracts can grant, and contract compares the two.
package catalog

import (
	"encoding/json"
	"regexp"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/strictyaml"
	"github.com/yumen-data/yumen/internal/suggest"
)

// Parse reads a catalog entry written in YAML. The error is a *yumen.Error of kind invalid with every reason, each with its
// place as file:line:column.
func Parse(file string, b []byte) (yumen.Dataset, error) {
	var d yumen.Dataset
	r := reader{strictyaml.Parse(file, b, &d)}
	r.dataset(&d)
	if err := r.doc.Err(); err != nil {
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

type reader struct{ doc *strictyaml.Doc }

var identifier = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

// name checks a name that SQL text and file names will carry.
func (r reader) name(name string, path ...any) {
	switch {
	case name == "":
		r.doc.Missing(path...)
	case !identifier.MatchString(name):
		r.doc.Refuse("name", yumen.Say("%q is not a name: write a lower-case letter, then up to 62 lower-case letters, digits and _", "%q 不能作为名称：应以小写字母开头，后接至多 62 个小写字母、数字或 _", name), yumen.Text{}, path...)
	}
}

// text checks a text that must say something.
func (r reader) text(empty bool, path ...any) {
	if empty {
		r.doc.Missing(path...)
	}
}

// oneOf checks a word that must be one of a few.
func oneOf[T ~string](r reader, v T, all []T, path ...any) {
	if v == "" {
		r.doc.Missing(path...)
		return
	}
	names := make([]string, len(all))
	for i, a := range all {
		if a == v {
			return
		}
		names[i] = string(a)
	}
	r.refuseUnknown(string(v), names, path...)
}

func (r reader) refuseUnknown(v string, known []string, path ...any) {
	r.doc.Refuse("unknown", yumen.Say("unknown %s %q; known are %s", "未知的 %s %q；可用的有 %s", path[len(path)-1], v, join(known)), suggest.Fix(v, known), path...)
}
