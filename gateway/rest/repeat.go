package rest

import (
	"bytes"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/yumen-data/yumen"
)

// Bounds of what is remembered for calls that may be repeated.
const (
	maxKey     = 128
	maxAnswers = 10_000
	remembered = 24 * time.Hour
)

// repeated remembers the answers to calls that carried a key, so that whoever lost an answer may ask again.
type repeated struct {
	mu      sync.Mutex
	answers map[string]*answer
}

// answer is one, or the promise of one.
type answer struct {
	request yumen.Digest
	done    chan struct{}
	status  int // 0 where there was no answer worth remembering
	header  http.Header
	body    []byte
	until   time.Time
}

// serve answers a call with what it was answered before or, the first time, by next.
func (r *repeated) serve(w *recorder, q *http.Request, key string, next http.Handler) {
	rq := requestOf(q.Context())
	body, err := io.ReadAll(q.Body) // it is in memory already
	if err != nil || len(key) > maxKey {
		writeProblem(w, rq.problem(yumen.Errorf(yumen.KindInvalid, "the key has more than %d characters", "键超过 %d 个字符", maxKey)))
		return
	}
	q.Body = io.NopCloser(bytes.NewReader(body))
	digest := yumen.DigestOf([]byte(q.Method + " " + q.URL.RequestURI() + "\n" + string(body)))
	// What one token of a person was answered, another with fewer scopes may not be.
	a, first, err := r.find(rq.by.Person.Name+"\x00"+rq.by.Credential+"\x00"+key, digest)
	if err != nil {
		writeProblem(w, rq.problem(err))
		return
	}
	if first {
		r.first(w, q, a, next)
		return
	}
	select {
	case <-a.done:
	case <-q.Context().Done():
		return
	}
	if a.status == 0 {
		writeProblem(w, rq.problem(yumen.Errorf(yumen.KindConflict, "the first call with this key came to no answer", "首次以此键发出的请求没有得到应答").
			ToFix("see what has come of it, and use another key", "请查看其结果，并另用一个键")))
		return
	}
	for k, v := range a.header {
		w.Header()[k] = v
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // whoever asked may be gone
}

// find returns the answer for a key, and whether it is yet to be given.
func (r *repeated) find(key string, digest yumen.Digest) (*answer, bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if a, ok := r.answers[key]; ok {
		if a.request != digest {
			return nil, false, yumen.Errorf(yumen.KindConflict, "the key was used for another call", "该键已用于另一请求").
				ToFix("use a new key for each call", "每个请求请使用新的键")
		}
		return a, false, nil
	}
	if len(r.answers) >= maxAnswers {
		return nil, false, yumen.Errorf(yumen.KindLimit, "too many keys are remembered", "已记住的键过多").ToFix("ask without a key", "请不带键请求")
	}
	a := &answer{request: digest, done: make(chan struct{}), until: time.Now().Add(remembered)}
	r.answers[key] = a
	return a, true, nil
}

// first gives the answer, and remembers it. What the server was at fault for is tried again by whoever asks again with another key.
func (r *repeated) first(w *recorder, q *http.Request, a *answer, next http.Handler) {
	defer close(a.done)
	t := &tee{recorder: w}
	next.ServeHTTP(t, q)
	if w.status < http.StatusInternalServerError && q.URL.Path != tokenPath {
		a.status, a.header, a.body = w.status, w.Header().Clone(), t.body.Bytes()
	}
}

func (r *repeated) expire(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for k, a := range r.answers {
		if now.After(a.until) {
			delete(r.answers, k)
		}
	}
}

// tee keeps a copy of an answer.
type tee struct {
	*recorder
	body bytes.Buffer
}

// Write writes a part of the answer.
func (t *tee) Write(b []byte) (int, error) {
	_, _ = t.body.Write(b) // never fails
	return t.recorder.Write(b)
}

// Unwrap returns the writer below.
func (t *tee) Unwrap() http.ResponseWriter { return t.recorder }
