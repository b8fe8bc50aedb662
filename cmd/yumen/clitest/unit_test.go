package clitest

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// layer is one of what confines an enclave.
type layer struct {
	Name    string `json:"name"`
	Present bool   `json:"present"`
}

func ofHost(l layer) bool { return l.Name == "cgroup" }

// An ordinary account without any privilege, and without a way to one, as the systemd unit runs a server, gets the same
// isolation as anybody on this host.
func TestNoPrivilegeIsNeeded(t *testing.T) {
	if _, err := exec.LookPath("setpriv"); err != nil || os.Getuid() != 0 {
		t.Skip("only root can become another account here, by setpriv (Debian: util-linux)")
	}
	dir, err := os.MkdirTemp("/tmp", "yumen-unit-") // that of the test is for its owner alone
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	const nobody = 65534
	if err := os.Chown(dir, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "yumen")
	if out, err := exec.Command("install", "-m", "0755", bin, program).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	run := func(args ...string) ([]byte, error) {
		cmd := exec.Command("setpriv", append([]string{"--no-new-privs", "--bounding-set=-all", "--inh-caps=-all",
			"--reuid=65534", "--regid=65534", "--clear-groups", program}, args...)...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "HOME="+dir)
		return cmd.Output()
	}
	var own, theirs struct {
		Level  string  `json:"level"`
		Layers []layer `json:"layers"`
	}
	h := newHome(t)
	mine, _ := exec.Command(bin, "doctor", "--home", h.dir, "--json").Output() // where it is less than full it fails
	if out, err := run("init", "--domain", "d", "--home", filepath.Join(dir, "home")); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	out, _ := run("doctor", "--home", filepath.Join(dir, "home"), "--json")
	if err := json.Unmarshal(mine, &own); err != nil {
		t.Fatalf("%v %s", err, mine)
	}
	if err := json.Unmarshal(out, &theirs); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	// Control groups are optional, and delegated to no account but root.
	own.Layers, theirs.Layers = slices.DeleteFunc(own.Layers, ofHost), slices.DeleteFunc(theirs.Layers, ofHost)
	if own.Level == "" || cmp.Diff(own, theirs) != "" {
		t.Errorf("an ordinary account gets %+v, root %+v", theirs, own)
	}
}
