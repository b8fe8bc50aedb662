package anonymity

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/yumen-data/yumen"
)

// Suppressed is the label of a suppressed cell, and by custom the top of a hierarchy.
const Suppressed = "*"

// Bounds on a hierarchy file, so that a foreign one cannot exhaust memory.
const (
	maxHierarchyLine   = 1 << 20
	maxHierarchyValues = 1 << 21
	maxHierarchyLevels = 64
)

// Hierarchy says what each value of a column becomes, level by level, from itself (level 0) to one top value. It is the
// domain and value generalization hierarchy of Samarati and Sweeney (2002).
type Hierarchy struct {
	name   string
	labels [][]string        // level → code → label
	up     [][]uint32        // level → leaf → code at that level; up[0] is the identity
	leaf   map[string]uint32 // value → leaf
}

// Levels returns the number of levels, the value itself and the top included.
func (h *Hierarchy) Levels() int { return len(h.labels) }

// Name returns the name the hierarchy was read under.
func (h *Hierarchy) Name() string { return h.name }

// Generalize returns what a value becomes at a level, and whether the hierarchy knows the value.
func (h *Hierarchy) Generalize(value string, level int) (string, bool) {
	leaf, ok := h.leaf[value]
	if !ok || level < 0 || level >= len(h.labels) {
		return "", false
	}
	return h.labels[level][h.up[level][leaf]], true
}

// ReadHierarchy reads a hierarchy: one line per value, its generalizations after it, separated by semicolons (a field
// may stand in double quotes). Every line has the same number of levels and ends in the same top value. It fails with
// kind invalid and lists the lines with a gap (a missing or empty level), a value that stands twice, a cycle (a value
// that is generalized, through others, to itself) or a step that is not monotone (equal at one level, different at the
// next).
func ReadHierarchy(name string, r io.Reader) (*Hierarchy, error) {
	sc := bufio.NewScanner(r)
	sc.Buffer(make([]byte, 0, 4096), maxHierarchyLine)
	l := newHierarchyLoader(name)
	for sc.Scan() {
		l.line++
		text := strings.TrimSuffix(sc.Text(), "\r")
		if l.line == 1 {
			text = strings.TrimPrefix(text, "\ufeff")
		}
		if text == "" {
			continue
		}
		l.add(text)
	}
	if err := sc.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, yumen.Errorf(yumen.KindLimit, "the line is longer than %d bytes", "该行超过 %d 字节",
			maxHierarchyLine).At(l.place())
	} else if err != nil {
		return nil, yumen.Errorf(yumen.KindUnavailable, "the hierarchy cannot be read",
			"层级文件无法读取").At(name).Because(err)
	}
	return l.finish()
}

// hierarchyLoader checks lines as they come.
type hierarchyLoader struct {
	h       *Hierarchy
	line    int
	index   []map[string]uint32 // level → label → code
	parent  [][]uint32          // level → code → code at the next level
	first   [][]int             // level → code → line on which it stands first
	reasons []yumen.Reason
}

func newHierarchyLoader(name string) *hierarchyLoader {
	return &hierarchyLoader{h: &Hierarchy{name: name, leaf: map[string]uint32{}}}
}

func (l *hierarchyLoader) place() string { return fmt.Sprintf("%s:%d", l.h.name, l.line) }

// refuse notes what is wrong with the current line; beyond the first few, more of the same help nobody.
func (l *hierarchyLoader) refuse(rule, en, zh string, args ...any) {
	if len(l.reasons) < 20 {
		l.reasons = append(l.reasons, yumen.Reason{Rule: rule, Place: l.place(), Msg: yumen.Say(en, zh, args...)})
	}
}

func (l *hierarchyLoader) add(text string) {
	fields, ok := splitFields(text)
	switch {
	case !utf8.ValidString(text):
		l.refuse("hierarchy.encoding", "the line is not valid UTF-8", "该行不是有效的 UTF-8")
	case !ok:
		l.refuse("hierarchy.quote", "a quoted field does not end", "引号字段没有结束")
	case len(fields) > maxHierarchyLevels || len(l.h.leaf) >= maxHierarchyValues:
		l.refuse("hierarchy.size", "more than %d levels or %d values", "超过 %d 级或 %d 个取值", maxHierarchyLevels,
			maxHierarchyValues)
	case l.index != nil && len(fields) != len(l.index):
		l.refuse("hierarchy.gap", "the line has %d levels, the first has %d", "该行有 %d 级，而首行有 %d 级", len(fields),
			len(l.index))
	case gap(fields) > 0:
		l.refuse("hierarchy.gap", "level %d is empty", "第 %d 级为空", gap(fields))
	default:
		l.insert(fields)
	}
}

// gap returns the first empty level above 0, or 0. The value itself may be the empty text.
func gap(fields []string) int {
	for i, f := range fields[1:] {
		if f == "" {
			return i + 1
		}
	}
	return 0
}

func (l *hierarchyLoader) insert(fields []string) {
	if l.index == nil {
		l.start(len(fields))
	}
	if _, ok := l.h.leaf[fields[0]]; ok {
		l.refuse("hierarchy.twice", "the value stands on an earlier line too", "该取值在前面的行已出现")
		return
	}
	codes := make([]uint32, len(fields))
	for level, f := range fields {
		codes[level] = l.code(level, f)
	}
	for level := 0; level+1 < len(codes); level++ {
		if !l.link(level, codes[level], codes[level+1]) {
			return
		}
	}
	l.h.leaf[fields[0]] = codes[0]
	for level, code := range codes {
		l.h.up[level] = append(l.h.up[level], code)
	}
}

