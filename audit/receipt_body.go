package audit

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// ReceiptSchema names the form of a ReceiptBody.
const ReceiptSchema = "yumen-release-statement/1"

// ReceiptBody is what a receipt attests of a release. The package comment says what it leaves out and why.
type ReceiptBody struct {
	Schema    string               `json:"schema"`
	Domain    string               `json:"domain"`
	At        time.Time            `json:"at"`
	Release   ReceiptRelease       `json:"release"`
	Job       ReceiptJob           `json:"job"`
	Contract  ReceiptContract      `json:"contract"`
	Datasets  []ReceiptDataset     `json:"datasets"`
	Artifact  yumen.Digest         `json:"artifact"`        // what was voted on and exported
	Fixes     []ReceiptFix         `json:"fixes,omitempty"` // how it was made from what the run gave, in order
	Checks    []ReceiptCheck       `json:"checks"`          // of the artifact as it was released
	Votes     []ReceiptVote        `json:"votes"`
	Isolation yumen.IsolationLevel `json:"isolation"` // the least of all enclaves
	Enclaves  []ReceiptEnclave     `json:"enclaves"`
	Privacy   *ReceiptPrivacy      `json:"privacy,omitempty"` // of class dp
	History   *ReceiptHistory      `json:"history,omitempty"` // of class aggregate
}

// ReceiptHistory says what a result was compared with before it left: so many releases, all there were in the scope of
// the domain before entry UpTo of the log.
type ReceiptHistory struct {
	Compared int   `json:"compared"`
	UpTo     int64 `json:"up_to"`
}

// ReceiptPrivacy is the promise behind an answer of class dp: the probability of any outcome changes by a factor of
// at most e^Epsilon, and beyond that by Delta, when one privacy unit with all its rows is added or removed.
// docs/privacy.md has the theorem.
type ReceiptPrivacy struct {
	Unit          string         `json:"unit"` // kind of privacy unit
	Epsilon       float64        `json:"epsilon"`
	Delta         float64        `json:"delta"`                  // for all answers under the contract together
	Rho           float64        `json:"rho"`                    // the same in zCDP, which is what is added up
	DeltaGroups   float64        `json:"delta_groups,omitempty"` // the part of delta that telling of groups used
	RowsPerUnit   int            `json:"rows_per_unit"`          // rows of a unit that counted in a group
	GroupsPerUnit int            `json:"groups_per_unit"`        // groups in which a unit counted
	Noise         task.Noise     `json:"noise"`
	Answer        yumen.Digest   `json:"answer_key"` // of the question, the noise and the versions
	Noisy         yumen.Digest   `json:"noisy"`      // of the noisy table
	Post          yumen.Digest   `json:"post"`       // of the SQL statement that made the result out of it
	Deadline      yumen.Duration `json:"deadline"`   // the answer was given at its end
}

// ReceiptRelease is the file that left.
type ReceiptRelease struct {
	Name   string             `json:"name"`
	File   yumen.Digest       `json:"file"`
	Format yumen.FileFormat   `json:"format"`
	Bytes  int64              `json:"bytes"`
	Rows   int64              `json:"rows"`
	Class  yumen.ReleaseClass `json:"class"`
	By     string             `json:"by"`
}

// ReceiptJob is the job that made it.
type ReceiptJob struct {
	ID        string       `json:"id"`
	Engine    yumen.Engine `json:"engine"`
	Program   yumen.Digest `json:"program"`           // of the SQL text or the module, as submitted
	Emitted   yumen.Digest `json:"emitted,omitempty"` // of the SQL that ran
	Purpose   yumen.Text   `json:"purpose,omitzero"`
	Submitter string       `json:"submitter"`
	Org       string       `json:"org"`
	// Asserted says that the submitter was named by the caller, not authenticated.
	Asserted bool `json:"asserted,omitempty"`
	// HandedBy is who handed out the code that the submitter's credential goes back to, where somebody did.
	HandedBy string `json:"handed_by,omitempty"`
}

// ReceiptContract is the contract it was made under.
type ReceiptContract struct {
	Name     string       `json:"name"`
	Digest   yumen.Digest `json:"digest"`
	SignedBy string       `json:"signed_by"`
}

// ReceiptDataset is one input and where it comes from.
type ReceiptDataset struct {
	Dataset  string       `json:"dataset"`
	Provider string       `json:"provider"`
	Version  yumen.Digest `json:"version"`
	Seq      int          `json:"seq"`
	System   string       `json:"system"`
	Acquired string       `json:"acquired"`
}

// ReceiptFix is one desensitization step.
type ReceiptFix struct {
	Technique yumen.Technique   `json:"technique"`
	Columns   []string          `json:"columns,omitempty"`
	Params    map[string]string `json:"params,omitempty"`
}

// ReceiptCheck is one check and what it concluded.
type ReceiptCheck struct {
	Rule      yumen.Rule    `json:"rule"`
	Parameter string        `json:"parameter"`
	Verdict   yumen.Verdict `json:"verdict"`
}

// ReceiptVote is one reviewer's word.
type ReceiptVote struct {
	Voter    string         `json:"voter"`
	Org      string         `json:"org"`
	Decision yumen.Decision `json:"decision"`
	Reason   yumen.Digest   `json:"reason"` // of the reason's text
	At       time.Time      `json:"at"`
	// Asserted says that the voter was named by the caller, not authenticated.
	Asserted bool `json:"asserted,omitempty"`
	// HandedBy is who handed out the code that the voter's credential goes back to, where somebody did.
	HandedBy string `json:"handed_by,omitempty"`
}

