// Command weekdays is a Wasm module in mode command: it reads visits.csv and counts, for each day of the week and kind
// of visit, the visits and the people who made them.
package main

import (
	"cmp"
	"errors"
	"io"
	"os"
	"slices"
	"strconv"
	"time"

	"github.com/yumen-data/yumen/guest"
)

type key struct {
	day  time.Weekday
	kind string
}

type count struct {
	visits int
	people map[string]bool
}

func main() {
	if err := run(); err != nil {
		os.Exit(1) // nobody sees what a module prints
	}
}

func run() error {
	counts, err := read()
	if err != nil {
		return err
	}
	out, err := guest.Create("weekdays.csv", "weekday", "visit_type", "visits", "people")
	if err != nil {
		return err
	}
	for _, k := range sorted(counts) {
		c := counts[k]
		err = errors.Join(err,
			out.Row(strconv.Itoa(int(k.day)), k.kind, strconv.Itoa(c.visits), strconv.Itoa(len(c.people))))
	}
	return errors.Join(err, out.Close())
}

func read() (map[key]*count, error) {
	in, err := guest.Open("visits.csv", "resident_id", "visit_date", "visit_type")
	if err != nil {
		return nil, err
	}
	defer in.Close() // read only
	counts := map[key]*count{}
	for {
		row, err := in.Next()
		if err == io.EOF {
			return counts, nil
		}
		if err != nil {
			return nil, err
		}
		day, err := time.Parse(time.DateOnly, row[1])
		if err != nil {
			return nil, err
		}
		k := key{day.Weekday(), row[2]}
		if counts[k] == nil {
			counts[k] = &count{people: map[string]bool{}}
		}
		counts[k].visits++
		counts[k].people[row[0]] = true
	}
}

func sorted(counts map[key]*count) []key {
	var keys []key
	for k := range counts {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b key) int { return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.kind, b.kind)) })
	return keys
}
