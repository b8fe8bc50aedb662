// Package pipeline drives the route of a job from submission to release and is the only writer of its state: access and
// contract, query analysis, enclave, quarantine, egress checks, desensitization, review, release, receipt. Datasets and
// contracts, which jobs stand on, are registered, imported and signed through it too.
//
// Every arrow of the route is one step of package journal, so nothing is released twice and no audit entry is lost or
// left without its step.
//
// It runs no engine, reads no foreign file and no result: enclaves do, and it moves their bytes by digest. It trusts
// the actor it is given: who asks, and whether their roles allow it, package service finds out.
package pipeline

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/internal/tenant"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/keyring"
	"github.com/yumen-data/yumen/store"
)

// Enclave carries out tasks in isolation, each in a process of its own.
type Enclave interface {
	// Open says that tasks are about to come, so that processes for them can be started ahead. It does not wait.
	Open()
	Run(ctx context.Context, t task.Task, outs map[string]io.Writer) (task.Outcome, error)
}

// Keeper carries out statements in enclaves that stay warm for the next one of the same owner with the same key, as long
// as somebody holds the owner.
type Keeper interface {
	Hold(o task.Owner) (leave func())
	Ask(ctx context.Context, st task.Kept, outs map[string]io.Writer) (task.Outcome, error)
}

// People is who belongs to the domain now; access.Directory is one.
type People interface {
	// Find returns the person of that name, or kind denied.
	Find(ctx context.Context, name string) (yumen.Actor, error)
}

// Keyring keeps the keys of desensitization; package keyring has one in a file.
type Keyring interface {
	// CreateFor makes a key for one organisation, or for all where it names none.
	CreateFor(ctx context.Context, id, org, by string) (keyring.Ref, error)
	Rotate(ctx context.Context, id, by string) (keyring.Ref, error)
	Destroy(id string, number int, by, reason string) error
	List() ([]keyring.Info, error)
	// Live returns every version of a key that can be used, the current one first.
	Live(ctx context.Context, id string) (keyring.Bundle, error)
	Version(ctx context.Context, id string, number int) (keyring.Bundle, error)
}

// Scratch is a file that is written once and then read. It is as secret as the data.
type Scratch interface {
	io.Writer
	// Open ends the writing and opens the file for reading.
	Open(name string) (*os.File, error)
	io.Closer
}

// Sealing keeps the key of the domain that the keys of stored objects are wrapped by.
type Sealing interface {
	// Rotate adds a version to the key and wraps the keys of all objects by it.
	Rotate(ctx context.Context, by string) (keyring.Ref, error)
}

// Disk watches the room where state, log and objects lie. Its errors are of kind unavailable.
type Disk interface {
	// Accepts refuses new work while less is free than is reserved for what is under way and for the log.
	Accepts() error
	// Continues stops the writing of large outputs while what is reserved for the log is about to be used up.
	Continues() error
}

// Config wires a Service.
type Config struct {
	State   store.State
	Objects store.Objects
	Enclave Enclave
	Catalog Catalog // answers statements over PostgreSQL's catalog. Nil where no door asks any
	Keeper  Keeper  // keeps enclaves warm that read releases. Nil where no door reads them row by row
	Log     *audit.Log
	Key     *audit.Key // signs receipts
	Keys    Keyring    // keys of desensitization
	// People is asked for the roles and organisations of voters when a decision is made. Defaults to those on record.
	People People
	// Rules say what each role may do. Defaults to the policies that ship.
	Rules *access.Rules
	// Scratch makes a file that lives as long as a step.
	Scratch func() (Scratch, error)
	// Sealing rotates the key that stored objects are sealed by. Nil where none are.
	Sealing Sealing
	// Disk is asked before new work is accepted. Nil where nothing is reserved.
	Disk Disk
	// Tenants are the limits of contracts and organisations. Nil where contracts' own quotas are all.
	Tenants *tenant.Current
	// History says which earlier releases results are compared with. Defaults to all of the domain.
	History yumen.HistoryScope
	// FixedTimes has those who are not shown what checks found see that a job has come further at times that its plan
	// fixes: they may poll.
	FixedTimes bool
	// Threads is how many threads a run may use. Defaults to 2.
	Threads int
	// Clock tells the time. Defaults to time.Now.
	Clock func() time.Time
	// Wait waits until the clock has come to a time. Defaults to waiting on the machine's clock.
	Wait func(ctx context.Context, until time.Time) error
	// Crash, where not nil, is called before and after every durable write with the name of the point. Tests kill the
	// process there.
	Crash func(point string)
}

