// Package guests carries the Wasm modules that ship with Yumen: small programs that compute something real on people's
// rows inside an enclave. Each folder holds a module's source, how to build it, and the built module with its digest.
package guests

import _ "embed" // the modules

// Readmission reads visits.csv and counts, for each department, the patients who came back within 30 days of a visit.
//
//go:embed readmission/readmission.wasm
var Readmission []byte

// Care tells how much care people of each age get in a year, by group of age. Mode map.
//
//go:embed care/care.wasm
var Care []byte

// Echo gives back the rows it is given; the speed of handing them over is measured with it.
//
//go:embed echo/echo.wasm
var Echo []byte

// Inequality tells how unevenly the year's hospital fees fall on patients. Mode block.
//
//go:embed inequality/inequality.wasm
var Inequality []byte
