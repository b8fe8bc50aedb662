package rest

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
)

// Bounds of what is remembered for calls that may be repeated.
const (
	maxKey     = 128
	maxAnswers = 1000     // of one person
	maxAnswer  = 64 << 10 // bytes of one
	remembered = 24 * time.Hour
)

// repeated remembers the last answers to calls of each person that carried a key, so that whoever lost an answer may
// ask again.
type repeated struct {
	mu sync.Mutex
	of map[string]*answers
}

// answers are those of one person, by key and oldest first.
type answers struct {
	byKey map[string]*answer
	order []*answer
}

func (a *answers) forget(i int) {
	delete(a.byKey, a.order[i].key)
	a.order = slices.Delete(a.order, i, i+1)
}

// answer is one, or the promise of one.
type answer struct {
	key     string
	request yumen.Digest
	done    chan struct{}
	status  int  // 0 where there was no answer worth remembering
	secret  bool // it held one, and so is not remembered itself
	header  http.Header
	body    []byte
	until   time.Time
}

// serve answers a call with what it was answered before or, the first time, by next.
func (r *repeated) serve(w *recorder, q *http.Request, key string, next http.Handler) {
	rq := requestOf(q.Context())
	body, err := io.ReadAll(q.Body) // it is in memory already
	if err != nil || len(key) > maxKey {
		writeProblem(w, rq.problem(yumen.Errorf(yumen.KindInvalid, "the key has more than %d characters", "键超过 %d 个字符",
			maxKey)))
		return
	}
	q.Body = io.NopCloser(bytes.NewReader(body))
	digest := yumen.DigestOf([]byte(q.Method + " " + q.URL.RequestURI() + "\n" + string(body)))
	// What one token of a person was answered, another with fewer scopes may not be.
	a, first, err := r.find(rq.by.Person.Name, rq.by.Credential+"\x00"+key, digest)
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
	if a.secret {
		writeProblem(w, rq.problem(yumen.Errorf(yumen.KindConflict,
			"the first call with this key made a token, whose secret was shown once and is nowhere any more",
			"首次以此键发出的请求已创建令牌，其秘密仅显示一次，不再保存").
			ToFix("revoke that token where its secret was lost, and make another with another key",
				"如秘密已丢失，请撤销该令牌，并以另一键重新创建")))
		return
	}
	if a.status == 0 {
		writeProblem(w, rq.problem(yumen.Errorf(yumen.KindConflict, "the first call with this key came to no answer",
			"首次以此键发出的请求没有得到应答").
			ToFix("see what has come of it, and use another key", "请查看其结果，并另用一个键")))
		return
	}
	for k, v := range a.header {
		w.Header()[k] = v
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // whoever asked may be gone
}

// find returns a person's answer for a key, and whether it is yet to be given. Beyond the bound the oldest is
// forgotten.
func (r *repeated) find(person, key string, digest yumen.Digest) (*answer, bool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	mine := r.of[person]
	if mine == nil {
		mine = &answers{byKey: map[string]*answer{}}
		r.of[person] = mine
	}
	if a, ok := mine.byKey[key]; ok {
		if a.request != digest {
			return nil, false, keyUsed()
		}
		return a, false, nil
	}
	if len(mine.order) >= maxAnswers {
		select {
		case <-mine.order[0].done:
			mine.forget(0)
		default:
			return nil, false,
				yumen.Errorf(yumen.KindLimit, "too many calls are being answered",
					"正在处理的请求过多").ToFix("wait for some of them", "请等待部分请求完成")
		}
	}
	a := &answer{key: key, request: digest, done: make(chan struct{}), until: time.Now().Add(remembered)}
	mine.byKey[key], mine.order = a, append(mine.order, a)
	return a, true, nil
}

// first gives the answer, and remembers it. What the server was at fault for is tried again by whoever asks again with
// another key, and what was refused for a limit with the same.
func (r *repeated) first(w *recorder, q *http.Request, a *answer, next http.Handler) {
	defer close(a.done)
	t := &tee{recorder: w, blind: q.URL.Path == tokenPath}
	id := yumen.DigestOf([]byte(requestOf(q.Context()).by.Person.Name + "\x00" + a.key)).Hex()
	next.ServeHTTP(t, q.WithContext(api.WithCall(q.Context(), &api.Call{ID: id, Request: a.request})))
	a.secret = t.blind && w.status < http.StatusBadRequest
	if !a.secret && w.status < http.StatusInternalServerError && t.body.Len() <= maxAnswer {
		a.status, a.header, a.body = w.status, w.Header().Clone(), t.body.Bytes()
	}
	if w.status == http.StatusTooManyRequests {
		r.forget(requestOf(q.Context()).by.Person.Name, a)
	}
}

// forget lets a key be used again.
func (r *repeated) forget(person string, a *answer) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if mine := r.of[person]; mine != nil {
		if i := slices.Index(mine.order, a); i >= 0 {
			mine.forget(i)
		}
	}
}

func (r *repeated) expire(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for person, mine := range r.of {
		for len(mine.order) > 0 && now.After(mine.order[0].until) {
			mine.forget(0)
		}
		if len(mine.order) == 0 {
			delete(r.of, person)
		}
	}
}

// tee keeps a copy of an answer; where it may hold a secret, of a refusal alone.
type tee struct {
	*recorder
	blind bool
	body  bytes.Buffer
}

// Write writes a part of the answer.
func (t *tee) Write(b []byte) (int, error) {
	if t.body.Len() <= maxAnswer && (!t.blind || t.status >= http.StatusBadRequest) {
		_, _ = t.body.Write(b) // never fails
	}
	return t.recorder.Write(b)
}

// Unwrap returns the writer below.
func (t *tee) Unwrap() http.ResponseWriter { return t.recorder }
