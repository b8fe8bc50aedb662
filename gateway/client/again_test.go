package client_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/gateway/client"
	"github.com/yumen-data/yumen/gateway/wire"
)

// flaky is a server that breaks connections off, by path, before or in the midst of an answer.
type flaky struct {
	mu     sync.Mutex
	breaks map[string]int // how often yet
	asked  map[string][]string
}

func (f *flaky) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	f.mu.Lock()
	n := f.breaks[r.URL.Path]
	f.breaks[r.URL.Path]--
	f.asked[r.URL.Path] = append(f.asked[r.URL.Path], r.Header.Get(wire.HeaderKey)+" "+string(body))
	f.mu.Unlock()
	switch {
	case n > 0 && n%2 == 0:
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, `{"id":`)
		panic(http.ErrAbortHandler)
	case n > 0:
		panic(http.ErrAbortHandler)
	case r.URL.Path == "/v1/uploads":
		_, _ = io.WriteString(w, `{"id":"u-1","bytes":6}`)
	case r.URL.Path == "/v1/jobs/j-1/events":
		_, _ = io.WriteString(w, "event: end\ndata: {\"id\":\"j-1\",\"state\":\"in_review\"}\n\n")
	default:
		_, _ = io.WriteString(w, `{"id":"j-1"}`)
	}
}

// What a broken connection or a server that is started again leaves unanswered is asked again, with the same key and
// the same body; uploads are sent again whole.
func TestAskedAgain(t *testing.T) {
	f := &flaky{breaks: map[string]int{"/v1/uploads": 1, "/v1/jobs": 2, "/v1/jobs/j-1/events": 1},
		asked: map[string][]string{}}
	s := httptest.NewServer(f)
	defer s.Close()
	c, err := client.At(s.URL, "token", nil)
	if err != nil {
		t.Fatal(err)
	}
	j, err := c.Submit(t.Context(), api.Principal{}, yumen.JobSpec{Wasm: "m"}, []byte("module"))
	if err != nil || j.ID != "j-1" {
		t.Fatal(j, err)
	}
	if j, err = c.Watch(t.Context(), api.Principal{}, j.ID); err != nil || j.State != yumen.StateInReview {
		t.Error(j, err)
	}
	for path, n := range map[string]int{"/v1/uploads": 2, "/v1/jobs": 3, "/v1/jobs/j-1/events": 2} {
		got := f.asked[path]
		if len(got) != n {
			t.Errorf("%s was asked %d times", path, len(got))
		}
		for _, g := range got {
			if g != got[0] || path == "/v1/jobs" && strings.HasPrefix(g, " ") {
				t.Errorf("%s: %q, then %q", path, got[0], g)
			}
		}
	}
}

// A server that stays away is given up, after a bounded number of tries; one that was never there at once.
func TestGivenUp(t *testing.T) {
	f := &flaky{breaks: map[string]int{"/v1/jobs": 1000}, asked: map[string][]string{}}
	s := httptest.NewServer(f)
	defer s.Close()
	c, err := client.At(s.URL, "token", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Submit(t.Context(), api.Principal{}, yumen.JobSpec{}, nil); !client.Unanswered(err) ||
		yumen.KindOf(err) != yumen.KindUnavailable {
		t.Error(err)
	}
	if n := len(f.asked["/v1/jobs"]); n < 3 || n > 10 {
		t.Errorf("it was asked %d times", n)
	}
}

// A module that a server has no more, since it was started again, is sent anew.
func TestModuleIsSentAgain(t *testing.T) {
	var uploads, jobs int
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/v1/uploads":
			uploads++
			_, _ = io.WriteString(w, `{"id":"u-`+strings.Repeat("i", uploads)+`"}`)
		case jobs == 0:
			jobs++
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(404)
			_, _ = io.WriteString(w,
				`{"kind":"not_found","place":"u-i","message":{"en":"no such upload","zh":"没有该上传"}}`)
		default:
			b, _ := io.ReadAll(r.Body)
			if !strings.Contains(string(b), `"u-ii"`) {
				t.Errorf("%s", b)
			}
			_, _ = io.WriteString(w, `{"id":"j-1"}`)
		}
	}))
	defer s.Close()
	c, err := client.At(s.URL, "token", nil)
	if err != nil {
		t.Fatal(err)
	}
	if j, err := c.Submit(t.Context(), api.Principal{}, yumen.JobSpec{Wasm: "m"}, []byte("module")); err != nil ||
		j.ID != "j-1" || uploads != 2 {
		t.Error(j, err, uploads)
	}
}
