// Package source is where a provider's table is desensitized before it is anything else: inside an enclave it reads the
// files, applies a profile and writes the table that comes of it (role desensitize), says what the columns of a table
// seem to be (role describe), and looks for the watermark of a copy that turned up somewhere (role trace).
//
// It decides nothing: which profile, which keys and whether anybody may is in its task. What it answers is names,
// numbers and made-up rows; of the data only the output stream knows. It links no engine: what reads Parquet is handed
// to it.
package source

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/desensitize"
	"github.com/yumen-data/yumen/desensitize/anonymity"
	"github.com/yumen-data/yumen/desensitize/detect"
	"github.com/yumen-data/yumen/desensitize/vault"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/keyring"
	"github.com/yumen-data/yumen/sandbox"
)

// Parquet is a reader of Parquet files that knows how many rows there are.
type Parquet interface {
	array.RecordReader
	Rows() int64
}

// OpenParquet opens Parquet files, which the caller releases.
type OpenParquet func(ctx context.Context, in sandbox.Env, paths []string) (Parquet, error)

// Handlers returns the handlers of the roles desensitize, describe and trace.
func Handlers(open OpenParquet) map[task.Role]sandbox.Handler {
	return map[task.Role]sandbox.Handler{
		task.Desensitize: func(ctx context.Context, in sandbox.Env) error { return apply(ctx, in, open) },
		task.Describe:    func(ctx context.Context, in sandbox.Env) error { return describe(ctx, in, open) },
		task.Trace:       func(ctx context.Context, in sandbox.Env) error { return trace(ctx, in, open) },
	}
}

// previewRows is how many rows a dry run makes up, and previewSeed makes them the same ones each time.
const (
	previewRows = 200
	previewSeed = 1
)

// apply carries out one application of a profile.
func apply(ctx context.Context, in sandbox.Env, open OpenParquet) error {
	var spec task.DesensitizeSpec
	if err := in.Spec(&spec); err != nil {
		return err
	}
	p, err := desensitize.ReadProfile(spec.File, []byte(spec.Profile))
	if err != nil {
		return err
	}
	for _, s := range p.Marks() {
		if spec.Recipient != "" {
			s.Watermark.Recipient = spec.Recipient
		}
	}
	opts := desensitize.Options{Work: in.Work(), Input: spec.Input, By: spec.By}
	if opts.Hierarchies, err = hierarchies(in, spec.Hierarchies); err != nil {
		return err
	}
	t, err := openTable(ctx, in, asText(spec.Table, p), open)
	if err != nil {
		return err
	}
	defer t.Release()
	if opts.Progress = t.progress(in); spec.DryRun {
		return dryRun(ctx, in, spec, p, t, opts)
	}
	rec, err := write(ctx, in, spec, p, t, opts)
	if err != nil {
		return t.explain(err)
	}
	return answer(in, rec, nil)
}

// asText has columns of a CSV file read as text where the profile works on their text, unless their type is given.
func asText(t task.Table, p *desensitize.Profile) task.Table {
	if t.Format != yumen.FormatCSV {
		return t
	}
	hints := map[string]yumen.Type{}
	for _, name := range p.TextColumns() {
		hints[name] = yumen.TypeText
	}
	maps.Copy(hints, t.Hints)
	t.Hints = hints
	return t
}

func answer(in sandbox.Env, rec *desensitize.Record, preview *desensitize.Preview) error {
	var a task.DesensitizeAnswer
	var err error
	if a.Record, err = json.Marshal(rec); err != nil {
		return err
	}
	if preview != nil {
		if a.Preview, err = json.Marshal(preview); err != nil {
			return err
		}
	}
	return in.Answer(a)
}

// write applies the profile and streams the file out as it comes.
func write(ctx context.Context, in sandbox.Env, spec task.DesensitizeSpec, p *desensitize.Profile, t *table,
	opts desensitize.Options) (*desensitize.Record, error) {
	v, err := openVault(ctx, in, spec.VaultKey)
	if err != nil {
		return nil, err
	}
	if v != nil {
		opts.Vault = v
	}
	side := newFile(in.Output(task.OutSide), spec.Format)
	opts.Side = func(string) (io.Writer, error) { return side, nil }
	out := newFile(in.Output(task.OutFile), spec.Format)
	rec, err := desensitize.Run(ctx, t, p, bundle(spec.Keys), out, opts)
	err = errors.Join(err, out.finish(), side.finish())
	if err != nil {
		return nil, firstOurs(err)
	}
	if v != nil {
		return rec, sendVault(in, v)
	}
	return rec, nil
}

