// Package disktest runs tests on a small disk that can be filled. It needs a kernel that lets a process mount a file
// system in a namespace of its own; where there is none, such tests are skipped.
package disktest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const variable = "YUMEN_TEST_SMALL_DISK"

// Main is the TestMain of a package whose tests call Small.
func Main(m *testing.M) {
	if dir := os.Getenv(variable); dir != "" {
		if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
			fmt.Println("mount:", err)
			os.Exit(3)
		}
	}
	os.Exit(m.Run())
}

// Small runs the test once more in a process in which a folder is a disk of 1 MB. There it returns that folder; in the
// test that calls it first it returns nothing, and the result is that of the other process.
func Small(t *testing.T) (dir string) {
	t.Helper()
	if dir := os.Getenv(variable); dir != "" {
		return dir
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	cmd.Env = append(os.Environ(), variable+"="+t.TempDir())
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS,
		UidMappings: []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}}
	out, err := cmd.CombinedOutput()
	if errors.Is(err, syscall.EPERM) || strings.HasPrefix(string(out), "mount:") {
		t.Skipf("this host gives no mount namespace: %v %s", err, out)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return ""
}

// Fill fills the disk but for some bytes, and returns what frees it again.
func Fill(t *testing.T, dir string, left int64) (free func()) {
	t.Helper()
	fill := filepath.Join(dir, "fill")
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		t.Fatal(err)
	}
	n := int64(fs.Bavail)*fs.Bsize - left
	if err := os.WriteFile(fill, make([]byte, max(n, 0)), 0o600); err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		if err := os.Remove(fill); err != nil {
			t.Fatal(err)
		}
	}
}
