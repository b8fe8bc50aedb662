package city

import "embed"

// Files holds what goes with the tables, as people would write it: catalog entries in datasets/, contracts in
// contracts/, and in jobs/ the jobs of the demo, each a YAML file with the SQL text beside it. The modules that some of
// them name are built from examples/guests and are not among them.
//
//go:embed datasets/*.yaml contracts/*.yaml jobs/*.yaml jobs/*.sql
var Files embed.FS
