package strictyaml

import (
	"regexp"
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/suggest"
)

var identifier = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

// Name refuses what cannot be a name in SQL text and file names alike.
func (d *Doc) Name(name string, path ...any) {
	switch {
	case name == "":
		d.Missing(path...)
	case !identifier.MatchString(name):
		d.Refuse("name", yumen.Say("%s is not a name: write a lower-case letter, then up to 62 lower-case letters, digits and _", "%s 不能作为名称：应以小写字母开头，后接至多 62 个小写字母、数字或 _", quote(name)), yumen.Text{}, path...)
	}
}

// OneOf refuses a word that is not one of a few, and reports whether it is.
func OneOf[T ~string](d *Doc, v T, all []T, path ...any) bool {
	if v == "" {
		d.Missing(path...)
		return false
	}
	if slices.Contains(all, v) {
		return true
	}
	d.Unknown(string(v), suggest.Names(all), path...)
	return false
}

// Unknown refuses a word that is not among those known, and suggests the one probably meant.
func (d *Doc) Unknown(v string, known []string, path ...any) {
	d.Refuse("unknown", yumen.Say("unknown value %[2]s for %[1]s; known are %[3]s", "%s 的取值 %s 未知；可用的有 %s", keys(path),
		quote(v), strings.Join(known, ", ")), suggest.Fix(v, known), path...)
}

// listKey returns the key of the list whose element a path ends in.
func listKey(path []any) string {
	for _, step := range slices.Backward(path) {
		if key, ok := step.(string); ok {
			return key
		}
	}
	return "value"
}
