package sandbox

import (
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// setNoCaps empties the effective, permitted and inheritable set of every thread; the kernel then empties the ambient
// set too.
func setNoCaps() error {
	hdr := &unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	data := &[2]unix.CapUserData{}
	var pin runtime.Pinner
	pin.Pin(hdr)
	pin.Pin(data)
	defer pin.Unpin()
	return allThreads(unix.SYS_CAPSET, uintptr(unsafe.Pointer(hdr)), uintptr(unsafe.Pointer(data)), 0)
}
