package pipeline

import (
	"context"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/internal/task"
)

// ReleasedColumns returns the columns of a release as ReadRows gives them, to a person who may have it.
func (s *Service) ReleasedColumns(ctx context.Context, by yumen.Actor, name string) ([]yumen.ArtifactColumn, error) {
	r, err := s.releaseFor(ctx, by, name)
	if err != nil {
		return nil, err
	}
	a, err := s.releasedArtifact(ctx, &r.V.Release)
	return a.Columns, err
}

// ReadRows has an enclave write a range of the rows of a release for PostgreSQL's protocol. That it was fetched is
// logged first, with the range that begins at 0.
func (s *Service) ReadRows(ctx context.Context, by yumen.Actor, name string, of api.RowRange,
	to io.Writer) (api.RowsRead, error) {
	out, err := s.readReleased(ctx, by, name, of.From == 0, func(yumen.Artifact) task.ExportSpec {
		return task.ExportSpec{Rows: &task.RowRange{From: of.From, Rows: of.Rows, Formats: of.Formats, Types: of.Types}}
	}, to)
	return api.RowsRead(out), err
}

// ReadBatches has an enclave write the rows of a release as Arrow messages. That it was fetched is logged first.
func (s *Service) ReadBatches(ctx context.Context, by yumen.Actor, name string, to io.Writer) error {
	_, err := s.readReleased(ctx, by, name, true, func(a yumen.Artifact) task.ExportSpec {
		return task.ExportSpec{Messages: true, Columns: a.Columns}
	}, to)
	return err
}

// readReleased has an enclave write a release as a spec of its artifact says. Where it is fetched, the log says so before
// anything of it goes to the caller; meanwhile the enclave begins.
func (s *Service) readReleased(ctx context.Context, by yumen.Actor, name string, fetched bool,
	spec func(yumen.Artifact) task.ExportSpec, to io.Writer) (task.ExportAnswer, error) {
	r, err := s.releaseFor(ctx, by, name)
	if err != nil {
		return task.ExportAnswer{}, err
	}
	a, err := s.releasedArtifact(ctx, &r.V.Release)
	if err != nil {
		return task.ExportAnswer{}, err
	}
	var said *logging
	if fetched {
		e := s.entry(by, yumen.ActionReleaseGet, name)
		e.Digests = map[string]yumen.Digest{"artifact": a.Digest}
		said = logs(func() error { return s.record(ctx, e) })
		to = said.before(to)
	}
	got, err := s.cfg.Keeper.Ask(ctx, task.Kept{Owner: readerOf(by, r.V.Contract), Key: "export " + string(a.Digest),
		Open: func(ctx context.Context) (task.Task, func(), error) { return s.openExport(ctx, a) },
		Spec: spec(a), Program: a.Digest}, map[string]io.Writer{task.OutFile: to})
	if refused := said.wait(); refused != nil {
		return task.ExportAnswer{}, refused
	}
	if err != nil {
		return task.ExportAnswer{}, err
	}
	return answerOf[task.ExportAnswer](got)
}

// logging is an entry that is being written to the log; nil where none is due.
type logging struct {
	done   chan struct{}
	err    error // once done is closed, as is what follows
	defect any   // what writing it panicked with
}

// logs begins to write an entry.
func logs(write func() error) *logging {
	l := &logging{done: make(chan struct{})}
	go func() {
		defer close(l.done)
		defer func() { l.defect = recover() }()
		l.err = write()
	}()
	return l
}

// wait returns once the log has the entry, or why it does not. A defect is met by whoever waits.
func (l *logging) wait() error {
	if l == nil {
		return nil
	}
	<-l.done
	if l.defect != nil {
		panic(l.defect)
	}
	return l.err
}

// before returns a writer to which nothing is written before the log has the entry.
func (l *logging) before(to io.Writer) io.Writer { return afterEntry{l, to} }

type afterEntry struct {
	entry *logging
	to    io.Writer
}

// Write waits for the entry. Without it nothing is written.
func (w afterEntry) Write(p []byte) (int, error) {
	if err := w.entry.wait(); err != nil {
		return 0, err
	}
	return w.to.Write(p)
}

// BindParams has an enclave without data read the parameters that a client sent as an Arrow stream.
func (s *Service) BindParams(ctx context.Context, stream []byte) ([]api.CatalogParam, error) {
	out, err := runInto[task.BindAnswer](ctx, s, task.Task{Role: task.Bind, Spec: task.BindSpec{Stream: stream},
		Limits: yumen.Limits{Wall: yumen.Duration(10 * time.Second), Memory: 256 << 20, Threads: 1}}, nil)
	if err != nil {
		return nil, err
	}
	if r := out.answer.Refused; !r.IsZero() {
		return nil, &yumen.Error{Kind: yumen.KindInvalid, Msg: r}
	}
	params := make([]api.CatalogParam, len(out.answer.Params))
	for i, p := range out.answer.Params {
		params[i] = api.CatalogParam(p)
	}
	return params, nil
}

// openExport collects what an enclave is given that writes rows of a result.
func (s *Service) openExport(ctx context.Context, a yumen.Artifact) (task.Task, func(), error) {
	var in inputs
	if err := s.heldInputs(ctx, &in, &a); err != nil {
		in.release()
		return task.Task{}, nil, err
	}
	return task.Task{Role: task.Export, Spec: task.ExportSpec{}, Inputs: in.all, Program: a.Digest,
		Limits: yumen.Limits{Wall: yumen.Duration(5 * time.Minute), Threads: 1}}, in.release, nil
}

// readerOf is who an enclave belongs to that reads what was released under a contract.
func readerOf(by yumen.Actor, contract string) task.Owner {
	return task.Owner{Contract: contract, Actor: by.Name}
}

// HoldReader has the enclaves that read what was released under a contract for a person stay warm until they leave.
func (s *Service) HoldReader(by yumen.Actor, contract string) (leave func()) {
	return s.cfg.Keeper.Hold(readerOf(by, contract))
}

// maxReleasedResults is how many results of releases are kept in mind.
const maxReleasedResults = 1024

// releasedResults keeps what was read of the results of releases, by their digests. What checks found of a large one
// takes longer to read than its rows, and a result that was released does not change.
type releasedResults struct {
	mu       sync.Mutex
	byDigest map[yumen.Digest]yumen.Artifact // digest and columns alone
}

// releasedArtifact is the result that a release is of: its digest and columns.
func (s *Service) releasedArtifact(ctx context.Context, r *yumen.Release) (yumen.Artifact, error) {
	s.released.mu.Lock()
	known, ok := s.released.byDigest[r.Artifact]
	s.released.mu.Unlock()
	if ok {
		return known, nil
	}
	rounds, err := s.artifacts(ctx, r.Job)
	if err != nil {
		return yumen.Artifact{}, err
	}
	i := slices.IndexFunc(rounds, func(a yumen.Artifact) bool { return a.Digest == r.Artifact })
	if i < 0 {
		return yumen.Artifact{}, yumen.Errorf(yumen.KindCorrupt, "the result of release %s is not on record",
			"发布 %s 的结果没有记录", r.Name)
	}
	known = yumen.Artifact{Digest: r.Artifact, Columns: rounds[i].Columns}
	s.released.mu.Lock()
	defer s.released.mu.Unlock()
	if len(s.released.byDigest) >= maxReleasedResults || s.released.byDigest == nil {
		s.released.byDigest = map[yumen.Digest]yumen.Artifact{}
	}
	s.released.byDigest[r.Artifact] = known
	return known, nil
}
