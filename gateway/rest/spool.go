package rest

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/gateway/wire"
)

// uploadRoute is the one call whose body is not JSON.
const uploadRoute = "POST /v1/uploads"

// spool keeps files that were sent and are not used yet, and files that are offered and not fetched yet. They have no
// names but the ones that it gives them.
type spool struct {
	draft   func() (Draft, error)
	limits  *limits
	tenants Limiter // nil where nothing is bounded

	mu    sync.Mutex
	kept  map[string]*kept
	bytes int64            // of all files, those that are still arriving or in use included
	of    map[string]int64 // the same by person
}

// kept is one of the files.
type kept struct {
	id    string
	owner string
	org   string
	free  []func()
	scope scope  // that whoever fetches it must have; "" for uploads
	media string // of an offered file
	until time.Time

	draft  Draft
	file   *os.File
	source io.ReadCloser // of an offered file
	bytes  int64
	digest yumen.Digest
}

// open opens an upload for reading.
func (k *kept) open() (*os.File, error) {
	if k.file != nil {
		return k.file, nil
	}
	var err error
	k.file, err = k.draft.Open(k.id)
	return k.file, err
}

func (k *kept) close() {
	for _, free := range k.free {
		free()
	}
	if k.file != nil {
		_ = k.file.Close() // read only
	}
	if k.draft != nil {
		_ = k.draft.Close() // nobody needs it any more
	}
	if k.source != nil {
		_ = k.source.Close() // read only
	}
}

// receive takes an upload in. It has to arrive at a rate, and its bytes count before they are there.
func (s *spool) receive(by api.Principal, body io.Reader, deadline func(time.Time) error) (*kept, error) {
	l := s.limits.Load()
	k := &kept{id: "u-" + rand.Text(), owner: by.Person.Name, org: by.Person.Org, until: time.Now().Add(l.Keep)}
	err := s.room(by)
	if err != nil {
		return nil, err
	}
	if k.draft, err = s.draft(); err != nil {
		return nil, err
	}
	hash, begin := yumen.NewHasher(), time.Now()
	buf := make([]byte, 64<<10)
	for err == nil {
		_ = deadline(begin.Add(l.Grace + time.Duration(float64(k.bytes)/float64(l.Rate)*float64(time.Second))))
		var n int
		n, err = body.Read(buf)
		if n > 0 {
			if e := cmp.Or(s.count(k, int64(n), l), second(k.draft.Write(buf[:n]))); e != nil {
				err = e
			}
			_, _ = hash.Write(buf[:n]) // never fails
		}
	}
	if err != io.EOF {
		s.drop(k)
		return nil, uploadError(err)
	}
	_ = deadline(time.Time{})
	k.digest = hash.Digest()
	s.mu.Lock()
	s.kept[k.id] = k
	s.mu.Unlock()
	return k, nil
}

// maxKept is how many uploads of one person are kept: each is an open file.
const maxKept = 256

// room refuses one more upload of somebody who has many.
func (s *spool) room(by api.Principal) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	own := 0
	for _, k := range s.kept {
		if k.owner == by.Person.Name && k.source == nil {
			own++
		}
	}
	if own < maxKept {
		return nil
	}
	return yumen.Errorf(yumen.KindLimit, "%d files were uploaded and not used yet", "已有 %d 个已上传而未使用的文件", own).
		ToFix("use what was uploaded, or wait until it expires", "请先使用已上传的文件，或等待其过期")
}

func second(_ int, err error) error { return err }

func uploadError(err error) error {
	if errors.As(err, new(*yumen.Error)) {
		return err
	}
	return yumen.Errorf(yumen.KindInvalid, "the upload ended too early or came too slowly; nothing of it was kept",
		"上传中断或过慢，未保留任何内容").
		ToFix("send it again", "请重新上传")
}

// count counts bytes that arrived, and refuses what is too much.
func (s *spool) count(k *kept, n int64, l *Limits) error {
	if s.tenants != nil {
		free, err := s.tenants.Spool(k.org, "", yumen.Size(n))
		if err != nil {
			return err
		}
		k.free = append(k.free, free)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case k.bytes+n > int64(l.Upload):
		return yumen.Errorf(yumen.KindLimit, "the file has more than %s", "文件超过 %s", l.Upload)
	case s.bytes+n > int64(l.Spool), s.of[k.owner]+n > int64(l.Spool)/2:
		return yumen.Errorf(yumen.KindLimit, "too much was uploaded and not used yet", "已上传而未使用的文件过多").
			ToFix("use what was uploaded, or wait until it expires", "请先使用已上传的文件，或等待其过期")
	}
	k.bytes += n
	s.hold(k.owner, n)
	return nil
}

// hold counts bytes of a person's files. It is called with the lock.
func (s *spool) hold(owner string, n int64) {
	s.bytes += n
	if s.of[owner] += n; s.of[owner] == 0 {
		delete(s.of, owner)
	}
}

