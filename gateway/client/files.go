package client

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"os"
	"slices"
	"syscall"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/gateway/wire"
)

// submission sends the module of a job, where it has one.
func (c *Client) submission(ctx context.Context, by api.Principal, spec yumen.JobSpec, module []byte) (wire.Submission,
	error) {
	s := wire.Submission{Spec: spec}
	if module == nil {
		return s, nil
	}
	up, err := c.upload(ctx, by, bytes.NewReader(module))
	s.Module = up.ID
	return s, err
}

// submit sends a submission. Where the server was started again since the module was sent, and so has it no more, it is
// sent anew.
func submit[T any](ctx context.Context, c *Client, by api.Principal, path string, spec yumen.JobSpec,
	module []byte) (T, error) {
	s, err := c.submission(ctx, by, spec, module)
	if err != nil {
		return *new(T), err
	}
	out, err := post[T](ctx, c, by, path, s)
	if e, ok := errors.AsType[*yumen.Error](err); ok && module != nil && e.Kind == yumen.KindNotFound &&
		e.Place == s.Module {
		if s, err = c.submission(ctx, by, spec, module); err != nil {
			return out, err
		}
		return post[T](ctx, c, by, path, s)
	}
	return out, err
}

// upload sends a file. What was sent and is not used is forgotten, so that it may be sent again.
func (c *Client) upload(ctx context.Context, by api.Principal, body io.ReadSeeker) (up wire.Upload, err error) {
	err = patiently(ctx, func() error {
		if _, err := body.Seek(0, io.SeekStart); err != nil {
			return err
		}
		up, err = decode[wire.Upload](c.send(ctx, by, "POST", at("uploads"), io.NopCloser(body), "Content-Type",
			"application/octet-stream"))
		return err
	})
	return up, err
}

// uploadFile sends a file of this machine.
func (c *Client) uploadFile(ctx context.Context, by api.Principal, path string) (string, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // a named pipe would block
	if err != nil {
		return "", yumen.Errorf(yumen.KindNotFound, "cannot read the file", "无法读取文件").Because(err)
	}
	defer f.Close() // read only
	if fi, err := f.Stat(); err != nil || !fi.Mode().IsRegular() {
		return "", yumen.Errorf(yumen.KindInvalid, "not a regular file", "不是普通文件").At(path)
	}
	up, err := c.upload(ctx, by, f)
	return up.ID, err
}

func (c *Client) table(ctx context.Context, by api.Principal, t api.TableFiles) (wire.Table, error) {
	out := wire.Table{Format: t.Format, CSV: t.CSV, Dataset: t.Dataset, Types: t.Types}
	for _, p := range t.Paths {
		id, err := c.uploadFile(ctx, by, p)
		if err != nil {
			return out, err
		}
		out.Uploads = append(out.Uploads, id)
	}
	return out, nil
}

func (c *Client) hierarchies(ctx context.Context, by api.Principal, hs []api.HierarchyFile) (out []wire.Hierarchy,
	err error) {
	for _, h := range hs {
		id, err := c.uploadFile(ctx, by, h.Path)
		if err != nil {
			return nil, err
		}
		out = append(out, wire.Hierarchy{Name: h.Name, Upload: id})
	}
	return out, nil
}

func textOf(p api.ProfileFile) wire.Text { return wire.Text{File: p.Name, Text: string(p.Text)} }

// Import sends files and has them stored as the next version.
func (c *Client) Import(ctx context.Context, by api.Principal, f api.ImportFiles) (yumen.Version, error) {
	if _, err := c.Dataset(ctx, by, f.Dataset); err != nil {
		return yumen.Version{}, err // before anything is sent
	}
	t, err := c.table(ctx, by, api.TableFiles{Paths: f.Paths, Format: f.Format, CSV: f.CSV})
	if err != nil {
		return yumen.Version{}, err
	}
	body := wire.Import{Table: t, Acquired: f.Acquired, MaxBad: f.MaxBad}
	if len(f.Profile.Text) > 0 {
		p := textOf(f.Profile)
		body.Profile = &p
	}
	if body.Hierarchies, err = c.hierarchies(ctx, by, f.Hierarchies); err != nil {
		return yumen.Version{}, err
	}
	return operate[yumen.Version](ctx, c, by, at("datasets", f.Dataset, "versions"), body, f.Progress, nil)
}

