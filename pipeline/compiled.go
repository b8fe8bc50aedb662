package pipeline

import (
	"context"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/store"
)

// inspect has a module looked at in an enclave without data. Of a command module it keeps the machine code, under the digest
// of the module, so that compiling it is paid once.
func (s *Service) inspect(ctx context.Context, t *traveller) (yumen.EnclaveReport, error) {
	path, err := s.cfg.Objects.Path(store.Programs, t.V.Program)
	if err != nil {
		return yumen.EnclaveReport{}, err
	}
	tk := task.Task{Role: task.Inspect, Account: t.contract.Name, Program: t.V.Program, Spec: task.InspectSpec{Mode: t.V.Spec.Mode},
		Inputs: []task.Input{{Name: task.InModule, Path: path, Digest: t.V.Program}}, Limits: inspectLimits}
	kept, err := s.kept(ctx, t.V.Program)
	if err != nil {
		return yumen.EnclaveReport{}, err
	}
	if in, ok := s.compiledInput(&kept.V); ok {
		tk.Inputs = append(tk.Inputs, in)
	}
	outs, err := s.stageOutputs(map[string]store.Space{task.OutCompiled: store.Programs})
	if err != nil {
		return yumen.EnclaveReport{}, err
	}
	defer outs.abort() // what is staged by then stays
	out, err := s.cfg.Enclave.Run(ctx, tk, outs.sinks())
	if err != nil {
		return out.Report, err
	}
	objs, err := outs.stage()
	if obj := objs[task.OutCompiled]; err == nil && obj.Bytes > 0 {
		t.compiled = &saved[store.Object]{obj, kept.rev}
	}
	return out.Report, err
}

// kept is the machine code kept for a module; its zero value where there is none.
func (s *Service) kept(ctx context.Context, module yumen.Digest) (saved[store.Object], error) {
	k, err := load[store.Object](ctx, s.cfg.State, store.Compiled, module.Hex())
	if err != nil && yumen.KindOf(err) == yumen.NotFound {
		return saved[store.Object]{}, nil
	}
	return k, err
}

// compiledInput hands machine code in, checked against its digest. Without it, or if it was damaged, the module is compiled anew.
func (s *Service) compiledInput(o *store.Object) (task.Input, bool) {
	if o == nil || o.Digest == "" {
		return task.Input{}, false
	}
	path, err := s.cfg.Objects.Path(o.Space, o.Digest)
	return task.Input{Name: task.InCompiled, Path: path, Digest: o.Digest}, err == nil
}

// keepCompiled adds to the step what the inspection left.
func (t *traveller) keepCompiled(st *step) error {
	if t.compiled == nil {
		return nil
	}
	p, err := put(store.Compiled, t.V.Program.Hex(), t.compiled.rev, t.compiled.V)
	st.objects, st.puts = append(st.objects, t.compiled.V), append(st.puts, p)
	return err
}
