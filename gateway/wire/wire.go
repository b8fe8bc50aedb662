// Package wire says what is sent to the REST door and what it answers, as far as that is not a type of package api or
// of the vocabulary: bodies of requests, pages, operations, problems. The door (gateway/rest) and its client
// (gateway/client) share it.
//
// It is not for what a call does, nor for paths and methods, which are the door's.
package wire

import (
	"encoding/json"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
)

// Headers of requests.
const (
	// HeaderAs names the person who asks, percent-encoded. It counts on the socket of a home alone.
	HeaderAs = "Yumen-As"
	// HeaderKey makes a call that changes something safe to repeat: the same key is answered with the first answer.
	HeaderKey = "Idempotency-Key"
)

// Who is the principal that a door found out.
type Who struct {
	Person yumen.Actor `json:"person"`
	Method api.Method  `json:"method"`
	Scopes []api.Scope `json:"scopes,omitempty"` // all that the roles allow where there are none
}

// Page is a part of a list.
type Page[T any] struct {
	Items []T    `json:"items"`
	Total int    `json:"total"`          // on all pages
	Next  string `json:"next,omitempty"` // where the next page begins; empty where there is none
}

// Text is a text that somebody wrote, with the name of its file: places of errors begin with it.
type Text struct {
	File string `json:"file" maxLength:"4096"`
	Text string `json:"text"`
}

// Because is why something is done.
type Because struct {
	Reason string `json:"reason" maxLength:"4096"`
}

// Reasons are those not to do something.
type Reasons struct {
	Reasons []yumen.Reason `json:"reasons" nullable:"false"`
}

// Pack is a policy pack to put in force.
type Pack struct {
	File  string `json:"file" maxLength:"4096"`
	Text  string `json:"text"`
	Trial bool   `json:"trial,omitempty"` // a draft, on trial
}

// Attachment is an upload that becomes a document of a case.
type Attachment struct {
	Name   string `json:"name" maxLength:"200"`
	Upload string `json:"upload"`
}

// Document is the bytes of a document.
type Document struct {
	Content []byte `json:"content"`
}

// Submission is a job with its program.
type Submission struct {
	Spec   yumen.JobSpec `json:"spec"`
	Module string        `json:"module,omitempty"` // the upload that holds the Wasm module
}

// Recurrence says how often a job is asked again.
type Recurrence struct {
	Every yumen.Duration `json:"every"`
}

// Preview says which rows of a held result are asked for.
type Preview struct {
	Cells  bool  `json:"cells,omitempty"`
	Offset int64 `json:"offset,omitempty"`
	Rows   int   `json:"rows"`
}

// Vote is a decision on an artifact.
type Vote struct {
	Digest   string         `json:"digest"`
	Decision yumen.Decision `json:"decision"`
	Reason   string         `json:"reason"`
}

// Leave says how an approved result leaves.
type Leave struct {
	Format yumen.FileFormat `json:"format"`
}

// Fetched is a released file: its bytes are at the download.
type Fetched struct {
	Release   yumen.Release        `json:"release"`
	MediaType string               `json:"media_type"`
	Columns   []yumen.OutputColumn `json:"columns,omitempty"`
	Receipt   []byte               `json:"receipt"`
	Notice    yumen.Text           `json:"notice,omitzero"`
	Download  string               `json:"download"`
}

// Reason says why something is destroyed.
type Reason struct {
	Reason string `json:"reason"`
}

// Destruction names what is destroyed, and says why.
type Destruction struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

// OrgChange is what is to be known of an organisation from now on.
type OrgChange struct {
	Contacts    []string            `json:"contacts,omitempty"`
	Credentials []api.OrgCredential `json:"credentials,omitempty"`
}

// NewToken says what token is wanted.
type NewToken struct {
	Person   string         `json:"person,omitempty"` // defaults to whoever asks
	Label    string         `json:"label,omitempty"`
	Scopes   []api.Scope    `json:"scopes,omitempty"`
	Lifetime yumen.Duration `json:"lifetime,omitempty"` // such as 720h
}

