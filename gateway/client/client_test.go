package client_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/gateway/client"
	"github.com/yumen-data/yumen/gateway/rest"
	"github.com/yumen-data/yumen/store/seal"
)

// owner asserts everybody but stranger.
type owner struct{}

func (owner) Asserted(_ context.Context, name string) (api.Principal, error) {
	if name == "stranger" {
		return api.Principal{}, yumen.Errorf(yumen.KindDenied, "nobody here is called %q", "没有名为 %q 的人员", name)
	}
	return api.Asserted(yumen.Actor{Name: name, Org: "lab", Roles: []yumen.Role{yumen.RoleAnalyst}}), nil
}

// connect serves a domain on a socket and returns a client of it, with the door.
func connect(t *testing.T, domain api.Domain) (*client.Client, *rest.Door) {
	t.Helper()
	opener := seal.NewOpener(64<<20, t.TempDir(), false)
	t.Cleanup(func() { _ = opener.Close() })
	door := rest.New(rest.Config{Domain: domain, Local: owner{},
		Draft: func() (rest.Draft, error) { return opener.Draft() }})
	s := httptest.NewUnstartedServer(door)
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Listener.Close()
	s.Listener = l
	s.Config.ConnContext = func(ctx context.Context, _ net.Conn) context.Context { return rest.OfOwner(ctx, func() {}) }
	s.Start()
	t.Cleanup(func() { door.Close(context.Background()); s.Close() })
	c := client.On(func(ctx context.Context) (net.Conn,
		error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}, "")
	t.Cleanup(func() { _ = c.Close() })
	return c, door
}

// fill sets everything in a value that is sent.
func fill(v reflect.Value, n *int) {
	*n++
	switch v.Interface().(type) {
	case time.Time:
		v.Set(reflect.ValueOf(time.UnixMilli(int64(*n)).UTC()))
		return
	case yumen.Day:
		v.SetString("2026-01-02")
		return
	case json.RawMessage:
		v.SetBytes([]byte(`{"a":1}`))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprintf("文 %d/%%?", *n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Float64:
		v.SetFloat(float64(*n) + 0.5)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		if v.Type().Elem().Kind() == reflect.Uint8 {
			v.SetBytes([]byte("bytes 字节"))
			return
		}
		fill(v.Index(0), n)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		e := reflect.New(v.Type().Elem()).Elem()
		fill(e, n)
		v.SetMapIndex(reflect.ValueOf("k").Convert(v.Type().Key()), e)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if f.IsExported() && (f.Tag.Get("json") != "-" || f.Name == "Raw") && f.Type.Kind() != reflect.Func &&
				f.Type.Kind() != reflect.Interface {
				fill(v.Field(i), n)
			}
		}
	}
}

// sample returns an argument of a type, with files where files are named.
func sample(t *testing.T, typ reflect.Type, n *int, made *[]*memory) reflect.Value {
	t.Helper()
	v := reflect.New(typ).Elem()
	if typ.Kind() == reflect.Func || typ.Kind() == reflect.Interface {
		return v
	}
	fill(v, n)
	file := func(text string) string {
		p := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return p
	}
	table := func(f *api.TableFiles) { f.Paths = []string{file("one\n"), file("two\n")} }
	h := []api.HierarchyFile{{Name: "h", Path: file("hierarchy\n")}}
	switch x := v.Addr().Interface().(type) {
	case *api.ImportFiles:
		x.Paths, x.Hierarchies = []string{file("one\n")}, h
	case *api.TableFiles:
		table(x)
	case *api.TraceFile:
		table(&x.Table)
	case *api.DesensitizeFile:
		table(&x.Table)
		*made = []*memory{{}, {}}
		x.Out, x.Side, x.Hierarchies = (*made)[0], (*made)[1], h
	case *api.LogQuery:
		x.Limit = 10
	}
	return v
}

// memory is a new file.
type memory struct {
	bytes.Buffer
	committed, aborted bool
}

func (m *memory) Commit() error { m.committed = true; return nil }
func (m *memory) Abort() error  { m.aborted = true; return nil }

