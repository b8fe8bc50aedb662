package city

import "embed"

// Files holds what goes with the tables, as people would write it: catalog entries in datasets/, contracts in contracts/, and in
// jobs/ the jobs of the demo, each a YAML file with the SQL text beside it. The module that jobs/readmission.yaml names is built from
// examples/guests/readmission and is not among them.
//
//go:embed datasets/*.yaml contracts/*.yaml jobs/*.yaml jobs/*.sql
var Files embed.FS
