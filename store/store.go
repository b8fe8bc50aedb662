// Package store holds the portable types of Yumen's durable state: records with revisions, and intents that make a step
// of the route and its audit entry one thing even when the process dies between them. Drivers (store/sqlite,
// store/local) implement what journal and pipeline ask for; store/storetest is the suite that every state driver must
// pass.
//
// It decides nothing: what a record means and which step is allowed is the business of pipeline.
package store

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/yumen-data/yumen"
)

// Kind is a sort of record.
type Kind string

// The kinds of records.
const (
	Dataset    Kind = "dataset"    // by name: a catalog entry
	Version    Kind = "version"    // by dataset and sequence number
	Units      Kind = "units"      // by kind of privacy unit: the dictionary in force
	Contract   Kind = "contract"   // by name
	Pack       Kind = "pack"       // by id and revision: a policy pack that was signed
	Calendar   Kind = "calendar"   // by year: working days as they were announced
	Case       Kind = "case"       // by id: an application, an objection … with all its acts
	Office     Kind = "office"     // by office and organisation: who holds it
	Job        Kind = "job"        // by id
	Artifact   Kind = "artifact"   // by job and round
	Vote       Kind = "vote"       // by job, artifact and voter
	Release    Kind = "release"    // by name
	Compiled   Kind = "compiled"   // by the digest of a Wasm module, and mode and memory where it is rewritten for them: its machine code
	Recurrence Kind = "recurrence" // by the id of the job that was asked first
	// Destruction is by space and digest: an object that was destroyed.
	Destruction Kind = "destruction"
	// Ledger is by the name of a release: what later ones are compared with.
	Ledger Kind = "ledger"
	Log    Kind = "log" // "head": how far the audit log must reach

	Account Kind = "account" // by contract and kind of privacy unit: the privacy budget spent
	Debit   Kind = "debit"   // by contract and answer key: what was paid for an answer
	Answer  Kind = "answer"  // by contract and answer key: the noisy table that is used again

	Desensitization Kind = "desensitization" // by id: a 脱敏记录
	Vault           Kind = "vault"           // "tokens": the token vault in force

	Person     Kind = "person"       // by name
	Org        Kind = "organisation" // by name
	Policies   Kind = "policies"     // "current": which are in force, once a home had policies of its own
	Credential Kind = "credential"   // by id: a token of a person, without its secret
	Call       Kind = "call"         // by the digest of who asked and their key: a call that was carried out
)

// Kinds lists every kind that the log commits to: all but the log's own head.
var Kinds = []Kind{Dataset, Version, Units, Contract, Job, Artifact, Vote, Release, Compiled, Account, Debit, Answer,
	Desensitization, Vault, Recurrence, Destruction, Person, Org, Policies, Credential, Call, Pack, Calendar, Case, Office, Ledger}

// Missing says that there is no such record, kind not_found.
func Missing(kind Kind, id string) error {
	return yumen.Errorf(yumen.KindNotFound, "no %s named %q", "没有名为“%[2]s”的 %[1]s", kind, id)
}

// Query selects records of a kind. What is zero in it selects nothing away.
type Query struct {
	Kind   Kind
	Prefix string // of the id
	// What the body says: its state, the contract it names (of a job, a release …) and who submitted it.
	States    []yumen.State // one of these
	Contract  string
	Submitter string

	Order Order
	After string // the Next of the page before
	Limit int    // records of one page; all where 0
}

// Order is how records are ordered. Ids tell apart what is otherwise equal.
type Order string

// The orders.
const (
	ByID      Order = ""        // ascending
	ByUpdated Order = "updated" // by the time of the body's updated, oldest first; records without one are left out
)

// Page is what a query found.
type Page struct {
	Records []Record
	Next    string // where the next page begins, opaque; empty where there is none
}

// Record is one thing that is remembered, as JSON.
type Record struct {
	Kind Kind   `json:"kind"`
	ID   string `json:"id"`
	// Rev counts the writes. A write names the revision it saw, 0 for a new record, and is refused if another came
	// first.
	Rev  int64           `json:"rev"`
	Body json.RawMessage `json:"body"`
	// Salt goes into the commitment of the log, so that nobody can test guesses at the body against the log alone.
	Salt string `json:"salt,omitempty"`
}

// Name is what the log calls the record.
func (r Record) Name() string { return string(r.Kind) + "/" + r.ID }

// Commitment is the digest by which the log commits to what the record says.
func (r Record) Commitment() yumen.Digest {
	h := yumen.NewHasher()
	fmt.Fprintf(h, "%q %q %q\n", r.Kind, r.ID, r.Salt)
	_, _ = h.Write(r.Body) // never fails
	return h.Digest()
}

// Intent is a step that is about to happen: the audit entries to append at LogIndex and the records to write. It is
// made durable before the log is touched, so that after a crash the step can be completed exactly once.
type Intent struct {
	Seq      int64         `json:"seq"` // given by the driver
	LogIndex int64         `json:"log_index"`
	Entries  []yumen.Entry `json:"entries"`
	Puts     []Record      `json:"puts"`
	Objects  []Object      `json:"objects,omitempty"` // staged objects that the step brings into being
}

// Stale is the conflict of a write that saw another revision of the record than there is.
func Stale(r Record) error {
	return yumen.Errorf(yumen.KindConflict, "%s %q was changed meanwhile", "%s “%s”已被他人修改", r.Kind, r.ID).
		ToFix("look at it again and repeat", "请重新查看后再操作")
}

// State is a driver of records and intents; storetest is its conformance suite. It may be read from many goroutines
// beside the one that writes, and a read sees every write that was acknowledged before it. Bodies and salts come back
// byte for byte as they were written.
type State interface {
	// Get returns a record, or kind not_found.
	Get(ctx context.Context, kind Kind, id string) (Record, error)
	// Select returns a page of records. An index serves each filter and order, so that a page costs what is on it.
	Select(ctx context.Context, q Query) (Page, error)
	// Count returns how many records a query finds on all pages, whatever its order.
	Count(ctx context.Context, q Query) (int, error)
	// Revisions returns the revisions at which the records named by kind and id are, 0 where there is none.
	Revisions(ctx context.Context, of []Record) ([]int64, error)
	// Intend makes an intent durable and numbers it, or fails with kind conflict if a record it would write has moved
	// on or another intent is open.
	Intend(ctx context.Context, in *Intent) error
	// Apply writes an intent's records and closes it, in one transaction.
	Apply(ctx context.Context, in *Intent) error
	// Drop closes an intent that never reached the log and writes nothing.
	Drop(ctx context.Context, in *Intent) error
	// Pending returns the open intents, oldest first.
	Pending(ctx context.Context) ([]Intent, error)
}
