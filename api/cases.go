package api

import (
	"context"
	"time"

	"github.com/yumen-data/yumen"
)

// Limits of what is attached to a case.
const (
	MaxDocument      = 20 << 20  // bytes of one document
	MaxDocuments     = 50        // of a case
	MaxDocumentsSize = 100 << 20 // bytes of all of them
)

// CaseUseCases are about cases (办件): what is applied for, objected to and reported, and what offices decide about it, by
// the policy pack in force. What may be done in a case says the pack; who may do it, the office that they hold.
type CaseUseCases interface {
	// OpenCase begins a case by the pack in force.
	OpenCase(ctx context.Context, by Principal, c NewCase) (OfficeCase, error)
	// OfficeCases returns the cases that the principal may know of, oldest day first.
	OfficeCases(ctx context.Context, by Principal) ([]OfficeCase, error)
	// OfficeCase returns one of them.
	OfficeCase(ctx context.Context, by Principal, id string) (OfficeCase, error)
	// ActOnCase does one thing in a case: decides, returns, extends …
	ActOnCase(ctx context.Context, by Principal, id string, a CaseAct) (OfficeCase, error)
	// AttachToCase adds a document of at most MaxDocument bytes. Programs are refused, by their content.
	AttachToCase(ctx context.Context, by Principal, id, name string, content []byte) (OfficeCase, error)
	// CaseDocument returns the bytes of a document by its digest.
	CaseDocument(ctx context.Context, by Principal, id string, digest yumen.Digest) ([]byte, error)
	// CaseLog returns the entries of the log about a case, each with its proof.
	CaseLog(ctx context.Context, by Principal, id string) ([]LogEntry, error)
	// Offices returns who holds which office by appointment.
	Offices(ctx context.Context, by Principal) ([]OfficeHolder, error)
	// AppointOffice gives an office to an organisation, or to people of it.
	AppointOffice(ctx context.Context, by Principal, o Appointment) (OfficeHolder, error)
	// DismissOffice takes it from the organisation.
	DismissOffice(ctx context.Context, by Principal, office, org string) (OfficeHolder, error)
}

// NewCase is a case to be opened.
type NewCase struct {
	Type string `json:"type"` // of the pack
	// Pack names it, where several in force have such cases.
	Pack    string `json:"pack,omitempty"`
	Subject string `json:"subject,omitempty"` // dataset:NAME, contract:NAME, release:NAME or job:ID
	Office  string `json:"office,omitempty"`  // for which the case is opened
	// To are the organisations that it is addressed to, by office, where several hold one.
	To map[string]string `json:"to,omitempty"`
	// Event is the day of what it is about, where that lies before today.
	Event  yumen.Day         `json:"event,omitempty"`
	Fields map[string]string `json:"fields,omitempty"`
}

// CaseAct is something to be done in a case.
type CaseAct struct {
	// Kind is decide, return, complete, opine, accept, set, stop, resume, extend, delegate, withdraw, appeal, rule or close.
	Kind     string            `json:"kind"`
	Office   string            `json:"office,omitempty"` // for which one acts, where one holds several
	Step     string            `json:"step,omitempty"`
	Decision string            `json:"decision,omitempty"` // pass or refuse
	Reason   string            `json:"reason,omitempty"`
	Basis    string            `json:"basis,omitempty"`  // law, regulation or rule
	Inside   string            `json:"inside,omitempty"` // 经办, 复核, 签批
	For      string            `json:"for,omitempty"`
	To       string            `json:"to,omitempty"`
	Event    string            `json:"event,omitempty"`
	Span     string            `json:"span,omitempty"` // 10wd, 30d
	Fields   map[string]string `json:"fields,omitempty"`
	Result   string            `json:"result,omitempty"`
}

