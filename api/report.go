package api

import (
	"context"

	"github.com/yumen-data/yumen"
)

// ReportUseCases are about how offices and providers keep to what the rules ask of them.
type ReportUseCases interface {
	// Indicators counts, for each organisation, the steps of cases that began in a span of days, both included, and how
	// fresh its datasets are today.
	Indicators(ctx context.Context, by Principal, from, until yumen.Day) (Indicators, error)
}

// Indicators are figures by which bodies are evaluated (评价指标), all of them computed from records that the log
// commits to.
type Indicators struct {
	From   yumen.Day        `json:"from"`
	Until  yumen.Day        `json:"until"`
	On     yumen.Day        `json:"on"` // the day on which it was computed
	Bodies []BodyIndicators `json:"bodies"`
}

// BodyIndicators are those of one organisation.
type BodyIndicators struct {
	Org     string `json:"org"`
	Steps   int    `json:"steps"`   // that it decided or that wait for it
	Ended   int    `json:"ended"`   // of these
	Timed   int    `json:"timed"`   // of those that ended, with a clock
	OnTime  int    `json:"on_time"` // of those (按时办结)
	Overdue int    `json:"overdue"` // that wait for it and were due before today (超期)
	// Days is how many days those that ended took together.
	Days       int `json:"days"`
	Objections int `json:"objections"` // cases that were opened about its data by outsiders and that it decides (异议)
	Datasets   int `json:"datasets"`   // published ones that have an update cycle
	Fresh      int `json:"fresh"`      // of these, with a version within the cycle (更新及时)
}
