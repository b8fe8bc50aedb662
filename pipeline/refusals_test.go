package pipeline_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/pipeline"
	"github.com/yumen-data/yumen/store"
)

// useCase is one of those that name who asks, as anybody may call it.
type useCase struct {
	name string
	call func(ctx context.Context, s *pipeline.Service, by yumen.Actor) error
}

const nothing = "j-20260101-none"

// useCases are all of them, about things that there are where a name of one is given, and that there are not.
func (f *faulty) useCases() []useCase {
	table := api.TableFiles{Paths: []string{f.file}, Format: yumen.FormatCSV}
	profile := api.ProfileFile{Name: "p.yaml", Text: []byte(hashing)}
	marking := api.ProfileFile{Name: "p.yaml", Text: []byte(whole)}
	return []useCase{
		{"register", func(c context.Context, s *pipeline.Service, by yumen.Actor) error {
			return second(s.Register(c, by, "d.yaml", []byte(dataset)))
		}},
		{"import", func(c context.Context, s *pipeline.Service, by yumen.Actor) error {
			return second(s.Import(c, by,
				api.ImportFiles{Dataset: "none", Paths: []string{f.file}, Format: yumen.FormatCSV}))
		}},
		{"publish", func(c context.Context, s *pipeline.Service, by yumen.Actor) error {
			return second(s.Publish(c, by, "none"))
		}},
		{"profile", func(c context.Context, s *pipeline.Service, by yumen.Actor) error {
			return second(s.ProfileTable(c, by, api.TableFiles{Dataset: "none"}, nil))
		}},
		{"sign", func(c context.Context, s *pipeline.Service, by yumen.Actor) error {
			return second(s.Sign(c, by, "c.yaml", []byte(agreement)))
		}},
		{"terminate", func(c context.Context, s *pipeline.Service, by yumen.Actor) error {
			return second(s.Terminate(c, by, "none"))
		}},
		{"submit", func(c context.Context, s *pipeline.Service, by yumen.Actor) error {
			return second(s.Submit(c, by, yumen.JobSpec{Contract: "none", SQL: "EXPLAIN POLICY SELECT 1"}, nil))
		}},
		{"explain", func(c context.Context, s *pipeline.Service, by yumen.Actor) error {
			return second(s.Explain(c, by, yumen.JobSpec{Contract: "none", SQL: figures}, nil))
		}},
		{"follow", func(c context.Context, s *pipeline.Service,
			by yumen.Actor) error {
			return s.MayFollow(c, by, nothing)
		}},
		{"waiting", func(c context.Context, s *pipeline.Service, by yumen.Actor) error {
			return second(s.Waiting(c, by, "", 0))
		}},
		{"case", func(c context.Context, s *pipeline.Service, by yumen.Actor) error {
			return second(s.Case(c, by, nothing))
		}},
		{"preview", func(c context.Context, s *pipeline.Service, by yumen.Actor) error {
			return second(s.Preview(c, by, nothing, 0, 1))
		}},
		{"cells", func(c context.Context, s *pipeline.Service, by yumen.Actor) error {
			return second(s.PreviewCells(c, by, nothing, 0, 1))
		}},
		{"vote", func(c context.Context, s *pipeline.Service, by yumen.Actor) error {
			return second(s.Vote(c, by, nothing, "sha256:0", yumen.DecisionApprove, "fine"))
		}},
		{"release", func(c context.Context, s *pipeline.Service, by yumen.Actor) error {
			return second(s.Release(c, by, nothing, yumen.FormatCSV))
		}},
		{"fetch", func(c context.Context, s *pipeline.Service, by yumen.Actor) error {
			return second(s.Fetch(c, by, "r-none"))
		}},
		{"desensitize", func(c context.Context, s *pipeline.Service, by yumen.Actor) error {
			return second(s.Desensitize(c, by,
				api.DesensitizeFile{Table: table, Profile: profile, Format: yumen.FormatCSV, Out: &newFile{}}))
		}},
		{"dry run", func(c context.Context, s *pipeline.Service, by yumen.Actor) error {
			return second(s.DryRun(c, by, api.DesensitizeFile{Table: table, Profile: profile}, 1))
		}},
		{"trace", func(c context.Context, s *pipeline.Service, by yumen.Actor) error {
			return second(s.Trace(c, by, api.TraceFile{Table: table, Profile: marking}))
		}},
		{"records", func(c context.Context, s *pipeline.Service, by yumen.Actor) error {
			return second(s.Desensitizations(c, regulator))
		}},
		{"record", func(c context.Context, s *pipeline.Service, by yumen.Actor) error {
			return second(s.Desensitization(c, regulator, "d-none"))
		}},
		{"create key", func(c context.Context, s *pipeline.Service, by yumen.Actor) error {
			return second(s.CreateKey(c, by, api.NewKey{ID: "Not An Id"}))
		}},
		{"rotate key", func(c context.Context, s *pipeline.Service, by yumen.Actor) error {
			return second(s.RotateKey(c, by, "none"))
		}},
		{"destroy key", func(c context.Context, s *pipeline.Service, by yumen.Actor) error {
			return s.DestroyKey(c, by, "none", 1, "gone")
		}},
		{"keys", func(c context.Context, s *pipeline.Service, by yumen.Actor) error { return second(s.KnownKeys(by)) }},
	}
}

