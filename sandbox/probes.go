package sandbox

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// Attempt is one try to break out of an enclave, and what came of it.
type Attempt struct {
	Area    string `json:"area"`
	Name    string `json:"name"` // what was tried
	Blocked bool   `json:"blocked"`
	Result  string `json:"result"` // the error that it ended with
}

// roleProbe is the role in which an enclave attacks itself: built in, with the system calls that every role has and no
// others.
const roleProbe task.Role = "probe"

// attemptSpec is the spec of roleProbe.
type attemptSpec struct {
	Name   string `json:"name"`   // of the attempt
	Dir    string `json:"dir"`    // a folder of the host with a file named secret, which is also the input of that name
	Parent int    `json:"parent"` // process id of the control plane
	Bytes  int64  `json:"bytes"`  // where no attempt is named: send so many
}

// Probe makes every attempt, each in an enclave of its own, and reports each as it goes. It is safe on a host at work:
// what the attempts would reach is not harmed where they fail, and attempts to use something up are not among them. An
// error says that no enclave could be had; an attempt that got through is none.
func (h *Host) Probe(ctx context.Context, each func(Attempt)) error {
	dir, err := os.MkdirTemp(h.scratch, workdirPrefix)
	if err != nil {
		return workdirError(err)
	}
	defer os.RemoveAll(dir)
	secret, err := os.OpenFile(filepath.Join(dir, "secret"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return workdirError(err)
	}
	defer secret.Close()
	if _, err := secret.WriteString("secret"); err != nil {
		return workdirError(err)
	}
	for _, a := range Probes() {
		if a, err = h.attempt(ctx, a, dir, secret); err != nil {
			return err
		}
		each(a)
	}
	return nil
}

// attempt makes one attempt against a folder and a file named secret in it.
func (h *Host) attempt(ctx context.Context, a Attempt, dir string, secret *os.File) (Attempt, error) {
	got, err := h.Run(ctx, task.Task{Role: roleProbe, Limits: yumen.Limits{Threads: 1},
		Spec:   attemptSpec{Name: a.Name, Dir: dir, Parent: os.Getpid()},
		Inputs: []task.Input{{Name: "secret", File: secret}}}, map[string]io.Writer{})
	if err == nil {
		a.Blocked = true
		return a, json.Unmarshal(got.Answer, &a.Result)
	}
	switch yumen.KindOf(err) {
	// it got through, or took its enclave with it, which nobody can distinguish
	case yumen.KindDenied, yumen.KindFailed:
		a.Result = yumen.AsError(err).Msg.EN
		return a, nil
	}
	return a, err
}

// Pour sends n bytes out of an enclave that does nothing else: what the transport alone takes.
func (h *Host) Pour(ctx context.Context, n int64, to io.Writer) error {
	_, err := h.Run(ctx, task.Task{Role: roleProbe, Limits: yumen.Limits{Threads: 1, Output: yumen.Size(n)},
		Spec: attemptSpec{Bytes: n}},
		map[string]io.Writer{pourStream: to})
	return err
}

const pourStream = "poured"

func pour(in Env, n int64) error {
	out, b := in.Output(pourStream), make([]byte, 1<<20)
	for ; n > 0; n -= int64(len(b)) {
		if _, err := out.Write(b[:min(n, int64(len(b)))]); err != nil {
			return err
		}
	}
	return nil
}
