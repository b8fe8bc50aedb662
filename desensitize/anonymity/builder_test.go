package anonymity

import (
	"math"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen"
)

// people is a batch of three rows: age, name, score.
func people(t *testing.T) arrow.RecordBatch {
	b := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema([]arrow.Field{
		{Name: "age", Type: arrow.PrimitiveTypes.Int64, Nullable: true}, {Name: "name", Type: arrow.BinaryTypes.String},
		{Name: "score", Type: arrow.PrimitiveTypes.Float64}, {Name: "raw", Type: arrow.PrimitiveTypes.Uint8}}, nil))
	defer b.Release()
	b.Field(0).(*array.Int64Builder).AppendValues([]int64{30, 0, 30}, []bool{true, false, true})
	b.Field(1).(*array.StringBuilder).AppendValues([]string{"a", "b", "a"}, nil)
	b.Field(2).(*array.Float64Builder).AppendValues([]float64{0.5, math.NaN(), math.NaN()}, nil)
	b.Field(3).(*array.Uint8Builder).AppendValues([]uint8{1, 2, 3}, nil)
	batch := b.NewRecordBatch()
	t.Cleanup(batch.Release)
	return batch
}

func TestAddBatch(t *testing.T) {
	b, err := NewBuilder("score", "age")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := b.AddBatch(people(t)); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Add([]string{"0.5", "∅"}, nil); err != nil { // the text ∅ is not null
		t.Fatal(err)
	}
	data := b.Table()
	var got []string
	for row := range data.Rows() {
		got = append(got, data.Value(row, 0)+" "+data.Value(row, 1))
	}
	want := []string{"0.5 30", "NaN ∅", "NaN 30", "0.5 30", "NaN ∅", "NaN 30", "0.5 ∅"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	r, err := MeasureRisk(data, []string{"age"}, 0, nil)
	if err != nil || r.Classes != 3 || r.SampleUniques != 1 {
		t.Errorf("classes by age: %+v, %v", r, err)
	}
}

func TestBuilderRefuses(t *testing.T) {
	if _, err := NewBuilder(); yumen.KindOf(err) != yumen.KindInvalid {
		t.Errorf("no columns: %v", err)
	}
	if _, err := NewBuilder("a", "a"); yumen.KindOf(err) != yumen.KindInvalid {
		t.Errorf("two of one name: %v", err)
	}
	tests := []struct {
		name    string
		columns []string
		add     func(b *Builder) error
	}{
		{"row too wide", []string{"a"}, func(b *Builder) error { return b.Add([]string{"1", "2"}, nil) }},
		{"nulls too few", []string{"a", "b"},
			func(b *Builder) error { return b.Add([]string{"1", "2"}, []bool{true}) }},
		{"not UTF-8", []string{"a"}, func(b *Builder) error { return b.Add([]string{"secret\xff"}, nil) }},
		{"column missing", []string{"nobody"}, func(b *Builder) error { return b.AddBatch(people(t)) }},
		{"column of a foreign type", []string{"raw"}, func(b *Builder) error { return b.AddBatch(people(t)) }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b, err := NewBuilder(tt.columns...)
			if err != nil {
				t.Fatal(err)
			}
			err = tt.add(b)
			if yumen.KindOf(err) != yumen.KindInvalid || strings.Contains(err.Error(), "secret") {
				t.Errorf("error %v, want kind invalid without the value", err)
			}
			if got := b.Table().Rows(); got != 0 {
				t.Errorf("%d rows were added", got)
			}
		})
	}
	// Invalid text under a null is never looked at.
	b, err := NewBuilder("a")
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Add([]string{"\xff"}, []bool{true}); err != nil {
		t.Error(err)
	}
}
