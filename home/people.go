package home

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/pipeline"
)

// importPeople records the people of people.yaml when the home is first used. From then on the file counts no more.
func (h *Home) importPeople(ctx context.Context) error {
	has, err := h.route.HasPeople(ctx)
	if err != nil {
		return err
	}
	if has {
		return h.refuseChangedPeople(ctx)
	}
	people, digest, err := h.readPeople()
	if err != nil {
		return err
	}
	return h.route.ImportPeople(ctx, people.People(), digest)
}

// peopleOnRecord returns the people on record or, of a home that was never used, those of its file.
func (h *Home) peopleOnRecord(ctx context.Context) (access.Records, error) {
	has, err := h.route.HasPeople(ctx)
	if err != nil {
		return nil, err
	}
	if has {
		return h.route, h.refuseChangedPeople(ctx)
	}
	people, _, err := h.readPeople()
	return unused{h.route, people}, err
}

// readPeople reads people.yaml.
func (h *Home) readPeople() (*access.Directory, yumen.Digest, error) {
	text, err := readFile(h.path(PeopleFile))
	if err != nil {
		return nil, "", err
	}
	people, err := access.Parse(h.path(PeopleFile), text)
	return people, yumen.DigestOf(text), err
}

// refuseChangedPeople refuses a home whose people.yaml was changed after its people were recorded: somebody may believe
// that a role is withdrawn by it.
func (h *Home) refuseChangedPeople(ctx context.Context) error {
	text, err := os.ReadFile(h.path(PeopleFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return yumen.Errorf(yumen.KindUnavailable, "cannot read this file of the home",
			"无法读取主目录中的该文件").At(h.path(PeopleFile)).Because(err)
	}
	all, err := h.route.People(ctx)
	if err != nil {
		return err
	}
	for _, p := range all {
		if p.Imported == yumen.DigestOf(text) {
			return nil
		}
	}
	return yumen.Errorf(yumen.KindConflict,
		"this file was changed, and counts no more: its people are on record since the home was first used",
		"该文件已被修改，但不再生效：主目录首次使用时已将人员登记入库").At(h.path(PeopleFile)).
		ToFix("remove the file, and use yumen person", "请删除该文件，改用 yumen person")
}

// Expiring returns the credentials of organisations that have ended or do so soon, the earliest first.
func (h *Home) Expiring(ctx context.Context) ([]api.Expiry, error) { return h.route.Expiring(ctx) }

// Expiring is Home.Expiring of the home in dir, which is opened for looking only.
func Expiring(ctx context.Context, dir string) (out []api.Expiry, err error) {
	h, err := OpenReader(ctx, dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	return h.Expiring(ctx)
}

// unused are the credentials of a home that was never used, and the people of its file.
type unused struct {
	*pipeline.Service
	people *access.Directory
}

// Find returns the person of that name.
func (u unused) Find(ctx context.Context, name string) (yumen.Actor, error) {
	return u.people.Find(ctx, name)
}
