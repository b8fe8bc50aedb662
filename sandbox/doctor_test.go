package sandbox

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
)

func TestDoctor(t *testing.T) {
	r := testHost(t, Config{}).Doctor(t.Context())
	if r.Error != nil || len(r.Layers) != len(knownLayers) || r.Enough != (r.Level == yumen.IsolationFull) {
		t.Fatalf("%+v", r)
	}
	for _, l := range r.Layers {
		if l.Present == !l.Fix.IsZero() || l.Does.EN == "" || l.Does.ZH == "" {
			t.Errorf("%+v", l)
		}
	}
	if b, err := json.Marshal(r); err != nil || !strings.Contains(string(b), `"level":"full"`) {
		t.Errorf("%s %v", b, err)
	}
}

// TestLevels shows what each missing layer costs.
func TestLevels(t *testing.T) {
	without := func(names ...string) []yumen.Layer {
		var out []yumen.Layer
		for _, l := range knownLayers {
			out = append(out, yumen.Layer{Name: l.name, Applied: !strings.Contains(strings.Join(names, " "), l.name)})
		}
		return out
	}
	for _, c := range []struct {
		name   string
		layers []yumen.Layer
		probes []yumen.Probe
		want   yumen.IsolationLevel
	}{
		{"all", without(), nil, yumen.IsolationFull},
		{"no cgroup", without(layerCgroup), nil, yumen.IsolationFull},
		{"no seccomp", without(layerSeccomp), nil, yumen.IsolationReduced},
		{"no Landlock", without(layerLandlock), nil, yumen.IsolationReduced},
		{"no limits", without(layerRlimits), nil, yumen.IsolationReduced},
		{"no namespaces", without(layerNamespaces), nil, yumen.IsolationNone},
		{"no private root", without(layerRoot), nil, yumen.IsolationNone},
		{"nothing said", nil, nil, yumen.IsolationNone},
		{"a probe got through", without(), []yumen.Probe{{Name: "x"}}, yumen.IsolationNone},
	} {
		if got, _ := levelOf(c.layers, c.probes); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestBelowMinimumNothingRuns drives the parent with a greeting that lacks a layer.
func TestBelowMinimumNothingRuns(t *testing.T) {
	r := &run{host: &Host{minimum: yumen.IsolationFull}}
	err := r.admit(hello{Layers: []yumen.Layer{{Name: layerNamespaces, Applied: true},
		{Name: layerRoot, Applied: true}}})
	if yumen.KindOf(err) != yumen.KindUnavailable || !strings.Contains(err.Error(), "seccomp") ||
		!strings.Contains(err.Error(), "doctor") {
		t.Error(err)
	}
}

func TestConfig(t *testing.T) {
	for _, c := range []struct {
		config Config
		ok     bool
	}{
		{Config{}, true}, {Config{Minimum: yumen.IsolationReduced}, true}, {Config{Minimum: "best"}, false},
		{Config{AllowUnconfined: true}, false}, {Config{AllowUnconfined: true, Minimum: yumen.IsolationNone}, true},
	} {
		if _, err := New(c.config); (err == nil) != c.ok || err != nil && yumen.KindOf(err) != yumen.KindInvalid {
			t.Errorf("%+v: %v", c.config, err)
		}
	}
}

func TestUnconfinedIsSaidSo(t *testing.T) {
	h := testHost(t, Config{Minimum: yumen.IsolationNone, AllowUnconfined: true})
	got, _, err := deed(t, h, testSpec{Do: "work", Arg: "x"}, nil)
	if err != nil || got.Report.Level != yumen.IsolationNone {
		t.Fatalf("%+v %v", got.Report, err)
	}
}

// A program that links no engine starts its enclaves from another, whose digest the report states.
func TestExecutable(t *testing.T) {
	other := filepath.Join(t.TempDir(), "other")
	b, err := os.ReadFile(executable)
	if err != nil {
		t.Fatal(err)
	}
	b = append(b, 0) // still runs, and is told apart
	if err := os.WriteFile(other, b, 0o755); err != nil {
		t.Fatal(err)
	}
	got, _, err := deed(t, testHost(t, Config{Executable: other}), testSpec{Do: "answer", Arg: "a"}, nil)
	want, _, _ := yumen.DigestReader(bytes.NewReader(b))
	if err != nil || got.Report.Binary != want {
		t.Errorf("ran %s, %v; want %s", got.Report.Binary, err, want)
	}
	missing := testHost(t, Config{Executable: filepath.Join(t.TempDir(), "missing")})
	if _, _, err := deed(t, missing, testSpec{Do: "answer", Arg: "a"},
		nil); yumen.KindOf(err) != yumen.KindUnavailable {
		t.Errorf("started nothing: %v", err)
	}
}
