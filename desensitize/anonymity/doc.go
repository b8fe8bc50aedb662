// Package anonymity measures and reaches anonymity models on row-level tables: k-anonymity, l-diversity, t-closeness
// and δ-presence; re-identification risk; what generalization costs in utility; a search for the best full-domain
// generalization; and a local recoding for tables too large for that search. Terms follow GB/T 37964 and ISO/IEC 20889.
//
// It is not for aggregates, which need thresholds or noise instead, and it is no guarantee by itself: a model holds for
// one release of one table against an attacker who knows the quasi-identifiers named, and no others. It decides nothing
// about release; egress does.
//
// Nothing it returns as an error or a report carries a value of the data: only names of columns, numbers of rows and
// lines, and measures.
package anonymity