// dryRun applies the profile for the sake of the record, throws the result away, and shows it on made-up rows.
func dryRun(ctx context.Context, in sandbox.Env, spec task.DesensitizeSpec, p *desensitize.Profile, t *table,
	opts desensitize.Options) error {
	opts.Side = func(string) (io.Writer, error) { return io.Discard, nil }
	opts.Vault = dryVault{}
	rec, err := desensitize.Run(ctx, t, p, bundle(spec.Keys), io.Discard, opts)
	if err != nil {
		return t.explain(err)
	}
	opts.Progress = nil
	preview, err := desensitize.DryRun(ctx, p, t.described, previewRows, spec.Show, previewSeed, opts)
	if err != nil {
		return err
	}
	return answer(in, rec, preview)
}

// dryVault gives every value the same token: a dry run keeps none.
type dryVault struct{}

func (dryVault) Token(string, string) (string, error) { return vault.Prefix, nil }
func (dryVault) Value(string, string) (string, bool)  { return "", false }
func (dryVault) Sync() error                          { return nil }

func bundle(keys []task.Key) keyring.Bundle {
	var b keyring.Bundle
	for _, k := range keys {
		b = append(b, keyring.BundledKey{ID: k.ID, Version: k.Version, Secret: k.Secret})
	}
	return b
}

// hierarchies reads the hierarchy files, foreign ones too.
func hierarchies(in sandbox.Env, names []string) (map[string]*anonymity.Hierarchy, error) {
	out := map[string]*anonymity.Hierarchy{}
	for i, name := range names {
		path, ok := in.Input(task.HierarchyName(i + 1))
		if !ok {
			return nil, yumen.Errorf(yumen.KindInternal, "no hierarchy was given", "未提供层级文件")
		}
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		if out[name], err = anonymity.ReadHierarchy(name, f); err != nil {
			return nil, errors.Join(err, f.Close())
		}
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// describe says what the columns of a table seem to be.
func describe(ctx context.Context, in sandbox.Env, open OpenParquet) error {
	var spec task.DescribeSpec
	if err := in.Spec(&spec); err != nil {
		return err
	}
	t, err := openTable(ctx, in, spec.Table, open)
	if err != nil {
		return err
	}
	defer t.Release()
	var names []string
	var a task.DescribeAnswer
	for _, c := range t.described {
		names, a.Types = append(names, c.Name), append(a.Types, c.Type)
	}
	p := detect.NewProfiler(names)
	for t.Next() {
		if err := p.AddBatch(t.RecordBatch()); err != nil {
			return err
		}
		in.Progress(t.read, t.total)
	}
	if t.Err() != nil {
		return t.Err()
	}
	if a.Proposals, err = json.Marshal(p.Proposals()); err != nil {
		return err
	}
	return in.Answer(a)
}

// maxTraced bounds how many recipients are tried in one run.
const maxTraced = 10_000

// falseRate is how often a table without any mark may be taken for somebody's copy: once in a million searches, however
// many recipients are tried.
const falseRate = 1e-6

// trace tries the marks of all recipients under every version of the key.
func trace(ctx context.Context, in sandbox.Env, open OpenParquet) error {
	var spec task.TraceSpec
	if err := in.Spec(&spec); err != nil {
		return err
	}
	p, err := desensitize.ReadProfile(spec.File, []byte(spec.Profile))
	if err != nil {
		return err
	}
	if len(spec.Recipients) > maxTraced || len(p.Marks()) == 0 {
		return yumen.Errorf(yumen.KindInvalid, "the profile marks no copies, or more than %d recipients are named",
			"方案中没有水印步骤，或接收方超过 %d 个", maxTraced)
	}
	step := p.Marks()[0]
	traces := []desensitize.Trace{}
	tried := len(spec.Recipients) * len(spec.Keys)
	for _, k := range spec.Keys {
		t, err := openTable(ctx, in, asText(spec.Table, p), open)
		if err != nil {
			return err
		}
		found, err := desensitize.DetectWatermark(ctx, t, step.Watermark, step.Columns, bundle([]task.Key{k}),
			spec.Recipients)
		err = t.explain(err)
		t.Release()
		if err != nil {
			return err
		}
		for _, e := range found {
			traces = append(traces,
				desensitize.Trace{Evidence: e, KeyVersion: k.Version, Found: e.Found(tried, falseRate)})
		}
	}
	var a task.TraceAnswer
	if a.Traces, err = json.Marshal(traces); err != nil {
		return err
	}
	return in.Answer(a)
}

// firstOurs picks what a person can read out of several errors.
func firstOurs(err error) error {
	if ours, ok := errors.AsType[*yumen.Error](err); ok {
		return ours
	}
	return err
}
