package desensitize

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/keyring"
)

// Preview is what a profile would do, shown on made-up rows.
type Preview struct {
	Columns []string   `json:"columns"`
	Before  [][]string `json:"before"` // the first rows; a null cell is ∅
	Result  []string   `json:"result"` // columns after
	After   [][]string `json:"after"`
	Record  *Record    `json:"record"`
	// Unreached says why the model was not reached on the made-up rows; they say little about real ones.
	Unreached *yumen.Error `json:"unreached,omitempty"`
}

// DryRun applies the profile to made-up rows for the columns of a catalog entry, with made-up keys and an empty vault,
// and shows the first few before and after. It needs a work folder where Run does. Equal seeds give equal rows.
func DryRun(ctx context.Context, p *Profile, cols []yumen.Column, rows, show int, seed uint64, o Options) (*Preview,
	error) {
	batch, err := mockBatch(cols, rows, seed)
	if err != nil {
		return nil, err
	}
	defer batch.Release()
	o.Vault, o.Side = mockVault{}, func(string) (io.Writer, error) { return io.Discard, nil }
	v := &Preview{Before: firstCells(batch, show)}
	for _, c := range cols {
		v.Columns = append(v.Columns, c.Name)
	}
	out, rec, err := dryRun(ctx, batch, p, o)
	if yumen.KindOf(err) == yumen.KindFailed && p.Model != nil {
		without := *p
		without.Model = nil
		v.Unreached = yumen.AsError(err)
		out, rec, err = dryRun(ctx, batch, &without, o)
	}
	if err != nil {
		return nil, err
	}
	v.Record = rec
	return v, v.read(out, show)
}

func dryRun(ctx context.Context, batch arrow.RecordBatch, p *Profile, o Options) (*bytes.Buffer, *Record, error) {
	in, err := array.NewRecordReader(batch.Schema(), []arrow.RecordBatch{batch})
	if err != nil {
		return nil, nil, err
	}
	defer in.Release()
	var out bytes.Buffer
	rec, err := Run(ctx, in, p, mockKeys{}, &out, o)
	return &out, rec, err
}

func (v *Preview) read(out io.Reader, show int) error {
	r, err := arrowio.NewReader(out, 0)
	if err != nil {
		return err
	}
	defer r.Release()
	for _, f := range r.Schema().Fields() {
		v.Result = append(v.Result, f.Name)
	}
	batch, err := r.Next()
	if err == io.EOF {
		return nil
	}
	if err != nil {
		return err
	}
	v.After = firstCells(batch, show)
	return nil
}

func firstCells(batch arrow.RecordBatch, show int) [][]string {
	out := make([][]string, min(show, int(batch.NumRows())))
	for row := range out {
		for _, a := range batch.Columns() {
			cell := "∅"
			if a.IsValid(row) {
				cell = string(arrowio.AppendCell(nil, a, row))
			}
			out[row] = append(out[row], cell)
		}
	}
	return out
}

// mockKeys has every key in version 1, made up from its name.
type mockKeys struct{}

func (mockKeys) Key(ctx context.Context, id string, version int) (keyring.Key, error) {
	secret := sha256.Sum256([]byte("dry run/" + id))
	return keyring.Bundle{{ID: id, Version: 1, Secret: secret[:]}}.Key(ctx, id, 0)
}

// mockVault makes tokens that look like those of a vault.
type mockVault struct{}

func (mockVault) Token(context, value string) (string, error) {
	return "tk_" + yumen.DigestOf([]byte(context + "\x00" + value)).Hex()[:26], nil
}
func (mockVault) Value(string, string) (string, bool) { return "", false }
func (mockVault) Sync() error                         { return nil }
