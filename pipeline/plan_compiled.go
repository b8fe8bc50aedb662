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
	var in inputs
	defer in.release()
	if err := in.fetch(ctx, s.cfg.Objects, task.InModule, store.Programs, j.V.Program); err != nil {
		return yumen.EnclaveReport{}, err
	}
	stored, err := journal.Find[store.Object](ctx, s.state, store.Compiled, j.compiledID())
	if err != nil {
		return yumen.EnclaveReport{}, err
	}
	s.compiledInput(ctx, &in, &stored.V)
	tk := task.Task{Role: task.Inspect, Tenant: j.ahead(), Program: j.V.Program,
		Spec:   task.InspectSpec{Mode: j.V.Spec.Mode, Memory: j.contract.Quotas.Memory},
		Inputs: in.all, Limits: inspectLimits}
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

// compiledInput adds machine code where it is there and whole. Without it, the module is compiled anew.
func (s *Service) compiledInput(ctx context.Context, in *inputs, o *store.Object) {
	if o != nil && o.Digest != "" {
		_ = in.fetch(ctx, s.cfg.Objects, task.InCompiled, o.Space, o.Digest)
	}
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
