package desensitize

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWhatAProfileNeeds(t *testing.T) {
	p, err := ReadProfile("p.yaml", []byte(`profile: p
version: 1
title: t
steps:
  - columns: [a]
    hash: {key: k, context: c}
  - columns: [b]
    encrypt: {mode: randomized, key: e, context: c, reverse: true}
  - columns: [c]
    mask: {preset: mobile}
  - columns: [d]
    round: {base: 10}
  - columns: [d]
    watermark: {anchor: [a], key: k, recipient: r}
  - columns: [f]
    mask: {preset: date_month}
  - columns: [d]
    hash: {key: k, context: d}
`))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]KeyUse{{"k", false}, {"e", true}}, p.Keys()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"a", "b", "c"}, p.TextColumns()); diff != "" {
		t.Error(diff)
	}
	if !p.Reverses() || p.Tokenizes() || p.Splits() || len(p.Marks()) != 1 {
		t.Error(p.Reverses(), p.Tokenizes(), p.Splits(), len(p.Marks()))
	}
}
