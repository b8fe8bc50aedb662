package sandbox

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

const hardened = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC

// privateRoot makes a new root with nothing in it but the inputs, the work folder, two devices and an own /proc, moves
// into it and detaches the host's tree.
func privateRoot(o order) error {
	// Nothing mounted here may propagate to the host.
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	if err := unix.Mount("tmpfs", o.Root, "tmpfs", hardened, "size=1m,nr_inodes=512,mode=0755"); err != nil {
		return fmt.Errorf("mount root: %w", err)
	}
	for _, d := range []string{"in", "work", "dev", "proc", "sys/fs/cgroup"} {
		if err := os.MkdirAll(filepath.Join(o.Root, d), 0o755); err != nil {
			return err
		}
	}
	for _, in := range o.Inputs {
		if err := showInput(in, filepath.Join(o.Root, "in", in.Name)); err != nil {
			return fmt.Errorf("show input: %w", err)
		}
	}
	for _, dev := range []string{"null", "urandom"} {
		if err := bindFile("/dev/"+dev, filepath.Join(o.Root, "dev", dev), unix.MS_NOSUID|unix.MS_NOEXEC); err != nil {
			return fmt.Errorf("bind device: %w", err)
		}
	}
	if err := mountWork(o, filepath.Join(o.Root, "work")); err != nil {
		return fmt.Errorf("mount work: %w", err)
	}
	if err := mountProc(filepath.Join(o.Root, "proc")); err != nil {
		return fmt.Errorf("mount proc: %w", err)
	}
	return pivot(o.Root)
}

// showInput shows an input at a fresh path.
func showInput(in orderInput, to string) error {
	if in.Descriptor > 0 {
		return linkInput(in, to)
	}
	return bindFile(in.Path, to, unix.MS_RDONLY|hardened)
}

// bindFile shows one file at a fresh path.
func bindFile(from, to string, flags uintptr) error {
	f, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	f.Close()
	return bind(from, to, flags)
}

// bind takes two calls, because the kernel ignores the flags of the first.
func bind(from, to string, flags uintptr) error {
	if err := unix.Mount(from, to, "", unix.MS_BIND, ""); err != nil {
		return err
	}
	return unix.Mount("", to, "", unix.MS_REMOUNT|unix.MS_BIND|flags, "")
}

// mountWork shows the work folder of the host, or makes one in memory, which the kernel charges to the enclave's
// control group and frees with its namespace.
func mountWork(o order, to string) error {
	if o.WorkMemory == 0 {
		return bind(o.Work, to, hardened)
	}
	return unix.Mount("tmpfs", to, "tmpfs", hardened,
		fmt.Sprintf("size=%d,nr_inodes=65536,mode=0700", int64(o.WorkMemory)))
}

// mountProc shows this pid namespace only, and of that only the process folders where the kernel can (5.8).
func mountProc(to string) error {
	err := unix.Mount("proc", to, "proc", hardened, "subset=pid,hidepid=invisible")
	if err == unix.EINVAL {
		err = unix.Mount("proc", to, "proc", hardened, "")
	}
	return err
}

// pivot follows pivot_root(2), NOTES: with "." for both places the old root lies on top of the new one and is detached.
func pivot(root string) error {
	if err := os.Chdir(root); err != nil {
		return err
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("pivot_root: %w", err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("detach the host's tree: %w", err)
	}
	if err := os.Chdir("/"); err != nil {
		return err
	}
	return unix.Mount("", "/", "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY|hardened, "")
}
