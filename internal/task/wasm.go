package task

import "github.com/yumen-data/yumen"

// InspectSpec asks whether a module can be run in a mode.
type InspectSpec struct {
	Mode   yumen.WasmMode `json:"mode"`
	Memory yumen.Size     `json:"memory"` // modes map and block: what a run will have
}

// UnitsSpec is the part of a WasmSpec that map and block modes add. The files are Arrow streams with yumen.UnitColumn
// first, over versions of one kind of privacy unit.
type UnitsSpec struct {
	Mode        yumen.WasmMode     `json:"mode"`
	Coordinates []yumen.Coordinate `json:"coordinates"`
	Groups      int                `json:"groups"` // map: at least 1
	Blocks      int                `json:"blocks"` // block: at least 1
	Steps       int64              `json:"steps"`  // instructions for one call of the module
}

// InKey names the input that holds the key of a block job: random bytes that deal units into blocks. They are drawn
// once for each job, as secret as the data.
const InKey = "key"

// Columns are those of the result: in map mode a row for each group, in block mode one for each coordinate.
func (u *UnitsSpec) Columns() []yumen.OutputColumn {
	if u.Mode == yumen.ModeBlock {
		return []yumen.OutputColumn{{Name: "coordinate", Type: yumen.TypeText}, {Name: "mean", Type: yumen.TypeDouble},
			{Name: "median", Type: yumen.TypeDouble}, {Name: "blocks", Type: yumen.TypeInteger}}
	}
	var cols []yumen.OutputColumn
	if u.Groups > 1 {
		cols = append(cols, yumen.OutputColumn{Name: "group", Type: yumen.TypeInteger})
	}
	cols = append(cols, yumen.OutputColumn{Name: "units", Type: yumen.TypeInteger})
	for _, c := range u.Coordinates {
		t := c.Type
		if t == yumen.TypeInteger {
			t = "decimal(38,0)" // a sum of integers may need more than 64 bits
		}
		cols = append(cols, yumen.OutputColumn{Name: c.Name, Type: t})
	}
	return cols
}
