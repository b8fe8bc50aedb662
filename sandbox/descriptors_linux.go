package sandbox

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// Inputs without a name, as decrypted objects are, travel to the enclave as descriptors beside its order (SCM_RIGHTS,
// unix(7)). There each is a symbolic link /in/NAME to its entry in /proc/self/fd.

const canSendDescriptors = true

// maxDescriptors is below what one message can carry (SCM_MAX_FD, 253) and what an enclave may have open.
const maxDescriptors = 100

// sendOrder writes the length of an order, with descriptors, and then its body.
func sendOrder(control *os.File, body []byte, files []*os.File) error {
	size := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	if len(files) > 0 {
		fds := make([]int, len(files))
		for i, f := range files {
			fds[i] = int(f.Fd())
		}
		raw, err := control.SyscallConn()
		if err != nil {
			return err
		}
		var sent error
		err = raw.Write(func(fd uintptr) bool {
			sent = unix.Sendmsg(int(fd), size, unix.UnixRights(fds...), nil, unix.MSG_NOSIGNAL)
			return sent != unix.EAGAIN
		})
		if err := errors.Join(err, sent); err != nil {
			return err
		}
		size = nil
	}
	_, err := control.Write(append(size, body...))
	return err
}

// readOrder reads what sendOrder wrote and says in the order where the enclave finds its descriptors.
func readOrder(control *os.File) (order, error) {
	var o order
	size, fds, err := readDescriptors(int(control.Fd()))
	if err != nil {
		return o, fmt.Errorf("read the order: %w", err)
	}
	if err := readMessage(io.MultiReader(&size, control), &o); err != nil {
		return o, err
	}
	for i, in := range o.Inputs {
		if in.Descriptor == 0 {
			continue
		}
		if in.Descriptor > len(fds) {
			return o, errors.New("an input did not come with its order")
		}
		o.Inputs[i].fd = fds[in.Descriptor-1]
		o.Inputs[i].Path = fdPath(fds[in.Descriptor-1])
	}
	return o, nil
}

func fdPath(fd int) string { return "/proc/self/fd/" + strconv.Itoa(fd) }

// readDescriptors reads the first bytes of a message and what came with them.
func readDescriptors(control int) (first firstBytes, fds []int, err error) {
	buf, oob := make([]byte, 4), make([]byte, unix.CmsgSpace(4*maxDescriptors))
	n, oobn, flags, err := 0, 0, 0, error(unix.EINTR)
	for err == unix.EINTR {
		n, oobn, flags, _, err = unix.Recvmsg(control, buf, oob, unix.MSG_CMSG_CLOEXEC)
	}
	if err != nil || flags&unix.MSG_CTRUNC != 0 {
		return nil, nil, errors.Join(err, errors.New("descriptors were lost"))
	}
	messages, err := unix.ParseSocketControlMessage(oob[:oobn])
	for i := range messages {
		if err == nil {
			fds, err = unix.ParseUnixRights(&messages[i])
		}
	}
	return buf[:n], fds, err
}

// firstBytes are bytes that were read already.
type firstBytes []byte

func (b *firstBytes) Read(p []byte) (int, error) {
	if len(*b) == 0 {
		return 0, io.EOF
	}
	n := copy(p, *b)
	*b = (*b)[n:]
	return n, nil
}

// linkInput shows an input that came as a descriptor at a path.
func linkInput(in orderInput, to string) error { return os.Symlink(in.Path, to) }

// onDisk reports whether a descriptor leads to a file of a file system that paths lead to, which Landlock stops. One in
// memory it never stops.
func onDisk(fd int) bool {
	var st unix.Statfs_t
	return unix.Fstatfs(fd, &st) == nil && st.Type != unix.TMPFS_MAGIC
}
