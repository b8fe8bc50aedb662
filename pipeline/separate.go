package pipeline

import (
	"context"
	"slices"
	"strconv"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

// Unseparated lists the versions that are still stored with identifiers in what jobs read, as they were by earlier
// releases.
func (s *Service) Unseparated(ctx context.Context) (out []yumen.Version, err error) {
	datasets, err := s.Datasets(ctx)
	if err != nil {
		return nil, err
	}
	for _, d := range datasets {
		if _, apart := d.Layout(); d.Unit.ByRow() && len(apart) == 0 {
			continue // nothing would change
		}
		for _, v := range d.Versions {
			gone, err := s.destroyed(ctx, objectsOf(v)[0])
			if err != nil {
				return nil, err
			}
			if v.Data == "" && gone == nil {
				out = append(out, v)
			}
		}
	}
	return out, nil
}

// Separate stores the versions that hold identifiers as imports store them now, and says after each how many are done.
// Each keeps its name, the digest of the object that it was, so that jobs, receipts and answers that name it stay what
// they are; the object is removed once the state names the new ones. Interrupted anywhere, it goes on when it is
// repeated.
func (s *Service) Separate(ctx context.Context, progress func(done, total int64)) (separated int, err error) {
	if err := s.dropSeparated(ctx); err != nil { // what was interrupted
		return 0, err
	}
	versions, err := s.Unseparated(ctx)
	if err != nil {
		return 0, err
	}
	for i, v := range versions {
		if err := s.separate(ctx, v); err != nil {
			return i, err
		}
		if err := s.dropSeparated(ctx); err != nil {
			return i, err
		}
		progress(int64(i+1), int64(len(versions)))
	}
	return len(versions), nil
}

// separate has an enclave write a version anew, and names the new objects in its record.
func (s *Service) separate(ctx context.Context, old yumen.Version) error {
	d, err := s.Dataset(ctx, old.Dataset)
	if err != nil {
		return err
	}
	var in inputs
	defer in.release()
	dict, err := s.separateInputs(ctx, &in, d.Dataset, old, d.Versions)
	if err != nil {
		return err
	}
	streams := importStreams(d.Dataset)
	delete(streams, task.OutUnits)
	spec := task.ImportSpec{Dataset: d.Dataset, Files: 1, Stored: true}
	out, err := run[task.ImportAnswer](ctx, s,
		task.Task{Role: task.Import, Tenant: task.Tenant{Organisation: d.Provider}, Spec: spec, Inputs: in.all,
			Limits: importLimits(s.cfg.Threads)}, streams)
	if err != nil {
		return err
	}
	if out.answer.Rows != old.Rows {
		return yumen.Errorf(yumen.KindCorrupt, "version %d of %s has other rows than were imported",
			"数据集 %[2]s 第 %[1]d 版的行数与导入时不符",
			old.Seq, old.Dataset).ToFix("restore the home from a backup", "请从备份恢复主目录")
	}
	v, err := journal.Load[yumen.Version](ctx, s.state, store.Version, versionID(old.Dataset, old.Seq))
	if err != nil {
		return err
	}
	objects := placeIn(&v.V, out.objects)
	p, err := journal.Put(store.Version, versionID(old.Dataset, old.Seq), v.Rev, v.V)
	if err != nil {
		return err
	}
	e := s.systemEntry(yumen.ActionVersionSeparate, old.Dataset)
	e.Digests, e.Details = versionDigests(v.V), reportDetails(out.report)
	if dict != "" {
		e.Digests["units"] = dict
	}
	e.Details["seq"] = strconv.Itoa(old.Seq)
	return s.journal.Commit(ctx, journal.Step{Entries: []yumen.Entry{e}, Records: []store.Record{p}, Objects: objects})
}

// separateInputs adds the version as it is stored, the dictionary of its units, and identifiers of another version,
// whose salt is taken over. It returns the dictionary's digest.
func (s *Service) separateInputs(ctx context.Context, in *inputs, d yumen.Dataset, old yumen.Version,
	versions []yumen.Version) (yumen.Digest, error) {
	for _, name := range []string{task.InSource, task.InEarlier} {
		if err := in.fetch(ctx, s.cfg.Objects, name, store.Versions, old.Digest); err != nil {
			return "", err
		}
	}
	apart, err := s.newest(ctx, store.Identifiers, versions)
	if err == nil && apart != nil {
		err = in.fetch(ctx, s.cfg.Objects, task.InEarlierIdentifiers, store.Identifiers, apart.Digest)
	}
	if err != nil {
		return "", err
	}
	dict, err := s.dictionary(ctx, d.Unit)
	if err == nil && dict.V.Digest != "" {
		err = in.fetch(ctx, s.cfg.Objects, task.InUnits, store.Keys, dict.V.Digest)
	}
	return dict.V.Digest, err
}

// dropSeparated removes the objects that versions were before they were separated, first their keys.
func (s *Service) dropSeparated(ctx context.Context) error {
	versions, err := journal.List[yumen.Version](ctx, s.state, store.Version, "")
	if err != nil {
		return err
	}
	named, err := s.Referred(ctx)
	if err != nil {
		return err
	}
	for _, v := range versions {
		old := store.Object{Space: store.Versions, Digest: v.Digest}
		if v.Data == "" || slices.Contains(named, old) {
			continue
		}
		if _, err := s.cfg.Objects.Size(ctx, old); yumen.KindOf(err) == yumen.KindNotFound {
			continue
		}
		if err := s.cfg.Objects.Destroy(old); err != nil {
			return err
		}
	}
	return nil
}
