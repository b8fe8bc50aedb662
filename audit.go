package yumen

import "time"

// Entry is one line of the audit log: who did what to which thing, appended before it takes effect. It holds names,
// digests, states and counts; never a data value, an SQL literal or a person's free text.
type Entry struct {
	At       time.Time         `json:"at"`
	Actor    string            `json:"actor"` // name, or "system"
	Org      string            `json:"org,omitempty"`
	Action   string            `json:"action"`  // such as job.submit, job.hold, review.vote, release
	Subject  string            `json:"subject"` // the job, dataset, contract or release concerned
	From     State             `json:"from,omitempty"`
	To       State             `json:"to,omitempty"`
	Digests  map[string]Digest `json:"digests,omitempty"`  // artifact, program, contract, version, receipt …
	Details  map[string]string `json:"details,omitempty"`  // names and numbers
	Asserted bool              `json:"asserted,omitempty"` // the actor was named by the caller of a local home, not authenticated
}
