package sqlite

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/store"
	"github.com/yumen-data/yumen/store/storetest"
)

func TestConformance(t *testing.T) {
	storetest.Run(t, func(t *testing.T) func() store.State {
		path := filepath.Join(t.TempDir(), "state.db")
		return func() store.State {
			s, err := Open(t.Context(), path, true)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			return s
		}
	})
}

func TestOpenRefusesWhatIsNoState(t *testing.T) {
	dir := t.TempDir()
	garbage := filepath.Join(dir, "garbage.db")
	if err := os.WriteFile(garbage, []byte("this is not a database, and long enough to be told so by its header"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), garbage, false); yumen.KindOf(err) != yumen.KindCorrupt {
		t.Errorf("garbage: got %v, want kind corrupt", err)
	}
	if _, err := Open(t.Context(), filepath.Join(dir, "missing.db"), false); err == nil {
		t.Error("a missing file was opened without being asked to make it")
	}
}

func TestOpenRefusesANewerSchema(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state.db")
	s, err := Open(t.Context(), path, true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.db.Exec("PRAGMA user_version = 99"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), path, false); yumen.KindOf(err) != yumen.KindConflict {
		t.Errorf("got %v, want kind conflict", err)
	}
}
