package anonymity

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/yumen-data/yumen"
)

// salaries is the 3-diverse table of Li et al. 2007, with its two sensitive attributes.
func salaries(t *testing.T) *Table {
	return table(t, []string{"zip", "age", "salary", "disease"},
		[]string{"476**", "2*", "3", "gastric ulcer"}, []string{"476**", "2*", "4", "gastritis"},
		[]string{"476**", "2*", "5", "stomach cancer"},
		[]string{"4790*", "≥40", "6", "gastritis"}, []string{"4790*", "≥40", "11", "flu"},
		[]string{"4790*", "≥40", "8", "bronchitis"},
		[]string{"476**", "3*", "7", "bronchitis"}, []string{"476**", "3*", "9", "pneumonia"},
		[]string{"476**", "3*", "10", "stomach cancer"})
}

// inpatients is the 4-anonymous table of figure 2 of Machanavajjhala et al. 2007.
func inpatients(t *testing.T) *Table {
	rows := [][]string{}
	add := func(zip, age string, conditions ...string) {
		for _, c := range conditions {
			rows = append(rows, []string{zip, age, c})
		}
	}
	add("130**", "<30", "heart", "heart", "viral", "viral")
	add("1485*", "≥40", "cancer", "heart", "viral", "viral")
	add("130**", "3*", "cancer", "cancer", "cancer", "cancer")
	return table(t, []string{"zip", "age", "condition"}, rows...)
}

