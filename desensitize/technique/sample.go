package technique

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"math"
	randv2 "math/rand/v2"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
)

// Sample keeps a random part of the records.
type Sample struct {
	Rate float64 `yaml:"rate" en:"the probability of each record, or unit, to be kept, above 0 and below 1" zh:"每条记录（或对象）被保留的概率，大于 0 小于 1"`
	Size int     `yaml:"size" en:"or how many records are kept (two passes)" zh:"或保留的记录数（须先读完整表）"`
	Unit string  `yaml:"unit" en:"with rate: the column whose units are kept or dropped whole" zh:"配合 rate：按该列的对象整体保留或丢弃"`
	Key  string  `yaml:"key" en:"with unit: id of the key that decides" zh:"配合 unit：决定取舍的密钥标识"`
}

func (*Sample) about() About {
	return About{
		Title: yumen.Text{EN: "sampling", ZH: "抽样"},
		Term:  yumen.Text{EN: "statistical tools: sampling", ZH: "统计技术：数据抽样"},
		Types: "all", Scope: RecordScope, Reversible: irreversible,
		Preserves: yumen.Text{EN: "the kept records unchanged, unbiased statistics", ZH: "被保留记录不变；统计无偏"},
		Leaks: yumen.Text{EN: "all of the kept records; an attacker cannot be sure that a person is among them",
			ZH: "被保留记录的全部内容；攻击者不能确定某人是否在内"},
	}
}

func (p *Sample) bind(b *Binding) (Stage, error) {
	if len(b.Columns) > 0 || (p.Rate != 0) == (p.Size != 0) || p.Rate != 0 && !(p.Rate > 0 && p.Rate < 1) ||
		p.Size < 0 || (p.Unit == "") != (p.Key == "") || p.Unit != "" && p.Size != 0 {
		return nil, yumen.Errorf(yumen.KindInvalid,
			"give rate between 0 and 1, or size, and no columns; unit and key go together, with rate",
			"请给出 0 与 1 之间的 rate，或 size，不列出列；unit 与 key 同时给出且配合 rate")
	}
	if p.Unit != "" {
		return p.byUnit(b)
	}
	random, err := b.random()
	if err != nil {
		return nil, err
	}
	if p.Size > 0 {
		return &sizeStage{sampleStage: sampleStage{output: output{to: b.Schema}}, size: p.Size, random: random}, nil
	}
	keep := func(arrow.RecordBatch, int) bool { return random.Float64() < p.Rate }
	return &sampleStage{output: output{to: b.Schema}, keep: keep}, nil
}

// byUnit keeps a unit where its HMAC-SHA-256 is in the lowest part. Records without a unit are dropped.
func (p *Sample) byUnit(b *Binding) (Stage, error) {
	unit, err := b.Column(p.Unit)
	if err != nil {
		return nil, err
	}
	key, err := b.key(p.Key)
	if err != nil {
		return nil, err
	}
	secret := key.Derive("sample", sha256.Size)
	limit := uint64(p.Rate * math.MaxUint64)
	var buf []byte
	return &sampleStage{output: output{to: b.Schema}, keep: func(rec arrow.RecordBatch, row int) bool {
		if rec.Column(unit).IsNull(row) {
			return false
		}
		buf = arrowio.AppendCell(buf[:0], rec.Column(unit), row)
		mac := hmac.New(sha256.New, secret)
		mac.Write(buf)
		return binary.BigEndian.Uint64(mac.Sum(nil)) < limit
	}}, nil
}

type sampleStage struct {
	output
	keep func(rec arrow.RecordBatch, row int) bool
}

func (s *sampleStage) Apply(mem memory.Allocator, rec arrow.RecordBatch) (arrow.RecordBatch, error) {
	rows := slices.DeleteFunc(allRows(int(rec.NumRows())), func(row int) bool { return !s.keep(rec, row) })
	s.count.Rows += rec.NumRows() - int64(len(rows))
	return TakeRows(mem, rec, s.to, rows)
}

// sizeStage counts the records first, then takes each with the probability that makes the sample come out at its size
// (selection sampling, Knuth 3.4.2 S). A table that is smaller is kept whole.
type sizeStage struct {
	sampleStage
	size   int
	rows   int
	random *randv2.Rand
}

func (s *sizeStage) Observe(rec arrow.RecordBatch) error { s.rows += int(rec.NumRows()); return nil }

func (s *sizeStage) Finish() error {
	left, need := s.rows, min(s.size, s.rows)
	s.keep = func(arrow.RecordBatch, int) bool {
		take := s.random.IntN(left) < need
		left--
		if take {
			need--
		}
		return take
	}
	return nil
}
