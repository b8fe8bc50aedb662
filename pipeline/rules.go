package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/contract/pack"
	"github.com/yumen-data/yumen/contract/workday"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

// Packs returns all revisions of policy packs that were put in force, ordered by id and revision.
func (s *Service) Packs(ctx context.Context) ([]yumen.SignedPack, error) {
	return journal.List[yumen.SignedPack](ctx, s.state, store.Pack, "")
}

// packID is the name of a revision in the state.
func packID(id string, revision int) string { return fmt.Sprintf("%s/%06d", id, revision) }

// SignPack puts a revision of a policy pack in force: a later one than all before it of the same id, that has not
// expired; a draft on trial alone.
func (s *Service) SignPack(ctx context.Context, by yumen.Actor, file string, text []byte, trial bool) (yumen.SignedPack,
	error) {
	p, err := pack.Parse(file, text)
	signed := yumen.SignedPack{ID: p.Head.ID, Revision: p.Head.Revision, Title: p.Head.Title,
		Trial: trial && p.Head.Status == pack.Draft, Text: string(text), Digest: yumen.DigestOf(text), Signed: s.now(),
		SignedBy: by.Name}
	if err != nil {
		return signed, err
	}
	before, err := journal.List[yumen.SignedPack](ctx, s.state, store.Pack, p.Head.ID+"/")
	if err != nil {
		return signed, err
	}
	for _, b := range before {
		if b.Digest == signed.Digest {
			return b, nil
		}
	}
	if n := len(before); n > 0 && before[n-1].Revision >= signed.Revision {
		return signed, yumen.Errorf(yumen.KindConflict, "revision %d of pack %s was signed on %s",
			"规则包 %[2]s 的第 %[1]d 版已于 %[3]s 签署", before[n-1].Revision, p.Head.ID, yumen.DayOf(before[n-1].Signed)).
			ToFix("write a higher revision", "请写更高的 revision")
	}
	if err := mayHold(&p, trial, p.Today(s.now())); err != nil {
		return signed, err
	}
	record, err := journal.Put(store.Pack, packID(signed.ID, signed.Revision), 0, signed)
	if err != nil {
		return signed, err
	}
	e := s.entry(by, yumen.ActionPackSign, signed.ID)
	e.Digests = map[string]yumen.Digest{"pack": signed.Digest}
	e.Details = map[string]string{"revision": strconv.Itoa(signed.Revision)}
	if signed.Trial {
		e.Details["trial"] = "true"
	}
	err = s.journal.Commit(ctx, journal.Step{Entries: []yumen.Entry{e}, Records: []store.Record{record}})
	return signed, err
}

// mayHold refuses a pack that opens no case any more, and a draft that is not meant as a trial. One that holds from a
// later day on may be signed before.
func mayHold(p *pack.Pack, trial bool, today yumen.Day) error {
	if p.Head.Status != pack.Draft && p.Valid.From != nil && today < *p.Valid.From {
		today = *p.Valid.From
	}
	return p.Holds(today, trial)
}

// packsInForce returns the last revision of each pack under which a case may be opened today; drafts on trial bind
// nobody and are not among them. Revisions before that are not read: they are kept as they were signed.
func (s *Service) packsInForce(ctx context.Context) ([]pack.Pack, error) {
	signed, err := s.Packs(ctx)
	if err != nil {
		return nil, err
	}
	found := map[string]bool{}
	var out []pack.Pack
	for _, one := range slices.Backward(signed) {
		if found[one.ID] || one.Trial {
			continue
		}
		p, err := pack.Parse(one.ID, []byte(one.Text))
		if err != nil { // it may be the one in force, so it fails closed
			return nil, yumen.Errorf(yumen.KindCorrupt, "the signed pack %s, revision %d, cannot be read any more",
				"已签署的规则包 %s 第 %d 版已无法读取", one.ID, one.Revision).Because(err).
				ToFix("sign a revision that can be read in its place", "请签署可读取的新版本")
		}
		if p.Holds(p.Today(s.now()), false) == nil {
			found[one.ID] = true
			out = append(out, p)
		}
	}
	slices.Reverse(out)
	return out, nil
}

// Years returns the years of working days that were added, in order.
func (s *Service) Years(ctx context.Context) ([]yumen.AnnouncedYear, error) {
	return journal.List[yumen.AnnouncedYear](ctx, s.state, store.Calendar, "")
}

// AddYear adds a year of working days as it was announced, or puts it in the place of what there is of that year.
func (s *Service) AddYear(ctx context.Context, by yumen.Actor, file string, text []byte) (yumen.AnnouncedYear, error) {
	y, err := workday.Parse(file, text)
	added := yumen.AnnouncedYear{Year: y.Year, Text: string(text), Digest: yumen.DigestOf(text), Added: s.now(),
		AddedBy: by.Name}
	if err != nil {
		return added, err
	}
	id := strconv.Itoa(y.Year)
	old, err := journal.Find[yumen.AnnouncedYear](ctx, s.state, store.Calendar, id)
	if err != nil || old.Rev > 0 && old.V.Digest == added.Digest {
		return cmp.Or(old.V, added), err
	}
	record, err := journal.Put(store.Calendar, id, old.Rev, added)
	if err != nil {
		return added, err
	}
	e := s.entry(by, yumen.ActionCalendarAdd, id)
	e.Digests = map[string]yumen.Digest{"year": added.Digest}
	if old.Rev > 0 {
		e.Digests["before"] = old.V.Digest
	}
	err = s.journal.Commit(ctx, journal.Step{Entries: []yumen.Entry{e}, Records: []store.Record{record}})
	return added, err
}
