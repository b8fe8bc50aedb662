package sandbox

import (
	"os"

	"github.com/yumen-data/yumen"
)

// probe tries what must fail.
func probe() []yumen.Probe {
	var out []yumen.Probe
	_, err := os.ReadFile("/etc/passwd")
	out = append(out, yumen.Probe{Name: "read /etc/passwd", Blocked: err != nil})
	return out
}
