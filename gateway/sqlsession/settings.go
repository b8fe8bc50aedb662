package sqlsession

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/gateway/pgwire/lex"
)

// Settings are what a client can set of a session. Those that would change what answers look like can be set to what
// they are, and to nothing else: a client that is told otherwise would read answers wrongly.
type Settings struct {
	values map[string]string // by the name in lower case
	start  map[string]string // what RESET brings back
}

// setting is one of them.
type setting struct {
	name     string // as it is reported
	value    string // to begin with
	reported bool   // to the client, at the start and when it changes
	// accept returns the value in its one form, or why it is none. Without it the setting cannot be changed.
	accept func(string) (string, error)
}

// known are all settings. Their names and first values are those of PostgreSQL 15, but for those of yumen.
var known = []setting{
	{"application_name", "", true, anyText},
	{"client_encoding", "UTF8", true, only("UTF8", "UTF-8", "UNICODE")},
	{"DateStyle", "ISO, MDY", true,
		only("ISO, MDY", "ISO", "ISO,MDY", "ISO, YMD", "ISO,YMD", "ISO, DMY", "MDY", "YMD")},
	{"default_transaction_read_only", "on", true, only("on", "true", "off", "false", "1", "0")},
	{"in_hot_standby", "off", true, nil},
	{"integer_datetimes", "on", true, nil},
	{"IntervalStyle", "postgres", true, only("postgres")},
	{"is_superuser", "off", true, nil},
	{"server_encoding", "UTF8", true, nil},
	{"server_version", "15.18 (Yumen)", true, nil},
	{"session_authorization", "", true, nil},
	{"standard_conforming_strings", "on", true, only("on", "true", "1", "yes")},
	{"TimeZone", "UTC", true, anyText},
	{"bytea_output", "hex", false, only("hex")},
	{"client_min_messages", "notice", false, anyText},
	{"default_transaction_isolation", "read committed", false, anyText},
	{"extra_float_digits", "1", false, anyText},
	{"geqo", "on", false, anyText},
	{"idle_in_transaction_session_timeout", "0", false, anyText},
	{"jit", "off", false, anyText},
	{"lock_timeout", "0", false, anyText},
	{"max_identifier_length", "63", false, nil},
	{"row_security", "on", false, anyText},
	{"search_path", "\"$user\", public", false, anyText},
	{"server_version_num", "150018", false, nil},
	{timeoutName, "0", false, milliseconds},
	{"synchronize_seqscans", "on", false, anyText},
	{"transaction_isolation", "read committed", false, anyText},
	{"transaction_read_only", "on", false, anyText},

	{"yumen.again", "off", false, oneOf("on", "off")},                   // ask anew what was rejected or returned
	{"yumen.class", "", false, oneOf("", "dp", "aggregate", "rows")},    // release class asked for
	{"yumen.epsilon", "", false, positive},                              // cost of an answer of class dp
	{"yumen.groups_per_unit", "", false, whole},                         // class dp
	{"yumen.lang", "en", false, oneOf("en", "zh")},                      // of messages
	{"yumen.last_cost", "0", false, nil},                                // ε of the last answer
	{"yumen.max_epsilon", "", false, positive},                          // no answer may cost more
	{"yumen.name", "", false, anyText},                                  // of the next jobs
	{"yumen.on_hold", "error", false, oneOf("error", "ticket", "wait")}, // what is said of a held result
	{"yumen.purpose", "", false, anyText},                               // of the next jobs
	{"yumen.rows_per_unit", "", false, whole},                           // class dp
}

// Clone returns settings of their own that are the same.
func (s *Settings) Clone() Settings { return Settings{maps.Clone(s.values), maps.Clone(s.start)} }

// Own are the settings that are Yumen's, and how long a statement may take.
func (s *Settings) Own() (out []Parameter) {
	for _, k := range known {
		if strings.HasPrefix(k.name, "yumen.") || k.name == timeoutName {
			out = append(out, Parameter{k.name, s.Get(k.name)})
		}
	}
	return out
}

// timeoutName is the setting of how long a statement may take.
const timeoutName = "statement_timeout"

func find(name string) (setting, bool) {
	i := slices.IndexFunc(known, func(s setting) bool { return strings.EqualFold(s.name, name) })
	if i < 0 {
		return setting{}, false
	}
	return known[i], true
}

