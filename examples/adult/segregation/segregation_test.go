package segregation

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func table(rows ...string) string {
	return "education,sex,occupation\n" + strings.Join(rows, "\n") + "\n"
}

func times(n int, row string) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = row
	}
	return out
}

func TestRun(t *testing.T) {
	var rows []string
	// 60 of 100 women and 20 of 80 men are clerks: D = ½(|0.6−0.25| + |0.4−0.75|) = 0.35.
	rows = append(rows, times(60, "HS,Female,Clerk")...)
	rows = append(rows, times(40, "HS,Female,Sales")...)
	rows = append(rows, times(20, "HS,Male,Clerk")...)
	rows = append(rows, times(60, "HS,Male,Sales")...)
	// Nothing in common: 1. Five men more than the least, one woman less in another level.
	rows = append(rows, times(51, "BA,Female,Clerk")...)
	rows = append(rows, times(52, "BA,Male,Sales")...)
	rows = append(rows, times(49, "PhD,Female,Clerk")...)
	rows = append(rows, times(90, "PhD,Male,Clerk")...)
	var out strings.Builder
	if err := Run(strings.NewReader(table(rows...)), &out, Options{Least: 50, Round: 5}); err != nil {
		t.Fatal(err)
	}
	want := "education,people,women,dissimilarity\nBA,105,50,1.000\nHS,180,100,0.350\n"
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

func TestRefusals(t *testing.T) {
	for _, in := range []string{"", "a,b\n", "education,sex,occupation\nHS,Female\n",
		"education,sex,occupation\n\"HS,Female,x\n"} {
		if err := Run(strings.NewReader(in), &strings.Builder{}, Options{Least: 1, Round: 1}); err == nil {
			t.Errorf("%q is read", in)
		}
	}
	if err := Run(strings.NewReader(table()), &strings.Builder{}, Options{}); err == nil {
		t.Error("no least")
	}
}

// The index lies in [0,1], is 0 where both sexes are spread alike, and does not change when all counts are multiplied
// or the sexes are swapped.
func TestDissimilarityLaws(t *testing.T) {
	counts := rapid.MapOfN(rapid.StringMatching(`[a-d]`), rapid.IntRange(1, 9), 1, 4)
	rapid.Check(t, func(t *rapid.T) {
		l := level{counts.Draw(t, "women"), counts.Draw(t, "men")}
		d := l.dissimilarity()
		if d < 0 || d > 1+1e-12 {
			t.Fatalf("D = %v", d)
		}
		twice := level{map[string]int{}, map[string]int{}}
		for o, n := range l.women {
			twice.men[o] = 2 * n
		}
		for o, n := range l.men {
			twice.women[o] = 3 * n
		}
		if math.Abs(twice.dissimilarity()-d) > 1e-12 {
			t.Fatalf("D = %v, swapped and multiplied %v", d, twice.dissimilarity())
		}
		if same := (level{l.women, l.women}).dissimilarity(); same != 0 {
			t.Fatalf("alike: %v", same)
		}
	})
}

func ExampleRun() {
	people := strings.NewReader(table("HS,Female,Clerk", "HS,Female,Sales", "HS,Male,Sales", "HS,Male,Sales"))
	var out strings.Builder
	if err := Run(people, &out, Options{Least: 1, Round: 1}); err != nil {
		panic(err)
	}
	fmt.Print(out.String())
	// Output:
	// education,people,women,dissimilarity
	// HS,4,2,0.500
}
