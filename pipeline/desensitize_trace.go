package pipeline

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/desensitize"
	"github.com/yumen-data/yumen/internal/task"
)

// Trace looks in a file for the watermark of a recipient, under every version of the key.
func (s *Service) Trace(ctx context.Context, by yumen.Actor, f api.TraceFile) ([]api.Trace, error) {
	p, err := desensitize.ReadProfile(f.Profile.Name, f.Profile.Text)
	if err != nil {
		return nil, err
	}
	if len(p.Marks()) == 0 {
		return nil, yumen.Errorf(yumen.KindInvalid, "the profile has no watermark", "方案中没有水印步骤")
	}
	if len(f.Recipients) == 0 {
		if f.Recipients, err = s.markedRecipients(ctx, by, p.Name); err != nil {
			return nil, err
		}
	}
	spec := task.TraceSpec{File: f.Profile.Name, Profile: string(f.Profile.Text), Recipients: f.Recipients}
	var in inputs
	defer in.release()
	var input yumen.Digest
	if spec.Table, input, err = s.table(ctx, &in, by, f.Table, nil); err != nil {
		return nil, err
	}
	live, err := s.liveKey(ctx, by, p.Marks()[0].Watermark.Key)
	if err != nil {
		return nil, err
	}
	for _, k := range live {
		spec.Keys = append(spec.Keys, task.Key{ID: k.ID, Version: k.Version, Secret: k.Secret})
	}
	e := s.entry(by, yumen.ActionDesensitizeTrace, p.Name)
	e.Digests = map[string]yumen.Digest{"input": input, "profile": p.Digest()}
	if err := s.record(ctx, e); err != nil {
		return nil, err
	}
	out, err := runInto[task.TraceAnswer](ctx, s,
		task.Task{Role: task.Trace, Spec: spec, Inputs: in.all, Tenant: task.Tenant{Organisation: by.Org},
			Program: p.Digest(), Limits: s.tableLimits(), Progress: f.Progress}, nil)
	if err != nil {
		return nil, err
	}
	var found []api.Trace
	err = json.Unmarshal(out.answer.Traces, &found)
	return found, err
}

// markedRecipients lists the recipients of marked copies that the actor may know of.
func (s *Service) markedRecipients(ctx context.Context, by yumen.Actor, profile string) ([]string, error) {
	all, err := s.Desensitizations(ctx, by)
	var out []string
	for _, d := range all {
		if d.Record.Profile != profile {
			continue
		}
		for _, st := range d.Record.Steps {
			if r := st.Params["recipient"]; st.Technique == "watermark" && r != "" && !slices.Contains(out, r) {
				out = append(out, r)
			}
		}
	}
	if err == nil && len(out) == 0 {
		err = yumen.Errorf(yumen.KindNotFound, "no copy was marked under profile %s", "没有按方案 %s 加过水印的副本", profile).
			ToFix("name the recipients to look for", "请指定要检测的接收方")
	}
	return out, err
}