// as is an argument as the domain notes it.
func as(v any) any {
	switch x := v.(type) {
	case []byte:
		return string(x)
	case api.ImportFiles:
		x.Paths, x.Hierarchies, x.Progress = contents(x.Paths), hierarchies(x.Hierarchies), nil
		return x
	case api.TableFiles:
		x.Paths = contents(x.Paths)
		return x
	case api.DesensitizeFile:
		return plain(x)
	case api.TraceFile:
		x.Table.Paths = contents(x.Table.Paths)
		return x
	}
	return v
}

// Every use case of a domain is asked and answered over the door as it is without it: each argument and each answer
// arrives whole.
func TestEveryUseCase(t *testing.T) {
	domain := &asked{}
	c, _ := connect(t, domain)
	v, methods := reflect.ValueOf(c), reflect.TypeFor[api.Domain]()
	for i := range methods.NumMethod() {
		name := methods.Method(i).Name
		m, n := v.MethodByName(name), 0
		var made []*memory
		by := api.Asserted(yumen.Actor{Name: "王 分析"})
		in := []reflect.Value{reflect.ValueOf(t.Context()), reflect.ValueOf(by)}
		var want []any
		for k := 2; k < m.Type().NumIn(); k++ {
			in = append(in, sample(t, m.Type().In(k), &n, &made))
			if kind := m.Type().In(k).Kind(); kind != reflect.Func {
				want = append(want, as(in[k].Interface()))
			}
		}
		domain.answer, domain.args, domain.method = nil, nil, ""
		answer := reflect.New(m.Type().Out(0)).Elem()
		if m.Type().NumOut() == 2 {
			fill(answer, &n)
			domain.answer = answer.Interface()
		}
		out := m.Call(in)
		if err, _ := out[len(out)-1].Interface().(error); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if domain.method != name || domain.by.Person.Name != by.Person.Name || domain.by.Person.Org != "lab" {
			t.Errorf("%s was asked as %s by %+v", name, domain.method, domain.by)
		}
		same := cmp.Options{cmp.Comparer(func(a, b api.Progress) bool { return true }),
			cmp.Comparer(func(a, b error) bool { return true })}
		if diff := cmp.Diff(want, domain.args, same); diff != "" {
			t.Errorf("%s is asked otherwise (-sent +arrived):\n%s", name, diff)
		}
		if len(out) == 2 {
			checkAnswer(t, name, domain.answer, out[0].Interface(), made, same)
		}
	}
}

// checkAnswer compares an answer with the one that was given.
func checkAnswer(t *testing.T, name string, want, got any, made []*memory, same cmp.Options) {
	t.Helper()
	switch w := want.(type) {
	case api.Result:
		g := got.(api.Result)
		text, err := io.ReadAll(g)
		if err = errors.Join(err, g.Close()); err != nil || string(text) != released {
			t.Errorf("%s: %q, %v", name, text, err)
		}
		g.ReadCloser, w.ReadCloser = nil, nil
		want, got = w, g
	case api.Desensitization:
		if name != "Desensitize" {
			break
		}
		if made[0].String() != "out\n" || made[1].String() != "side\n" || !made[0].committed || !made[1].committed {
			t.Errorf("%s: %q %q, committed %v %v", name, made[0], made[1], made[0].committed, made[1].committed)
		}
		w.Record.Output, w.Side = got.(api.Desensitization).Record.Output, got.(api.Desensitization).Side
		want = w
	}
	if diff := cmp.Diff(want, got, same); diff != "" {
		t.Errorf("%s is answered otherwise (-given +arrived):\n%s", name, diff)
	}
}

