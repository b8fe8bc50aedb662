// Package privacy holds the mechanisms of differential privacy and the account of what was spent: how far one privacy
// unit can move a total, how much noise hides that, which groups may be told of, what is left of a budget.
// docs/privacy.md states the theorem of each mechanism with its assumptions.
//
// It reads no data and runs no engine: sandbox/duck and sandbox/wasm compute totals inside an enclave with the help of
// this package, pipeline keeps the account durable. It gives no guarantee for the release classes aggregate, rows and
// opaque; those are for egress to judge.
package privacy
