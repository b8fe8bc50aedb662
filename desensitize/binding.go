package desensitize

import (
	"context"
	"io"
	randv2 "math/rand/v2"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/desensitize/detect"
	"github.com/yumen-data/yumen/keyring"
)

// Found is an identifier found inside a text, at the bytes from Start up to End.
type Found struct {
	Type       string
	Start, End int
}

// Finder returns what finds identifiers in the texts of a column: in order and without overlap. What it returns is valid until
// its next call.
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

// binding is what a technique is bound to: its step, the columns as earlier steps left them, keys and helpers.
type binding struct {
	ctx     context.Context
	run     *run
	step    *Step
	schema  *arrow.Schema
	columns []int // of Step.Columns
	keys    []keyring.Ref
}

// kind returns the type of a column.
func (b *binding) kind(i int) yumen.Type {
	t, _ := typeOf(b.schema.Field(i).Type)
	return t
}

func (b *binding) name(i int) string { return b.schema.Field(i).Name }

// column finds a column that a parameter names.
func (b *binding) column(name string) (int, error) {
	for i, f := range b.schema.Fields() {
		if f.Name == name {
			return i, nil
		}
	}
	return 0, yumen.Errorf(yumen.KindInvalid, "there is no column %q at this step", "此步骤没有列 %q", name)
}

// key returns the current version of a key and notes its use for the record.
func (b *binding) key(id string) (keyring.Key, error) { return b.keyVersion(id, 0) }

func (b *binding) keyVersion(id string, version int) (keyring.Key, error) {
	if id == "" {
		return keyring.Key{}, yumen.Errorf(yumen.KindInvalid, "the technique needs a key", "该技术需要密钥").ToFix("add key: with the id of a key of the keyring", "请加 key: 并写密钥环中的密钥标识")
	}
	if b.run.keys == nil {
		return keyring.Key{}, yumen.Errorf(yumen.KindInvalid, "no keyring is given", "未提供密钥环")
	}
	k, err := b.run.keys.Key(b.ctx, id, version)
	if err == nil && !slices.Contains(b.keys, k.Ref()) {
		b.keys = append(b.keys, k.Ref())
	}
	return k, err
}

// random returns a source of random numbers of its own for the stage: ChaCha8, seeded by the system.
func (b *binding) random() (*randv2.Rand, error) {
	var seed [32]byte
	if _, err := io.ReadFull(b.run.random, seed[:]); err != nil {
		return nil, yumen.Errorf(yumen.KindUnavailable, "the system gives no random bytes", "系统无法提供随机数").Because(err)
	}
	return randv2.New(randv2.NewChaCha8(seed)), nil
}

// cells makes the stage of a technique that changes single cells: f returns, for a column, what changes it and the type
// it has afterwards.
func (b *binding) cells(f func(i int) (change, arrow.DataType, error)) (*cellStage, error) {
	s := &cellStage{to: b.schema, changes: map[int]change{}}
	var bad reasons
	if len(b.columns) == 0 {
		bad.add("step.columns", "", "the step names no columns", "该步骤没有列出列")
	}
	for _, i := range b.columns {
		c, dt, err := f(i)
		if err != nil {
			bad.addError("column.type", b.name(i), err)
			continue
		}
		s.changes[i] = c
		s.to = withField(s.to, i, dt)
	}
	return s, bad.refuse("the technique does not fit the columns", "该技术不适用于这些列")
}

// texts makes the stage of a technique that writes texts: over whole cells, or, with detectors, over what they find inside texts.
// make returns what changes values of a column; kind is the type that a detector found, or "" for whole cells.
func (b *binding) texts(make func(i int, kind string) (textFunc, error)) (*cellStage, error) {
	return b.cells(func(i int) (change, arrow.DataType, error) {
		if len(b.step.Detectors) == 0 {
			f, err := make(i, "")
			return eachText(f), arrow.BinaryTypes.String, err
		}
		if b.kind(i) != yumen.TypeText {
			return nil, nil, yumen.Errorf(yumen.KindInvalid, "detectors read texts only", "检测器只读文本列")
		}
		inside := map[string]textFunc{}
		for _, d := range b.step.Detectors {
			if _, known := detect.Lookup(detect.Type(d)); !known && b.run.opts.Find == nil {
				return nil, nil, yumen.Errorf(yumen.KindInvalid, "there is no detector %q", "没有检测器 %q", d)
			}
			f, err := make(i, d)
			if err != nil {
				return nil, nil, err
			}
			inside[d] = f
		}
		return eachText(withinText(b.run.find(b.name(i)), inside)), arrow.BinaryTypes.String, nil
	})
}

// withinText changes what is found inside a text. What is found but does not fit its technique is hidden.
func withinText(find func(string) []Found, inside map[string]textFunc) textFunc {
	return func(dst []byte, s string) ([]byte, bool) {
		next := 0
		for _, f := range find(s) {
			change, ok := inside[f.Type]
			if !ok || f.Start < next || f.End > len(s) || f.End <= f.Start {
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
