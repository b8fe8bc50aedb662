package pipeline

import (
	"context"
	"io"
	"strconv"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/store"
)

// Desensitize applies a profile to a table inside an enclave. That it is about to happen is logged first; then the
// record is stored, and only then the file comes into being.
func (s *Service) Desensitize(ctx context.Context, by yumen.Actor, f api.DesensitizeFile) (api.Desensitization, error) {
	return s.desensitize(ctx, by, tableProfile{DesensitizeFile: f})
}

func (s *Service) desensitize(ctx context.Context, by yumen.Actor, f tableProfile) (api.Desensitization, error) {
	d := api.Desensitization{ID: s.newID("d-"), Recipient: f.Recipient}
	done := false
	defer func() {
		if !done {
			f.Abort()
		}
	}()
	if err := s.acceptsWork(); err != nil {
		return d, err
	}
	var in inputs
	defer in.release()
	run, err := s.prepare(ctx, &in, by, &f)
	if err != nil {
		return d, err
	}
	start := s.entry(by, yumen.ActionDesensitizeStart, d.ID)
	start.Digests = map[string]yumen.Digest{"input": run.input, "profile": run.profile.Digest()}
	start.Details = map[string]string{"profile": run.profile.Name + "/" + strconv.Itoa(run.profile.Version)}
	if f.Recipient != "" {
		start.Details["recipient"] = f.Recipient
	}
	if err := s.record(ctx, start); err != nil {
		return d, err
	}
	if err := s.desensitizeInto(ctx, in.all, by, &f, run, &d); err != nil {
		return d, s.recordRefusal(ctx, by, yumen.ActionDesensitizeRefuse, d.ID, nil, err)
	}
	done = true
	return d, f.Commit()
}

// recordRefusal records that what was announced did not happen and returns why.
func (s *Service) recordRefusal(ctx context.Context, by yumen.Actor, action yumen.AuditAction, subject string,
	details map[string]string, why error) error {
	e := s.entry(by, action, subject)
	e.Details = map[string]string{"kind": string(yumen.KindOf(why))}
	for k, v := range details {
		e.Details[k] = v
	}
	if err := s.record(context.WithoutCancel(ctx), e); err != nil {
		return err
	}
	return why
}

// desensitizeInto runs the enclave, and stores the record and the vault. The files are then complete and not yet in
// place.
func (s *Service) desensitizeInto(ctx context.Context, in []task.Input, by yumen.Actor, f *tableProfile, r *profileRun,
	d *api.Desensitization) error {
	spaces := map[string]store.Space{}
	if r.spec.VaultKey != nil {
		spaces[task.OutVault] = store.Keys
	}
	outs, err := s.journal.Stage(spaces)
	if err != nil {
		return err
	}
	defer outs.Abort() // what is staged by then stays
	sinks := outs.Sinks()
	file, side := yumen.NewHasher(), yumen.NewHasher()
	sinks[task.OutFile] = io.MultiWriter(f.Out, file)
	if f.Side != nil {
		sinks[task.OutSide] = io.MultiWriter(f.Side, side)
	}
	out, err := runInto[task.DesensitizeAnswer](ctx, s,
		task.Task{Role: task.Desensitize, Spec: r.spec, Tenant: task.Tenant{Organisation: by.Org},
			Inputs: in, Program: r.profile.Digest(), Limits: s.tableLimits(), Progress: f.Progress}, sinks)
	if err != nil {
		return err
	}
	if err := readRecord(out.answer, &d.Record, nil); err != nil {
		return err
	}
	d.Record.Output = file.Digest()
	if f.Side != nil {
		d.Side = side.Digest()
	}
	objs, err := outs.Objects()
	if err != nil {
		return err
	}
	return s.storeRecord(ctx, by, r, d, objs, out.report)
}

// DryRun applies a profile to a table inside an enclave and stores nothing of it. It shows what would become of show
// made-up rows, and what the record would say of the real ones.
func (s *Service) DryRun(ctx context.Context, by yumen.Actor, f api.DesensitizeFile, show int) (api.DryRun, error) {
	var d api.DryRun
	var in inputs
	defer in.release()
	r, err := s.prepare(ctx, &in, by, &tableProfile{DesensitizeFile: f})
	if err != nil {
		return d, err
	}
	r.spec.DryRun, r.spec.Show = true, show
	e := s.entry(by, yumen.ActionDesensitizeDryRun, r.profile.Name)
	e.Digests = map[string]yumen.Digest{"input": r.input, "profile": r.profile.Digest()}
	if err := s.record(ctx, e); err != nil {
		return d, err
	}
	out, err := runInto[task.DesensitizeAnswer](ctx, s,
		task.Task{Role: task.Desensitize, Spec: r.spec, Tenant: task.Tenant{Organisation: by.Org},
			Inputs: in.all, Program: r.profile.Digest(), Limits: s.tableLimits(), Progress: f.Progress}, nil)
	if err != nil {
		return d, err
	}
	return d, readRecord(out.answer, &d.Record, &d.Preview)
}
