package corpus

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen/desensitize/detect"
	"github.com/yumen-data/yumen/internal/chinaid"
)

func TestGenerate(t *testing.T) {
	cells := Generate(1, 5_000)
	if diff := cmp.Diff(cells, Generate(1, 5_000)); diff != "" {
		t.Fatalf("the same seed gives other cells:\n%s", diff)
	}
	if cmp.Equal(cells, Generate(2, 5_000)) {
		t.Error("another seed gives the same cells")
	}
	seen := map[detect.Type]bool{}
	for _, c := range cells {
		seen[c.Type] = true
		if c.Type == "" != (c.Variant == NearMiss) || c.Start < 0 || c.End > len(c.Text) || c.Type != "" &&
			c.Start >= c.End {
			t.Fatalf("cell %+v", c)
		}
		checkCell(t, c)
	}
	for _, a := range detect.Types {
		if !seen[a.Type] {
			t.Errorf("no %s", a.Type)
		}
	}
}

// checkCell holds that what is said to be an identifier with a check digit is one, and that a near miss holds none
// whose check digit could not be right by chance.
func checkCell(t *testing.T, c Cell) {
	id := c.Text[c.Start:c.End]
	written := c.Variant == Alone || c.Variant == Named || c.Variant == Announced || c.Variant == InText
	switch {
	case !written:
	case c.Type == detect.ResidentID && !chinaid.ResidentID(id), c.Type == detect.CreditCode && !chinaid.CreditCode(id),
		c.Type == detect.BankCard && !chinaid.BankCard(id), c.Type == detect.Mobile && !chinaid.Mobile(id):
		t.Errorf("%s is none: %q", c.Type, id)
	}
	if c.Variant == NearMiss && chinaid.ResidentID(c.Text) {
		t.Errorf("a near miss is a resident id: %q", c.Text)
	}
}
