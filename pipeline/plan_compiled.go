package pipeline

import (
	"context"
	"fmt"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

// inspectModule has a module looked at in an enclave without data. It keeps the machine code, so that compiling it is paid once.
func (s *Service) inspectModule(ctx context.Context, t *jobRun) (yumen.EnclaveReport, error) {
	path, err := s.cfg.Objects.Path(store.Programs, t.V.Program)
	if err != nil {
		return yumen.EnclaveReport{}, err
	}
	tk := task.Task{Role: task.Inspect, Account: t.contract.Name, Program: t.V.Program, Spec: task.InspectSpec{Mode: t.V.Spec.Mode, Memory: t.contract.Quotas.Memory},
		Inputs: []task.Input{{Name: task.InModule, Path: path, Digest: t.V.Program}}, Limits: inspectLimits}
	stored, err := journal.Find[store.Object](ctx, s.cfg.State, store.Compiled, t.compiledID())
	if err != nil {
		return yumen.EnclaveReport{}, err
	}
	if in, ok := s.compiledInput(&stored.V); ok {
		tk.Inputs = append(tk.Inputs, in)
	}
	out, err := run[noAnswer](ctx, s, tk, map[string]store.Space{task.OutCompiled: store.Programs})
	if obj := out.objects[task.OutCompiled]; err == nil && obj.Bytes > 0 {
		t.compiled = &journal.Versioned[store.Object]{V: obj, Rev: stored.Rev}
	}
	return out.report, err
}

// compiledID is the name that machine code is kept under: the digest of the module, and of one that is rewritten for its mode
// what decides how it is. Its name inside the file is made of the digest of what was compiled, the engine and the processor, so
// that code of anything else is not found.
func (t *jobRun) compiledID() string {
	id := t.V.Program.Hex()
	if m := t.V.Spec.Mode; m == yumen.ModeMap || m == yumen.ModeBlock {
		id = fmt.Sprintf("%s/%s/%d", id, m, t.contract.Quotas.Memory)
	}
	return id
}

// compiledInput hands machine code in, checked against its digest. Without it, or if it was damaged, the module is compiled anew.
func (s *Service) compiledInput(o *store.Object) (task.Input, bool) {
	if o == nil || o.Digest == "" {
		return task.Input{}, false
	}
	path, err := s.cfg.Objects.Path(o.Space, o.Digest)
	return task.Input{Name: task.InCompiled, Path: path, Digest: o.Digest}, err == nil
}

// addCompiled adds to the step what the inspection left.
func (t *jobRun) addCompiled(st *journal.Step) error {
	if t.compiled == nil {
		return nil
	}
	p, err := journal.Put(store.Compiled, t.compiledID(), t.compiled.Rev, t.compiled.V)
	st.Objects, st.Records = append(st.Objects, t.compiled.V), append(st.Records, p)
	return err
}
