// Package desensitize changes data so that less can be learnt from it: Arrow batches in, Arrow batches out. Apply mends a
// held result where egress found something to mend.
//
// It judges nothing: which risk is acceptable, and whether a result may leave, is decided in egress, which this package
// neither imports nor is imported by. No technique alone makes data anonymous. It reads tables of the seven Arrow types that a
// yumen.Type has and no others.
package desensitize
