//go:build !linux

package main

import (
	"errors"
	"os"
)

// nameless opens a file without a name, which only Linux has.
func nameless(string) (*os.File, error) { return nil, errors.ErrUnsupported }

// giveName gives a nameless file its name.
func giveName(*os.File, string) error { return errors.ErrUnsupported }
