package pipeline

import (
	"context"
	"fmt"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

// inspectModule has a module looked at in an enclave without data. The machine code is stored, so that it is compiled
// once.
func (s *Service) inspectModule(ctx context.Context, j *jobRun) (yumen.EnclaveReport, error) {
	path, err := s.cfg.Objects.Path(store.Programs, j.V.Program)
	if err != nil {
		return yumen.EnclaveReport{}, err
	}
	tk := task.Task{Role: task.Inspect, Account: j.contract.Name, Program: j.V.Program,
		Spec:   task.InspectSpec{Mode: j.V.Spec.Mode, Memory: j.contract.Quotas.Memory},
		Inputs: []task.Input{{Name: task.InModule, Path: path, Digest: j.V.Program}}, Limits: inspectLimits}
	stored, err := journal.Find[store.Object](ctx, s.state, store.Compiled, j.compiledID())
	if err != nil {
		return yumen.EnclaveReport{}, err
	}
	if in, ok := s.compiledInput(&stored.V); ok {
		tk.Inputs = append(tk.Inputs, in)
	}
	out, err := run[noAnswer](ctx, s, tk, map[string]store.Space{task.OutCompiled: store.Programs})
	if obj := out.objects[task.OutCompiled]; err == nil && obj.Bytes > 0 {
		j.compiled = &journal.Versioned[store.Object]{V: obj, Rev: stored.Rev}
	}
	return out.report, err
}

// compiledID is the name that machine code is stored under: the digest of the module, and of one that is rewritten
// for its mode what decides how it is. Its name inside the file is made of the digest of what was compiled, the
// engine and the processor, so that code of anything else is not found.
func (j *jobRun) compiledID() string {
	id := j.V.Program.Hex()
	if m := j.V.Spec.Mode; m == yumen.ModeMap || m == yumen.ModeBlock {
		id = fmt.Sprintf("%s/%s/%d", id, m, j.contract.Quotas.Memory)
	}
	return id
}

// compiledInput is machine code as an input of a task, checked against its digest. Without it, or if it was damaged,
// the module is compiled anew.
func (s *Service) compiledInput(o *store.Object) (task.Input, bool) {
	if o == nil || o.Digest == "" {
		return task.Input{}, false
	}
	path, err := s.cfg.Objects.Path(o.Space, o.Digest)
	return task.Input{Name: task.InCompiled, Path: path, Digest: o.Digest}, err == nil
}

// addCompiled adds to the step what the inspection left.
func (j *jobRun) addCompiled(st *journal.Step) error {
	if j.compiled == nil {
		return nil
	}
	p, err := journal.Put(store.Compiled, j.compiledID(), j.compiled.Rev, j.compiled.V)
	st.Objects, st.Records = append(st.Objects, j.compiled.V), append(st.Records, p)
	return err
}