// OfficeCase is a case as it stands.
type OfficeCase struct {
	ID      string            `json:"id"`
	Type    string            `json:"type"`
	Article string            `json:"article,omitempty"`
	Pack    CasePack          `json:"pack"`
	Subject string            `json:"subject,omitempty"`
	To      map[string]string `json:"to,omitempty"` // the organisations that it is addressed to, by office
	Status  string            `json:"status"`
	Opened  time.Time         `json:"opened"`
	By      CaseBy            `json:"by"`
	Event   yumen.Day         `json:"event,omitempty"`
	Fields  map[string]string `json:"fields,omitempty"`
	Missing []string          `json:"missing,omitempty"`
	Steps   []CaseStep        `json:"steps"`
	// Offices are the names of the offices that have to do with it, as the pack calls them.
	Offices   map[string]string `json:"offices,omitempty"`
	Instances []CaseInstance    `json:"instances,omitempty"`
	Documents []CaseDocument    `json:"documents,omitempty"`
	Result    string            `json:"result,omitempty"`
	Acts      []CaseEntry       `json:"acts"`
	// Overdue says that a step should have been done before today.
	Overdue bool `json:"overdue,omitempty"`
	// Digest is that of the case with all its acts, as the log has it.
	Digest yumen.Digest `json:"digest"`
}

// CasePack is the revision of the rules by which a case is decided, to its end.
type CasePack struct {
	ID       string       `json:"id"`
	Revision int          `json:"revision"`
	Title    string       `json:"title"`
	Trial    bool         `json:"trial,omitempty"`
	Digest   yumen.Digest `json:"digest"`
}

// CaseBy is who acted, and for which office.
type CaseBy struct {
	Name   string `json:"name"`
	Org    string `json:"org"`
	Office string `json:"office,omitempty"`
}

// CaseStep is a step of a case.
type CaseStep struct {
	ID      string    `json:"id"`
	State   string    `json:"state"` // waits, due, passed, refused
	Article string    `json:"article,omitempty"`
	By      []string  `json:"by"`              // offices whose decision it waits for
	Orgs    []string  `json:"orgs,omitempty"`  // the organisations that hold them, but for the bureau
	Began   yumen.Day `json:"began,omitempty"` // empty before
	Due     yumen.Day `json:"due,omitempty"`   // where a clock runs
	Basis   string    `json:"basis,omitempty"`
	Assumed string    `json:"assumed,omitempty"` // why the start of the clock is assumed (起算日为推定)
	Stopped bool      `json:"stopped,omitempty"`
	// Provisional says that the calendar of a year is not there yet, so that the day may move (暂定).
	Provisional bool       `json:"provisional,omitempty"`
	Overdue     bool       `json:"overdue,omitempty"`
	Said        []CaseSaid `json:"said,omitempty"`
}

// CaseSaid is a decision or an opinion.
type CaseSaid struct {
	Office   string `json:"office"`
	Stage    string `json:"stage,omitempty"`
	Name     string `json:"name"`
	Decision string `json:"decision,omitempty"` // empty for an opinion
	Reason   string `json:"reason,omitempty"`
	Basis    string `json:"basis,omitempty"`
}

// CaseInstance is an appeal.
type CaseInstance struct {
	Office   string `json:"office,omitempty"`
	Reason   string `json:"reason"`
	Decision string `json:"decision,omitempty"`
	Ruling   string `json:"ruling,omitempty"`
}

// CaseDocument is an attachment.
type CaseDocument struct {
	Name   string       `json:"name"`
	Type   string       `json:"type"`
	Size   int64        `json:"size"`
	Digest yumen.Digest `json:"digest"`
}

// CaseEntry is one line of what was done.
type CaseEntry struct {
	At   time.Time `json:"at"`
	Kind string    `json:"kind"`
	By   CaseBy    `json:"by"`
	Step string    `json:"step,omitempty"`
	What string    `json:"what,omitempty"` // decision, event, office or document
	// Reason, Basis and Fields are what was written with it.
	Reason string            `json:"reason,omitempty"`
	Basis  string            `json:"basis,omitempty"`
	Fields map[string]string `json:"fields,omitempty"`
}

// Appointment names an office and who is to hold it.
type Appointment struct {
	Office string   `json:"office"`
	Org    string   `json:"org"`
	People []string `json:"people,omitempty"`
}

// OfficeHolder says that an organisation holds an office, or people of it alone.
type OfficeHolder struct {
	Appointment
	Since time.Time `json:"since,omitzero"`
	By    string    `json:"by,omitempty"`
	Ended time.Time `json:"ended,omitzero"`
}
