package rest

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/gateway/wire"
)

func (d *Door) fileRoutes() {
	dom := d.cfg.Domain
	long(d, "import-version", "/v1/datasets/{name}/versions",
		"Check uploaded files inside an enclave and store them as the next version",
		api.ScopeCatalog, d.importVersion)
	long(d, "profile-table", "/v1/column-proposals", "Propose role, grade and mask for each column", api.ScopeCatalog,
		func(by api.Principal, in *struct{ Body wire.Table }) (work, error) {
			t, err := d.table(by, in.Body)
			if err != nil {
				return work{}, err
			}
			return work{t.release, func(ctx context.Context, o *operation) (any, error) {
				return dom.ProfileTable(ctx, by, t.TableFiles, o.progress)
			}}, nil
		})
	long(d, "desensitize", "/v1/desensitizations", "Apply a profile to uploaded files inside an enclave",
		api.ScopeDesensitize, d.desensitize)
	long(d, "dry-run", "/v1/dry-runs", "Show what a profile would do, and store nothing of it", api.ScopeDesensitize,
		func(by api.Principal, in *struct{ Body wire.Desensitize }) (work, error) {
			f, t, err := d.desensitizeFile(by, in.Body)
			if err != nil {
				return work{}, err
			}
			return work{t.release, func(ctx context.Context, o *operation) (any, error) {
				f.Progress = o.progress
				return dom.DryRun(ctx, by, f, in.Body.Show)
			}}, nil
		})
	long(d, "trace", "/v1/traces", "Look in a file for the watermark of a recipient", api.ScopeDesensitize,
		func(by api.Principal, in *struct{ Body wire.Trace }) (work, error) {
			t, err := d.table(by, in.Body.Table)
			if err != nil {
				return work{}, err
			}
			return work{t.release, func(ctx context.Context, o *operation) (any, error) {
				return dom.Trace(ctx, by, api.TraceFile{Table: t.TableFiles, Profile: profileOf(in.Body.Profile),
					Recipients: in.Body.Recipients, Progress: o.progress})
			}}, nil
		})
	get(d, "list-desensitizations", "/v1/desensitizations", "The records of all applications of profiles",
		api.ScopeDesensitize,
		func(ctx context.Context, by api.Principal, in *page) (wire.Page[api.Desensitization], error) {
			all, err := dom.Desensitizations(ctx, by)
			return pageOf(all, err, in, func(x api.Desensitization) string { return x.ID })
		})
	get(d, "show-desensitization", "/v1/desensitizations/{name}", "One record", api.ScopeDesensitize,
		func(ctx context.Context, by api.Principal, in *Named) (api.Desensitization, error) {
			return dom.Desensitization(ctx, by, in.Name)
		})
}

func profileOf(t wire.Text) api.ProfileFile {
	return api.ProfileFile{Name: t.File, Text: []byte(t.Text)}
}

// table is made of uploads, which are used up by that.
type table struct {
	api.TableFiles
	spool *spool
	files []*kept
}

// release lets go of the uploads.
func (t *table) release() {
	for _, k := range t.files {
		t.spool.drop(k)
	}
	t.files = nil
}

// use takes an upload, and returns the path by which this process reads it.
func (t *table) use(by api.Principal, id string) (string, error) {
	k, err := t.spool.take(by, id)
	if err != nil {
		return "", err
	}
	t.files = append(t.files, k)
	f, err := k.open()
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("/proc/self/fd/%d", f.Fd()), nil
}

func (d *Door) table(by api.Principal, in wire.Table) (*table, error) {
	t := &table{spool: &d.spool,
		TableFiles: api.TableFiles{Format: in.Format, CSV: in.CSV, Dataset: in.Dataset, Types: in.Types}}
	for _, id := range in.Uploads {
		path, err := t.use(by, id)
		if err != nil {
			t.release()
			return nil, err
		}
		t.Paths = append(t.Paths, path)
	}
	return t, nil
}

