package store

import (
	"context"
	"io"
	"os"

	"github.com/yumen-data/yumen"
)

// Object names immutable bytes in a space.
type Object struct {
	Space  Space        `json:"space"`
	Digest yumen.Digest `json:"digest"`
	Bytes  int64        `json:"bytes"`
}

// Space is a place for immutable objects, which are named by digest within it.
type Space string

// The spaces of a domain.
const (
	Versions Space = "versions" // raw data: Parquet files of dataset versions, without identifiers
	// Identifiers are the columns of versions that no job may read as they are, sealed under a key of their own.
	Identifiers Space = "identifiers"
	Keys        Space = "units"     // dictionaries of privacy units and token vaults, as secret as the data
	Programs    Space = "programs"  // SQL texts and Wasm modules
	Held        Space = "held"      // quarantine: results and their evidence
	Released    Space = "released"  // files that may leave
	Documents   Space = "documents" // attachments of cases
	Labels      Space = "ledger"    // which privacy units count in which cells of what was held and left, as secret as the data
)

// Spaces lists every space.
var Spaces = []Space{Versions, Identifiers, Keys, Programs, Held, Released, Documents, Labels}

// Objects is what a driver of objects implements: immutable bytes, each named by the space it is in and by its digest.
// Package storetest has the tests that every driver has to pass.
type Objects interface {
	// Create begins an object.
	Create(space Space) (ObjectWriter, error)
	// Publish makes a staged object readable. It may be repeated.
	Publish(o Object) error
	// Sweep removes what is staged and will not be published, and returns how much it was.
	Sweep() (int, error)
	// Size returns how many bytes an object has, without reading them; not_found where there is no such object.
	Size(ctx context.Context, o Object) (int64, error)
	// Verify reads an object whole and compares it with its digest: errors are those of Fetch.
	Verify(ctx context.Context, o Object) error
	// Destroy removes an object for good, first what it is decrypted with, so that no copy can be read. It may be
	// repeated.
	Destroy(o Object) error
	// Fetch opens an object for reading from its beginning, after checking that its bytes are those that its digest
	// names: kind corrupt where they are not, not_found where there is no such object. The size is not looked at. Where
	// the bytes lie is the driver's affair, and need not be a place that anybody else can open. Release gives back what
	// holds them, the file included, and is called once.
	Fetch(ctx context.Context, o Object) (file *os.File, release func(), err error)
}

// ObjectWriter takes the bytes of one object. Stage ends it, and so does Abort.
type ObjectWriter interface {
	io.Writer
	// Stage makes the bytes durable, not yet readable.
	Stage() (Object, error)
	Abort() error
}

// Damaged is the error of an object whose bytes are not those that its digest names.
func Damaged(want yumen.Digest) error {
	return yumen.Errorf(yumen.KindCorrupt, "stored object %s no longer matches its digest", "存储对象 %s 与其摘要不符",
		want.Short()).
		ToFix("restore it from a backup; it is not used as it is", "请从备份恢复，当前内容不会被使用")
}

// Checked returns a reader of an object from its beginning that checks it once more while it is read: its end is an
// error where other bytes were read.
func Checked(r io.Reader, want yumen.Digest) io.Reader {
	return &checked{r, yumen.NewHasher(), want}
}

type checked struct {
	r    io.Reader
	h    *yumen.Hasher
	want yumen.Digest
}

func (c *checked) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	_, _ = c.h.Write(p[:n]) // never fails
	if err == io.EOF && c.h.Digest() != c.want {
		err = Damaged(c.want)
	}
	return n, err
}
