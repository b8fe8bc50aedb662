package api

import "github.com/yumen-data/yumen"

// Waiting is a job that waits for a reviewer, with what helps to decide which comes first.
type Waiting struct {
	yumen.Job
	Rows      int64         `json:"rows"`    // not shown of one's own job
	Verdict   yumen.Verdict `json:"verdict"` // the same
	Approvals int           `json:"approvals"`
	Needed    int           `json:"needed"`
	// Refusals say why the reviewer who asks may not vote on it, or once it is approved why it may not leave; where
	// there are none, it is theirs to decide.
	Refusals []yumen.Reason `json:"refusals,omitempty"`
}

// Queue is a page of the jobs that wait for a reviewer.
type Queue struct {
	Jobs  []Waiting `json:"jobs"`
	Total int       `json:"total"`          // on all pages
	Next  string    `json:"next,omitempty"` // where the next page begins; empty where there is none
}

// Case is all a reviewer needs to decide on a job: the request, what was analysed, every artifact with its findings,
// the votes.
type Case struct {
	Job      yumen.Job `json:"job"`
	Contract string    `json:"contract"`
	Needed   int       `json:"needed"` // approvals needed
	// Emitted is the SQL that met the data, Post what made the result out of the protected cells or the noisy table.
	Emitted   string           `json:"emitted_sql,omitempty"`
	Post      string           `json:"post_sql,omitempty"`
	Notes     []yumen.Text     `json:"notes,omitempty"`
	Artifacts []yumen.Artifact `json:"artifacts"`
	Votes     []yumen.Vote     `json:"votes"`
}

// Current returns the artifact that is to be decided on.
func (c *Case) Current() *yumen.Artifact {
	if len(c.Artifacts) == 0 {
		return nil
	}
	return &c.Artifacts[len(c.Artifacts)-1]
}

// Cells returns the table of cells that the result is made of, as it was checked last; nil for a job that has none.
func (c *Case) Cells() *yumen.Artifact {
	for i := len(c.Artifacts) - 1; i >= 0; i-- {
		if c.Artifacts[i].Cells {
			return &c.Artifacts[i]
		}
	}
	return nil
}

// PreviewOf says which rows are asked for.
type PreviewOf struct {
	Cells  bool // those of the table of cells, not of the result
	Offset int64
	Rows   int
}

// Rows are some rows as text.
type Rows struct {
	Columns []string   `json:"columns"`
	Rows    [][]string `json:"rows"`
	Total   int64      `json:"total"` // of the whole table
}