// What a domain refuses arrives with its kind, place, reasons and what to do, in both languages, whatever is asked.
func TestRefusalsArrive(t *testing.T) {
	refused := yumen.Errorf(yumen.KindConflict, "no", "不行").At("f:1:2").ToFix("do that", "请这样做").Then("job.show", "j-1")
	refused.Reasons = []yumen.Reason{{Rule: "r", Place: "1:2", Msg: yumen.Say("a", "甲"), Fix: yumen.Say("b", "乙")}}
	refused.Excerpt = "SELECT\n^"
	domain := &asked{err: refused}
	c, _ := connect(t, domain)
	v, methods := reflect.ValueOf(c), reflect.TypeFor[api.Domain]()
	for i := range methods.NumMethod() {
		name := methods.Method(i).Name
		m, n := v.MethodByName(name), 0
		var made []*memory
		in := []reflect.Value{reflect.ValueOf(t.Context()), reflect.ValueOf(api.Asserted(yumen.Actor{Name: "a"}))}
		for k := 2; k < m.Type().NumIn(); k++ {
			in = append(in, sample(t, m.Type().In(k), &n, &made))
		}
		out := m.Call(in)
		err, _ := out[len(out)-1].Interface().(error)
		var got *yumen.Error
		if !errors.As(err, &got) || cmp.Diff(refused, got) != "" {
			t.Errorf("%s: %v", name, err)
		}
		for _, f := range made {
			if name == "Desensitize" && (f.committed || !f.aborted) {
				t.Errorf("%s: a file is left", name)
			}
		}
	}
}

// An error's cause is told to the owner of the home; in words, without its type.
func TestCauseArrives(t *testing.T) {
	domain := &asked{err: yumen.Errorf(yumen.KindUnavailable, "cannot", "不能").Because(errors.New("disk is full"))}
	c, _ := connect(t, domain)
	_, err := c.Jobs(t.Context(), api.Asserted(yumen.Actor{Name: "a"}))
	if err == nil || err.Error() != "cannot: disk is full" || yumen.KindOf(err) != yumen.KindUnavailable {
		t.Error(err)
	}
}

// Whoever is not known is refused before anything is asked; whoever names nobody is the machine.
func TestWhoAsks(t *testing.T) {
	domain := &asked{}
	c, _ := connect(t, domain)
	if _, err := c.Jobs(t.Context(),
		api.Asserted(yumen.Actor{Name: "stranger"})); yumen.KindOf(err) != yumen.KindDenied || domain.method != "" {
		t.Errorf("%v, asked %s", err, domain.method)
	}
	if _, err := c.Resume(t.Context(), api.Machine()); err != nil || domain.by.Method != api.MethodMachine {
		t.Errorf("%v, %+v", err, domain.by)
	}
	got, err := c.Who(t.Context(), api.Asserted(yumen.Actor{Name: "a"}))
	if err != nil || got.Person.Org != "lab" || got.Method != api.MethodAsserted {
		t.Errorf("%+v, %v", got, err)
	}
}

// Lists of any length arrive whole.
func TestPages(t *testing.T) {
	domain := &asked{}
	jobs := make([]yumen.Job, 2345)
	for i := range jobs {
		jobs[i].ID = fmt.Sprintf("j-%d", i)
	}
	domain.answer = jobs
	c, _ := connect(t, domain)
	got, err := c.Jobs(t.Context(), api.Asserted(yumen.Actor{Name: "a"}))
	if err != nil || len(got) != len(jobs) || got[2344].ID != jobs[2344].ID {
		t.Errorf("%d jobs, %v", len(got), err)
	}
}

// What answers is not always a server of Yumen.
func TestForeignServer(t *testing.T) {
	for body, status := range map[string]int{"<html>": 502, `{"kind":"denied"}`: 403, "": 302} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "http://127.0.0.1:1/")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}))
		c, err := client.At(s.URL, "secret-token", nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Jobs(t.Context(), api.Principal{}); yumen.KindOf(err) != yumen.KindUnavailable ||
			strings.Contains(err.Error(), "secret") {
			t.Errorf("%d %q: %v", status, body, err)
		}
		s.Close()
		if _, err := c.Who(t.Context(), api.Principal{}); yumen.KindOf(err) != yumen.KindUnavailable {
			t.Errorf("a server that is gone: %v", err)
		}
	}
	for _, address := range []string{"http://example.com", "example.com:1", "https://", "ftp://127.0.0.1", "://"} {
		if _, err := client.At(address, "", nil); yumen.KindOf(err) != yumen.KindInvalid {
			t.Errorf("%s: %v", address, err)
		}
	}
}