func (t *table) hierarchies(by api.Principal, in []wire.Hierarchy) (out []api.HierarchyFile, err error) {
	for _, h := range in {
		path, err := t.use(by, h.Upload)
		if err != nil {
			t.release()
			return nil, err
		}
		out = append(out, api.HierarchyFile{Name: h.Name, Path: path})
	}
	return out, nil
}

// importVersion imports uploads.
func (d *Door) importVersion(by api.Principal, in *struct {
	Named
	Body wire.Import
}) (work, error) {
	t, err := d.table(by, in.Body.Table)
	if err != nil {
		return work{}, err
	}
	f := api.ImportFiles{Dataset: in.Name, Paths: t.Paths, Format: t.Format, CSV: t.CSV, Acquired: in.Body.Acquired,
		MaxBad: in.Body.MaxBad}
	if f.Hierarchies, err = t.hierarchies(by, in.Body.Hierarchies); err != nil {
		return work{}, err
	}
	if in.Body.Profile != nil {
		f.Profile = profileOf(*in.Body.Profile)
	}
	if len(f.Paths) == 0 {
		t.release()
		return work{}, yumen.Errorf(yumen.KindInvalid, "no file is named", "未指明文件").At("uploads")
	}
	return work{t.release, func(ctx context.Context, o *operation) (any, error) {
		f.Progress = o.progress
		return d.cfg.Domain.Import(ctx, by, f)
	}}, nil
}

func (d *Door) desensitizeFile(by api.Principal, in wire.Desensitize) (api.DesensitizeFile, *table, error) {
	t, err := d.table(by, in.Table)
	if err != nil {
		return api.DesensitizeFile{}, nil, err
	}
	f := api.DesensitizeFile{Table: t.TableFiles, Profile: profileOf(in.Profile), Recipient: in.Recipient,
		Format: in.Format}
	f.Hierarchies, err = t.hierarchies(by, in.Hierarchies)
	return f, t, err
}

// desensitize makes files that are then offered.
func (d *Door) desensitize(by api.Principal, in *struct{ Body wire.Desensitize }) (work, error) {
	f, t, err := d.desensitizeFile(by, in.Body)
	if err != nil {
		return work{}, err
	}
	return work{t.release, func(ctx context.Context, o *operation) (any, error) {
		f.Progress = o.progress
		made := map[string]*drafted{}
		names := []string{"file"}
		if in.Body.Side {
			names = append(names, "side")
		}
		for _, name := range names {
			draft, err := d.cfg.Draft()
			if err != nil {
				f.Abort()
				return nil, err
			}
			made[name] = &drafted{draft: draft}
			if name == "side" {
				f.Side = made[name]
			} else {
				f.Out = made[name]
			}
		}
		out, err := d.cfg.Domain.Desensitize(ctx, by, f)
		if err != nil {
			return nil, err
		}
		return out, d.offerAll(by, o, made)
	}}, nil
}

// offerAll offers what an operation made.
func (d *Door) offerAll(by api.Principal, o *operation, made map[string]*drafted) error {
	ids := map[string]string{}
	for name, m := range made {
		id, err := d.spool.offer(by, api.ScopeDesensitize, m, "", m.bytes)
		if err != nil {
			return err
		}
		ids[name] = id
	}
	o.change(func(now *wire.Operation) { now.Downloads = ids })
	return nil
}

// drafted is a new file that is kept until it is fetched.
type drafted struct {
	draft Draft
	file  *os.File
	bytes int64
}

var (
	_ api.NewFile   = (*drafted)(nil)
	_ io.ReadCloser = (*drafted)(nil)
)

// Write appends.
func (n *drafted) Write(b []byte) (int, error) {
	w, err := n.draft.Write(b)
	n.bytes += int64(w)
	return w, err
}

// Commit ends the writing.
func (n *drafted) Commit() (err error) {
	n.file, err = n.draft.Open("file")
	return err
}

// Abort lets go of it.
func (n *drafted) Abort() error { return n.draft.Close() }

// Read reads what was committed.
func (n *drafted) Read(b []byte) (int, error) { return n.file.Read(b) }

// Close lets go of it.
func (n *drafted) Close() error {
	if n.file != nil {
		_ = n.file.Close() // read only
	}
	return n.draft.Close()
}
