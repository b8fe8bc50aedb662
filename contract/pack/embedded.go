package pack

import (
	"embed"
	"slices"
	"strings"
	"sync"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/suggest"
)

//go:embed packs/*.yaml
var packs embed.FS

// Embedded is a pack that comes with the program, and its text.
type Embedded struct {
	Pack
	Digest yumen.Digest
	Text   []byte
}

// All returns the packs that come with the program, ordered by id.
var All = sync.OnceValue(func() []Embedded {
	files, err := packs.ReadDir("packs")
	if err != nil {
		panic(err)
	}
	var out []Embedded
	for _, f := range files {
		b, err := packs.ReadFile("packs/" + f.Name())
		if err != nil {
			panic(err)
		}
		p, err := Parse(f.Name(), b)
		if err != nil {
			panic(err)
		}
		out = append(out, Embedded{p, yumen.DigestOf(b), b})
	}
	slices.SortFunc(out, func(a, b Embedded) int { return strings.Compare(a.Head.ID, b.Head.ID) })
	return out
})

// Find returns the embedded pack of that id.
func Find(id string) (Embedded, error) {
	all := All()
	var ids []string
	for _, p := range all {
		if p.Head.ID == id {
			return p, nil
		}
		ids = append(ids, p.Head.ID)
	}
	fix := suggest.Fix(id, ids)
	if fix.IsZero() {
		list := strings.Join(ids, ", ")
		fix = yumen.Say("known: %s; a file is named by its path", "可用：%s；文件请写路径", list)
	}
	return Embedded{}, yumen.Errorf(yumen.KindNotFound, "no pack is called %q", "没有名为“%s”的规则包", id).ToFix(fix.EN, fix.ZH)
}
