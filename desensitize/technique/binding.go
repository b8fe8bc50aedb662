package technique

import (
	"context"
	"io"
	randv2 "math/rand/v2"
	"slices"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/desensitize/anonymity"
	"github.com/yumen-data/yumen/desensitize/detect"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/keyring"
)

// Found is an identifier found inside a text, at the bytes from Start up to End.
type Found struct {
	Type       string
	Start, End int
}

// Finder returns what finds identifiers in the texts of a column: in order and without overlap. What it returns is
// valid until its next call.
type Finder func(column string) func(s string) []Found

// detectors is the Finder over package detect.
func detectors(column string) func(s string) []Found {
	d, hint := detect.New(), detect.HintOf(column)
	var found []Found
	return func(s string) []Found {
		found = found[:0]
		for _, f := range d.Find(s, hint) {
			found = append(found, Found{string(f.Type), f.Start, f.End})
		}
		return found
	}
}

// Env is what a run has for its techniques.
type Env struct {
	Keys        keyring.Source
	Find        Finder                          // inside texts. Defaults to the detectors of package detect
	Hierarchies map[string]*anonymity.Hierarchy // hierarchy files, by the name under which a profile names them
	Vault       Vault                           // keeps the tokens of tokenize
	Side        func(string) (io.Writer, error) // opens the stream of a further output of a technique, by name
	Now         func() time.Time
	Random      io.Reader // seeds random techniques
	Memory      memory.Allocator
}

// Binding is what a technique is bound to: a run, the columns of its step as earlier steps left them, and what
// detectors find inside these where the step names some.
type Binding struct {
	Context   context.Context
	Env       *Env
	Schema    *arrow.Schema
	Columns   []int // places in Schema
	Detectors []string
	Keys      []keyring.Ref // that the technique took, each once
}

// Bind checks the parameters of a technique against the columns and makes its stage. It sees no data.
func (b *Binding) Bind(t Technique) (Stage, error) { return t.bind(b) }

// kind returns the type of a column.
func (b *Binding) kind(i int) yumen.Type {
	t, _ := arrowio.TypeOf(b.Schema.Field(i).Type)
	return t
}

// find returns what finds identifiers inside the texts of a column.
func (b *Binding) find(i int) func(s string) []Found {
	if b.Env.Find == nil {
		return detectors(b.name(i))
	}
	return b.Env.Find(b.name(i))
}

// detects refuses a detector that package detect does not have, where no other finds in its place.
func (b *Binding) detects(name string) error {
	if _, known := detect.Lookup(detect.Type(name)); known || b.Env.Find != nil {
		return nil
	}
	return yumen.Errorf(yumen.KindInvalid, "there is no detector %q", "没有检测器 %q", name)
}

func (b *Binding) name(i int) string { return b.Schema.Field(i).Name }

// Column finds a column that a parameter names.
func (b *Binding) Column(name string) (int, error) {
	if i := b.Schema.FieldIndices(name); len(i) > 0 {
		return i[0], nil
	}
	return 0, yumen.Errorf(yumen.KindInvalid, "there is no column %q at this step", "此步骤没有列 %q", name)
}

// takes refuses the first column of a type that the technique does not take.
func (b *Binding) takes(ok func(yumen.Type) bool) error {
	for _, i := range b.Columns {
		if !ok(b.kind(i)) {
			return yumen.AsError(wrongType(b.kind(i))).At(b.name(i))
		}
	}
	return nil
}

// nullable returns the schema in which the columns may have nulls.
func (b *Binding) nullable() *arrow.Schema {
	to := b.Schema
	for _, i := range b.Columns {
		to = WithField(to, i, b.Schema.Field(i).Type)
	}
	return to
}

// key returns the current version of a key and notes its use for the record.
func (b *Binding) key(id string) (keyring.Key, error) { return b.keyVersion(id, 0) }

func (b *Binding) keyVersion(id string, version int) (keyring.Key, error) {
	if id == "" {
		return keyring.Key{}, yumen.Errorf(yumen.KindInvalid, "the technique needs a key",
			"该技术需要密钥").ToFix("add key: with the id of a key of the keyring", "请加 key: 并写密钥环中的密钥标识")
	}
	if b.Env.Keys == nil {
		return keyring.Key{}, yumen.Errorf(yumen.KindInvalid, "no keyring is given", "未提供密钥环")
	}
	k, err := b.Env.Keys.Key(b.Context, id, version)
	if err == nil && !slices.Contains(b.Keys, k.Ref()) {
		b.Keys = append(b.Keys, k.Ref())
	}
	return k, err
}

// random returns a source of random numbers of its own for the stage: ChaCha8, seeded by the system.
func (b *Binding) random() (*randv2.Rand, error) {
	var seed [32]byte
	if _, err := io.ReadFull(b.Env.Random, seed[:]); err != nil {
		return nil, yumen.Errorf(yumen.KindUnavailable, "the system gives no random bytes", "系统无法提供随机数").Because(err)
	}
	return randv2.New(randv2.NewChaCha8(seed)), nil
}

// cells makes the stage of a technique that changes single cells: f returns, for a column, what changes it and the type
// it has afterwards.
func (b *Binding) cells(f func(i int) (Change, arrow.DataType, error)) (*cellStage, error) {
	s := &cellStage{output: output{to: b.Schema}, changes: map[int]Change{}}
	var bad Reasons
	if len(b.Columns) == 0 {
		bad.Add("step.columns", "", "the step names no columns", "该步骤没有列出列")
	}
	for _, i := range b.Columns {
		c, dt, err := f(i)
		if err != nil {
			bad.AddError("column.type", b.name(i), err)
			continue
		}
		s.changes[i] = c
		s.to = WithField(s.to, i, dt)
	}
	return s, bad.Refuse("the technique does not fit the columns", "该技术不适用于这些列")
}

// texts makes the stage of a technique that writes texts: over whole cells, or, with detectors, over what they find
// inside texts. make returns what changes values of a column; kind is the type that a detector found, or "" for whole
// cells.
func (b *Binding) texts(make func(i int, kind string) (TextFunc, error)) (*cellStage, error) {
	return b.cells(func(i int) (Change, arrow.DataType, error) {
		if len(b.Detectors) == 0 {
			f, err := make(i, "")
			return EachText(f), arrow.BinaryTypes.String, err
		}
		if b.kind(i) != yumen.TypeText {
			return nil, nil, yumen.Errorf(yumen.KindInvalid, "detectors read texts only", "检测器只读文本列")
		}
		inside := map[string]TextFunc{}
		for _, d := range b.Detectors {
			if err := b.detects(d); err != nil {
				return nil, nil, err
			}
			f, err := make(i, d)
			if err != nil {
				return nil, nil, err
			}
			inside[d] = f
		}
		of := func(kind string) TextFunc { return inside[kind] }
		return EachText(withinText(b.find(i), of)), arrow.BinaryTypes.String, nil
	})
}

// withinText changes what is found inside a text as its type is changed; where that is nil, it stays. What is found but
// does not fit its technique is hidden.
func withinText(find func(string) []Found, of func(kind string) TextFunc) TextFunc {
	return func(dst []byte, s string) ([]byte, bool) {
		next := 0
		for _, f := range find(s) {
			change := of(f.Type)
			if change == nil || f.Start < next || f.End > len(s) || f.End <= f.Start {
				continue
			}
			dst = append(dst, s[next:f.Start]...)
			if out, fits := change(dst, s[f.Start:f.End]); fits {
				dst = out
			} else {
				dst = append(dst, "***"...)
			}
			next = f.End
		}
		return append(dst, s[next:]...), true
	}
}
