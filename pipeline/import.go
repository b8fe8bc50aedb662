package pipeline

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

// Limits of an import. A provider's file is read once, by people who answer for it, so they are generous.
const (
	importWall   = yumen.Duration(30 * time.Minute)
	importMemory = yumen.Size(4 << 30)
	importOutput = yumen.Size(64 << 30)
)

// dictionary is the numbering of one kind of privacy unit that is in force.
type dictionary struct {
	Kind   string       `json:"kind"`
	Digest yumen.Digest `json:"digest"`
	Units  int64        `json:"units"`
}

// Import checks files inside an enclave and stores them as the next version. If any row is bad nothing is stored.
func (s *Service) Import(ctx context.Context, by yumen.Actor, f api.ImportFiles) (yumen.Version, error) {
	if err := s.acceptsWork(); err != nil {
		return yumen.Version{}, err
	}
	d, err := s.Dataset(ctx, f.Dataset)
	if err != nil {
		return yumen.Version{}, err
	}
	if err := checkProvider(by, d.Dataset); err != nil {
		return yumen.Version{}, err
	}
	v := yumen.Version{Dataset: d.Name, Seq: len(d.Versions) + 1, Acquired: string(f.Acquired), ImportedBy: by.Name,
		DatasetDigest: d.Digest}
	var in inputs
	defer in.release()
	if v.Source, err = in.sources(f.Paths); err != nil {
		return v, err
	}
	if len(f.Profile.Text) > 0 {
		in.release()
		if err := s.importThroughProfile(ctx, &in, by, &f, d.Dataset, &v); err != nil {
			return v, err
		}
	}
	dict, err := s.dictionary(ctx, d.Unit)
	if err != nil {
		return v, err
	}
	if dict.V.Digest != "" {
		if err := in.fetch(ctx, s.cfg.Objects, task.InUnits, store.Keys, dict.V.Digest); err != nil {
			return v, err
		}
	}
	if err := s.fetchEarlier(ctx, &in, d.Versions); err != nil {
		return v, err
	}
	start := s.entry(by, yumen.ActionVersionImport, d.Name)
	start.Digests = map[string]yumen.Digest{"source": v.Source, "dataset": d.Digest}
	if v.Desensitization != "" {
		start.Digests["desensitized"] = in.all[0].Digest
		start.Details = map[string]string{"record": v.Desensitization}
	}
	if err := s.record(ctx, start); err != nil {
		return v, err
	}
	return s.importInto(ctx, by, f, d, v, dict, in.all)
}

