package hospital

import (
	"strings"
	"testing"

	"github.com/yumen-data/yumen/internal/chinaid"
	"github.com/yumen-data/yumen/internal/goldentest"
)

// patients.csv is what Extract makes.
func TestFile(t *testing.T) {
	goldentest.File(t, "patients.csv", []byte(Extract(600)))
}

func TestIdentifiersAreValid(t *testing.T) {
	for i, line := range strings.Split(strings.TrimSpace(Extract(50)), "\n")[1:] {
		cells := strings.Split(line, ",")
		if len(cells) != 12 || len(chinaid.Find(cells[2])) != 1 || len(chinaid.Find(cells[3])) != 1 {
			t.Errorf("row %d has %d cells or identifiers that are none", i+1, len(cells))
		}
	}
}
