package privacy

import (
	"math"
	"testing"

	"github.com/yumen-data/yumen/internal/task"
)

// The errors of many answers about a group of the size that Expect tells of: as wide as it says, or for measures where
// it tells the worst, no wider.
func TestExpectTellsTheError(t *testing.T) {
	q := everything()
	n := mustPrice(t, q, 5)
	values := make([]int64, expectRows)
	for i := range values {
		values[i] = q.Inputs[0].Lo + int64(i)*(q.Inputs[0].Hi-q.Inputs[0].Lo)/int64(len(values)-1)
	}
	totals := totalsOf(q, [][]Value{nil}, [][]int64{values})
	truth, err := Finish(q, n, silent(t, q, n), totals, 1)
	if err != nil {
		t.Fatal(err)
	}
	times := 400
	squares := make([]float64, len(q.Measures))
	for range times {
		d, err := Draw(q, n, 1)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := Finish(q, n, d, totals, 1)
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range rows[0].Cells[:len(q.Measures)] {
			off := c.Float - truth[0].Cells[i].Float + c.Int.Add(truth[0].Cells[i].Int.Neg()).Float64()
			if q.Measures[i].Fn == task.MeasureSum {
				off /= 100
			}
			if q.Measures[i].Fn == task.MeasureQuantile {
				off /= 210 // values are evenly spread, so that this is the rank
			}
			squares[i] += off * off
		}
	}
	for i, e := range Expect(q, n) {
		got := math.Sqrt(squares[i] / float64(times))
		least, most := 0.8*e.Stddev, 1.2*e.Stddev
		switch q.Measures[i].Fn {
		case task.MeasureCount, task.MeasureUnits, task.MeasureSum:
		default:
			least = 0.05 * e.Stddev
		}
		if got < least || got > most || e.Half < 1.9*e.Stddev {
			t.Errorf("%s: the error is %v, told as %v", q.Measures[i].Fn, got, e)
		}
	}
}

// Whatever is asked, what is told is a number.
func TestExpectOfOneValue(t *testing.T) {
	q := everything()
	q.Inputs[0].Lo = q.Inputs[0].Hi
	for _, e := range Expect(q, mustPrice(t, q, 1)) {
		if math.IsNaN(e.Stddev) || math.IsInf(e.Stddev, 0) {
			t.Errorf("%+v", e)
		}
	}
}

// How many blocks there are is public, so the mean of their outputs has the noise of the sum alone, and is told for
// that many.
func TestExpectOfBlocks(t *testing.T) {
	for _, c := range worstCases() {
		if c.q.Blocks == 0 || c.q.Measures[0].Fn != task.MeasureAvg {
			continue
		}
		n := mustPrice(t, c.q, 1)
		e := Expect(c.q, n)[0]
		truth, err := Finish(c.q, n, silent(t, c.q, n), c.with, 1)
		if err != nil {
			t.Fatal(err)
		}
		squares, times := 0.0, 2000
		for _, x := range answers(t, c.q, n, single(110), times) {
			off := x - truth[0].Cells[0].Float
			squares += off * off
		}
		if got := math.Sqrt(squares / float64(times)); e.Rows != c.q.Blocks || got > 1.1*e.Stddev ||
			got < 0.8*e.Stddev {
			t.Errorf("the error is %v, told as %+v", got, e)
		}
	}
}

func TestDraws(t *testing.T) {
	const tree = treeHeight * treeFanout
	for _, c := range []struct {
		q    *task.Question
		want int64
	}{{everything(), 4 + tree}, {everything(publicKey), 4 * (4 + tree)}, {everything(privateKey), 7 * (5 + tree)}} {
		if got := Draws(c.q, 7); got != c.want {
			t.Errorf("%d noises, want %d", got, c.want)
		}
	}
}

// Of many answers 95 % lie within the error that their row states: for counts and sums that many, give or take chance,
// for the others, whose error is told at its worst, no fewer.
func TestRowsTellTheirError(t *testing.T) {
	q := everything()
	n := mustPrice(t, q, 5)
	values := make([]int64, 400)
	for i := range values {
		values[i] = q.Inputs[0].Lo + int64(i)*(q.Inputs[0].Hi-q.Inputs[0].Lo)/int64(len(values)-1)
	}
	totals := totalsOf(q, [][]Value{nil}, [][]int64{values})
	truth, err := Finish(q, n, silent(t, q, n), totals, 1)
	if err != nil {
		t.Fatal(err)
	}
	measures, times := len(q.Measures), 400
	within := make([]int, measures)
	for range times {
		d, err := Draw(q, n, 1)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := Finish(q, n, d, totals, 1)
		if err != nil {
			t.Fatal(err)
		}
		for i, m := range q.Measures {
			c, half := rows[0].Cells[i], rows[0].Cells[measures+i].Float
			off := c.Float - truth[0].Cells[i].Float + c.Int.Add(truth[0].Cells[i].Int.Neg()).Float64()
			switch m.Fn {
			case task.MeasureSum:
				off /= 100
			case task.MeasureQuantile:
				off /= 210 // values are evenly spread, so that this is the rank
			}
			if math.Abs(off) <= half {
				within[i]++
			}
		}
	}
	for i, m := range q.Measures {
		share := float64(within[i]) / float64(times)
		exact := m.Fn == task.MeasureCount || m.Fn == task.MeasureUnits || m.Fn == task.MeasureSum
		if share < 0.91 || exact && share > 0.99 {
			t.Errorf("%s: %.3f of the answers lie within the error they state", m.Fn, share)
		}
	}
}