// ReceiptEnclave is what one enclave reported of itself.
type ReceiptEnclave struct {
	Role    string               `json:"role"`
	Level   yumen.IsolationLevel `json:"level"`
	Layers  []yumen.Layer        `json:"layers"`
	Probes  []yumen.Probe        `json:"probes"`
	Binary  yumen.Digest         `json:"binary"`
	Engines []string             `json:"engines,omitempty"`
	Limits  yumen.Limits         `json:"limits"`
}

// ReleaseFacts are what is known of a release when it is made.
type ReleaseFacts struct {
	Domain   string
	Release  yumen.Release
	Job      *yumen.Job
	Emitted  yumen.Digest // of the SQL that ran; empty for Wasm
	Contract *yumen.SignedContract
	// Artifact is the one that is released, with the fixes and the enclave reports of the whole way since the run.
	Artifact yumen.Artifact
	Votes    []yumen.Vote          // those on the released artifact are in the receipt
	Enclaves []yumen.EnclaveReport // besides those that the artifact carries: of the export
	Privacy  *ReceiptPrivacy       // of class dp
	History  *ReceiptHistory       // of class aggregate
}

// NewReceiptBody reduces the facts to what a receipt may say.
func NewReceiptBody(f ReleaseFacts) (ReceiptBody, error) {
	if f.Artifact.Digest == "" || f.Artifact.Digest != f.Release.Artifact {
		return ReceiptBody{}, yumen.Errorf(yumen.KindInternal, "a statement needs the artifact that was released",
			"声明须含已出域的产物")
	}
	s := ReceiptBody{Schema: ReceiptSchema, Domain: f.Domain, At: f.Release.At.UTC(), Artifact: f.Artifact.Digest,
		Release: ReceiptRelease{Name: f.Release.Name, File: f.Release.File, Format: f.Release.Format,
			Bytes: f.Release.Bytes, Rows: f.Release.Rows, Class: f.Job.Class, By: f.Release.By},
		Job: ReceiptJob{ID: f.Job.ID, Engine: f.Job.Engine, Program: f.Job.Program, Emitted: f.Emitted,
			Purpose: f.Job.Spec.Purpose, Submitter: f.Job.Submitter.Name, Org: f.Job.Submitter.Org,
			Asserted: f.Job.Submitter.Asserted, HandedBy: f.Job.Submitter.HandedBy},
		Contract: ReceiptContract{Name: f.Contract.Name, Digest: f.Contract.Digest, SignedBy: f.Contract.SignedBy},
		Privacy:  f.Privacy,
		History:  f.History,
		Datasets: []ReceiptDataset{}, Checks: []ReceiptCheck{}, Votes: []ReceiptVote{}, Enclaves: []ReceiptEnclave{}}
	for _, v := range f.Job.Versions {
		s.Datasets = append(s.Datasets, ReceiptDataset{Dataset: v.Dataset, Provider: v.Provider, Version: v.Digest,
			Seq: v.Seq, System: v.Source.System, Acquired: v.Acquired})
	}
	for _, c := range f.Artifact.Findings {
		s.Checks = append(s.Checks, ReceiptCheck{Rule: c.Rule, Parameter: c.Parameter, Verdict: c.Verdict})
	}
	s.addVotes(f.Votes)
	s.addMaking(f.Artifact, f.Enclaves)
	return s, nil
}

func (s *ReceiptBody) addVotes(votes []yumen.Vote) {
	for _, v := range votes {
		if v.Artifact == s.Artifact {
			s.Votes = append(s.Votes, ReceiptVote{Voter: v.Voter.Name, Org: v.Voter.Org, Decision: v.Decision,
				Reason: yumen.DigestOf([]byte(v.Reason)), At: v.At.UTC(),
				Asserted: v.Voter.Asserted, HandedBy: v.Voter.HandedBy})
		}
	}
}

// addMaking adds the fixes and enclaves, without what they took in, counted or needed in time.
func (s *ReceiptBody) addMaking(a yumen.Artifact, more []yumen.EnclaveReport) {
	for _, x := range a.Fixes {
		s.Fixes = append(s.Fixes, ReceiptFix{Technique: x.Technique, Columns: x.Columns, Params: x.Params})
	}
	for _, r := range slices.Concat(a.Enclaves, more) {
		s.Enclaves = append(s.Enclaves, ReceiptEnclave{Role: r.Role, Level: r.Level, Layers: r.Layers, Probes: r.Probes,
			Binary: r.Binary, Engines: r.Engines, Limits: r.Limits})
	}
	s.Isolation = leastIsolation(s.Enclaves)
}

// leastIsolation returns the lowest level of all; without any enclave, or at a level it does not know, none.
func leastIsolation(es []ReceiptEnclave) yumen.IsolationLevel {
	order := []yumen.IsolationLevel{yumen.IsolationNone, yumen.IsolationReduced, yumen.IsolationFull}
	least := len(order) - 1
	for _, e := range es {
		least = min(least, max(0, slices.Index(order, e.Level)))
	}
	if len(es) == 0 {
		least = 0
	}
	return order[least]
}

// Bytes returns the body as compact JSON: what is digested, appended to the log by its digest, and sealed. The caller
// keeps these bytes until Seal, so that a change of this program between the two cannot change them.
func (s ReceiptBody) Bytes() (json.RawMessage, error) {
	b, err := marshal(s)
	if err != nil {
		return nil, yumen.Errorf(yumen.KindInternal, "cannot write the statement", "无法写出声明").Because(err)
	}
	return b, nil
}

// marshal writes compact JSON and leaves <, > and & as they are, so that embedded JSON keeps its bytes.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}
