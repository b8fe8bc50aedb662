package api

import (
	"context"
	"io"
	"time"

	"github.com/yumen-data/yumen"
)

// Domain is everything that can be asked of a domain. Package service answers where the home is; package gateway/client
// asks a server that does.
type Domain interface {
	CatalogUseCases
	ContractUseCases
	RuleUseCases
	CaseUseCases
	ReportUseCases
	JobUseCases
	ReviewUseCases
	ReleaseUseCases
	KeyUseCases
	LogUseCases
	FileUseCases
	UpkeepUseCases
	IdentityUseCases
}

// MaxModule is the largest Wasm module that is accepted, in bytes.
const MaxModule = 64 << 20

// CatalogUseCases are about which datasets there are.
type CatalogUseCases interface {
	// Datasets returns the whole catalog, ordered by name.
	Datasets(ctx context.Context, by Principal) ([]Dataset, error)
	// Dataset returns one entry, or kind not_found.
	Dataset(ctx context.Context, by Principal, name string) (Dataset, error)
	// Register adds a dataset to the catalog, described by a text that file names, or replaces an entry without
	// versions.
	Register(ctx context.Context, by Principal, file string, text []byte) (Dataset, error)
	// Publish lets contracts be signed and jobs be run on the dataset's versions so far.
	Publish(ctx context.Context, by Principal, name string) (Dataset, error)
}

// ContractUseCases are about who may use which data, and what for.
type ContractUseCases interface {
	// Contracts returns all contracts, ordered by name.
	Contracts(ctx context.Context, by Principal) ([]yumen.SignedContract, error)
	Contract(ctx context.Context, by Principal, name string) (yumen.SignedContract, error)
	// Ledger returns what has left under a contract, added up as far as it can be.
	Ledger(ctx context.Context, by Principal, name string) (Ledger, error)
	// Sign checks a contract, the text that file names, against the catalog and the rules of the place and signs it for
	// the party that the principal may sign for. It is in force once all have signed the same terms who have to.
	Sign(ctx context.Context, by Principal, file string, text []byte) (yumen.SignedContract, error)
	// WithdrawSignature takes a signature of the principal's organisation back before the last is there.
	WithdrawSignature(ctx context.Context, by Principal, name string) (yumen.SignedContract, error)
	// CheckContract returns every reason not to sign a contract, the text that file names, without signing it.
	CheckContract(ctx context.Context, by Principal, file string, text []byte) ([]yumen.Reason, error)
	// SuspendContract stops a contract at once: its runs are stopped, nothing is admitted or released under it, and its
	// parties are given nothing of what was.
	SuspendContract(ctx context.Context, by Principal, name, reason string) (yumen.SignedContract, error)
	// ResumeContract lets a suspended contract go on.
	ResumeContract(ctx context.Context, by Principal, name, reason string) (yumen.SignedContract, error)
	// Terminate ends a contract: no job is admitted under it and no result released from then on.
	Terminate(ctx context.Context, by Principal, name string) (yumen.SignedContract, error)
}

// RuleUseCases are about the rules of the place.
type RuleUseCases interface {
	// Packs returns all revisions of policy packs that were put in force, ordered by id and revision.
	Packs(ctx context.Context, by Principal) ([]yumen.SignedPack, error)
	// SignPack puts a policy pack, the text that file names, in force; a draft on trial alone.
	SignPack(ctx context.Context, by Principal, file string, text []byte, trial bool) (yumen.SignedPack, error)
	// Years returns the years of working days that were added, in order.
	Years(ctx context.Context, by Principal) ([]yumen.AnnouncedYear, error)
	// AddYear adds a year of working days, the text that file names, or puts it in the place of the same year.
	AddYear(ctx context.Context, by Principal, file string, text []byte) (yumen.AnnouncedYear, error)
}

// JobUseCases are about asking, and about what becomes of it.
type JobUseCases interface {
	// Submit records a job and its program: the text of spec.SQL, or module for a Wasm job. It goes on its way
	// without being waited for.
	Submit(ctx context.Context, by Principal, spec yumen.JobSpec, module []byte) (yumen.Job, error)
	// Watch waits until a person is due or the job has ended, and returns it as the principal may see it then. Whoever
	// goes away leaves the job on its way.
	Watch(ctx context.Context, by Principal, id string) (yumen.Job, error)
	// Explain says what would become of a job, without recording it and without any data.
	Explain(ctx context.Context, by Principal, spec yumen.JobSpec, module []byte) (Explanation, error)
	// Job returns a job as the principal may see it.
	Job(ctx context.Context, by Principal, id string) (Job, error)
	// Jobs returns all jobs, oldest day first, as the principal may see them.
	Jobs(ctx context.Context, by Principal) ([]yumen.Job, error)
	// Cancel withdraws a job before its result is released.
	Cancel(ctx context.Context, by Principal, id string) (yumen.Job, error)
	// Recur has a released job of the principal's own asked again every so often, each time as a job of its own over
	// the newest versions, until EndRecurrence, they may submit no more, or such a job is not released.
	Recur(ctx context.Context, by Principal, id string, every time.Duration) (yumen.Recurrence, error)
	// EndRecurrence ends what the principal had asked again. The job that was asked last goes on.
	EndRecurrence(ctx context.Context, by Principal, id string) (yumen.Recurrence, error)
	// Recurrences returns what recurs, ended or not: to submitters their own, to reviewers and regulators all.
	Recurrences(ctx context.Context, by Principal) ([]yumen.Recurrence, error)
}

// ReviewUseCases are about deciding about held results.
type ReviewUseCases interface {
	// Waiting returns a page of what waits for a reviewer, the longest waiting first. After is the Next of the page
	// before; a limit of 0 asks for all.
	Waiting(ctx context.Context, by Principal, after string, limit int) (Queue, error)
	// Case returns all that there is to know about a job, without a byte of its result.
	Case(ctx context.Context, by Principal, id string) (Case, error)
	// Preview returns some rows of the held result or of the cells that it is made of. That somebody looked is logged
	// first.
	Preview(ctx context.Context, by Principal, id string, of PreviewOf) (Rows, error)
	// Vote records a decision on the artifact whose digest starts with digest.
	Vote(ctx context.Context, by Principal, id, digest string, d yumen.Decision, reason string) (yumen.Job, error)
	// Release lets an approved result leave.
	Release(ctx context.Context, by Principal, id string, format yumen.FileFormat) (yumen.Release, error)
}

// ReleaseUseCases are about what has left.
type ReleaseUseCases interface {
	// Releases returns the releases that the principal may fetch, oldest day first.
	Releases(ctx context.Context, by Principal) ([]yumen.Release, error)
	// Fetch returns a release with its receipt. That it was fetched is logged first. The caller closes the result.
	Fetch(ctx context.Context, by Principal, name string) (Result, error)
}

// Result is a released file.
type Result struct {
	io.ReadCloser
	Release   yumen.Release
	MediaType string // of the bytes, such as text/csv
	Columns   []yumen.OutputColumn
	Receipt   []byte
	Notice    yumen.Text // what its class leaves out of every result
}
