package sandbox

import (
	"context"
	"errors"

	"github.com/yumen-data/yumen"
)

// escapes are all attempts, by what they are after.
var escapes = []struct {
	area     string
	attempts []escape
}{
	{"network", networkAttempts},
	{"files", fileAttempts},
	{"processes", processAttempts},
	{"kernel", kernelAttempts},
}

// Probes names what Probe tries.
func Probes() []Attempt {
	var all []Attempt
	for _, b := range escapes {
		for _, a := range b.attempts {
			all = append(all, Attempt{Area: b.area, Name: a.name})
		}
	}
	return all
}

// errGotThrough is how an attempt that succeeded comes back.
var errGotThrough = yumen.Errorf(yumen.KindDenied, "it got through", "突破成功")

// makeAttempt is the handler of the role probe.
func makeAttempt(_ context.Context, in Env) error {
	var s attemptSpec
	if err := in.Spec(&s); err != nil {
		return err
	}
	if s.Name == "" {
		return pour(in, s.Bytes)
	}
	for _, b := range escapes {
		for _, a := range b.attempts {
			if a.name == s.Name {
				return tryEscape(in, a, s)
			}
		}
	}
	return errors.New("no such attempt")
}

func tryEscape(in Env, a escape, s attemptSpec) error {
	err := a.try(s)
	if err == nil {
		return errGotThrough
	}
	return in.Answer(errorName(err))
}
