package yumen

import (
	"slices"
	"strconv"
)

// ReleaseClass is the kind of guarantee under which a result may leave.
type ReleaseClass string

// The release classes, from the strongest guarantee to none that the engine can derive.
const (
	ClassDP        ReleaseClass = "dp"        // a differentially private answer
	ClassAggregate ReleaseClass = "aggregate" // aggregates over at least k units, checked and rounded
	ClassRows      ReleaseClass = "rows"      // a desensitized row-level extract
	ClassOpaque    ReleaseClass = "opaque"    // meaning not derivable: Wasm batch output
)

// Contract is what the parties agreed on and the regulator signed: purpose, data, uses, classes, risk and validity.
type Contract struct {
	Name string `json:"name" yaml:"contract"`
	// Kind is which agreement of the rules of the place it is. Defaults to that called contract, where they have kinds.
	Kind     string            `json:"kind,omitempty" yaml:"kind"`
	Within   string            `json:"within,omitempty" yaml:"within"` // the contract that it lies under
	Title    Text              `json:"title" yaml:"title"`
	Purpose  Text              `json:"purpose" yaml:"purpose"`
	Parties  Parties           `json:"parties" yaml:"parties"`
	Datasets []ContractDataset `json:"datasets" yaml:"datasets"`
	Classes  []ReleaseClass    `json:"classes" yaml:"classes"`
	Engines  []Engine          `json:"engines,omitempty" yaml:"engines"` // Defaults to sql and wasm
	Risk     Risk              `json:"risk" yaml:"risk"`
	Budget   Budget            `json:"budget,omitzero" yaml:"budget"`
	Valid    Validity          `json:"valid" yaml:"valid"`
	Quotas   Quotas            `json:"quotas,omitzero" yaml:"quotas"`
	Review   ReviewRule        `json:"review" yaml:"review"`
	// Attachments are documents that are agreed on with it and lie elsewhere.
	Attachments []Attachment `json:"attachments,omitempty" yaml:"attachments"`
}

// Frame reports whether the contract grants no data itself: an umbrella agreement (运营协议).
func (c *Contract) Frame() bool { return c.Kind != "" && len(c.Datasets) == 0 }

// Attachment is a document by its digest.
type Attachment struct {
	Name   string `json:"name" yaml:"name"`
	Digest Digest `json:"digest" yaml:"digest"`
}

// Dataset returns what the contract says of the dataset of that name.
func (c *Contract) Dataset(name string) (*ContractDataset, bool) {
	for i := range c.Datasets {
		if c.Datasets[i].Dataset == name {
			return &c.Datasets[i], true
		}
	}
	return nil, false
}

// Parties are the organisations of a contract.
type Parties struct {
	Providers []string `json:"providers" yaml:"providers"`
	Operator  string   `json:"operator" yaml:"operator"`
	Applicant string   `json:"applicant" yaml:"applicant"`
	// Offices are the organisations that hold further offices of the rules of the place, where those sign.
	Offices map[string]string `json:"offices,omitempty" yaml:"offices"`
}

// Has reports whether an organisation is one of them.
func (p Parties) Has(org string) bool {
	if org == "" {
		return false
	}
	for _, held := range p.Offices {
		if held == org {
			return true
		}
	}
	return org == p.Operator || org == p.Applicant || slices.Contains(p.Providers, org)
}

// ContractDataset grants columns of one dataset, each with the uses allowed.
type ContractDataset struct {
	Dataset string          `json:"dataset" yaml:"dataset"`
	Columns []GrantedColumn `json:"columns" yaml:"columns"`
}

// Column returns the grant on the column of that name.
func (d *ContractDataset) Column(name string) (*GrantedColumn, bool) {
	for i := range d.Columns {
		if d.Columns[i].Name == name {
			return &d.Columns[i], true
		}
	}
	return nil, false
}

// GrantedColumn is one column with the uses the contract allows. A use must stand in the catalog entry too, and the
// stricter parameter of the two counts.
type GrantedColumn struct {
	Name string       `json:"name" yaml:"name"`
	Uses []Constraint `json:"uses" yaml:"uses"`
}

