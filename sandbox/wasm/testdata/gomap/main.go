// Command gomap is a module in Go for the modes map and block: it returns the number of rows of its first table and the
// sum of their first column, and counts in a variable that must not survive.
package main

import "github.com/yumen-data/yumen/guest"

var calls int64

func init() {
	guest.Handle(3, func(r guest.Record, out guest.Result) {
		calls++
		var sum float64
		for i := range r.Rows(0) {
			v, _ := r.Int(0, 0, i)
			sum += float64(v)
		}
		out.Int(0, int64(r.Rows(0)))
		out.Double(1, sum)
		out.Int(2, calls)
	})
}

func main() {}
