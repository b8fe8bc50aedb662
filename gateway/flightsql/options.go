package flightsql

import (
	"strconv"

	"github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
)

// textOf is the value of an option as SET takes it, and whether it is one that settings can have.
func textOf(v *flight.SessionOptionValue) (string, bool) {
	switch v := v.GetOptionValue().(type) {
	case nil:
		return "", true
	case *flight.SessionOptionValue_StringValue:
		return v.StringValue, true
	case *flight.SessionOptionValue_BoolValue:
		if v.BoolValue {
			return "on", true
		}
		return "off", true
	case *flight.SessionOptionValue_Int64Value:
		return strconv.FormatInt(v.Int64Value, 10), true
	case *flight.SessionOptionValue_DoubleValue:
		return strconv.FormatFloat(v.DoubleValue, 'g', -1, 64), true
	}
	return "", false
}
