package main

import (
	"os"
	"strconv"
	"syscall"
)

// crashPoint lets a test kill this process at a named point of a step: YUMEN_CRASH=after-log:3 kills it the third time
// it comes to that point. A process that is killed here dies as by kill -9, so the worst an outsider gains by setting
// the variable is what kill gives them anyway.
func crashPoint() func(string) {
	name, nth, ok := cutLast(os.Getenv("YUMEN_CRASH"))
	if !ok {
		return nil
	}
	return func(point string) {
		if point != name {
			return
		}
		if nth--; nth == 0 {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL) // does not return
		}
	}
}

func cutLast(s string) (string, int, bool) {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] == ':' {
			n, err := strconv.Atoi(s[i+1:])
			return s[:i], n, err == nil && n > 0
		}
	}
	return "", 0, false
}
