package api

import (
	"context"
	"io"
	"time"

	"github.com/yumen-data/yumen"
)

// StatementUseCases are what a door for SQL clients asks besides the use cases of a domain.
type StatementUseCases interface {
	// ReleasedColumns returns the columns that ReadRows gives of a release.
	ReleasedColumns(ctx context.Context, by Principal, release string) ([]yumen.ArtifactColumn, error)
	// OwnJobs returns the jobs that the principal submitted under a contract, oldest day first, as they may see them.
	OwnJobs(ctx context.Context, by Principal, contract string) ([]yumen.Job, error)
	// ChangedJobs returns those of them that have changed at or after a moment, and those among pending, by their ids,
	// which may be shown otherwise now though nothing changed.
	ChangedJobs(ctx context.Context, by Principal, contract string, since time.Time, pending []string) ([]yumen.Job,
		error)
	// HoldReader has the enclaves that read rows for the principal under a contract stay warm from one ReadRows to the
	// next, until they leave.
	HoldReader(ctx context.Context, by Principal, contract string) (leave func(), err error)
	// ReadRows has a range of the rows of a release written for PostgreSQL's protocol inside an enclave, as frames: for
	// each row the length of what follows, 4 bytes in network order, and the body of a DataRow message. They are
	// written as they come, in pieces of any length. That the release was fetched is logged first, with the range that
	// begins at 0.
	ReadRows(ctx context.Context, by Principal, release string, of RowRange, to io.Writer) (RowsRead, error)
	// ReadBatches has the rows of a release written as messages of an Arrow stream inside an enclave, without the schema:
	// for each the length of its header, 4 bytes in network order, that of its body, 8 bytes, and both. That the release
	// was fetched is logged first.
	ReadBatches(ctx context.Context, by Principal, release string, to io.Writer) error
	// BindParams returns the values of the parameters that a client sent as an Arrow stream, which is read in an enclave
	// without data. What is wrong with it is of kind invalid.
	BindParams(ctx context.Context, by Principal, stream []byte) ([]CatalogParam, error)
	// AskCatalog answers a statement over PostgreSQL's catalog for the view that comes with it, in an enclave without
	// data, and returns its rows as frames or, where the spec says so, as messages. What is wrong with the statement is part of the answer.
	AskCatalog(ctx context.Context, by Principal, spec CatalogSpec) (CatalogAnswer, []byte, error)
	// AskReleased answers a statement over what was released to the principal under a contract, in a warm enclave that
	// holds those releases alone, and writes its rows as ReadRows does. What is wrong with the statement is part of the
	// answer, and may be found when rows were written already.
	AskReleased(ctx context.Context, by Principal, of ReleasedStatement, to io.Writer) (CatalogAnswer, error)
}

// RowRange says which rows, and how their columns are written.
type RowRange struct {
	From int64 // the first, counted from 0
	Rows int64 // at most so many; 0 for all
	// Formats is how columns are written: 0 as text, 1 as binary; none for all as text, one for all columns, or one for
	// each.
	Formats []int16
	// Types are the object ids of the types that the columns were described with; rows of others are refused.
	Types []uint32
}

// RowsRead is what came of a range.
type RowsRead struct {
	Rows int64
	More bool // there are rows behind them
}