func (l *hierarchyLoader) start(levels int) {
	l.h.labels, l.h.up = make([][]string, levels), make([][]uint32, levels)
	l.index, l.parent, l.first = make([]map[string]uint32, levels), make([][]uint32, levels), make([][]int, levels)
	for i := range l.index {
		l.index[i] = map[string]uint32{}
	}
}

func (l *hierarchyLoader) code(level int, label string) uint32 {
	code, ok := l.index[level][label]
	if !ok {
		code = uint32(len(l.h.labels[level]))
		l.index[level][label] = code
		l.h.labels[level] = append(l.h.labels[level], label)
		l.first[level] = append(l.first[level], l.line)
	}
	return code
}

// link notes that a value of one level becomes another at the next; a second, different answer is refused.
func (l *hierarchyLoader) link(level int, from, to uint32) bool {
	if int(from) == len(l.parent[level]) {
		l.parent[level] = append(l.parent[level], to)
		return true
	}
	if l.parent[level][from] == to {
		return true
	}
	l.refuse("hierarchy.monotone", "values equal at level %d differ at level %d", "在第 %d 级相同的取值到第 %d 级又不同", level,
		level+1)
	return false
}

func (l *hierarchyLoader) finish() (*Hierarchy, error) {
	if len(l.reasons) == 0 && l.index == nil {
		return nil, yumen.Errorf(yumen.KindInvalid, "the hierarchy has no values", "层级文件没有取值").At(l.h.name)
	}
	if len(l.reasons) == 0 {
		l.checkTop()
		l.checkCycles()
	}
	msg := yumen.Say("the hierarchy %s cannot be used", "层级 %s 不可用", l.h.name)
	if err := yumen.Refuse(yumen.KindInvalid, msg, l.reasons); err != nil {
		return nil, err
	}
	return l.h, nil
}

func (l *hierarchyLoader) checkTop() {
	top := l.h.labels[len(l.h.labels)-1]
	if len(top) == 1 {
		return
	}
	l.line = l.first[len(l.first)-1][1]
	l.refuse("hierarchy.top", "the last level has %d values instead of one", "最后一级有 %d 个取值，应当只有一个", len(top))
	l.reasons[len(l.reasons)-1].Fix = yumen.Say("end every line with ;*", "在每行末尾加 ;*")
}

// checkCycles takes labels as points and steps between different labels as edges, peels off what has no way in, then
// what has no way out, and refuses the first line of what is left.
func (l *hierarchyLoader) checkCycles() {
	edges := reverse(peel(reverse(peel(l.edges()))))
	if len(edges) == 0 {
		return
	}
	l.line = edges[0].line
	for _, e := range edges {
		l.line = min(l.line, e.line)
	}
	l.refuse("hierarchy.cycle", "a value is generalized, through others, to itself", "某个取值经由其他取值又泛化为自身")
}

// peel takes away, over and over, the edges that leave a point no edge leads to (Kahn 1962).
func peel(edges []edge) []edge {
	in, out := map[string]int{}, map[string][]int{}
	for i, e := range edges {
		in[e.to]++
		out[e.from] = append(out[e.from], i)
	}
	var queue []string
	for label := range out {
		if in[label] == 0 {
			queue = append(queue, label)
		}
	}
	gone := make([]bool, len(edges))
	for len(queue) > 0 {
		label := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for _, i := range out[label] {
			gone[i] = true
			if in[edges[i].to]--; in[edges[i].to] == 0 {
				queue = append(queue, edges[i].to)
			}
		}
	}
	var kept []edge
	for i, e := range edges {
		if !gone[i] {
			kept = append(kept, e)
		}
	}
	return kept
}

func reverse(edges []edge) []edge {
	out := make([]edge, len(edges))
	for i, e := range edges {
		out[i] = edge{e.to, e.from, e.line}
	}
	return out
}

type edge struct {
	from, to string
	line     int
}

func (l *hierarchyLoader) edges() []edge {
	var edges []edge
	for level := 0; level+1 < len(l.h.labels); level++ {
		for code, label := range l.h.labels[level] {
			if to := l.h.labels[level+1][l.parent[level][code]]; to != label {
				edges = append(edges, edge{label, to, l.first[level][code]})
			}
		}
	}
	return edges
}

// splitFields splits a line at semicolons; a field that begins with a double quote ends at the next single one.
func splitFields(text string) ([]string, bool) {
	if !strings.Contains(text, `"`) {
		return strings.Split(text, ";"), true
	}
	var fields []string
	for {
		field, rest, more, ok := nextField(text)
		if !ok {
			return nil, false
		}
		fields = append(fields, field)
		if !more {
			return fields, true
		}
		text = rest
	}
}

func nextField(text string) (field, rest string, more, ok bool) {
	if !strings.HasPrefix(text, `"`) {
		field, rest, more = strings.Cut(text, ";")
		return field, rest, more, true
	}
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		if text[i] != '"' {
			b.WriteByte(text[i])
			continue
		}
		if i+1 < len(text) && text[i+1] == '"' {
			b.WriteByte('"')
			i++
			continue
		}
		rest = text[i+1:]
		return b.String(), strings.TrimPrefix(rest, ";"), strings.HasPrefix(rest, ";"), rest == "" || rest[0] == ';'
	}
	return "", "", false, false
}