// Who asks for what there is not, or what is no good, is told so, and nothing is written.
func TestEveryUseCaseSaysWhatIsWrong(t *testing.T) {
	f := newFaulty(t)
	everyone := yumen.Actor{Name: "everyone", Org: "hospital", Roles: yumen.Roles}
	wants := map[string]yumen.ErrorKind{"register": "", "waiting": "", "records": "", "keys": "",
		"sign":   yumen.KindDenied,
		"submit": yumen.KindInvalid, "create key": yumen.KindInvalid, "follow": yumen.KindNotFound}
	for _, u := range f.useCases() {
		err := u.call(t.Context(), f.s, everyone)
		want, ok := wants[u.name]
		if !ok {
			want = yumen.KindNotFound
		}
		if (want == "") != (err == nil) || err != nil && yumen.KindOf(err) != want {
			t.Errorf("%s by everyone: %v, want kind %q", u.name, err, want)
		}
	}
}

// What a provider may not do with data of others, with versions that there are or are not, and with files.
func TestCatalogRefuses(t *testing.T) {
	f := newFaulty(t)
	ctx := t.Context()
	other := yumen.Actor{Name: "q", Org: "clinic", Roles: []yumen.Role{yumen.RoleProvider}}
	files := api.ImportFiles{Dataset: "visits", Paths: []string{f.file}, Format: yumen.FormatCSV,
		Acquired: "2026-01-01"}
	if _, err := f.s.Register(ctx, provider, "d.yaml", []byte(dataset)); err != nil {
		t.Fatal(err)
	}
	publish := func(by yumen.Actor) error { return second(f.s.Publish(ctx, by, "visits")) }
	importing := func(by yumen.Actor, change func(*api.ImportFiles)) error {
		in := files
		change(&in)
		return second(f.s.Import(ctx, by, in))
	}
	wants := func(name string, want yumen.ErrorKind, err error) {
		t.Helper()
		if yumen.KindOf(err) != want || err == nil {
			t.Errorf("%s: %v, want kind %s", name, err, want)
		}
	}
	wants("register what is no YAML", yumen.KindInvalid,
		second(f.s.Register(ctx, provider, "d.yaml", []byte("dataset: ["))))
	wants("register for others", yumen.KindDenied, second(f.s.Register(ctx, other, "d.yaml", []byte(dataset))))
	wants("publish before an import", yumen.KindConflict, publish(provider))
	wants("publish for others", yumen.KindDenied, publish(other))
	wants("import for others", yumen.KindDenied, importing(other, func(*api.ImportFiles) {}))
	wants("a file that is not there", yumen.KindNotFound,
		importing(provider, func(in *api.ImportFiles) { in.Paths = []string{f.file + "x"} }))
	wants("a folder", yumen.KindInvalid,
		importing(provider, func(in *api.ImportFiles) { in.Paths = []string{filepath.Dir(f.file)} }))
	wants("a profile that is none", yumen.KindInvalid,
		importing(provider, func(in *api.ImportFiles) { in.Profile.Text = []byte("x") }))
	wants("describe before an import", yumen.KindConflict,
		second(f.s.ProfileTable(ctx, provider, api.TableFiles{Dataset: "visits"}, nil)))
	wants("describe for others", yumen.KindDenied,
		second(f.s.ProfileTable(ctx, other, api.TableFiles{Dataset: "visits"}, nil)))
	good := f.e[task.Import]
	f.e[task.Import] = fails(yumen.Errorf(yumen.KindLimit, "too large", "过大"))
	wants("an import that fails", yumen.KindLimit, importing(provider, func(*api.ImportFiles) {}))
	f.e[task.Import] = answers(task.ImportAnswer{BadTotal: 7,
		Bad: []task.BadRow{{Line: 3, Column: "fee", Rule: "type", Msg: yumen.Say("no number", "不是数")},
			{File: 2, Line: 1, Rule: "width", Msg: yumen.Say("too short", "过短")}}})
	err := importing(provider, func(*api.ImportFiles) {})
	wants("bad rows", yumen.KindInvalid, err)
	var places []string
	for _, r := range yumen.AsError(err).Reasons {
		places = append(places, r.Rule+" at "+r.Place)
	}
	if !slices.Equal(places, []string{"row.type at line 3, fee", "row.width at file 2, line 1"}) {
		t.Errorf("%q", places)
	}
	f.e[task.Import] = good
	if err := importing(provider, func(in *api.ImportFiles) { in.Paths = []string{f.file, f.file} }); err != nil {
		t.Fatal(err)
	}
	wants("the same rows again", yumen.KindConflict, importing(provider, func(*api.ImportFiles) {}))
	wants("another entry under versions", yumen.KindConflict,
		second(f.s.Register(ctx, provider, "d.yaml", []byte(strings.Replace(dataset, "max: 10", "max: 11", 1)))))
	if d, err := f.s.Register(ctx, provider, "d.yaml", []byte(dataset)); err != nil || len(d.Versions) != 1 {
		t.Errorf("the same entry again: %+v, %v", d, err)
	}
	if n := len(f.logged(yumen.ActionVersionRefuse)); n != 3 {
		t.Errorf("%d refused imports in the log", n)
	}
}