// Risk is the risk appetite: the parameters of the egress checks.
type Risk struct {
	K         int       `json:"k" yaml:"k"`                         // least number of distinct units behind a cell. Defaults to 10
	Dominance Dominance `json:"dominance" yaml:"dominance"`         // (n,k) rule. Defaults to n=2, share=0.9
	PRatio    float64   `json:"p_ratio" yaml:"p_ratio"`             // p-percent rule. Defaults to 0.1
	Rounding  int       `json:"rounding" yaml:"rounding"`           // base that counts are rounded to. Defaults to 5; 1 means exact
	MaxRows   int64     `json:"max_rows" yaml:"max_rows"`           // Defaults to 5000
	MaxBytes  Size      `json:"max_bytes" yaml:"max_bytes"`         // Defaults to 16MiB
	MaxHits   int       `json:"max_hits,omitempty" yaml:"max_hits"` // checksum-valid identifiers tolerated in a result. Defaults to 0
}

// Dominance is the (n,k) rule: the n largest units may not make up more than Share of a total.
type Dominance struct {
	N     int     `json:"n" yaml:"n"`
	Share float64 `json:"share" yaml:"share"`
}

// Budget is the privacy budget of a contract: what its answers of class dp may cost together, for each kind of privacy
// unit.
type Budget struct {
	Epsilon float64 `json:"epsilon" yaml:"epsilon"`
	Delta   float64 `json:"delta" yaml:"delta"`
	// What follows holds for a job that does not say otherwise.
	PerQuery      float64 `json:"per_query,omitempty" yaml:"per_query"`             // ε of one answer. Defaults to a tenth of Epsilon
	RowsPerUnit   int     `json:"rows_per_unit,omitempty" yaml:"rows_per_unit"`     // rows of a unit that count in one group. Defaults to 1
	GroupsPerUnit int     `json:"groups_per_unit,omitempty" yaml:"groups_per_unit"` // groups in which a unit counts. Defaults to 1
	// Deadlines are the times after which an answer may be given; which one is settled before the run, so that how long
	// an answer takes tells nothing. Defaults to 100ms, 1s, 10s and 100s.
	Deadlines []Duration `json:"deadlines,omitempty" yaml:"deadlines"`
}

// FormatEpsilon writes an ε for people: as it was declared, and to four digits where it was computed and has no end.
func FormatEpsilon(e float64) string {
	exact := strconv.FormatFloat(e, 'g', 12, 64)
	if v, err := strconv.ParseFloat(exact, 64); err == nil && v == e {
		return exact
	}
	return strconv.FormatFloat(e, 'g', 4, 64)
}

// Validity is the span in which jobs may be submitted and results released, both days included.
type Validity struct {
	From  Day `json:"from" yaml:"from"`
	Until Day `json:"until" yaml:"until"`
	// Reason is why it runs for longer than the rules of the place ask for in principle (原则上).
	Reason string `json:"reason,omitempty" yaml:"reason"`
}

// Quotas bound what jobs of a contract may use.
type Quotas struct {
	JobsPerDay int      `json:"jobs_per_day" yaml:"jobs_per_day"` // Defaults to 100
	Wall       Duration `json:"wall" yaml:"wall"`                 // deadline of one run. Defaults to 60s
	Memory     Size     `json:"memory" yaml:"memory"`             // of one run. Defaults to 2GiB
	// Limits bound what all jobs of the contract take together. What is 0 defaults to what the domain allows each
	// contract.
	Limits TenantLimits `json:"limits,omitzero" yaml:"limits"`
}

// ReviewRule says who lets a result go.
type ReviewRule struct {
	Reviewers   int  `json:"reviewers" yaml:"reviewers"`     // approvals needed; at least 2 for rows and opaque whatever stands here. Defaults to 1
	Independent bool `json:"independent" yaml:"independent"` // reviewers may not belong to the submitter's organisation. Defaults to true
	// Authenticated refuses votes of people whom the caller named and nobody authenticated. Defaults to false.
	Authenticated bool `json:"authenticated,omitempty" yaml:"authenticated"`
	// Automatic is how many results of class aggregate may leave without people, in all, where no check wants a person.
	// Defaults to 0.
	Automatic int `json:"automatic,omitempty" yaml:"automatic"`
}
