package yumen

// EnclaveReport is what an enclave states about itself after probing itself. It goes into the log and the receipt.
type EnclaveReport struct {
	Role    string         `json:"role"`  // parse, import, sql, wasm, check, fix, export
	Level   IsolationLevel `json:"level"` // what the layers add up to
	Layers  []Layer        `json:"layers"`
	Probes  []Probe        `json:"probes"`
	Binary  Digest         `json:"binary"`            // of the executable that ran
	Program Digest         `json:"program,omitempty"` // of the emitted SQL or the module
	Inputs  []InputDigest  `json:"inputs,omitempty"`
	Engines []string       `json:"engines,omitempty"` // such as "DuckDB v1.5.5"
	Limits  Limits         `json:"limits"`
	WallMS  int64          `json:"wall_ms"`
	// Statement counts the statements of a warm enclave, this one included. 0 for an enclave that did nothing else.
	Statement int `json:"statement,omitempty"`
}

// IsolationLevel is how much of the isolation the host gives.
type IsolationLevel string

// The isolation levels.
const (
	IsolationFull    IsolationLevel = "full"    // every layer
	IsolationReduced IsolationLevel = "reduced" // namespaces and private root, but a further layer is missing
	IsolationNone    IsolationLevel = "none"
)

// Layer is one layer of isolation and whether it was applied.
type Layer struct {
	Name    string `json:"name"`
	Applied bool   `json:"applied"`
	Detail  string `json:"detail,omitempty"`
}

// Probe is an attempt that must fail inside an enclave, made by the enclave itself after lock-down.
type Probe struct {
	Name    string `json:"name"`
	Blocked bool   `json:"blocked"`
	Detail  string `json:"detail,omitempty"` // such as the errno
}

// InputDigest names one input an enclave was given.
type InputDigest struct {
	Name   string `json:"name"`
	Digest Digest `json:"digest"`
}

// Limits bound one enclave. Zero means the default of the sandbox, never "no limit".
type Limits struct {
	Wall    Duration `json:"wall"`    // then it is killed
	Memory  Size     `json:"memory"`  // data the process may allocate
	Output  Size     `json:"output"`  // bytes over all its output streams
	Scratch Size     `json:"scratch"` // bytes of a file in its work area
	Threads int      `json:"threads"`
}
