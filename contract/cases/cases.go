// Package cases is the engine of cases (办件): applications, objections, complaints, rectifications and whatever else the
// policy pack of a place names. A case is what its acts make of it: Open begins it by a type of the pack, Apply adds
// one act or refuses it, and nothing else changes it.
//
// It knows no people: who holds an office is for the caller to have found out. Nor does it carry anything out: that a
// contract is suspended because of a case is an act of somebody, beside it.
package cases

import (
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/contract/pack"
	"github.com/yumen-data/yumen/contract/workday"
)

// Kind is what an act does.
type Kind string

// The kinds of acts.
const (
	Decide   Kind = "decide"   // an office passes or refuses a step
	Return   Kind = "return"   // an office asks for completion (补正)
	Complete Kind = "complete" // who opened the case answers that
	Opine    Kind = "opine"    // an office that is heard says what it thinks; it is no vote
	Attach   Kind = "attach"   // a document is added
	Accept   Kind = "accept"   // the office in charge takes the case on (受理), on which some clocks start
	SetClock Kind = "set"      // an office says by when, where the pack leaves that to it
	Stop     Kind = "stop"     // the clock stands still, for what the pack names
	Resume   Kind = "resume"   // it goes on
	Extend   Kind = "extend"   // it is made longer, once
	Delegate Kind = "delegate" // an office has another act for it (委托)
	Withdraw Kind = "withdraw" // who opened the case takes it back
	Appeal   Kind = "appeal"   // who was refused asks for the next instance
	Rule     Kind = "rule"     // an instance decides about an appeal
	Close    Kind = "close"    // what the case had to bring about is there
)

// Kinds lists all of them.
var Kinds = []Kind{Decide, Return, Complete, Opine, Attach, Accept, SetClock, Stop, Resume, Extend, Delegate, Withdraw, Appeal,
	Rule, Close}

// Decision is what an office says.
type Decision string

// The decisions.
const (
	Pass   Decision = "pass"
	Refuse Decision = "refuse"
)

// By is who acts: a person, their organisation, and the office for which they act. Who opened the case acts for none.
type By struct {
	Name   string `json:"name"`
	Org    string `json:"org"`
	Office string `json:"office,omitempty"`
}

// Opening begins a case.
type Opening struct {
	Type string    `json:"type"` // of the pack
	At   time.Time `json:"at"`
	By   By        `json:"by"`
	// Event is the day of what the case is about, where that lies before its opening: of the change, of the finding.
	Event  yumen.Day         `json:"event,omitempty"`
	Fields map[string]string `json:"fields,omitempty"`
}

// Act is something that is done in a case.
type Act struct {
	Kind     Kind              `json:"kind"`
	At       time.Time         `json:"at"`
	By       By                `json:"by"`
	Step     string            `json:"step,omitempty"` // where several are due
	Decision Decision          `json:"decision,omitempty"`
	Reason   string            `json:"reason,omitempty"`
	Basis    string            `json:"basis,omitempty"`  // law, regulation or rule that a refusal rests on
	Inside   string            `json:"inside,omitempty"` // within the office: 经办, 复核, 签批
	For      string            `json:"for,omitempty"`    // the office that had another act for it
	To       string            `json:"to,omitempty"`     // the office that is to act
	Event    string            `json:"event,omitempty"`  // why a clock stands still
	Span     pack.Span         `json:"span,omitzero"`    // by which a clock is set
	Fields   map[string]string `json:"fields,omitempty"` // of a completion; of a return, what is missing
	Document *Document         `json:"document,omitempty"`
	Result   string            `json:"result,omitempty"` // what closes the case: dataset/2
}

// Document is an attachment, whose bytes lie elsewhere.
type Document struct {
	Name   string       `json:"name"`
	Type   string       `json:"type"` // as its content says: application/pdf
	Size   int64        `json:"size"`
	Digest yumen.Digest `json:"digest"`
}

// Status is where a case stands.
type Status string

// The statuses.
const (
	Open      Status = "open"
	Returned  Status = "returned" // it waits for its completion
	Passed    Status = "passed"   // what it has to bring about is not there yet
	Refused   Status = "refused"  // there may be an appeal
	Appealed  Status = "appealed"
	Closed    Status = "closed" // decided, and done
	Denied    Status = "denied" // refused for good
	Withdrawn Status = "withdrawn"
)

// Ended reports whether nothing more is done in a case.
func (s Status) Ended() bool { return s == Closed || s == Denied || s == Withdrawn }

// Case is what a case has come to.
type Case struct {
	Opening
	Status    Status     `json:"status"`
	Steps     []Step     `json:"steps"`
	Instances []Instance `json:"instances,omitempty"` // of appeals, as far as there were any
	Documents []Document `json:"documents,omitempty"`
	Rounds    int        `json:"rounds,omitempty"` // how often what follows it found it not done
	Result    string     `json:"result,omitempty"`
	Missing   []string   `json:"missing,omitempty"` // what was asked for last
	Acts      []Act      `json:"acts"`

	rules    *pack.Pack
	calendar *workday.Calendar
	of       pack.Case
	list     []pack.Step
}

// Step is what a step has come to.
type Step struct {
	ID        string      `json:"id"`
	State     StepState   `json:"state"`
	Began     yumen.Day   `json:"began,omitempty"`
	Ended     yumen.Day   `json:"ended,omitempty"`
	Events    pack.Events `json:"events,omitzero"` // of its clock
	Accepted  bool        `json:"accepted,omitempty"`
	Decisions []Decided   `json:"decisions,omitempty"`
	Inside    []Decided   `json:"inside,omitempty"` // of offices that decide in stages, before the last
	Opinions  []Opinion   `json:"opinions,omitempty"`
	Delegated []Mandate   `json:"delegated,omitempty"`
}

// StepState is where a step stands.
type StepState string

// The states of a step.
const (
	Waits StepState = "waits"
	Due   StepState = "due"
	Done  StepState = "passed"
	Not   StepState = "refused"
)

// Decided is a decision of an office, or of a stage within it.
type Decided struct {
	Office   string   `json:"office"`
	Stage    string   `json:"stage,omitempty"`
	By       By       `json:"by"`
	Decision Decision `json:"decision"`
	Reason   string   `json:"reason,omitempty"`
	Basis    string   `json:"basis,omitempty"`
	At       time.Time
}

// Opinion is what an office that is heard thinks.
type Opinion struct {
	By   By     `json:"by"`
	Text string `json:"text"`
}

// Mandate says that an office acts for another.
type Mandate struct {
	From string `json:"from"`
	To   string `json:"to"`
}

// Instance is an appeal, and what came of it.
type Instance struct {
	Office   string   `json:"office"` // that rules; empty where the offices of the last step negotiate
	Reason   string   `json:"reason"`
	Decision Decision `json:"decision,omitempty"`
	By       By       `json:"by,omitzero"`
	Ruling   string   `json:"ruling,omitempty"`
}
