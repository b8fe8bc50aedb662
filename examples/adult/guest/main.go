//go:build wasip1

// Command guest is the module of the job segregation: it reads /in/adult.csv and writes /out/segregation.csv. Build it
// with
//
//	GOOS=wasip1 GOARCH=wasm go build -o examples/adult/jobs/segregation.wasm ./examples/adult/guest
package main

import (
	"errors"
	"flag"
	"os"

	"github.com/yumen-data/yumen/examples/adult/segregation"
)

func main() {
	var o segregation.Options
	flag.IntVar(&o.Least, "least", 50, "people of each sex that a level of education needs to be in the table")
	flag.IntVar(&o.Round, "round", 5, "base that counts are rounded to")
	flag.Parse()
	if err := run(o); err != nil {
		os.Stderr.WriteString(err.Error() + "\n") // reaches nobody when the data is real
		os.Exit(1)
	}
}

func run(o segregation.Options) error {
	in, err := os.Open("/in/adult.csv")
	if err != nil {
		return err
	}
	defer in.Close() // read only
	out, err := os.Create("/out/segregation.csv")
	if err != nil {
		return err
	}
	return errors.Join(segregation.Run(in, out, o), out.Close())
}
