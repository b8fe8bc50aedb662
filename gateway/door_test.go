package gateway_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
)

// door is a toy door: what one can be written with, importing package api and the vocabulary alone.
type door struct {
	jobs     api.JobUseCases
	releases api.ReleaseUseCases
	who      func(*http.Request) (api.Principal, error)
}

func (d door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	by, err := d.who(r)
	if err == nil {
		err = d.answer(w, r, by)
	}
	if err == nil {
		return
	}
	switch yumen.KindOf(err) {
	case yumen.KindDenied:
		http.Error(w, err.Error(), http.StatusForbidden)
	case yumen.KindNotFound:
		http.Error(w, err.Error(), http.StatusNotFound)
	default:
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

func (d door) answer(w http.ResponseWriter, r *http.Request, by api.Principal) error {
	if id := r.PathValue("job"); id != "" {
		j, err := d.jobs.Job(r.Context(), by, id)
		if err != nil {
			return err
		}
		return json.NewEncoder(w).Encode(j)
	}
	res, err := d.releases.Fetch(r.Context(), by, r.PathValue("release"))
	if err != nil {
		return err
	}
	defer res.Close() // read only
	w.Header().Set("Content-Type", res.MediaType)
	_, err = io.Copy(w, res)
	return err
}

// domain is one that has a job and a release.
type domain struct{ api.JobUseCases }

// released is its releases.
type released struct{ api.ReleaseUseCases }

func (domain) Job(_ context.Context, by api.Principal, id string) (api.Job, error) {
	if !by.Authenticated() {
		return api.Job{}, yumen.Errorf(yumen.KindDenied, "asserted", "未认证")
	}
	return api.Job{Job: yumen.Job{ID: id}}, nil
}

func (released) Fetch(_ context.Context, by api.Principal, name string) (api.Result, error) {
	if !by.Has(api.ScopeReleases) {
		return api.Result{}, yumen.Errorf(yumen.KindDenied, "scope", "范围")
	}
	return api.Result{ReadCloser: http.NoBody, MediaType: "text/csv", Release: yumen.Release{Name: name}}, nil
}

func TestADoorNeedsNothingButTheAPI(t *testing.T) {
	tokens := map[string]api.Principal{
		"all":  {Person: yumen.Actor{Name: "a"}, Method: api.MethodToken},
		"jobs": {Person: yumen.Actor{Name: "a"}, Method: api.MethodToken, Scopes: []api.Scope{api.ScopeJobs}},
		"said": api.Asserted(yumen.Actor{Name: "a"}),
	}
	d := door{domain{}, released{}, func(r *http.Request) (api.Principal, error) {
		by, ok := tokens[r.Header.Get("Authorization")]
		if !ok {
			return by, yumen.Errorf(yumen.KindDenied, "no token", "缺少令牌")
		}
		return by, nil
	}}
	mux := http.NewServeMux()
	mux.Handle("/jobs/{job}", d)
	mux.Handle("/releases/{release}", d)
	for _, c := range []struct {
		path, token string
		want        int
	}{{"/jobs/j-1", "all", 200}, {"/jobs/j-1", "jobs", 200}, {"/jobs/j-1", "said", 403}, {"/jobs/j-1", "", 403},
		{"/releases/r-1", "all", 200}, {"/releases/r-1", "jobs", 403}} {
		r := httptest.NewRequest(http.MethodGet, c.path, nil)
		r.Header.Set("Authorization", c.token)
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		if w.Code != c.want {
			t.Errorf("%s with %q: %d %s", c.path, c.token, w.Code, w.Body)
		}
	}
}
