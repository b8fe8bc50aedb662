// Package ledger compares a table that is about to leave with tables that left before: it finds the fewest privacy
// units that sums and differences of their cells could isolate, or proves that these are no fewer than k.
//
// A table gives each privacy unit a label, the cell in which it counts, or none. Two tables make a graph: a node for
// each cell, one for "in no cell" of each table, and an edge for each unit between the two nodes in which it lies. A
// linear combination of all cells and of the public number of units is a value on each node; it changes with exactly
// those units whose two ends have different values. So the fewest units that a combination can isolate are the
// smallest cut of a connected component (Pair). Sums weigh edges by what units add (Sums). Three to five tables are
// refined into classes of units with equal labels, atoms, and judged by linear algebra (Family).
//
// Sources: F. Y. Chin, G. Özsoyoğlu, Auditing and inference control in statistical databases, IEEE TSE 8(6), 1982;
// D. Gusfield, A graph theoretic approach to statistical data security, SIAM J. Comput. 17(3), 1988; M. Stoer,
// F. Wagner, A simple min-cut algorithm, J. ACM 44(4), 1997; D. Gusfield, Very simple methods for all pairs network flow
// analysis, SIAM J. Comput. 19(1), 1990.
//
// Not examined: combinations over more than five tables, inequalities between cells (Fréchet bounds), combinations of
// sums of different expressions.
package ledger
