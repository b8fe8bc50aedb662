// Package journal makes one step of the route durable: intent → log → objects → records. The intent says what is
// about to happen, the audit entries are appended, staged objects get their names, and all records are written in one
// transaction. A crash at any point leaves an intent that the next start completes or drops, so no step happens
// twice, and no audit entry is lost or left without its step. A write that fails is recovered from in the same way and
// in place: what the log holds is completed before the next step, what it does not hold is dropped.
//
// Steps of callers who come at the same time are written as one batch, with one intent, one append and one transaction.
// Either all of it takes place or none; a step that conflicts with the state or with one before it leaves the batch
// first.
//
// The entries of a step commit to the records that it writes. Verified reads a state and refuses what the log does not
// have so.
//
// It is not a place for decisions: which step is allowed, what a record means and what an entry says is the business of
// pipeline. It runs no engine and chooses no driver.
package journal
