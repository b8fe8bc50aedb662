// Package pack reads policy packs (政策规则包): the rules of a place as data. Which office decides an application, in
// what order and by when, what a refusal has to say, which classes of sharing and opening there are, how long a
// contract may run. docs/packs.md describes the file.
//
// It decides nothing about a job: it says what the rules of the place ask of people, and by when.
package pack

import "github.com/yumen-data/yumen"

// Pack is one revision of the rules of a place.
type Pack struct {
	Head       Head                 `yaml:"pack" json:"pack"`
	Valid      Valid                `yaml:"valid" json:"valid"`
	Under      *Under               `yaml:"under" json:"under,omitempty"`
	Calendar   CalendarRule         `yaml:"calendar" json:"calendar"`
	Offices    map[string]string    `yaml:"offices" json:"offices"` // what the place calls each
	Terms      map[string]string    `yaml:"terms" json:"terms,omitempty"`
	Classes    Classes              `yaml:"classes" json:"classes,omitzero"`
	Agreements map[string]Agreement `yaml:"agreements" json:"agreements,omitempty"`
	Cases      map[string]Case      `yaml:"cases" json:"cases"`
	Duties     []Duty               `yaml:"duties" json:"duties,omitempty"`
	LogYears   int                  `yaml:"log_years" json:"log_years,omitempty"`
	Crypto     string               `yaml:"crypto" json:"crypto,omitempty"` // standard, or gm: SM2, SM3 and SM4 throughout
	// Clauses are the words of the law, by article. What is cited and not here could not be read.
	Clauses map[string]string `yaml:"clauses" json:"clauses,omitempty"`
}

// Head says which pack it is.
type Head struct {
	ID       string   `yaml:"id" json:"id"`
	Revision int      `yaml:"revision" json:"revision"`
	Title    string   `yaml:"title" json:"title"`
	Status   Status   `yaml:"status" json:"status"`
	Scope    []string `yaml:"scope" json:"scope"`
	Source   string   `yaml:"source" json:"source"` // digest of the text of the law, sha256:…
	// Read says how much of that text was read to write the pack.
	Read string `yaml:"read" json:"read,omitempty"`
}

// Status is how far a pack has come.
type Status string

// The statuses.
const (
	Draft   Status = "draft" // loaded on trial only
	InForce Status = "in_force"
	Expired Status = "expired"
)

// Valid is when the rules hold, both days included; nil for a draft, or where there is no end.
type Valid struct {
	From    *yumen.Day `yaml:"from" json:"from,omitempty"`
	Until   *yumen.Day `yaml:"until" json:"until,omitempty"`
	Article string     `yaml:"article" json:"article,omitempty"`
	After   After      `yaml:"after" json:"after,omitzero"`
}

// After says what becomes of cases when the rules end.
type After struct {
	Running string `yaml:"running" json:"running,omitempty"` // finish
	New     string `yaml:"new" json:"new,omitempty"`         // needs_successor
}

// Under names the pack that a pack lies under.
type Under struct {
	Pack    string `yaml:"pack" json:"pack"`
	Article string `yaml:"article" json:"article,omitempty"`
	Rule    string `yaml:"rule" json:"rule"` // upper_prevails
}

// CalendarRule says how days are counted.
type CalendarRule struct {
	ID       string `yaml:"id" json:"id"`               // cn-holidays
	TZ       string `yaml:"tz" json:"tz"`               // in which a day begins
	EventDay string `yaml:"event_day" json:"event_day"` // excluded: the day of the event does not count
	Roll     string `yaml:"roll" json:"roll"`           // next_working_day, or none
}

// Classes are those of sharing and opening, the strictest last.
type Classes struct {
	Sharing   []map[string]Class `yaml:"sharing" json:"sharing,omitempty"`
	Opening   []map[string]Class `yaml:"opening" json:"opening,omitempty"`
	Downgrade Downgrade          `yaml:"downgrade" json:"downgrade,omitzero"`
}

// Class says what belongs to a class of sharing or opening.
type Class struct {
	Needs   List   `yaml:"needs" json:"needs,omitempty"` // condition, legal_basis
	Kinds   List   `yaml:"kinds" json:"kinds,omitempty"`
	When    List   `yaml:"when" json:"when,omitempty"` // it must be this class where data is so
	Unless  List   `yaml:"unless" json:"unless,omitempty"`
	Login   *bool  `yaml:"login" json:"login,omitempty"`
	Price   string `yaml:"price" json:"price,omitempty"`
	Article string `yaml:"article" json:"article,omitempty"`
}

// Downgrade says who consents to a move towards a stricter class.
type Downgrade struct {
	Consent string   `yaml:"consent" json:"consent,omitempty"`
	Assumed Note     `yaml:"assumed" json:"assumed,omitempty"`
	Dispute []Ruling `yaml:"dispute" json:"dispute,omitempty"`
	Article string   `yaml:"article" json:"article,omitempty"`
}

// Agreement is a kind of contract between parties.
type Agreement struct {
	Within     string `yaml:"within" json:"within,omitempty"` // the agreement it lies under
	Signers    List   `yaml:"signers" json:"signers"`
	Article    string `yaml:"article" json:"article,omitempty"`
	Filed      *Filed `yaml:"filed" json:"filed,omitempty"`
	MaxTerm    *Term  `yaml:"max_term" json:"max_term,omitempty"`
	RenewFrom  Span   `yaml:"renew_from" json:"renew_from,omitzero"` // before its end, so below 0
	OnEnd      List   `yaml:"on_end" json:"on_end,omitempty"`
	PartyNeeds List   `yaml:"party_needs" json:"party_needs,omitempty"`
	Attach     List   `yaml:"attach" json:"attach,omitempty"`
}

