package sqlsession

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yumen-data/yumen/api"
)

// Cutting a query takes as long as it is, however many statements it has; one that no job could have is not cut.
func TestSplit(t *testing.T) {
	done := make(chan []*Statement)
	go func() {
		all, err := Split(strings.Repeat("中;", mostText/4))
		if err != nil {
			t.Error(err)
		}
		done <- all
	}()
	select {
	case all := <-done:
		if n := len(all); n != mostText/4 || all[n-1].Before != 2*(n-1) {
			t.Errorf("%d statements", n)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it takes too long")
	}
	if _, err := Split(strings.Repeat(" ", mostText+1)); CodeOf(err) != "54000" {
		t.Errorf("%v", err)
	}
}

// Parameters that are compared with a column have its type, and no others have one.
func TestGuess(t *testing.T) {
	see := &sight{}
	see.Tables = []api.CatalogTable{{Schema: "public", Name: "t", Columns: []api.CatalogColumn{
		{Name: "days", OID: OIDInt8}, {Name: "fee", OID: OIDNumeric}, {Name: "both", OID: OIDDate}}},
		{Schema: "public", Name: "u", Columns: []api.CatalogColumn{{Name: "both", OID: OIDText}}},
		{Schema: "yumen", Name: "jobs", Columns: []api.CatalogColumn{{Name: "job", OID: OIDText}}}}
	for text, want := range map[string][]uint32{
		"SELECT 1 FROM t WHERE days > $1 AND $2 <= t.fee":      {OIDInt8, OIDNumeric},
		"SELECT 1 FROM t WHERE t.days BETWEEN $2 AND $1":       {OIDInt8, OIDInt8},
		`SELECT 1 FROM t WHERE "days" NOT IN ($1, 3, $2)`:      {OIDInt8, OIDInt8},
		"SELECT 1 FROM t WHERE both = $1 AND job = $2":         {0, 0},
		"SELECT $1, f($2) FROM t WHERE days + $3 > 4 LIMIT $4": {0, 0, 0, 0},
	} {
		all, err := Split(text)
		if err != nil {
			t.Fatal(err)
		}
		st := all[0]
		n, err := st.Parameters()
		if err != nil {
			t.Fatal(err)
		}
		st.Types = make([]uint32, n)
		if st.guess(see); !slices.Equal(st.Types, want) {
			t.Errorf("%s: %v, want %v", text, st.Types, want)
		}
	}
}