func TestMeasure(t *testing.T) {
	tests := []struct {
		name  string
		table *Table
		model Model
		want  ModelResult
	}{
		{"k of the inpatients", inpatients(t), KAnonymity{4}, ModelResult{Holds: true, Least: 4, Greatest: 4}},
		{"k too large", inpatients(t), KAnonymity{5}, ModelResult{Least: 4, Greatest: 4, Classes: 3, Rows: 12}},
		{"distinct", inpatients(t), DistinctLDiversity{"condition", 2},
			ModelResult{Least: 1, Greatest: 3, Classes: 1, Rows: 4}},
		{"entropy at its limit", inpatients(t), EntropyLDiversity{"condition", 2},
			ModelResult{Least: 1, Greatest: math.Exp(1.5 * math.Ln2), Classes: 1, Rows: 4}},
		{"recursive", inpatients(t), RecursiveLDiversity{"condition", 1.5, 2},
			ModelResult{Least: 1, Greatest: math.MaxFloat64, Classes: 1, Rows: 4}},
		{"recursive is strict", inpatients(t), RecursiveLDiversity{"condition", 1, 2},
			ModelResult{Least: 1, Greatest: math.MaxFloat64, Classes: 3, Rows: 12}},
		// Li et al. 2007 give 0.375 for the salaries of the first class and 0.167 for those of the second.
		{"ordered t", salaries(t), TCloseness{Attribute: "salary", T: 0.375, Ordered: true},
			ModelResult{Holds: true, Least: 2. / 12, Greatest: 0.375}},
		{"equal t", salaries(t), TCloseness{Attribute: "disease", T: 0.4},
			ModelResult{Least: 4. / 9, Greatest: 4. / 9, Classes: 3, Rows: 9}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Measure(tt.table, tt.table.Columns()[:2], []Model{tt.model}, nil)
			if err != nil {
				t.Fatal(err)
			}
			tt.want.Model = tt.model.String()
			if diff := cmp.Diff(tt.want, got[0], cmpopts.EquateApprox(0, 1e-12)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestDeltaPresence has a class of a population of which half the
// rows are released, one of which all are, and one without any.
func TestDeltaPresence(t *testing.T) {
	people := table(t, []string{"zip"}, []string{"a"}, []string{"a"}, []string{"b"}, []string{"b"}, []string{"c"})
	released := []bool{true, false, true, true, false}
	got, err := Measure(people, []string{"zip"},
		[]Model{DeltaPresence{0, 0.5}, DeltaPresence{0.5, 1}, DeltaPresence{0, 1}}, released)
	if err != nil {
		t.Fatal(err)
	}
	want := []ModelResult{
		{Model: "(0,0.5)-presence", Greatest: 1, Classes: 1, Rows: 2},
		{Model: "(0.5,1)-presence", Greatest: 1, Classes: 1, Rows: 0}, // the class without released rows gives absence away
		{Model: "(0,1)-presence", Holds: true, Greatest: 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if _, err := Measure(people, []string{"zip"}, []Model{DeltaPresence{0, 1}},
		nil); yumen.KindOf(err) != yumen.KindInvalid {
		t.Errorf("without a population: %v", err)
	}
}

func TestMeasureRefuses(t *testing.T) {
	data := salaries(t)
	tests := []struct {
		name   string
		quasi  []string
		models []Model
		rules  []string
	}{
		{"no quasi-identifier", nil, nil, nil},
		{"unknown and twice", []string{"zip", "zip", "x"}, nil, []string{"column.twice", "column.unknown"}},
		{"both roles", []string{"zip", "salary"}, []Model{TCloseness{Attribute: "salary", T: 0.1}},
			[]string{"column.both"}},
		{"unknown attribute", []string{"zip"}, []Model{DistinctLDiversity{"x", 2}}, []string{"column.unknown"}},
		{"all bad parameters", []string{"zip"},
			[]Model{KAnonymity{0}, DistinctLDiversity{"salary", 0}, EntropyLDiversity{"salary", math.NaN()},
				RecursiveLDiversity{"salary", 0, 2}, TCloseness{Attribute: "salary", T: 1.1},
				TCloseness{Attribute: "disease", Ordered: true},
				TCloseness{Attribute: "disease", Ordered: true, Order: []string{"flu"}}, DeltaPresence{0.5, 0.4}},
			[]string{"model.parameters", "model.parameters", "model.parameters", "model.parameters", "model.parameters",
				"model.parameters", "model.parameters", "model.parameters"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Measure(data, tt.quasi, tt.models, nil)
			if yumen.KindOf(err) != yumen.KindInvalid {
				t.Fatalf("error %v, want kind invalid", err)
			}
			var rules []string
			for _, r := range yumen.AsError(err).Reasons {
				rules = append(rules, r.Rule)
			}
			if diff := cmp.Diff(tt.rules, rules); diff != "" {
				t.Errorf("rules (-want +got):\n%s", diff)
			}
			if strings.Contains(yumen.AsError(err).In(yumen.LangEnglish), "gastritis") {
				t.Errorf("the error carries a value")
			}
		})
	}
}

func TestEmptyAndOneRow(t *testing.T) {
	models := []Model{KAnonymity{2}, TCloseness{Attribute: "b", T: 0.1}}
	empty := table(t, []string{"a", "b"})
	got, err := Measure(empty, []string{"a"}, models, nil)
	if err != nil || !got[0].Holds || !got[1].Holds {
		t.Errorf("empty table: %v, %v", got, err)
	}
	if r, err := MeasureRisk(empty, []string{"a"}, 0, nil); err != nil || *r != (Risk{}) {
		t.Errorf("risk of the empty table: %v, %v", r, err)
	}
	if s, err := MeasureSUDA(context.Background(), empty, []string{"a"}, 0); err != nil || s.Rows != 0 {
		t.Errorf("minimal sample uniques of the empty table: %v, %v", s, err)
	}
	one := table(t, []string{"a", "b"}, []string{"x", "y"})
	got, err = Measure(one, []string{"a"}, models, nil)
	if err != nil || got[0].Holds || !got[1].Holds {
		t.Errorf("one row: %v, %v", got, err)
	}
	if r, err := MeasureRisk(one, []string{"a"}, 0, nil); err != nil || r.Uniqueness != 1 || r.Prosecutor.Highest != 1 {
		t.Errorf("risk of one row: %v, %v", r, err)
	}
}

func TestFailing(t *testing.T) {
	got, err := Failing(inpatients(t), []string{"zip", "age"}, []Model{DistinctLDiversity{"condition", 2}})
	if err != nil {
		t.Fatal(err)
	}
	for row, bad := range got {
		if bad != (row >= 8) {
			t.Errorf("row %d: %v", row+1, bad)
		}
	}
}