// A profile is applied only as far as its own steps, the table and the keys go together.
func TestDesensitizeRefuses(t *testing.T) {
	f := newFaulty(t)
	ctx := t.Context()
	everyone := yumen.Actor{Name: "everyone", Org: "clinic", Roles: yumen.Roles}
	if _, err := f.s.Register(ctx, provider, "d.yaml", []byte(dataset)); err != nil {
		t.Fatal(err)
	}
	fine := api.DesensitizeFile{Table: api.TableFiles{Paths: []string{f.file}, Format: yumen.FormatCSV},
		Profile: api.ProfileFile{Name: "p.yaml", Text: []byte(rounding)}, Format: yumen.FormatCSV}
	for name, c := range map[string]struct {
		want   yumen.ErrorKind
		change func(*api.DesensitizeFile)
	}{
		"no profile":               {yumen.KindInvalid, func(d *api.DesensitizeFile) { d.Profile.Text = []byte("x") }},
		"a recipient without mark": {yumen.KindInvalid, func(d *api.DesensitizeFile) { d.Recipient = "lab" }},
		"a second file for one table": {yumen.KindInvalid, func(d *api.DesensitizeFile) {
			d.Side = &newFile{}
		}},
		"a format that is not read": {yumen.KindInvalid,
			func(d *api.DesensitizeFile) { d.Table.Format = yumen.FormatArrow }},
		"a type that there is not": {yumen.KindInvalid,
			func(d *api.DesensitizeFile) { d.Table.Types = map[string]yumen.Type{"a": "number"} }},
		"a dataset that there is not": {yumen.KindNotFound, func(d *api.DesensitizeFile) { d.Table.Dataset = "none" }},
		"a dataset of others":         {yumen.KindDenied, func(d *api.DesensitizeFile) { d.Table.Dataset = "visits" }},
		"a file that is not there": {yumen.KindNotFound,
			func(d *api.DesensitizeFile) { d.Table.Paths = []string{f.file + "x"} }},
		"keys that there are not": {yumen.KindNotFound,
			func(d *api.DesensitizeFile) { d.Profile.Text = []byte(hashing) }},
		"a vault without its key": {yumen.KindNotFound, func(d *api.DesensitizeFile) {
			d.Profile.Text = []byte(strings.Replace(rounding, "round: {base: 10}", "tokenize: {context: c}", 1))
		}},
		"a hierarchy that is not there": {yumen.KindNotFound, func(d *api.DesensitizeFile) {
			d.Hierarchies = []api.HierarchyFile{{Name: "h", Path: f.file + "x"}}
		}},
		"two hierarchies of a name": {yumen.KindInvalid, func(d *api.DesensitizeFile) {
			d.Hierarchies = []api.HierarchyFile{{Name: "h", Path: f.file}, {Name: "h", Path: f.file}}
		}},
		"an answer that is none": {yumen.KindInternal, func(*api.DesensitizeFile) {
			f.e[task.Desensitize] = answers(task.DesensitizeAnswer{Record: []byte("7")})
		}},
	} {
		file, out := fine, &newFile{}
		file.Out = out
		c.change(&file)
		if _, err := f.s.Desensitize(ctx, everyone, file); err == nil || yumen.KindOf(err) != c.want ||
			!slices.Equal(out.fate, []string{"aborted"}) {
			t.Errorf("%s: %v, the file was %s", name, err, out.fate)
		}
	}
	unmarked := api.TraceFile{Table: fine.Table, Profile: fine.Profile}
	if _, err := f.s.Trace(ctx, regulator, unmarked); yumen.KindOf(err) != yumen.KindInvalid {
		t.Errorf("a search for no mark: %v", err)
	}
	if rs, err := f.s.Desensitizations(ctx, regulator); err != nil || len(rs) != 0 {
		t.Errorf("%d records of what was refused, %v", len(rs), err)
	}
}

