package service_test

import (
	"context"
	"reflect"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/service"
)

// Every method asks who it is that asks, reads too, and answers nobody, nobody unauthenticated and no principal outside its scopes, before it
// looks at anything: the service here has no route.
func TestEveryMethodTakesAPrincipal(t *testing.T) {
	s := reflect.ValueOf(service.New(nil, nil, false))
	context, principal := reflect.TypeFor[context.Context](), reflect.TypeFor[api.Principal]()
	if s.NumMethod() < 30 {
		t.Fatalf("%d methods", s.NumMethod())
	}
	person := yumen.Actor{Name: "everyone", Roles: yumen.Roles}
	for i := range s.NumMethod() {
		name, m := s.Type().Method(i).Name, s.Method(i)
		if m.Type().NumIn() < 2 || m.Type().In(0) != context || m.Type().In(1) != principal {
			t.Errorf("%s takes no principal", name)
			continue
		}
		for what, by := range map[string]api.Principal{"nobody": {Method: api.MethodToken}, "somebody unknown": {Person: person},
			"somebody named by the caller": api.Asserted(person),
			"no scope":                     {Person: person, Method: api.MethodToken, Scopes: []api.Scope{}}} {
			in := []reflect.Value{reflect.ValueOf(t.Context()), reflect.ValueOf(by)}
			for k := 2; k < m.Type().NumIn(); k++ {
				in = append(in, reflect.Zero(m.Type().In(k)))
			}
			out := m.Call(in)
			err, _ := out[len(out)-1].Interface().(error)
			if yumen.KindOf(err) != yumen.KindDenied {
				t.Errorf("%s answers %s: %v", name, what, err)
			}
		}
	}
}