// ProfileTable has the columns of a file or of a dataset described.
func (c *Client) ProfileTable(ctx context.Context, by api.Principal, f api.TableFiles,
	progress api.Progress) ([]api.ColumnProposal, error) {
	t, err := c.table(ctx, by, f)
	if err != nil {
		return nil, err
	}
	return operate[[]api.ColumnProposal](ctx, c, by, at("column-proposals"), t, progress, nil)
}

func (c *Client) desensitizeBody(ctx context.Context, by api.Principal, f api.DesensitizeFile) (body wire.Desensitize,
	err error) {
	body = wire.Desensitize{Profile: textOf(f.Profile), Recipient: f.Recipient, Format: f.Format, Side: f.Side != nil}
	if body.Table, err = c.table(ctx, by, f.Table); err != nil {
		return body, err
	}
	body.Hierarchies, err = c.hierarchies(ctx, by, f.Hierarchies)
	return body, err
}

// Desensitize sends a table, has a profile applied, and writes what came of it, whole or not at all.
func (c *Client) Desensitize(ctx context.Context, by api.Principal, f api.DesensitizeFile) (d api.Desensitization,
	err error) {
	done := false
	defer func() {
		if !done {
			f.Abort()
		}
	}()
	body, err := c.desensitizeBody(ctx, by, f)
	if err != nil {
		return d, err
	}
	got := map[string]yumen.Digest{}
	d, err = operate[api.Desensitization](ctx, c, by, at("desensitizations"), body, f.Progress,
		func(downloads map[string]string) error {
			for _, name := range slices.Sorted(maps.Keys(downloads)) {
				to := io.Writer(f.Out)
				if name == "side" {
					to = f.Side
				}
				digest, err := c.download(ctx, by, downloads[name], to)
				if err != nil {
					return err
				}
				got[name] = digest
			}
			return nil
		})
	if err != nil {
		return d, err
	}
	if got["file"] != d.Record.Output || got["side"] != d.Side {
		return d, yumen.Errorf(yumen.KindCorrupt, "the file that arrived is not the one that the record names",
			"收到的文件与记录不符").
			ToFix("desensitize it again", "请重新脱敏")
	}
	done = true
	return d, f.Commit()
}

// DryRun sends a table and shows what a profile would do.
func (c *Client) DryRun(ctx context.Context, by api.Principal, f api.DesensitizeFile, show int) (api.DryRun, error) {
	body, err := c.desensitizeBody(ctx, by, f)
	if err != nil {
		return api.DryRun{}, err
	}
	body.Show = show
	return operate[api.DryRun](ctx, c, by, at("dry-runs"), body, f.Progress, nil)
}

// Trace sends a file and has it searched for watermarks.
func (c *Client) Trace(ctx context.Context, by api.Principal, f api.TraceFile) ([]api.Trace, error) {
	t, err := c.table(ctx, by, f.Table)
	if err != nil {
		return nil, err
	}
	return operate[[]api.Trace](ctx, c, by, at("traces"),
		wire.Trace{Table: t, Profile: textOf(f.Profile), Recipients: f.Recipients}, f.Progress, nil)
}

// Desensitizations returns all records.
func (c *Client) Desensitizations(ctx context.Context, by api.Principal) ([]api.Desensitization, error) {
	return list[api.Desensitization](ctx, c, by, at("desensitizations"))
}

// Desensitization returns one record.
func (c *Client) Desensitization(ctx context.Context, by api.Principal, id string) (api.Desensitization, error) {
	return get[api.Desensitization](ctx, c, by, at("desensitizations", id), nil)
}
