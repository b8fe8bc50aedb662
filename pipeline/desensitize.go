package pipeline

import (
	"context"
	"io"
	"strconv"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/store"
)

// NewFile takes the bytes of a file that comes into being at Commit, whole, or not at all.
type NewFile interface {
	io.Writer
	Commit() error
	Abort() error
}

// DesensitizeFile says what is to be done to which table.
type DesensitizeFile struct {
	Table       TableFiles
	Profile     ProfileFile
	Hierarchies []HierarchyFile
	Recipient   string // for whom the copy is marked
	Format      yumen.FileFormat
	Out         NewFile
	Side        NewFile // the second table of a profile that splits one; nil for others
	Progress    func(done, total int64)
}

// Desensitize applies a profile to a table inside an enclave. That it is about to happen is logged first; then the
// record is stored, and only then the file comes into being.
func (s *Service) Desensitize(ctx context.Context, by yumen.Actor, f DesensitizeFile) (Desensitization, error) {
	d := Desensitization{ID: s.newRecordID(), Recipient: f.Recipient}
	done := false
	defer func() {
		if !done {
			f.Abort()
		}
	}()
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
	return d, f.commit()
}

// commit brings the files into being, the second one first: whoever sees the first has both.
func (f *DesensitizeFile) commit() error {
	if f.Side != nil {
		if err := f.Side.Commit(); err != nil {
			f.Side = nil
			f.Abort()
			return err
		}
	}
	return f.Out.Commit()
}

// Abort removes the files.
func (f *DesensitizeFile) Abort() {
	for _, n := range []NewFile{f.Out, f.Side} {
		if n != nil {
			_ = n.Abort() // nothing stands under their names
		}
	}
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
func (s *Service) desensitizeInto(ctx context.Context, in []task.Input, by yumen.Actor, f *DesensitizeFile, r *profileRun,
	d *Desensitization) error {
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
	out, err := runInto[task.DesensitizeAnswer](ctx, s, task.Task{Role: task.Desensitize, Spec: r.spec,
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
func (s *Service) DryRun(ctx context.Context, by yumen.Actor, f DesensitizeFile, show int) (DryRun, error) {
	var d DryRun
	var in inputs
	defer in.release()
	r, err := s.prepare(ctx, &in, by, &f)
	if err != nil {
		return d, err
	}
	r.spec.DryRun, r.spec.Show = true, show
	e := s.entry(by, yumen.ActionDesensitizeDryRun, r.profile.Name)
	e.Digests = map[string]yumen.Digest{"input": r.input, "profile": r.profile.Digest()}
	if err := s.record(ctx, e); err != nil {
		return d, err
	}
	out, err := runInto[task.DesensitizeAnswer](ctx, s, task.Task{Role: task.Desensitize, Spec: r.spec,
		Inputs: in.all, Program: r.profile.Digest(), Limits: s.tableLimits(), Progress: f.Progress}, nil)
	if err != nil {
		return d, err
	}
	return d, readRecord(out.answer, &d.Record, &d.Preview)
}
