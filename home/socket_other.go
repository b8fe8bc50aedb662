//go:build !linux

package home

import (
	"errors"
	"net"
	"os"
)

// ofOwner lets nobody in: who is at the other end cannot be found out here.
func ofOwner(net.Conn, string) (bool, error) { return false, errors.ErrUnsupported }

// ownFolder lets the server decide.
func ownFolder(*os.File) bool { return true }