// Filed says with whom an agreement is put on file (备案).
type Filed struct {
	With    string `yaml:"with" json:"with"`
	Article string `yaml:"article" json:"article,omitempty"`
}

// Term is the longest time for which an agreement holds.
type Term struct {
	Is       Span   `yaml:"is" json:"is"`
	Strength string `yaml:"strength" json:"strength,omitempty"` // 原则上: may be passed over
	Override string `yaml:"override" json:"override,omitempty"` // reason: by giving one
}

// Case is a kind of case (办件). One without steps is a single step of its own.
type Case struct {
	Article    string            `yaml:"article" json:"article,omitempty"`
	OpenedBy   List              `yaml:"opened_by" json:"opened_by,omitempty"`
	By         List              `yaml:"by" json:"by,omitempty"`
	To         List              `yaml:"to" json:"to,omitempty"`
	Against    string            `yaml:"against" json:"against,omitempty"`
	With       map[string]string `yaml:"with" json:"with,omitempty"`
	Then       Then              `yaml:"then" json:"then,omitzero"`
	Fields     List              `yaml:"fields" json:"fields,omitempty"`
	Steps      []Step            `yaml:"steps" json:"steps,omitempty"`
	Clock      *Clock            `yaml:"clock" json:"clock,omitempty"`
	Rule       string            `yaml:"rule" json:"rule,omitempty"`
	Refuse     Refusal           `yaml:"refuse" json:"refuse,omitempty"`
	Measures   List              `yaml:"measures" json:"measures,omitempty"`
	Includes   List              `yaml:"includes" json:"includes,omitempty"`
	ClosesWith string            `yaml:"closes_with" json:"closes_with,omitempty"`
	BoundTo    string            `yaml:"bound_to" json:"bound_to,omitempty"`
	Sharing    string            `yaml:"sharing" json:"sharing,omitempty"`
	OnClose    List              `yaml:"on_close" json:"on_close,omitempty"`
	Dispute    []Ruling          `yaml:"dispute" json:"dispute,omitempty"`
}

// Step is one decision of a case.
type Step struct {
	ID       string  `yaml:"id" json:"id"`
	By       List    `yaml:"by" json:"by"`                       // offices
	Rule     string  `yaml:"rule" json:"rule,omitempty"`         // of several offices: both, or any
	Lead     string  `yaml:"lead" json:"lead,omitempty"`         // of several: which answers
	After    string  `yaml:"after" json:"after,omitempty"`       // the step before
	Opinions List    `yaml:"opinions" json:"opinions,omitempty"` // offices that are heard and do not decide
	Inside   List    `yaml:"inside" json:"inside,omitempty"`     // within the office: 经办, 复核, 签批
	Delegate List    `yaml:"delegate" json:"delegate,omitempty"` // offices that may be asked to act for it (委托)
	Clock    *Clock  `yaml:"clock" json:"clock,omitempty"`
	Refuse   Refusal `yaml:"refuse" json:"refuse,omitempty"`
	Record   List    `yaml:"record" json:"record,omitempty"`
	Article  string  `yaml:"article" json:"article,omitempty"`
}

// Refusal is what a refusal has to be.
type Refusal string

// The forms of a refusal.
const (
	RefuseReason        Refusal = "reason"
	RefuseWritten       Refusal = "written_reason"
	RefuseReturn        Refusal = "return_with_reason"
	RefusePublished     Refusal = "reason_on_platform"
	RefuseLegal         Refusal = "legal_basis"
	RefuseLegalProvided Refusal = "statutory_ground" // 法定事由
)

// Then is what follows a case: an office, or one with what becomes of a second failure.
type Then struct {
	By       List   `yaml:"by" json:"by,omitempty"`
	OnSecond string `yaml:"on_second" json:"on_second,omitempty"`
}

// Ruling is one way in which a dispute is settled: an office that does something, or a word.
type Ruling struct {
	By   string `yaml:"by" json:"by,omitempty"`
	Does string `yaml:"does" json:"does,omitempty"`
}

// Duty is something that an office does again and again.
type Duty struct {
	Article string `yaml:"article" json:"article,omitempty"`
	By      List   `yaml:"by" json:"by"`
	What    string `yaml:"what" json:"what"`
	Every   Span   `yaml:"every" json:"every,omitzero"`
	Due     string `yaml:"due" json:"due,omitempty"` // a day of the year, 02-28
	Results List   `yaml:"results" json:"results,omitempty"`
}

// Clock says by when something is done.
type Clock struct {
	Law      Span       `yaml:"law" json:"law,omitzero"`            // what the text says
	House    Span       `yaml:"house" json:"house,omitzero"`        // where the text says nothing: 内部时限
	SetBy    string     `yaml:"set_by" json:"set_by,omitempty"`     // the office that says for each case
	From     string     `yaml:"from" json:"from,omitempty"`         // the event that starts it; by default that the step begins
	Assumed  Note       `yaml:"assumed" json:"assumed,omitempty"`   // why the start is assumed (起算日为推定), where the text has none
	Stops    List       `yaml:"stops" json:"stops,omitempty"`       // events while which it stands still
	Restarts List       `yaml:"restarts" json:"restarts,omitempty"` // events with which it starts again
	Extends  *Extension `yaml:"extends" json:"extends,omitempty"`   // once
	Article  string     `yaml:"article" json:"article,omitempty"`
}

// Extension is by how much a clock can be made longer, once, and by whom.
type Extension struct {
	Law     Span   `yaml:"law" json:"law"`
	By      string `yaml:"by" json:"by"`
	Article string `yaml:"article" json:"article,omitempty"`
}
