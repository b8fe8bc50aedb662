//go:build !linux

package home

import (
	"errors"
	"net"
)

// ofOwner lets nobody in: who is at the other end cannot be found out here.
func ofOwner(net.Conn, string) (bool, error) { return false, errors.ErrUnsupported }
