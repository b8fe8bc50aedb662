package wasm

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox/sandboxtest"
)

var testKey = []byte("0123456789abcdef0123456789abcdef")

// blockOf deals a unit as docs/wasm.md says, with other arithmetic.
func blockOf(unit int64, blocks int) int {
	m := hmac.New(sha256.New, testKey)
	m.Write([]byte("yumen block "))
	_ = binary.Write(m, binary.LittleEndian, unit)
	first := binary.LittleEndian.Uint64(m.Sum(nil))
	n := new(big.Int).SetUint64(first)
	return int(n.Mul(n, big.NewInt(int64(blocks))).Rsh(n, 64).Int64())
}

func inequalitySpec(blocks int) task.UnitsSpec {
	return task.UnitsSpec{Mode: yumen.ModeBlock, Groups: 1, Blocks: blocks, Steps: 100_000_000,
		Coordinates: []yumen.Coordinate{
			number64("gini", yumen.TypeDouble, 0, 1, 0.5), number64("top_tenth", yumen.TypeDouble, 0, 1, 0.5),
			number64("median", yumen.TypeDouble, 0, 300_000, 1000)}}
}

// gini is half the relative mean absolute difference of all pairs.
func gini(x []float64) float64 {
	var differences, sum float64
	for _, a := range x {
		sum += a
		for _, b := range x {
			differences += math.Abs(a - b)
		}
	}
	return differences / (2 * float64(len(x)) * sum)
}

func TestInequality(t *testing.T) {
	const blocks = 12
	r := rand.New(rand.NewPCG(7, 8))
	s := source{columns: columns("_unit", "integer", "resident_id", "integer", "fee_total", "decimal(10,2)")}
	paid := make([][]float64, blocks)
	for unit := range 900 {
		cents := 0
		n := r.IntN(5)
		for range n {
			c := int(math.Exp(4+2*r.NormFloat64())) * 25
			cents += c
			s.rows = append(s.rows,
				[]string{strconv.Itoa(unit), strconv.Itoa(unit), fmt.Sprintf("%d.%02d", c/100, c%100)})
		}
		if n > 0 {
			b := blockOf(int64(unit), blocks)
			paid[b] = append(paid[b], float64(cents)/100)
		}
	}
	var ginis, tops, medians []float64
	for _, x := range paid {
		slices.Sort(x)
		slices.Reverse(x)
		var top, all float64
		for i, v := range x {
			all += v
			if i < int(math.Ceil(float64(len(x))/10)) {
				top += v
			}
		}
		ginis, tops, medians = append(ginis, gini(x)), append(tops, top/all), append(medians, x[len(x)/2])
	}
	job := unitsJob{module: guest(t, "inequality"), sources: []source{s}, spec: inequalitySpec(blocks), key: testKey}
	got, evidence, err := job.run(t)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range [][]float64{ginis, tops, medians} {
		row := got[i+1]
		if !near(row[1], mean(want)) || !near(row[2], middleOf(want)) || row[3] != strconv.Itoa(blocks) {
			t.Errorf("%v, want mean %v, median %v", row, mean(want), middleOf(want))
		}
		if evidence[i+1][1] != strconv.Itoa(len(s.rows)) {
			t.Errorf("evidence %v", evidence[i+1])
		}
	}
	again, _, err := job.run(t)
	if d := cmp.Diff(got, again); d != "" || err != nil {
		t.Error("another run gave another result", d, err)
	}
}

func mean(x []float64) (m float64) {
	for _, v := range x {
		m += v / float64(len(x))
	}
	return m
}

func middleOf(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return (x[(len(x)-1)/2] + x[len(x)/2]) / 2
}

func near(cell string, want float64) bool {
	v, err := strconv.ParseFloat(cell, 64)
	return err == nil && math.Abs(v-want) <= 1e-9*max(1, math.Abs(want))
}

// TestBlocksAreDisjointAndComplete holds that every row meets the module exactly once, in the block of its unit, also
// where blocks are gathered in many passes, and that an empty block counts with the default.
func TestBlocksAreDisjointAndComplete(t *testing.T) {
	const blocks = 40
	s := source{columns: columns("_unit", "integer", "v", "integer")}
	perBlock := make([]int64, blocks)
	for unit := range 60 {
		for range 1 + unit%3 {
			s.rows = append(s.rows, []string{strconv.Itoa(unit), "1"})
			perBlock[blockOf(int64(unit), blocks)]++
		}
	}
	job := unitsJob{module: goGuest(t, "testdata/gomap", "-buildmode=c-shared"), sources: []source{s}, key: testKey,
		spec: task.UnitsSpec{Mode: yumen.ModeBlock, Groups: 1,
			Blocks: blocks, Steps: 1_000_000_000,
			Coordinates: []yumen.Coordinate{number64("rows", yumen.TypeInteger, -1, 1000, -1),
				number64("sum", yumen.TypeDouble, -1, 1000, -1), number64("calls", yumen.TypeInteger, -1, 1000, -1)}}}
	got, _, err := job.run(t)
	if err != nil {
		t.Fatal(err)
	}
	var rows []float64
	for _, n := range perBlock {
		rows = append(rows, float64(n))
	}
	for i, want := range []float64{mean(rows), mean(rows), 1} {
		if !near(got[i+1][1], want) {
			t.Errorf("%v, want a mean of %v", got[i+1], want)
		}
	}
	if !near(got[1][2], middleOf(rows)) {
		t.Errorf("%v, want a median of %v", got[1], middleOf(rows))
	}
}

func TestTogether(t *testing.T) {
	u := &units{in: &sandboxtest.Env{Bounds: yumen.Limits{Memory: 800}}}
	sizes := []blockSize{{bytes: 40}, {bytes: 60}, {bytes: 1}, {bytes: 500}, {bytes: 99}}
	var ends []int
	for from := 0; from < len(sizes); {
		from = u.batchEnd(sizes, from)
		ends = append(ends, from)
	}
	if d := cmp.Diff([]int{2, 3, 4, 5}, ends); d != "" {
		t.Error(d)
	}
}

func TestBlocksNeedAKey(t *testing.T) {
	job := unitsJob{module: guest(t, "inequality"), key: []byte("short"), spec: inequalitySpec(3),
		sources: []source{{columns: columns("_unit", "integer", "resident_id", "integer", "fee_total",
			"decimal(10,2)")}}}
	if _, _, err := job.run(t); yumen.KindOf(err) != yumen.KindInternal {
		t.Error(err)
	}
}