// NewSettings returns the settings of a session that has set none.
func NewSettings() Settings {
	s := Settings{values: map[string]string{}}
	for _, k := range known {
		s.values[strings.ToLower(k.name)] = k.value
	}
	s.start = maps.Clone(s.values)
	return s
}

// Get returns the value of a setting.
func (s *Settings) Get(name string) string { return s.values[strings.ToLower(name)] }

// Lang is the language of messages.
func (s *Settings) Lang() yumen.Lang {
	if s.Get("yumen.lang") == "zh" {
		return yumen.LangChinese
	}
	return yumen.LangEnglish
}

// Timeout is how long a statement may take; 0 for as long as it takes.
func (s *Settings) Timeout() time.Duration {
	ms, _ := strconv.ParseInt(s.Get(timeoutName), 10, 64) // in its one form
	return time.Duration(ms) * time.Millisecond
}

// Begin sets what a client asks for as it connects. RESET brings that back.
func (s *Settings) Begin(values map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if _, err := s.Set(name, values[name]); err != nil {
			return err
		}
	}
	s.start = maps.Clone(s.values)
	return nil
}

// MostValue is the most bytes that a value may have.
const MostValue = 4 << 10

// Set sets a value, and returns what the client is told of it, if anything.
func (s *Settings) Set(name, value string) (*Parameter, error) {
	k, ok := find(name)
	if !ok {
		return nil, Coded("42704", yumen.Errorf(yumen.KindInvalid, "there is no setting %q", "没有设置项 %q", name))
	}
	if k.accept == nil {
		return nil, Coded("55P02",
			yumen.Errorf(yumen.KindInvalid, "setting %q cannot be changed", "设置项 %q 不可更改", k.name))
	}
	value, err := k.accept(value)
	if err != nil {
		return nil, Coded("22023", yumen.Errorf(yumen.KindInvalid, "this is no value of setting %q", "该值不适用于设置项 %q",
			k.name).Because(err))
	}
	if len(value) > MostValue {
		return nil, Coded("22023", yumen.Errorf(yumen.KindInvalid, "a value of setting %q has %d bytes at most",
			"设置项 %q 的值不得超过 %d 字节", k.name, MostValue))
	}
	value = strings.Clone(value) // without the text that it stands in
	s.values[strings.ToLower(k.name)] = value
	if !k.reported {
		return nil, nil
	}
	return &Parameter{k.name, value}, nil
}

// Reset brings back what was set at the start: of one setting, or of all where name is "".
func (s *Settings) Reset(name string) (changed []Parameter, err error) {
	if _, ok := find(name); name != "" && !ok {
		return nil, Coded("42704", yumen.Errorf(yumen.KindInvalid, "there is no setting %q", "没有设置项 %q", name))
	}
	for _, k := range known {
		low := strings.ToLower(k.name)
		if k.accept == nil || name != "" && !strings.EqualFold(k.name, name) || s.values[low] == s.start[low] {
			continue
		}
		s.values[low] = s.start[low]
		if k.reported {
			changed = append(changed, Parameter{k.name, s.start[low]})
		}
	}
	return changed, nil
}

// Parameter is a setting as a client is told of it.
type Parameter struct{ Name, Value string }

// Reported are the settings that clients of PostgreSQL are told of.
func (s *Settings) Reported() (out []Parameter) {
	for _, k := range known {
		if k.reported {
			out = append(out, Parameter{k.name, s.Get(k.name)})
		}
	}
	return out
}

func anyText(v string) (string, error) { return v, nil }

// only accepts the spellings of the one value that there is, which is the first.
func only(spellings ...string) func(string) (string, error) {
	return func(v string) (string, error) {
		for _, s := range spellings {
			if strings.EqualFold(s, strings.Trim(v, " '")) { // some drivers quote it as they connect
				return spellings[0], nil
			}
		}
		return "", yumen.Errorf(yumen.KindInvalid, "it can be %q only", "只能为 %q", spellings[0])
	}
}

func oneOf(values ...string) func(string) (string, error) {
	return func(v string) (string, error) {
		for _, s := range values {
			if strings.EqualFold(s, v) {
				return s, nil
			}
		}
		return "", yumen.Errorf(yumen.KindInvalid, "it can be one of: %s", "可为以下之一：%s", strings.Join(values, ", "))
	}
}

