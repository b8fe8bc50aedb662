package pipeline

import (
	"cmp"
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

// fetchEarlier adds the newest version that was not destroyed, where there is one.
func (s *Service) fetchEarlier(ctx context.Context, in *inputs, versions []yumen.Version) error {
	for _, v := range slices.Backward(versions) {
		err := in.fetch(ctx, s.cfg.Objects, task.InEarlier, store.Versions, v.Digest)
		if yumen.KindOf(err) != yumen.KindNotFound {
			return err
		}
		if d, err2 := s.destroyed(ctx, store.Object{Space: store.Versions, Digest: v.Digest}); err2 != nil || d == nil {
			return cmp.Or(err2, err)
		}
	}
	return nil
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
	out, err := run[task.ImportAnswer](ctx, s, task.Task{Role: task.Import, Account: by.Org, Spec: spec, Inputs: inputs,
		Progress: f.Progress, Limits: yumen.Limits{Wall: importWall, Memory: importMemory, Output: importOutput,
			Scratch: importOutput, Threads: s.cfg.Threads}}, map[string]store.Space{task.OutVersion: store.Versions,
		task.OutUnits: store.Keys})
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
		"有 %d 行不合格（列出前 %d 行），未导入任何数据", ans.BadTotal, len(rs)).ToFix("correct the file, or the catalog entry if the file is right", "请更正文件；若文件无误，请更正目录描述")
	e.Reasons = rs
	return e
}

func (s *Service) storeVersion(ctx context.Context, by yumen.Actor, d api.Dataset, v yumen.Version,
	dict journal.Versioned[dictionary], out outcome[task.ImportAnswer]) (yumen.Version, error) {
	file, ans := out.objects[task.OutVersion], out.answer
	v.Digest, v.Bytes, v.Rows, v.Units, v.Imported = file.Digest, file.Bytes, ans.Rows, ans.Units, s.now()
	for _, old := range d.Versions {
		if old.Digest == v.Digest {
			return old, s.recordRefusal(ctx, by, yumen.ActionVersionRefuse, d.Name, nil,
				yumen.Errorf(yumen.KindConflict, "version %d of %s already holds these very rows",
					"数据集 %[2]s 的第 %[1]d 版内容与此完全相同", old.Seq, d.Name))
		}
	}
	vp, err := journal.Put(store.Version, versionID(v.Dataset, v.Seq), 0, v)
	if err != nil {
		return v, err
	}
	st := journal.Step{Records: []store.Record{vp}, Objects: []store.Object{file}}
	if units := out.objects[task.OutUnits]; !d.Unit.ByRow() {
		up, err := journal.Put(store.Units, d.Unit.Kind, dict.Rev,
			dictionary{d.Unit.Kind, units.Digest, dict.V.Units + ans.NewUnits})
		if err != nil {
			return v, err
		}
		st.Records, st.Objects = append(st.Records, up), append(st.Objects, units)
	}
	e := s.entry(by, yumen.ActionVersionStore, v.Dataset)
	e.Digests = map[string]yumen.Digest{"version": v.Digest, "source": v.Source, "dataset": v.DatasetDigest}
	e.Details = reportDetails(out.report)
	e.Details["seq"], e.Details["rows"] = strconv.Itoa(v.Seq), strconv.FormatInt(v.Rows, 10)
	st.Entries = []yumen.Entry{e}
	err = s.journal.Commit(ctx, st)
	return v, err
}
