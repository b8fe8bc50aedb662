// Package detect finds identifiers of persons and organisations in cells of text, says how sure it is of each, and
// proposes from the statistics of a table what each of its columns is.
//
// It is for finding out what has to be protected, and for masking inside free text. It is not proof that a text is free
// of identifiers: docs/detectors.md states, type by type, what it misses and what it takes for an identifier on a
// generated corpus, which is easier than life. It decides nothing, and neither findings nor proposals carry the text
// they are about.
package detect
