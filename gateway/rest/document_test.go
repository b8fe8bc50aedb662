package rest_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/yumen-data/yumen/gateway/rest"
	"github.com/yumen-data/yumen/internal/goldentest"
)

// The document is what clients were written against: a difference is for a person to judge.
func TestDocument(t *testing.T) {
	got, err := rest.New(rest.Config{}).Document()
	if err != nil {
		t.Fatal(err)
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, got, "", " "); err != nil {
		t.Fatal(err)
	}
	goldentest.File(t, "../../docs/openapi.json", append(pretty.Bytes(), '\n'))
}

// Every call has an id, a summary, what it may be refused with, and declares the names in its path.
func TestEveryCallIsDescribed(t *testing.T) {
	b, err := rest.New(rest.Config{}).Document()
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]struct {
			OperationID string `json:"operationId"`
			Summary     string
			Tags        []string
			Parameters  []struct{ Name, In string }
			Responses   map[string]any
		}
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	ids, calls := map[string]bool{}, 0
	for path, methods := range doc.Paths {
		if !strings.HasPrefix(path, "/v1/") {
			t.Errorf("%s is outside /v1", path)
		}
		for method, op := range methods {
			calls++
			if op.OperationID == "" || ids[op.OperationID] || op.Summary == "" || len(op.Tags) != 1 ||
				op.Responses["401"] == nil {
				t.Errorf("%s %s: %+v", method, path, op)
			}
			ids[op.OperationID] = true
			for _, m := range regexp.MustCompile(`\{(\w+)\}`).FindAllStringSubmatch(path, -1) {
				found := false
				for _, p := range op.Parameters {
					found = found || p.In == "path" && p.Name == m[1]
				}
				if !found {
					t.Errorf("%s %s: %s is not declared", method, path, m[1])
				}
			}
		}
	}
	if calls < 45 {
		t.Errorf("%d calls", calls)
	}
	if bytes.Contains(b, []byte("$schema")) {
		t.Error("links to schemas are served, which carry the Host header")
	}
}