// failingFile cannot come into being.
type failingFile struct{ newFile }

func (f *failingFile) Commit() error { f.fate = append(f.fate, "failed"); return errFault }

// Where the second file cannot come into being, the first does not either.
func TestFilesOfASplitTableStandTogether(t *testing.T) {
	f := newFaulty(t)
	f.e[task.Desensitize] = answers(recordAnswer())
	out, side := &newFile{}, &failingFile{}
	_, err := f.s.Desensitize(t.Context(), provider,
		api.DesensitizeFile{Table: api.TableFiles{Paths: []string{f.file}, Format: yumen.FormatCSV},
			Profile: api.ProfileFile{Name: "p.yaml",
				Text: []byte(strings.Replace(rounding, "round: {base: 10}", "anatomize: {l: 2}", 1))},
			Format: yumen.FormatCSV, Out: out, Side: side})
	if !errors.Is(err, errFault) || !slices.Equal(out.fate, []string{"aborted"}) ||
		!slices.Equal(side.fate, []string{"failed"}) {
		t.Errorf("%v, %s and %s", err, out.fate, side.fate)
	}
}

// Columns are described under the types that they are stored with, without the one that stands for units; an answer
// that does not fit the table is none.
func TestProfileTable(t *testing.T) {
	f := newFaulty(t)
	prepare(t, f.s, f.dir)
	ctx := t.Context()
	var ran task.Task
	answer := `[{"column": "_unit"}, {"column": "fee", "grade": 2}]`
	types := []yumen.Type{yumen.TypeInteger, yumen.TypeInteger}
	f.e[task.Describe] = func(tk task.Task, _ map[string]io.Writer) (any, error) {
		ran = tk
		return task.DescribeAnswer{Types: types, Proposals: []byte(answer)}, nil
	}
	for _, table := range []api.TableFiles{{Dataset: "visits"}, {Paths: []string{f.file}, Format: yumen.FormatCSV}} {
		f.do("describe", func() error {
			ps, err := f.s.ProfileTable(ctx, provider, table, nil)
			if err == nil && (len(ps) != 1 || ps[0].Column != "fee" || ps[0].Stored != yumen.TypeInteger ||
				ps[0].Grade != 2) {
				t.Errorf("%+v", ps)
			}
			return err
		})
		if len(ran.Inputs) != 1 || ran.Inputs[0].Digest == "" {
			t.Errorf("the enclave was given %+v", ran.Inputs)
		}
	}
	for _, c := range []struct {
		want   yumen.ErrorKind
		change func()
	}{{yumen.KindCorrupt, func() { types = types[:1] }}, {yumen.KindInternal, func() { answer = `{}` }},
		{yumen.KindLimit, func() { f.e[task.Describe] = fails(yumen.Errorf(yumen.KindLimit, "too long", "过长")) }}} {
		c.change()
		if _, err := f.s.ProfileTable(ctx, provider, api.TableFiles{Dataset: "visits"}, nil); err == nil ||
			yumen.KindOf(err) != c.want {
			t.Errorf("%v, want kind %s", err, c.want)
		}
	}
}

