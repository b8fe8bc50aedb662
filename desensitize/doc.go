// Package desensitize changes data so that less can be learnt from it: Arrow batches in, Arrow batches and a 脱敏记录
// (Record) out. Run applies a Profile, a versioned list of techniques by column or detector; Apply fixes a held result
// where egress found something to fix. The techniques are in package technique and carry the terms of GB/T 37964-2019
// and ISO/IEC 20889:2018; a technique becomes usable by its field in Step.
//
// It judges nothing: which risk is acceptable, and whether a result may leave, is decided in egress, which this package
// neither imports nor is imported by. No technique alone makes data anonymous; what each preserves and leaks is part of
// its description. It reads tables of the seven Arrow types that a yumen.Type has and no others, opens no files but its
// own spools and parses no foreign formats: those are read where they cannot do harm.
package desensitize

//go:generate env UPDATE=1 go test -run TestDocs .
