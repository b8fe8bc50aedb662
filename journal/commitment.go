package journal

import (
	"crypto/rand"
	"maps"
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/audit"
	"github.com/yumen-data/yumen/store"
)

// commitTo returns the entries of a step with commitments to its records, shared out evenly, and the records with the
// salts of these. It fails where the log would refuse an entry.
func commitTo(entries []yumen.Entry, puts []store.Record) ([]yumen.Entry, []store.Record, error) {
	entries, puts = slices.Clone(entries), slices.Clone(puts)
	share := (len(puts) + len(entries) - 1) / len(entries)
	for i := range puts {
		puts[i].Salt = rand.Text()
		e := &entries[i/share]
		if e.Records == nil {
			e.Records = map[string]yumen.Digest{}
		}
		e.Records[puts[i].Name()] = puts[i].Commitment()
	}
	for _, e := range entries {
		if err := audit.CheckEntry(e); err != nil {
			return nil, nil, err
		}
	}
	return entries, puts, nil
}

// committed reports whether the entries of an intent commit to the records that it leaves, and to no others. A record
// that several steps of a batch write is left as the last of them writes it.
func committed(entries []yumen.Entry, puts []store.Record) bool {
	said, left := map[string]yumen.Digest{}, map[string]yumen.Digest{}
	for _, e := range entries {
		maps.Copy(said, e.Records)
	}
	for _, p := range puts {
		if p.Kind != store.Log { // compared with the log's size and checkpoint
			left[p.Name()] = p.Commitment()
		}
	}
	return maps.Equal(said, left)
}