// fetchEarlier adds the newest objects of the dataset that were not destroyed, where there are any.
func (s *Service) fetchEarlier(ctx context.Context, in *inputs, versions []yumen.Version) error {
	for _, name := range []string{task.InEarlier, task.InEarlierIdentifiers} {
		o, err := s.newest(ctx, earlierSpaces[name], versions)
		if err == nil && o != nil {
			err = in.fetch(ctx, s.cfg.Objects, name, o.Space, o.Digest)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

var earlierSpaces = map[string]store.Space{task.InEarlier: store.Versions, task.InEarlierIdentifiers: store.Identifiers}

// newest is the newest object of the versions in a space that was not destroyed, or nil.
func (s *Service) newest(ctx context.Context, space store.Space, versions []yumen.Version) (*store.Object, error) {
	for _, v := range slices.Backward(versions) {
		for _, o := range objectsOf(v) {
			if o.Space != space {
				continue
			}
			if gone, err := s.destroyed(ctx, o); err != nil || gone == nil {
				return &o, err
			}
		}
	}
	return nil, nil
}

func (s *Service) dictionary(ctx context.Context, u yumen.UnitSpec) (journal.Versioned[dictionary], error) {
	if u.ByRow() {
		return journal.Versioned[dictionary]{}, nil
	}
	return journal.Find[dictionary](ctx, s.state, store.Units, u.Kind)
}

func (s *Service) importInto(ctx context.Context, by yumen.Actor, f api.ImportFiles, d api.Dataset, v yumen.Version,
	dict journal.Versioned[dictionary], inputs []task.Input) (yumen.Version, error) {
	if f.MaxBad == 0 {
		f.MaxBad = 20
	}
	spec := task.ImportSpec{Dataset: d.Dataset, Files: len(f.Paths), Format: f.Format, CSV: f.CSV, MaxBad: f.MaxBad}
	out, err := run[task.ImportAnswer](ctx, s,
		task.Task{Role: task.Import, Tenant: task.Tenant{Organisation: by.Org}, Spec: spec, Inputs: inputs,
			Progress: f.Progress, Limits: importLimits(s.cfg.Threads)}, importStreams(d.Dataset))
	switch {
	case runFailed(err):
		return v, s.recordRefusal(ctx, by, yumen.ActionVersionRefuse, d.Name, nil, err)
	case err != nil:
		return v, err
	case out.answer.BadTotal > 0:
		return v, s.recordRefusal(ctx, by, yumen.ActionVersionRefuse, d.Name, nil, badRows(out.answer))
	}
	return s.storeVersion(ctx, by, d, v, dict, out)
}

func importLimits(threads int) yumen.Limits {
	return yumen.Limits{Wall: importWall, Memory: importMemory, Output: importOutput, Scratch: importOutput,
		Threads: threads}
}

// importStreams are what an import writes.
func importStreams(d yumen.Dataset) map[string]store.Space {
	streams := map[string]store.Space{task.OutVersion: store.Versions}
	if _, apart := d.Layout(); len(apart) > 0 {
		streams[task.OutIdentifiers] = store.Identifiers
	}
	if !d.Unit.ByRow() {
		streams[task.OutUnits] = store.Keys
	}
	return streams
}

func badRows(ans task.ImportAnswer) error {
	var rs []yumen.Reason
	for _, b := range ans.Bad {
		place := "line " + strconv.FormatInt(b.Line, 10)
		if b.File > 0 {
			place = fmt.Sprintf("file %d, %s", b.File, place)
		}
		if b.Column != "" {
			place += ", " + b.Column
		}
		rs = append(rs, yumen.Reason{Rule: "row." + b.Rule, Place: place, Msg: b.Msg})
	}
	e := yumen.Errorf(yumen.KindInvalid, "bad rows: %d, listed: %d; nothing was imported",
		"有 %d 行不合格（列出前 %d 行），未导入任何数据", ans.BadTotal,
		len(rs)).ToFix("correct the file, or the catalog entry if the file is right", "请更正文件；若文件无误，请更正目录描述")
	e.Reasons = rs
	return e
}

func (s *Service) storeVersion(ctx context.Context, by yumen.Actor, d api.Dataset, v yumen.Version,
	dict journal.Versioned[dictionary], out outcome[task.ImportAnswer]) (yumen.Version, error) {
	ans := out.answer
	objects := placeIn(&v, out.objects)
	v.Digest, v.Rows, v.Units, v.Imported = yumen.VersionDigest(v.Data, v.Identifiers), ans.Rows, ans.Units, s.now()
	for _, old := range d.Versions {
		if old.Object() == v.Data && old.Identifiers == v.Identifiers {
			return old, s.recordRefusal(ctx, by, yumen.ActionVersionRefuse, d.Name, nil,
				yumen.Errorf(yumen.KindConflict, "version %d of %s already holds these very rows",
					"数据集 %[2]s 的第 %[1]d 版内容与此完全相同", old.Seq, d.Name))
		}
	}
	vp, err := journal.Put(store.Version, versionID(v.Dataset, v.Seq), 0, v)
	if err != nil {
		return v, err
	}
	st := journal.Step{Records: []store.Record{vp}, Objects: objects}
	if units := out.objects[task.OutUnits]; !d.Unit.ByRow() {
		up, err := journal.Put(store.Units, d.Unit.Kind, dict.Rev,
			dictionary{d.Unit.Kind, units.Digest, dict.V.Units + ans.NewUnits})
		if err != nil {
			return v, err
		}
		st.Records, st.Objects = append(st.Records, up), append(st.Objects, units)
	}
	e := s.entry(by, yumen.ActionVersionStore, v.Dataset)
	e.Digests = versionDigests(v)
	e.Digests["source"], e.Digests["dataset"] = v.Source, v.DatasetDigest
	e.Details = reportDetails(out.report)
	e.Details["seq"], e.Details["rows"] = strconv.Itoa(v.Seq), strconv.FormatInt(v.Rows, 10)
	st.Entries = []yumen.Entry{e}
	err = s.journal.Commit(ctx, st)
	return v, err
}