// Service is the one way to the state of a domain; the command line and every door call it.
type Service struct {
	cfg     Config
	state   *journal.Verified
	journal *journal.Journal
	driver  *driver
	// accountMu is held while a privacy account is read in order to write it; asking is for those who ask the same
	// question.
	accountMu sync.Mutex
	asking    keyedMutex
	leaving   keyedMutex // held for a contract while a result of it leaves without people
	// ledger is held, under "", while a result is compared with what left before in order to leave.
	ledger    keyedMutex
	undecided undecided
	// naming is held while a name is compared with those on record in order to enter it.
	naming sync.Mutex
	// catalog keeps answers to statements over PostgreSQL's catalog.
	catalog catalogAnswers
	// released keeps what is read of results again and again.
	released releasedResults
}

// Open completes what a crash interrupted and returns the service, to be closed. Resume drives the jobs that a crash
// interrupted.
func Open(ctx context.Context, cfg Config) (*Service, error) {
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Wait == nil {
		cfg.Wait = waitUntil
	}
	if cfg.Rules == nil {
		cfg.Rules = defaultRules()
	}
	if cfg.Threads == 0 {
		cfg.Threads = 2
	}
	if cfg.Crash == nil {
		cfg.Crash = func(string) {}
	}
	j, err := journal.Open(ctx, journal.Config{State: cfg.State, Objects: cfg.Objects, Log: cfg.Log, Clock: cfg.Clock,
		Crash: cfg.Crash})
	if err != nil {
		return nil, err
	}
	s := &Service{cfg: cfg, state: journal.Verify(cfg.State, cfg.Log.Entries), journal: j}
	s.cfg.Objects = knowing{cfg.Objects, s}
	if cfg.People == nil {
		s.cfg.People = s
	}
	if err := s.state.Follow(ctx, cfg.Log.Size()); err != nil { // a state that is put back from now on is noticed
		return nil, err
	}
	if err := s.finishDestructions(ctx); err != nil {
		return nil, err
	}
	s.driver = newDriver(ctx, cfg.Enclave.Open, s.drive)
	return s, nil
}

func (s *Service) now() time.Time { return s.cfg.Clock().UTC().Truncate(time.Millisecond) }

// defaultRules are the policies that ship.
func defaultRules() *access.Rules {
	return access.NewRules(access.DefaultPolicies(), slog.New(slog.DiscardHandler))
}

// Reader returns a service that can only look: lists and shows, by the rules given or those that ship. Everything else
// needs Open.
func Reader(st store.State, log journal.Entries, objects store.Objects, rules *access.Rules) *Service {
	if rules == nil {
		rules = defaultRules()
	}
	s := &Service{cfg: Config{Clock: time.Now, Rules: rules}, state: journal.Verify(st, log)}
	s.cfg.Objects = knowing{objects, s}
	return s
}

// entry begins an audit entry.
func (s *Service) entry(actor yumen.Actor, action yumen.AuditAction, subject string) yumen.Entry {
	return yumen.Entry{At: s.now(), Actor: actor.Name, Org: actor.Org, Action: action, Subject: subject,
		Asserted: actor.Asserted, HandedBy: actor.HandedBy}
}

// systemEntry is an entry of the machine's own doing; there is nobody to authenticate.
func (s *Service) systemEntry(action yumen.AuditAction, subject string) yumen.Entry {
	return s.entry(yumen.System, action, subject)
}

// record appends an entry of what changes no record.
func (s *Service) record(ctx context.Context, e yumen.Entry) error {
	return s.journal.Commit(ctx, journal.Step{Entries: []yumen.Entry{e}})
}

// Note records what the machine did that changes no record, with digests of what it did it with.
func (s *Service) Note(ctx context.Context, action yumen.AuditAction, subject string,
	digests map[string]yumen.Digest) error {
	e := s.systemEntry(action, subject)
	e.Digests = digests
	return s.record(ctx, e)
}

// Ids of records that belong to others sort with them.
func versionID(dataset string, seq int) string { return fmt.Sprintf("%s/%06d", dataset, seq) }

func artifactID(job string, round int) string { return fmt.Sprintf("%s/%d", job, round) }

func voteID(v yumen.Vote) string {
	return fmt.Sprintf("%s/%s/%s", v.Job, v.Artifact.Hex(), v.Voter.Name)
}
