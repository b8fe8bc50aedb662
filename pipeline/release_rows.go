package pipeline

import (
	"context"
	"io"
	"slices"
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
	r, err := s.releaseFor(ctx, by, name)
	if err != nil {
		return api.RowsRead{}, err
	}
	a, err := s.releasedArtifact(ctx, &r.V.Release)
	if err != nil {
		return api.RowsRead{}, err
	}
	if of.From == 0 {
		e := s.entry(by, yumen.ActionReleaseGet, name)
		e.Digests = map[string]yumen.Digest{"artifact": a.Digest}
		if err := s.record(ctx, e); err != nil {
			return api.RowsRead{}, err
		}
	}
	bare := a
	bare.Evidence = "" // what leaves is the result alone
	var in inputs
	defer in.release()
	if err := s.heldInputs(ctx, &in, &bare); err != nil {
		return api.RowsRead{}, err
	}
	out, err := runInto[task.ExportAnswer](ctx, s, task.Task{Role: task.Export,
		Spec: task.ExportSpec{Rows: &task.RowRange{From: of.From, Rows: of.Rows, Formats: of.Formats,
			Types: of.Types}},
		Inputs: in.all, Program: a.Digest, Limits: yumen.Limits{Wall: yumen.Duration(5 * time.Minute)}},
		map[string]io.Writer{task.OutFile: to})
	return api.RowsRead(out.answer), err
}

// releasedArtifact is the result that a release is of.
func (s *Service) releasedArtifact(ctx context.Context, r *yumen.Release) (yumen.Artifact, error) {
	rounds, err := s.artifacts(ctx, r.Job)
	if err != nil {
		return yumen.Artifact{}, err
	}
	i := slices.IndexFunc(rounds, func(a yumen.Artifact) bool { return a.Digest == r.Artifact })
	if i < 0 {
		return yumen.Artifact{}, yumen.Errorf(yumen.KindCorrupt, "the result of release %s is not on record",
			"发布 %s 的结果没有记录", r.Name)
	}
	return rounds[i], nil
}
