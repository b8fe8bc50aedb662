package sqlsession

import (
	"strings"
	"testing"
	"time"
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
