//go:build wasip1

// Command guest is the module of the job tenure: it reads /in/members.csv and /in/flights.csv and writes
// /out/tenure.csv. Build it with
//
//	GOOS=wasip1 GOARCH=wasm go build -o examples/airline/jobs/tenure.wasm ./examples/airline/guest
package main

import (
	"errors"
	"flag"
	"os"

	"github.com/yumen-data/yumen/examples/airline/loyalty"
)

func main() {
	var o loyalty.Options
	flag.IntVar(&o.Least, "least", 50, "members that a line of the table needs")
	flag.IntVar(&o.Round, "round", 5, "base that counts are rounded to")
	flag.Parse()
	if err := run(o); err != nil {
		os.Stderr.WriteString(err.Error() + "\n") // reaches nobody when the data is real
		os.Exit(1)
	}
}

func run(o loyalty.Options) error {
	members, err := os.Open("/in/members.csv")
	if err != nil {
		return err
	}
	defer members.Close() // read only
	flights, err := os.Open("/in/flights.csv")
	if err != nil {
		return err
	}
	defer flights.Close() // read only
	out, err := os.Create("/out/tenure.csv")
	if err != nil {
		return err
	}
	return errors.Join(loyalty.Run(members, flights, out, o), out.Close())
}
