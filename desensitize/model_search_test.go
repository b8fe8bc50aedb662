package desensitize

import "testing"

// A column that is to stay as it is stays so, even where giving it up would be the cheapest way to the model.
func TestColumnsWithoutHierarchyStay(t *testing.T) {
	var rows []string
	for i := range 40 {
		// each age occurs once in either region, so that giving up the region alone makes pairs
		rows = append(rows, []string{"21", "22", "23", "24", "26", "27", "28", "29", "31", "32", "33", "34", "36", "37",
			"38", "39", "41", "42", "43", "44"}[i/2]+"|"+[]string{"440303", "110101"}[i%2]+"|2024-01-01|J18")
	}
	got, rec, err := runModel(t, rows,
		"  quasi: [age, region]\n  k: 2\n  generalize: [{column: age, hierarchy: age}]\n")
	if err != nil {
		t.Fatal(err)
	}
	if level, ok := rec.Model.Levels["region"]; ok && level > 0 || rec.Model.Levels["age"] == 0 || len(got) != 40 {
		t.Errorf("levels %v, %d rows", rec.Model.Levels, len(got))
	}
}
