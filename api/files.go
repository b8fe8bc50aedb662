package api

import (
	"context"
	"io"

	"github.com/yumen-data/yumen"
)

// FileUseCases are about files of the machine that the domain is on: tables that come in, and tables that are
// desensitized for others. Paths are those of that machine, so they are for programs on it.
type FileUseCases interface {
	// Import checks files inside an enclave and stores them as the next version. If any row is bad nothing is stored.
	Import(ctx context.Context, by Principal, f ImportFiles) (yumen.Version, error)
	// ProfileTable has the columns of a file, or of the newest version of a dataset, described inside an enclave. No
	// value is in the answer.
	ProfileTable(ctx context.Context, by Principal, f TableFiles, progress Progress) ([]ColumnProposal, error)
	// Desensitize applies a profile to a table inside an enclave. That it is about to happen is logged first; then the
	// record is stored, and only then the file comes into being. Where it fails, its files are aborted.
	Desensitize(ctx context.Context, by Principal, f DesensitizeFile) (Desensitization, error)
	// DryRun applies a profile to a table inside an enclave and stores nothing of it. It shows what would become of
	// show made-up rows, and what the record would say of the real ones.
	DryRun(ctx context.Context, by Principal, f DesensitizeFile, show int) (DryRun, error)
	// Trace looks in a file for the watermark of a recipient, under every version of the key.
	Trace(ctx context.Context, by Principal, f TraceFile) ([]Trace, error)
	// Desensitizations returns the records of all applications of profiles, oldest day first.
	Desensitizations(ctx context.Context, by Principal) ([]Desensitization, error)
	// Desensitization returns one record.
	Desensitization(ctx context.Context, by Principal, id string) (Desensitization, error)
}

// Progress is told how far something long has come. Total is 0 where it is not known.
type Progress func(done, total int64)

// ImportFiles says which files make a version and how they are written.
type ImportFiles struct {
	Dataset  string
	Paths    []string
	Format   yumen.FileFormat
	CSV      yumen.CSVOptions
	Acquired yumen.Day
	MaxBad   int // bad rows listed. Defaults to 20
	// Profile, where it has a text, is applied before anything is stored: the catalog entry describes what comes of it.
	Profile     ProfileFile
	Hierarchies []HierarchyFile
	Progress    Progress
}

// TableFiles says which files make a table and how they are written.
type TableFiles struct {
	Paths  []string
	Format yumen.FileFormat
	CSV    yumen.CSVOptions
	// Dataset, where given, is the catalog entry whose columns the files have. Otherwise they are found out.
	Dataset string
	Types   map[string]yumen.Type // of columns whose type would be found out
}

// ProfileFile is a profile as it was written.
type ProfileFile struct {
	Name string
	Text []byte
}

// HierarchyFile is a hierarchy that a profile names.
type HierarchyFile struct{ Name, Path string }

// NewFile takes the bytes of a file that comes into being at Commit, whole, or not at all.
type NewFile interface {
	io.Writer
	Commit() error
	Abort() error
}

// DesensitizeFile says what is to be done to which table.
type DesensitizeFile struct {
	Table       TableFiles
	Profile     ProfileFile
	Hierarchies []HierarchyFile
	Recipient   string // for whom the copy is marked
	Format      yumen.FileFormat
	Out         NewFile
	Side        NewFile // the second table of a profile that splits one; nil for others
	Progress    Progress
}

// Commit brings the files into being, the second one first: whoever sees the first has both.
func (f *DesensitizeFile) Commit() error {
	if f.Side != nil {
		if err := f.Side.Commit(); err != nil {
			f.Side = nil
			f.Abort()
			return err
		}
	}
	return f.Out.Commit()
}

// Abort removes the files.
func (f *DesensitizeFile) Abort() {
	for _, n := range []NewFile{f.Out, f.Side} {
		if n != nil {
			_ = n.Abort() // nothing stands under their names
		}
	}
}

// TraceFile says which file to search for whose mark.
type TraceFile struct {
	Table      TableFiles
	Profile    ProfileFile
	Recipients []string // defaults to those for whom copies were marked under a profile of this name
	Progress   Progress
}
