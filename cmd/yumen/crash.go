package main

import (
	"os"
	"strconv"
	"strings"
	"syscall"
)

// crashPoint lets a test kill this process at a named point of a step: YUMEN_CRASH=after-log:3 kills it the third time
// it comes to that point. A process that is killed here dies as by kill -9, so the worst an outsider gains by setting
// the variable is what kill gives them anyway.
func crashPoint() func(string) {
	s := os.Getenv("YUMEN_CRASH")
	at := strings.LastIndexByte(s, ':')
	nth, err := strconv.Atoi(s[at+1:])
	if at < 0 || err != nil || nth < 1 {
		return nil
	}
	return func(point string) {
		if point != s[:at] {
			return
		}
		if nth--; nth == 0 {
			_ = syscall.Kill(os.Getpid(), syscall.SIGKILL) // does not return
		}
	}
}
