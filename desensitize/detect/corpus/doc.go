// Package corpus generates cells of text with and without identifiers, to measure detectors on: valid ones alone, in
// columns that name them, in sentences and in disguise, and near misses that only look like one. The same seed gives
// the same cells on any machine.
//
// Nobody is meant: the numbers are random and their check digits computed. It is easier than life, whose tables have
// spelling mistakes, cut fields and identifiers of countries that are not here; what a detector scores on it is an
// upper bound.
package corpus
