package seal

import (
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/yumen-data/yumen"
)

// inMemory makes a file in memory that nothing can be executed from.
func inMemory() (*os.File, error) {
	const flags = unix.MFD_CLOEXEC | unix.MFD_ALLOW_SEALING
	fd, err := unix.MemfdCreate("object", flags|unix.MFD_NOEXEC_SEAL)
	if err == unix.EINVAL { // before Linux 6.3
		fd, err = unix.MemfdCreate("object", flags)
	}
	if err == nil {
		err = unix.Fchmod(fd, 0o400)
	}
	if err != nil {
		return nil, cannotHold(err)
	}
	return os.NewFile(uintptr(fd), "object in memory"), nil
}

// inScratch makes a file that has no name and gets none.
func inScratch(dir string) (*os.File, error) {
	fd, err := unix.Open(dir, unix.O_TMPFILE|unix.O_EXCL|unix.O_RDWR|unix.O_CLOEXEC, 0o400)
	if err == nil {
		return os.NewFile(uintptr(fd), "object in scratch"), nil
	}
	f, err := os.CreateTemp(dir, ".object-*") // the file system has no O_TMPFILE
	if err == nil {
		err = os.Remove(f.Name())
	}
	if err != nil {
		return nil, cannotHold(err)
	}
	return f, nil
}

// freeze ends all writing to a file in memory, also by those who opened it before. A file in scratch is reopened for
// reading alone.
func freeze(f *os.File) error {
	const all = unix.F_SEAL_WRITE | unix.F_SEAL_GROW | unix.F_SEAL_SHRINK | unix.F_SEAL_SEAL
	_, err := unix.FcntlInt(f.Fd(), unix.F_ADD_SEALS, all)
	if err == unix.EINVAL { // not in memory
		return nil
	}
	return err
}

// reopen opens the same file once more, for reading from its beginning.
func reopen(f *os.File, name string) (*os.File, error) {
	fd, err := unix.Open("/proc/self/fd/"+strconv.Itoa(int(f.Fd())), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, cannotHold(err)
	}
	return os.NewFile(uintptr(fd), name), nil
}

func cannotHold(err error) error {
	return yumen.Errorf(yumen.KindUnavailable, "the system has no room for a decrypted object",
		"系统无法容纳解密后的对象").Because(err)
}
