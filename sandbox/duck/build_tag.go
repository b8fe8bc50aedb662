//go:build !duckdb_arrow

package duck

// #error Yumen is built with the tag duckdb_arrow. Use make, or add it: go build -tags duckdb_arrow ./cmd/yumen
import "C"
