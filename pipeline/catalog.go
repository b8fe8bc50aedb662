package pipeline

import (
	"cmp"
	"context"
	"strconv"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/catalog"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

// Register adds a dataset to the catalog, or replaces an entry that has no version yet.
func (s *Service) Register(ctx context.Context, by yumen.Actor, file string, text []byte) (api.Dataset, error) {
	d, err := catalog.Parse(file, text)
	if err != nil {
		return api.Dataset{}, err
	}
	entry := api.Dataset{Dataset: d, Digest: catalog.Digest(d)}
	if err := checkProvider(by, d); err != nil {
		return entry, err
	}
	old, err := journal.Find[api.Dataset](ctx, s.state, store.Dataset, d.Name)
	switch {
	case err != nil:
		return entry, err
	case old.V.Digest == entry.Digest:
		return s.Dataset(ctx, d.Name)
	case old.Rev > 0 && old.V.Provider != d.Provider:
		return entry, checkProvider(by, old.V.Dataset)
	case old.Rev > 0:
		if vs, err := s.versions(ctx, d.Name); err != nil || len(vs) > 0 {
			return entry, cmp.Or[error](err, yumen.Errorf(yumen.KindConflict,
				"dataset %s has %d versions checked against its present entry", "数据集 %s 已有 %d 个按现有目录校验的版本", d.Name,
				len(vs)).
				ToFix("register the changed description under a new name", "请以新名称登记变更后的描述"))
		}
	}
	p, err := journal.Put(store.Dataset, d.Name, old.Rev, entry)
	if err != nil {
		return entry, err
	}
	e := s.entry(by, yumen.ActionDatasetRegister, d.Name)
	e.Digests = map[string]yumen.Digest{"dataset": entry.Digest}
	err = s.journal.Commit(ctx, journal.Step{Entries: []yumen.Entry{e}, Records: []store.Record{p}})
	return entry, err
}

// checkProvider lets only the providing organisation speak for a dataset.
func checkProvider(by yumen.Actor, d yumen.Dataset) error {
	if by.Org == d.Provider {
		return nil
	}
	return yumen.Errorf(yumen.KindDenied, "dataset %s belongs to %s, and %s acts for %s", "数据集 %s 属于 %s，而 %s 代表 %s",
		d.Name, d.Provider, by.Name, by.Org).ToFix("have somebody of %s do it", "请由 %s 的人员操作", d.Provider)
}

// Dataset returns a catalog entry with its versions.
func (s *Service) Dataset(ctx context.Context, name string) (api.Dataset, error) {
	d, err := journal.Load[api.Dataset](ctx, s.state, store.Dataset, name)
	if err != nil {
		return d.V, err
	}
	d.V.Versions, err = s.versions(ctx, name)
	return d.V, err
}

// Datasets returns the whole catalog, with versions, ordered by name.
func (s *Service) Datasets(ctx context.Context) ([]api.Dataset, error) {
	ds, err := journal.List[api.Dataset](ctx, s.state, store.Dataset, "")
	for i := range ds {
		if err == nil {
			ds[i].Versions, err = s.versions(ctx, ds[i].Name)
		}
	}
	return ds, err
}

func (s *Service) versions(ctx context.Context, dataset string) ([]yumen.Version, error) {
	return journal.List[yumen.Version](ctx, s.state, store.Version, dataset+"/")
}

// Publish lets contracts be signed and jobs be run on the dataset's versions so far.
func (s *Service) Publish(ctx context.Context, by yumen.Actor, name string) (api.Dataset, error) {
	d, err := journal.Load[api.Dataset](ctx, s.state, store.Dataset, name)
	if err != nil {
		return d.V, err
	}
	if err := checkProvider(by, d.V.Dataset); err != nil {
		return d.V, err
	}
	vs, err := s.versions(ctx, name)
	if err != nil {
		return d.V, err
	}
	if len(vs) == 0 {
		return d.V, yumen.Errorf(yumen.KindConflict, "dataset %s has no version to publish", "数据集 %s 尚无可发布的版本", name).
			ToFix("import one first", "请先导入").Then("catalog.import", name)
	}
	v := vs[len(vs)-1]
	v.Published, d.V.Published = true, true
	vrec, err := journal.Load[yumen.Version](ctx, s.state, store.Version, versionID(name, v.Seq))
	if err != nil {
		return d.V, err
	}
	vp, err1 := journal.Put(store.Version, versionID(name, v.Seq), vrec.Rev, v)
	dp, err2 := journal.Put(store.Dataset, name, d.Rev, d.V)
	if err := cmp.Or(err1, err2); err != nil {
		return d.V, err
	}
	e := s.entry(by, yumen.ActionVersionPublish, name)
	e.Digests = map[string]yumen.Digest{"version": v.Digest}
	e.Details = map[string]string{"seq": strconv.Itoa(v.Seq)}
	if err := s.journal.Commit(ctx, journal.Step{Entries: []yumen.Entry{e},
		Records: []store.Record{vp, dp}}); err != nil {
		return d.V, err
	}
	return s.Dataset(ctx, name)
}

// current returns the newest published version of a dataset.
func (s *Service) current(ctx context.Context, name string) (api.Dataset, yumen.Version, error) {
	d, err := s.Dataset(ctx, name)
	if err != nil {
		return d, yumen.Version{}, err
	}
	for i := len(d.Versions) - 1; i >= 0; i-- {
		if d.Versions[i].Published {
			return d, d.Versions[i], nil
		}
	}
	return d, yumen.Version{}, yumen.Errorf(yumen.KindConflict, "dataset %s is not published", "数据集 %s 尚未发布", name)
}
