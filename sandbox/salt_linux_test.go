package sandbox

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

func init() {
	deeds["salt"] = func(_ context.Context, in Env, _ testSpec) error {
		return in.Answer([][32]byte{in.Salt(task.OutResult), in.Salt(task.OutEvidence), in.Salt(task.OutResult)})
	}
}

// TestSalts: no stream of any run, or of any statement of a session, has the salt of another.
func TestSalts(t *testing.T) {
	h := testHost(t, Config{})
	seen := map[[32]byte]bool{{}: true}
	take := func(got task.Outcome, err error) {
		t.Helper()
		var salts [][32]byte
		if err != nil || json.Unmarshal(got.Answer, &salts) != nil || len(salts) != 3 {
			t.Fatalf("%s: %v", got.Answer, err)
		}
		for _, s := range salts {
			if seen[s] {
				t.Errorf("salt %x came twice, or is zero", s)
			}
			seen[s] = true
		}
	}
	for range 2 {
		got, _, err := deed(t, h, testSpec{Do: "salt"}, nil)
		take(got, err)
	}
	s := openSession(t, h, yumen.Limits{})
	for range 2 {
		got, _, err := ask(s, "salt", "", 0)
		take(got, err)
	}
}