// LogEntry is an entry of the log with its bytes.
type LogEntry struct {
	api.LogEntry
	Raw []byte `json:"raw,omitempty"` // as it stands in the log
}

// LogPage is a page of the log.
type LogPage struct {
	Entries []LogEntry `json:"entries"`
	Size    int64      `json:"size"`
	Next    int64      `json:"next,omitempty"`
}

// Upload is a file that was sent and not used yet.
type Upload struct {
	ID     string       `json:"id"`
	Bytes  int64        `json:"bytes"`
	Digest yumen.Digest `json:"digest"`
}

// Table says which uploads make a table and how they are written.
type Table struct {
	Uploads []string              `json:"uploads,omitempty" maxItems:"64"`
	Format  yumen.FileFormat      `json:"format,omitempty"`
	CSV     yumen.CSVOptions      `json:"csv,omitzero"`
	Dataset string                `json:"dataset,omitempty"`
	Types   map[string]yumen.Type `json:"types,omitempty"`
}

// Hierarchy is a hierarchy that a profile names, and the upload that holds it.
type Hierarchy struct {
	Name   string `json:"name"`
	Upload string `json:"upload"`
}

// Import says which uploads make a version.
type Import struct {
	Table
	Acquired    yumen.Day   `json:"acquired"`
	MaxBad      int         `json:"max_bad,omitempty" minimum:"0" maximum:"1000"`
	Profile     *Text       `json:"profile,omitempty"`
	Hierarchies []Hierarchy `json:"hierarchies,omitempty" maxItems:"64"`
}

// Desensitize says what is to be done to which table.
type Desensitize struct {
	Table       Table            `json:"table"`
	Profile     Text             `json:"profile"`
	Hierarchies []Hierarchy      `json:"hierarchies,omitempty" maxItems:"64"`
	Recipient   string           `json:"recipient,omitempty"`
	Format      yumen.FileFormat `json:"format,omitempty"`
	Side        bool             `json:"side,omitempty"` // with the second table of a profile that splits one
	Show        int              `json:"show,omitempty"` // made-up rows of a dry run
}

// Trace says which file is searched for whose mark.
type Trace struct {
	Table      Table    `json:"table"`
	Profile    Text     `json:"profile"`
	Recipients []string `json:"recipients,omitempty"`
}

// Verification says how much is verified.
type Verification struct {
	Quick bool `json:"quick,omitempty"`
}

// OperationState says where an operation stands.
type OperationState string

// The states of an operation.
const (
	OperationRunning OperationState = "running"
	OperationDone    OperationState = "done"
	OperationFailed  OperationState = "failed"
)

// Operation is long work of which a client may lose sight and find it again.
type Operation struct {
	ID     string          `json:"id"`
	State  OperationState  `json:"state"`
	Done   int64           `json:"done"`
	Total  int64           `json:"total"`            // 0 where it is not known
	Result json.RawMessage `json:"result,omitempty"` // once done
	Error  *Problem        `json:"error,omitempty"`  // once failed
	// Downloads are the files that it made, by what they are: file, side.
	Downloads map[string]string `json:"downloads,omitempty"`
}

// Over reports whether the operation is at its end.
func (o *Operation) Over() bool { return o.State != OperationRunning }

// Refusal is an error as the vocabulary has it.
type Refusal = yumen.Error

// Problem is an error as RFC 9457 sends it, with what an error of Yumen has besides.
type Problem struct {
	Type   string `json:"type"`   // urn:yumen:error: and the kind
	Title  string `json:"title"`  // of the status
	Status int    `json:"status"` // of HTTP
	Detail string `json:"detail"` // the whole of it, in the language that was asked for
	Refusal
	Because *yumen.Text `json:"cause,omitempty"`
}

// AsError returns the error that was sent.
func (p *Problem) AsError() *yumen.Error {
	e := p.Refusal
	if p.Because != nil {
		e.Cause = &yumen.Error{Kind: e.Kind, Msg: *p.Because}
	}
	return &e
}
