// Package examples holds complete small jobs on real data, and the test that runs them. Each folder has catalog
// entries, a contract, jobs and, for a Wasm job, the source of its module. examples/guests carries the modules that
// ship built.
package examples
