package loyalty

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestRun(t *testing.T) {
	members := "number,card,enrolled\n"
	flights := "number,year,flights\n"
	for i := range 60 { // half of them fly ten times in two rows, half not at all: G = ½
		members += fmt.Sprintf("%d,Star,2016\n", i)
		flights += fmt.Sprintf("%d,2017,%d\n%d,2017,%d\n", i, 4*(i%2), i, 6*(i%2))
	}
	for i := 100; i < 153; i++ { // all alike in their third year; nothing counts from before they joined
		members += fmt.Sprintf("%d,Nova,2018\n", i)
		flights += fmt.Sprintf("%d,2017,9\n%d,2020,2\n", i, i)
	}
	for i := 200; i < 249; i++ { // too few
		members += fmt.Sprintf("%d,Aurora,2018\n", i)
		flights += fmt.Sprintf("%d,2018,2\n", i)
	}
	flights += "999,2018,5\n" // nobody's
	var out strings.Builder
	if err := Run(strings.NewReader(members), strings.NewReader(flights), &out,
		Options{Least: 50, Round: 5}); err != nil {
		t.Fatal(err)
	}
	want := "card,tenure_years,member_count,mean_flights,gini,share_without_flight\nNova,2,55,2.0,0.00,0.00\nStar,1,60,5.0,0.50,0.50\n"
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

func TestRefusals(t *testing.T) {
	good := "a,b,c\n1,2,2016\n"
	for _, c := range [][2]string{{"", good}, {good, ""}, {"a,b\n", good}, {"a,b,c\n1,Star,\n", good},
		{good, "a,b,c\n1,x,2\n"}, {good, "a,b,c\n1,2017,\n"}} {
		if err := Run(strings.NewReader(c[0]), strings.NewReader(c[1]), &strings.Builder{},
			Options{Least: 1, Round: 1}); err == nil {
			t.Errorf("%q is read", c)
		}
	}
}

// The coefficient agrees with its definition as half the relative mean absolute difference, lies in [0, 1), and does
// not change when every value is multiplied.
func TestGini(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfN(rapid.IntRange(0, 50), 1, 30).Draw(t, "x")
		slices.Sort(x)
		g, difference := gini(x), 0.0
		for _, a := range x {
			for _, b := range x {
				difference += math.Abs(float64(a - b))
			}
		}
		want := 0.0
		if s := sum(x); s > 0 {
			want = difference / (2 * float64(len(x)) * float64(s))
		}
		if math.Abs(g-want) > 1e-9 || g < -1e-12 || g >= 1 {
			t.Fatalf("gini(%v) = %v, want %v", x, g, want)
		}
		for i := range x {
			x[i] *= 3
		}
		if math.Abs(gini(x)-g) > 1e-9 {
			t.Fatalf("changes with the scale: %v, %v", g, gini(x))
		}
	})
}
