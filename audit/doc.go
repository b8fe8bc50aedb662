// Package audit keeps the append-only, verifiable log of everything that happens on a job's route, and makes and
// verifies the receipts of releases.
//
// It is not a place for data values, SQL text or free text of people, not a general event log, and it decides nothing:
// what is appended, and that it is appended before it happens, is the pipeline's business.
//
// # The log on disk
//
// A log is a folder with three files:
//
//	entries     one yumen.Entry a line, as compact JSON. The leaf is the line without its newline
//	hashes      the 32-byte hashes of the Merkle tree, in the order of tlog.StoredHashIndex
//	checkpoint  a signed note: origin, size, root hash (C2SP tlog-checkpoint)
//
// Hashes are those of RFC 6962, section 2.1, notes those of C2SP signed-note with Ed25519, so that any monitor or
// witness that reads such logs can read this one. docs/decisions/0003-tlog-for-the-embedded-log.md says what was
// weighed.
//
// # What an acknowledged append promises
//
// Append writes the line and its hashes and syncs both, then replaces checkpoint by a synced temporary file and syncs
// the folder. Only then does it return. So the checkpoint is the truth of what was acknowledged, and everything up to
// its size was durable before it was.
//
// A crash can therefore leave one thing behind: bytes after the checkpointed part, from an append that nobody was told
// had happened. Open leaves them alone, reports them through Recovered, and the next append cuts them off. Its caller
// appends an entry saying so, after asking VerifyConsistency about the last checkpoint it knows. A tail longer than one
// batch can leave behind cannot come from a crash: somebody put an older checkpoint back, and Open refuses. Anything
// else that is wrong within the checkpointed part, a short hashes file included, cannot come from a crash either: Open
// refuses with kind corrupt and says where, and repairs nothing.
//
// # What verification can tell
//
// Verify recomputes the tree from the entries. Where its root is the signed one, the entries are what was written, and
// a stored hash that differs is named by its number. Where it is not, the stored leaf hashes tell which entry differs,
// provided they lead to the signed root themselves. Whoever holds the signing key and the folder can rewrite both: what
// shows that is a checkpoint kept elsewhere, in a receipt or by a witness (VerifyConsistency).
//
// # What a receipt must not say
//
// A receipt goes to the applicant, so it may not undo the protection it attests to. It leaves out what would let a
// suppressed or rounded cell be found again: the digests of the artifacts before the fixes and of the evidence (a table
// with one unknown small count has few candidates, and each can be hashed), the values that checks measured ("least 4
// units"), how many cells rounding changed, and how long the run took. They stay in the log and in the state, for the
// regulator. Reviewers' reasons are free text and may quote what they saw, so a receipt carries their digest only.
package audit