// take takes an upload out, for whoever made it.
func (s *spool) take(by api.Principal, id string) (*kept, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, ok := s.kept[id]
	if !ok || k.owner != by.Person.Name || k.source != nil || k.scope != "" {
		return nil, yumen.Errorf(yumen.KindNotFound, "there is no such upload: it was used, or it expired",
			"没有该上传：已被使用或已过期").At(id).
			ToFix("send the file again", "请重新上传")
	}
	delete(s.kept, id)
	return k, nil
}

// drop lets go of a file that was taken out, or did not come to be kept.
func (s *spool) drop(k *kept) {
	k.close()
	s.mu.Lock()
	s.hold(k.owner, -k.bytes)
	s.mu.Unlock()
}

// offer keeps a stream for one download. Bytes is how many are held for it in memory or scratch.
func (s *spool) offer(by api.Principal, sc scope, from io.ReadCloser, media string, bytes int64) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	own := 0
	for _, k := range s.kept {
		if k.source != nil && k.owner == by.Person.Name {
			own++
		}
	}
	if own >= maxOffers {
		_ = from.Close() // read only
		return "", yumen.Errorf(yumen.KindLimit, "too many files are offered and not downloaded", "待下载的文件过多").
			ToFix("download them, or wait until they expire", "请先下载，或等待其过期")
	}
	k := &kept{id: "d-" + rand.Text(), owner: by.Person.Name, scope: sc, media: media, source: from, bytes: bytes,
		until: time.Now().Add(s.limits.Load().Keep)}
	s.kept[k.id] = k
	s.hold(k.owner, bytes)
	return k.id, nil
}

// maxOffers is how many files are offered to one person at a time: each is an open file.
const maxOffers = 32

// fetch takes an offered file out.
func (s *spool) fetch(by api.Principal, id string) (*kept, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, ok := s.kept[id]
	if !ok || k.owner != by.Person.Name || k.source == nil || !by.Has(k.scope) {
		return nil, yumen.Errorf(yumen.KindNotFound, "there is no such download: it was fetched, or it expired",
			"没有该下载：已被获取或已过期").At(id).
			ToFix("ask for it again", "请重新请求")
	}
	delete(s.kept, id)
	return k, nil
}

func (s *spool) expire(now time.Time) {
	s.mu.Lock()
	var old []*kept
	for id, k := range s.kept {
		if now.After(k.until) {
			old = append(old, k)
			delete(s.kept, id)
		}
	}
	s.mu.Unlock()
	for _, k := range old {
		s.drop(k)
	}
}

func (s *spool) close() { s.expire(time.Now().AddDate(100, 0, 0)) }

// upload is a call whose body is a file. It is read as it comes.
type upload struct {
	body     io.Reader
	deadline func(time.Time) error
}

// Resolve takes the body without reading it.
func (u *upload) Resolve(h huma.Context) []error {
	r, w := humago.Unwrap(h)
	u.body, u.deadline = r.Body, http.NewResponseController(w).SetReadDeadline
	return nil
}

func (d *Door) spoolRoutes() {
	op := huma.Operation{OperationID: "upload", Method: http.MethodPost, Path: "/v1/uploads",
		Summary: "Send a file, to be named by its id in a later call; it is kept for an hour, for whoever sent it",
		RequestBody: &huma.RequestBody{Content: map[string]*huma.MediaType{
			"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}}
	call(d, op, "", func(_ context.Context, by api.Principal, in *upload) (wire.Upload, error) {
		k, err := d.spool.receive(by, in.body, in.deadline)
		if err != nil {
			return wire.Upload{}, err
		}
		return wire.Upload{ID: k.id, Bytes: k.bytes, Digest: k.digest}, nil
	})
	download := huma.Operation{OperationID: "download", Method: http.MethodGet, Path: "/v1/downloads/{name}",
		Summary: "A file that another call offered; once", Tags: []string{noScope}, Errors: refusals,
		Responses: map[string]*huma.Response{"200": {Description: "The file.", Content: map[string]*huma.MediaType{
			"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}}}
	huma.Register(d.api, download, func(ctx context.Context, in *Named) (*huma.StreamResponse, error) {
		q := requestOf(ctx)
		k, err := d.spool.fetch(q.by, in.Name)
		if err != nil {
			return nil, q.problem(err)
		}
		return &huma.StreamResponse{Body: func(h huma.Context) {
			defer d.spool.drop(k)
			_, w := humago.Unwrap(h)
			w.Header().Set("Content-Type", cmp.Or(k.media, "application/octet-stream"))
			w.Header().Set("Content-Disposition", "attachment")
			if k.bytes > 0 {
				w.Header().Set("Content-Length", strconv.FormatInt(k.bytes, 10))
			}
			if _, err := io.Copy(w, k.source); err != nil {
				panic(http.ErrAbortHandler) // a part must not look like the whole
			}
		}}, nil
	})
}