// milliseconds reads a span as PostgreSQL writes it: a number of milliseconds, or one with a unit.
func milliseconds(v string) (string, error) {
	v = strings.TrimSpace(v)
	if n, err := strconv.ParseUint(v, 10, 31); err == nil {
		return strconv.FormatUint(n, 10), nil
	}
	span := strings.NewReplacer(" ", "", "min", "m", "d", "").Replace(v)
	d, err := time.ParseDuration(span)
	if err != nil || d < 0 || strings.Contains(v, "d") {
		return "", yumen.Errorf(yumen.KindInvalid, "it is a number of milliseconds, or has a unit such as 30s",
			"须为毫秒数，或带单位，如 30s")
	}
	return strconv.FormatInt(d.Milliseconds(), 10), nil
}

func positive(v string) (string, error) {
	if f, err := strconv.ParseFloat(v, 64); v != "" && (err != nil || !(f > 0) || f > 1e6) {
		return "", yumen.Errorf(yumen.KindInvalid, "it is a number greater than 0", "须为大于 0 的数")
	}
	return v, nil
}

func whole(v string) (string, error) {
	if n, err := strconv.Atoi(v); v != "" && (err != nil || n < 1) {
		return "", yumen.Errorf(yumen.KindInvalid, "it is a whole number greater than 0", "须为大于 0 的整数")
	}
	return v, nil
}

// assignment reads SET [SESSION | LOCAL] name {= | TO} value, and SET TIME ZONE value. Default reports that the value
// to begin with is asked for.
func assignment(st lex.Statement) (name, value string, reset bool, err error) {
	i := 1
	if st.Word(i) == "SESSION" || st.Word(i) == "LOCAL" {
		i++
	}
	switch {
	case st.Words(i, "TIME", "ZONE"):
		name, i = "TimeZone", i+2
	case st.Word(i) == "NAMES":
		name, i = "client_encoding", i+1
	case st.Word(i) == "TRANSACTION", st.Word(i) == "CHARACTERISTICS":
		return "", "", false, nil // what a transaction may do is the same for all of them
	default:
		name, i = SettingName(st, i)
		if st.Source(i) != "=" && st.Word(i) != "TO" {
			return "", "", false, Coded("42601", yumen.Errorf(yumen.KindInvalid, "SET has no value", "SET 缺少值"))
		}
		i++
	}
	if st.Word(i) == "DEFAULT" && len(st.Tokens) == i+1 {
		return name, "", true, nil
	}
	var parts []string
	for ; i < len(st.Tokens); i++ {
		switch text, isText := st.Literal(i); {
		case isText:
			parts = append(parts, text)
		case st.Source(i) == ",":
		case st.Source(i) == "-" || st.Source(i) == "+":
			parts = append(parts, st.Source(i)+st.Source(i+1))
			i++
		default:
			parts = append(parts, st.Source(i))
		}
	}
	return name, strings.Join(parts, ", "), false, nil
}

// SettingName reads a name, which may have dots in it, and returns where it ends.
func SettingName(st lex.Statement, i int) (string, int) {
	name := st.Ident(i)
	for i++; st.Source(i) == "." && st.Ident(i+1) != ""; i += 2 {
		name += "." + st.Ident(i+1)
	}
	return name, i
}

// shown returns the settings that SHOW asks for, each with its value.
func (s *Settings) shown(st lex.Statement) ([]Parameter, error) {
	if st.Word(1) == "ALL" {
		var out []Parameter
		for _, k := range known {
			out = append(out, Parameter{k.name, s.Get(k.name)})
		}
		return out, nil
	}
	name, _ := SettingName(st, 1)
	switch {
	case st.Words(1, "TIME", "ZONE"):
		name = "TimeZone"
	case st.Words(1, "TRANSACTION", "ISOLATION", "LEVEL"):
		name = "transaction_isolation"
	}
	k, ok := find(name)
	if !ok {
		return nil, Coded("42704", yumen.Errorf(yumen.KindNotFound, "there is no setting %q", "没有设置项 %q", name))
	}
	return []Parameter{{k.name, s.Get(k.name)}}, nil
}

// number returns a setting that is a number, 0 where it is not set.
func (s *Settings) number(name string) float64 {
	var f float64
	_, _ = fmt.Sscan(s.Get(name), &f) // in its one form
	return f
}
