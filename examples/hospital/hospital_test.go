package hospital

import (
	"os"
	"strings"
	"testing"

	"github.com/yumen-data/yumen/internal/chinaid"
)

// patients.csv is what Extract makes. UPDATE=1 writes it.
func TestFile(t *testing.T) {
	want := Extract(600)
	if os.Getenv("UPDATE") == "1" {
		if err := os.WriteFile("patients.csv", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("patients.csv")
	if err != nil || string(got) != want {
		t.Errorf("patients.csv is not what Extract makes (%v); run UPDATE=1 go test ./examples/hospital", err)
	}
}

func TestIdentifiersAreValid(t *testing.T) {
	for i, line := range strings.Split(strings.TrimSpace(Extract(50)), "\n")[1:] {
		cells := strings.Split(line, ",")
		if len(cells) != 12 || len(chinaid.Find(cells[2])) != 1 || len(chinaid.Find(cells[3])) != 1 {
			t.Errorf("row %d has %d cells or identifiers that are none", i+1, len(cells))
		}
	}
}
