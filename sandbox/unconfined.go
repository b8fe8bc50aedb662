//go:build !linux

package sandbox

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"

	"github.com/yumen-data/yumen"
)

// Without Linux there is no isolation: a task runs, if that was asked for by name, in a plain child process.

const (
	controlFD = 3
	resultFD  = 4
)

// executable is the running program itself.
var executable, _ = os.Executable()

func (h *Host) startProcess() (*process, error) {
	if !h.unconfined {
		return nil, missingLayers(yumen.IsolationNone, h.minimum, []string{layerNamespaces})
	}
	controlR, controlW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer controlR.Close()
	resultR, resultW, err := os.Pipe()
	if err != nil {
		controlW.Close()
		return nil, err
	}
	defer resultW.Close()
	p := &process{control: controlW, result: resultR, stderr: &headWriter{}}
	p.cmd = &exec.Cmd{Path: h.executable, Args: []string{"yumen", "enclave"}, Dir: h.scratch, Env: []string{},
		Stderr: p.stderr, ExtraFiles: []*os.File{controlR, resultW}}
	return p, p.cmd.Start()
}

func (*process) dead() bool { return false }

func closeOthers() {}

// Without Linux every input has a name.
const (
	canSendDescriptors = false
	maxDescriptors     = 0
)

func onDisk(int) bool { return true }

func sendOrder(control *os.File, body []byte, _ []*os.File) error {
	_, err := control.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...))
	return err
}

func readOrder(control *os.File) (order, error) {
	var o order
	return o, readMessage(control, &o)
}

func lockDown(o order) (hello, error) {
	if o.Confine {
		return hello{}, errors.New("no isolation on this system")
	}
	return hello{Layers: []yumen.Layer{{Name: layerNamespaces, Detail: "running unconfined"}}}, nil
}

// cgroups, group: there are none.
type (
	cgroups struct{}
	group   struct{}
)

func (*cgroups) make(yumen.Limits) (*group, error) {
	return nil, errors.New("no cgroups on this system")
}
func (*group) add(int) error     { return nil }
func (*group) outOfMemory() bool { return false }
func (*group) remove()           {}
func (*group) detail() string    { return "" }

func machineMemory() uint64 { return 8 << 30 }

func collectTraced(int) {}

// Probes: there is nothing to break out of.
func Probes() []Attempt { return nil }

func makeAttempt(_ context.Context, in Env) error {
	var s attemptSpec
	if err := in.Spec(&s); err != nil {
		return err
	}
	return pour(in, s.Bytes)
}