// A contract is signed once: the same text again is the same contract, another text under its name is refused.
func TestSigningAgain(t *testing.T) {
	f := newFaulty(t)
	prepare(t, f.s, f.dir)
	first, err1 := f.s.Contract(t.Context(), "study")
	again, err2 := f.s.Sign(t.Context(), regulator, "c.yaml", []byte(agreement))
	if err := errors.Join(err1, err2); err != nil || !again.Signed.Equal(first.Signed) ||
		len(f.logged(yumen.ActionContractSign)) != 1 {
		t.Errorf("%v: signed on %s, and on %s", err, first.Signed, again.Signed)
	}
	if _, err := f.s.Sign(t.Context(), regulator, "c.yaml",
		[]byte(agreement+"\n")); yumen.KindOf(err) != yumen.KindConflict {
		t.Errorf("another text: %v", err)
	}
	if _, err := f.s.Sign(t.Context(), regulator, "c.yaml",
		[]byte("contract: [")); yumen.KindOf(err) != yumen.KindInvalid {
		t.Errorf("no contract: %v", err)
	}
	for range 2 {
		if c, err := f.s.Terminate(t.Context(), regulator, "study"); err != nil || !c.Terminated {
			t.Errorf("terminated: %t, %v", c.Terminated, err)
		}
	}
	if n := len(f.logged(yumen.ActionContractTerminate)); n != 1 {
		t.Errorf("it was ended %d times", n)
	}
}

// A version of a key that was destroyed is said to be, with who did so and why; what came to nothing stands in the log.
func TestKeysAreDestroyed(t *testing.T) {
	f := newFaulty(t)
	ctx := t.Context()
	_, err1 := f.s.CreateKey(ctx, admin, api.NewKey{ID: "k"})
	_, err2 := f.s.RotateKey(ctx, admin, "k")
	err3 := f.s.DestroyKey(ctx, admin, "k", 1, "leaked")
	keys, err4 := f.s.KnownKeys(regulator)
	if err := errors.Join(err1, err2, err3, err4); err != nil || len(keys) != 2 {
		t.Fatalf("%+v, %v", keys, err)
	}
	for _, k := range keys {
		if gone := k.Destroyed != nil; gone != (k.Version == 1) || gone &&
			(k.Destroyed.By != admin.Name || k.Destroyed.Reason != "leaked") {
			t.Errorf("version %d: %+v", k.Version, k.Destroyed)
		}
	}
	for name, err := range map[string]error{"without a reason": f.s.DestroyKey(ctx, admin, "k", 2, ""),
		"without a version": f.s.DestroyKey(ctx, admin, "k", 0, "x")} {
		if yumen.KindOf(err) != yumen.KindInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := len(f.logged(yumen.ActionKeyRefuse)); n != 0 {
		t.Errorf("%d refusals", n)
	}
	if _, err := f.s.RotateKey(ctx, admin, "none"); err == nil || len(f.logged(yumen.ActionKeyRefuse)) != 1 {
		t.Errorf("a key that there is not was rotated: %v", err)
	}
}

// Every object of the home is one that a record refers to: versions, dictionaries, programs, held results with
// evidence, released files, answers and their secrets.
func TestReferredObjects(t *testing.T) {
	p := newPrivately(t)
	if j := p.ask(question(10)); j.State != yumen.StateReleased {
		t.Fatal(j.Error)
	}
	p.e[task.Wasm] = calm()[task.Wasm]
	j := submit(t, p.s)
	approve(t, p.s, j)
	if _, err := p.s.Release(t.Context(), reviewer1, j.ID, yumen.FormatCSV); err != nil {
		t.Fatal(err)
	}
	c, err := p.s.OpenCase(t.Context(), analyst, api.NewCase{Type: "complaint"})
	if err == nil {
		_, err = p.s.AttachToCase(t.Context(), analyst, c.ID, "letter.txt", []byte("a letter"))
	}
	if err != nil {
		t.Fatal(err)
	}
	for role, answer := range fixable(t) {
		p.e[role] = answer
	}
	held, err := p.s.Submit(t.Context(), analyst, yumen.JobSpec{Contract: "study", SQL: figures}, nil)
	if err == nil {
		held, err = p.s.Drive(t.Context(), reviewer1, held.ID)
	}
	if err != nil || held.State != yumen.StateInReview {
		t.Fatal(held.State, err)
	}
	got, err := p.s.Referred(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	spaces := map[store.Space]int{}
	for i, o := range got {
		if spaces[o.Space]++; o.Digest == "" || i > 0 && got[i-1] == o {
			t.Errorf("%+v", o)
		}
	}
	for space := range spaces {
		dir := p.path(filepath.Join("objects", string(space)))
		if space == store.Keys {
			dir = p.path("objects/units")
		}
		files := 0
		err := filepath.WalkDir(dir, func(_ string, e os.DirEntry, err error) error {
			if err == nil && !e.IsDir() {
				files++
			}
			return err
		})
		if err != nil || files != spaces[space] {
			t.Errorf("%s: %d files, %d referred to, %v", space, files, spaces[space], err)
		}
	}
	if len(spaces) != len(store.Spaces) {
		t.Errorf("%v", spaces)
	}
}
