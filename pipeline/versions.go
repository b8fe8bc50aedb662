package pipeline

import (
	"context"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

// identifiersOf is the name of the input with the identifiers of a dataset. Names of datasets have no colon.
func identifiersOf(dataset string) string { return dataset + ":identifiers" }

// versionInputs adds the versions that the plan reads. It returns the views with the columns marked that lie apart.
// Their object is added for class rows alone, where results are masked before they leave, and only where a view shows
// such a column.
func (s *Service) versionInputs(ctx context.Context, in *inputs, j *jobRun, views []task.View) ([]task.View, error) {
	marked := make([]task.View, len(views))
	copy(marked, views)
	for _, ref := range j.V.Versions {
		v, err := s.version(ctx, ref)
		if err != nil {
			return nil, err
		}
		if err := in.fetch(ctx, s.cfg.Objects, ref.Dataset, store.Versions, v.Object()); err != nil {
			return nil, err
		}
		d, err := journal.Load[yumen.Dataset](ctx, s.state, store.Dataset, ref.Dataset)
		if err != nil {
			return nil, err
		}
		shown := false
		for i := range marked {
			if marked[i].Input == ref.Dataset && markApart(&marked[i], &d.V, v.Data != "") {
				shown = true
			}
		}
		if !shown {
			continue
		}
		if j.V.Class != yumen.ClassRows || j.V.Engine != yumen.EngineSQL {
			return nil, liesApart(ref.Dataset, j.V.Class)
		}
		if v.Identifiers == "" {
			continue
		}
		if err := in.fetch(ctx, s.cfg.Objects, identifiersOf(ref.Dataset), store.Identifiers,
			v.Identifiers); err != nil {
			return nil, err
		}
	}
	return marked, nil
}

// markApart reports whether a view shows columns that lie apart, and marks them where the version is stored so.
func markApart(v *task.View, d *yumen.Dataset, stored bool) (shown bool) {
	columns := make([]task.ViewColumn, len(v.Columns))
	for i, c := range v.Columns {
		if of, ok := d.Column(c.From); ok && of.LiesApart() {
			shown, c.Apart = true, stored
		}
		columns[i] = c
	}
	if shown && stored {
		v.Columns, v.Identifiers = columns, identifiersOf(d.Name)
	}
	return shown
}

func liesApart(dataset string, class yumen.ReleaseClass) error {
	return yumen.Errorf(yumen.KindDenied, "a job of class %s is never given the identifiers of %s, not even masked",
		"%[1]s 类任务不得取得 %[2]s 的标识符列，即使经过掩码", class, dataset).
		ToFix("leave the columns out, or ask for them in rows (class rows), where the contract lets them leave masked",
			"请去掉这些列；若合同允许掩码后输出，请以 rows 类任务申请")
}

// version is the version that a job reads, as it is stored now.
func (s *Service) version(ctx context.Context, ref yumen.VersionRef) (yumen.Version, error) {
	v, err := journal.Load[yumen.Version](ctx, s.state, store.Version, versionID(ref.Dataset, ref.Seq))
	if err == nil && v.V.Digest != ref.Digest {
		err = yumen.Errorf(yumen.KindCorrupt, "version %d of %s is not the one that the job names",
			"数据集 %[2]s 的第 %[1]d 版与任务所引用的不符",
			ref.Seq, ref.Dataset)
	}
	return v.V, err
}

// placeIn names the objects that an import wrote in the version, and returns them.
func placeIn(v *yumen.Version, wrote map[string]store.Object) []store.Object {
	data := wrote[task.OutVersion]
	v.Data, v.Bytes = data.Digest, data.Bytes
	objects := []store.Object{data}
	if apart, ok := wrote[task.OutIdentifiers]; ok {
		v.Identifiers, v.Bytes = apart.Digest, v.Bytes+apart.Bytes
		objects = append(objects, apart)
	}
	return objects
}

// versionDigests are what the log says of a version: its name, and the objects that it is stored as.
func versionDigests(v yumen.Version) map[string]yumen.Digest {
	digests := map[string]yumen.Digest{"version": v.Digest, "data": v.Data}
	if v.Identifiers != "" {
		digests["identifiers"] = v.Identifiers
	}
	return digests
}

// objectsOf are the objects that a version is stored as.
func objectsOf(v yumen.Version) []store.Object {
	out := []store.Object{{Space: store.Versions, Digest: v.Object()}}
	if v.Identifiers != "" {
		out = append(out, store.Object{Space: store.Identifiers, Digest: v.Identifiers})
	}
	return out
}
