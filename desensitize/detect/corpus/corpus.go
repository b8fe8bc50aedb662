package corpus

import (
	"encoding/base64"
	"encoding/hex"
	"math/rand/v2"
	"strings"

	"github.com/yumen-data/yumen/desensitize/detect"
)

// Cell is one cell to be searched.
type Cell struct {
	Column  string      // the name of its column
	Text    string      // what stands in it
	Type    detect.Type // the type of the identifier in it, or "" for none
	Start   int         // where the identifier stands
	End     int
	Variant Variant
}

// Variant says how a cell was made.
type Variant string

// The variants. Those from FullWidth on are disguises.
const (
	Alone        Variant = "alone"      // nothing else in the cell, a column name that says nothing
	Named        Variant = "column"     // nothing else in the cell, a column name that says it
	Announced    Variant = "announced"  // in a sentence, after a word that says it
	InText       Variant = "in text"    // in a sentence that says nothing of it
	NearMiss     Variant = "near miss"  // no identifier
	FullWidth    Variant = "full-width" // in full-width characters
	Grouped      Variant = "grouped"    // with spaces or dashes between groups
	Numerals     Variant = "numerals"   // in Chinese numerals
	Base64       Variant = "base64"
	Hex          Variant = "hex"
	Reversed     Variant = "reversed"
	NoCheckDigit Variant = "no check digit"
	Old          Variant = "15 digits" // the old form of the resident id
)

// maker makes identifiers of one type.
type maker struct {
	kind      detect.Type
	make      func(g *generator) string
	columns   []string // that name it
	sentences []string // that announce it
	disguises []Variant
	bare      bool // recognizable without anything around it
}

type generator struct{ *rand.Rand }

// Generate returns n cells, about 45 % of them near misses, in random order.
func Generate(seed uint64, n int) []Cell {
	g := &generator{rand.New(rand.NewPCG(seed, 0x59756d656e))}
	cells := make([]Cell, 0, n)
	for len(cells) < n {
		if g.IntN(100) < 45 {
			cells = append(cells, g.nearMiss())
		} else {
			cells = append(cells, g.identifier(makers[g.IntN(len(makers))]))
		}
	}
	return cells
}

func pick[T any](g *generator, from []T) T { return from[g.IntN(len(from))] }

// plainColumns say nothing.
var plainColumns = []string{"c1", "字段7", "value", "备注", "f_12", "内容", "remark", "data"}

// plainSentences say nothing of what stands in them.
var plainSentences = []string{"已核对 %，无误", "见附件（%）", "转交%。", "经查 %，情况属实", "ref %", "窗口登记：%；已办结"}

func (g *generator) identifier(m maker) Cell {
	id := m.make(g)
	switch roll := g.IntN(100); {
	case roll < 30 && len(m.disguises) > 0:
		return g.disguise(m, pick(g, m.disguises))
	case roll < 55 && m.bare:
		return Cell{Column: pick(g, plainColumns), Text: id, Type: m.kind, End: len(id), Variant: Alone}
	case roll < 70 && m.bare:
		return g.within(m.kind, pick(g, plainSentences), id, InText)
	case roll < 85:
		return Cell{Column: pick(g, m.columns), Text: id, Type: m.kind, End: len(id), Variant: Named}
	}
	return g.within(m.kind, pick(g, m.sentences), id, Announced)
}

func (g *generator) within(kind detect.Type, sentence, id string, v Variant) Cell {
	before, after, _ := strings.Cut(sentence, "%")
	return Cell{Column: pick(g, plainColumns), Text: before + id + after, Type: kind, Start: len(before),
		End: len(before) + len(id), Variant: v}
}

func (g *generator) disguise(m maker, v Variant) Cell {
	id := m.make(g)
	text := ""
	switch v {
	case FullWidth:
		text = fullWidth(id)
	case Grouped:
		text = g.grouped(id)
	case Numerals:
		text = g.numerals(id)
	case Base64:
		text = base64.StdEncoding.EncodeToString([]byte(id))
	case Hex:
		text = hex.EncodeToString([]byte(id))
	case Reversed:
		text = reversed(id)
	case NoCheckDigit:
		text = id[:len(id)-1]
	case Old:
		text = oldResidentID(g)
	}
	return Cell{Column: pick(g, plainColumns), Text: text, Type: m.kind, End: len(text), Variant: v}
}

func fullWidth(s string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' {
			return '\u3000'
		}
		return r - '!' + '！'
	}, s)
}

func reversed(s string) string {
	b := []byte(s)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}

// grouped writes a number in groups as people do.
func (g *generator) grouped(s string) string {
	sizes := map[int][]int{11: {3, 4, 4}, 16: {4, 4, 4, 4}, 18: {6, 8, 4}, 19: {4, 4, 4, 4, 3}}[len(s)]
	sep := pick(g, []string{" ", "-"})
	var groups []string
	for _, n := range sizes {
		groups, s = append(groups, s[:n]), s[n:]
	}
	return strings.Join(groups, sep)
}

func (g *generator) numerals(s string) string {
	digits := pick(g, []string{"〇一二三四五六七八九", "零壹贰叁肆伍陆柒捌玖"})
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return r
		}
		return []rune(digits)[r-'0']
	}, s)
}
