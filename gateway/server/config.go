package server

import (
	"cmp"
	"encoding"
	"fmt"
	"log/slog"
	"net"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/strictyaml"
)

// None is an address where nothing listens.
const None = "none"

// Config is server.yaml.
type Config struct {
	// Listen is where users come in, by TLS: HOST:PORT, or none for the socket of the home alone. Defaults to
	// 127.0.0.1:8443.
	Listen string `yaml:"listen"`
	// Postgres is where clients of PostgreSQL come in, by TLS: HOST:PORT, or none. Defaults to none.
	Postgres string `yaml:"postgres"`
	// FlightSQL is where clients of Arrow Flight SQL come in, by TLS: HOST:PORT, or none. Defaults to none.
	FlightSQL string `yaml:"flightsql"`
	// TLS says with which certificate.
	TLS TLS `yaml:"tls"`
	// Operations is where metrics, health and readiness are told, without TLS: HOST:PORT on this machine, or none.
	// Defaults to 127.0.0.1:9464.
	Operations string `yaml:"operations"`
	// Pprof tells of the running program itself, beside the metrics. Defaults to false.
	Pprof bool `yaml:"pprof"`
	// Drain is how long answers and operations that are under way have when the server stops. Defaults to 30s.
	Drain yumen.Duration `yaml:"drain"`
	// Log says how the log is written.
	Log Log `yaml:"log"`
	// Limits bound what is sent.
	Limits Limits `yaml:"limits"`
}

// TLS names a certificate and its key, in PEM. Without one, a server on this machine makes its own.
type TLS struct {
	Certificate string `yaml:"certificate"`
	Key         string `yaml:"key"`
}

// Log are the settings of the log, which goes to the standard error.
type Log struct {
	// Format is json or text. Defaults to json.
	Format string `yaml:"format"`
	// Level is the least that is written: debug, info, warn or error. Defaults to info, which has a line for each
	// request.
	Level string `yaml:"level"`
}

// Limits bound what is sent. All but those of connections count from the moment that they are read again.
type Limits struct {
	// Header is what the headers of a request may have. Defaults to 16KiB.
	Header yumen.Size `yaml:"header"`
	// HeaderTime is how long they may take to arrive. Defaults to 10s.
	HeaderTime yumen.Duration `yaml:"header_time"`
	// Idle is how long a connection may be idle. Defaults to 2m.
	Idle yumen.Duration `yaml:"idle"`
	// Connections is how many there are at once, of each listener. Defaults to 1024.
	Connections int `yaml:"connections"`
	// PerSource is how many of them one address has, or one network /64 of IPv6. Defaults to 128.
	PerSource int `yaml:"connections_per_source"`
	// Unauthenticated is how long a connection is kept on which nobody has said who they are. Defaults to 10s.
	Unauthenticated yumen.Duration `yaml:"unauthenticated"`
	// Body is what a body of JSON may have. Defaults to 4MiB.
	Body yumen.Size `yaml:"body"`
	// BodyTime is how long it may take to arrive. Defaults to 30s.
	BodyTime yumen.Duration `yaml:"body_time"`
	// Depth is how deep it may be nested. Defaults to 64.
	Depth int `yaml:"depth"`
	// Upload is what one uploaded file may have. Defaults to 1GiB; without encrypted scratch, sealing.memory of the
	// home is a bound, too.
	Upload yumen.Size `yaml:"upload"`
	// UploadRate is how much of an upload has to arrive in a second, on average. Defaults to 16KiB.
	UploadRate yumen.Size `yaml:"upload_rate"`
	// Grace is for how long an upload may be slower, and how long a client may take to read a part of an answer.
	// Defaults to 30s.
	Grace yumen.Duration `yaml:"grace"`
	// Spool is what uploads and downloads may have together, those of one person half of it. Defaults to 4GiB.
	Spool yumen.Size `yaml:"spool"`
	// Keep is how long uploads, downloads and ended operations are kept. Defaults to 1h.
	Keep yumen.Duration `yaml:"keep"`
	// Operations is how many run at once, those of one person half of them. Defaults to 8.
	Operations int `yaml:"operations"`
}

// Default is the configuration of a server that is told none.
func Default() Config {
	return Config{Listen: "127.0.0.1:8443", Postgres: None, FlightSQL: None,
		Operations: "127.0.0.1:9464",
		Drain:      yumen.Duration(30 * time.Second),
		Log:        Log{Format: "json", Level: "info"},
		Limits: Limits{Header: 16 << 10, HeaderTime: yumen.Duration(10 * time.Second),
			Idle: yumen.Duration(2 * time.Minute), Connections: 1024, PerSource: 128,
			Unauthenticated: yumen.Duration(10 * time.Second),
			Body:            4 << 20, BodyTime: yumen.Duration(30 * time.Second), Depth: 64, Upload: 1 << 30,
			UploadRate: 16 << 10,
			Grace:      yumen.Duration(30 * time.Second), Spool: 4 << 30, Keep: yumen.Duration(time.Hour),
			Operations: 8}}
}

// ParseConfig reads a configuration. What it leaves out is as in Default. The error has every reason, each with its
// place.
func ParseConfig(file string, text []byte) (Config, error) {
	c := Default()
	d := strictyaml.Parse(file, text, &c)
	c.check(d)
	return c, d.Err()
}

// Addresses are where something listens; "" where it is not said.
type Addresses struct{ Listen, Postgres, FlightSQL, Operations string }

// Addresses are those of the configuration.
func (c Config) Addresses() Addresses {
	return Addresses{c.Listen, c.Postgres, c.FlightSQL, c.Operations}
}

// With returns the configuration with the addresses that a command line names, where it does. The error has every
// reason why they cannot be, each with its flag.
func (c Config) With(a Addresses) (Config, error) {
	c.Listen, c.Operations = cmp.Or(a.Listen, c.Listen), cmp.Or(a.Operations, c.Operations)
	c.Postgres, c.FlightSQL = cmp.Or(a.Postgres, c.Postgres), cmp.Or(a.FlightSQL, c.FlightSQL)
	var f flags
	c.checkAddresses(&f)
	return c, yumen.Refuse(yumen.KindInvalid, yumen.Say("nothing can be served like that", "无法按此提供服务"), f)
}

// refuser takes reasons, each with the path of a setting.
type refuser interface {
	Refuse(rule string, msg, fix yumen.Text, path ...any)
}

// flags are the reasons against flags of a command line, which are called like the settings that they stand for.
type flags []yumen.Reason

// Refuse adds a reason.
func (f *flags) Refuse(rule string, msg, fix yumen.Text, path ...any) {
	*f = append(*f, yumen.Reason{Rule: rule, Place: fmt.Sprint("--", path[0]), Msg: msg, Fix: fix})
}

func (c Config) check(d *strictyaml.Doc) {
	c.checkAddresses(d)
	if (c.TLS.Certificate == "") != (c.TLS.Key == "") {
		d.Refuse("tls", yumen.Say("a certificate has a key, and a key a certificate", "证书与密钥须成对给出"),
			yumen.Say("name both, or neither", "请同时给出，或都不给出"), "tls")
	}
	strictyaml.OneOf(d, c.Log.Format, []string{"json", "text"}, "log", "format")
	strictyaml.OneOf(d, c.Log.Level, []string{"debug", "info", "warn", "error"}, "log", "level")
	c.Limits.check(d)
	if c.Drain < 0 {
		positive(d, false, "drain")
	}
}

// checkAddresses refuses addresses where nothing can listen, or not so.
func (c Config) checkAddresses(r refuser) {
	taken := map[string]bool{None: true}
	for _, a := range []struct {
		name, address string
		here          bool
	}{{"listen", c.Listen, false}, {"postgres", c.Postgres, false}, {"flightsql", c.FlightSQL, false},
		{"operations", c.Operations, true}} {
		if !address(r, a.address, a.here, a.name) {
			continue
		}
		if taken[a.address] && a.address != None && !strings.HasSuffix(a.address, ":0") {
			r.Refuse("address", yumen.Say("two listeners have the same address", "两个端口的地址相同"),
				yumen.Say("choose another port for one of them", "请为其中之一另选端口"), a.name)
		}
		taken[a.address] = true
		if c.TLS.Certificate == "" && !a.here && a.address != None && !onLoopback(a.address) {
			r.Refuse("tls", yumen.Say("others cannot trust a certificate that the server makes itself",
				"他人无法信任服务自签的证书"),
				yumen.Say("name a certificate and its key under tls, or listen on 127.0.0.1",
					"请在 tls 下给出证书与密钥，或只监听 127.0.0.1"), a.name)
		}
	}
}

// Setting is one setting by its place in the file.
type Setting struct{ Name, Value string }

// Settings lists all settings, in the order of the file.
func (c Config) Settings() []Setting { return settings("", reflect.ValueOf(c)) }

func settings(under string, v reflect.Value) (out []Setting) {
	for i := range v.NumField() {
		name := under + v.Type().Field(i).Tag.Get("yaml")
		if v.Field(i).Kind() == reflect.Struct {
			out = append(out, settings(name+".", v.Field(i))...)
			continue
		}
		text := fmt.Sprint(v.Field(i))
		if m, ok := v.Field(i).Interface().(encoding.TextMarshaler); ok {
			b, _ := m.MarshalText() // of sizes and spans, which never fails
			text = string(b)
		}
		out = append(out, Setting{name, text})
	}
	return out
}

func positive(d *strictyaml.Doc, ok bool, path ...any) {
	if !ok {
		d.Refuse("positive", yumen.Say("must be greater than 0", "须大于 0"), yumen.Text{}, path...)
	}
}

func (l Limits) check(d *strictyaml.Doc) {
	for name, ok := range map[string]bool{"header": l.Header > 0, "header_time": l.HeaderTime > 0, "idle": l.Idle > 0,
		"connections": l.Connections > 0, "connections_per_source": l.PerSource > 0,
		"unauthenticated": l.Unauthenticated > 0,
		"body":            l.Body > 0, "body_time": l.BodyTime > 0, "depth": l.Depth > 0, "upload": l.Upload > 0,
		"upload_rate": l.UploadRate > 0,
		"grace":       l.Grace > 0, "spool": l.Spool > 0, "keep": l.Keep > 0, "operations": l.Operations > 0} {
		positive(d, ok, "limits", name)
	}
}

// address refuses what nothing can listen at and, where it has to be on this machine, what others reach. It reports
// whether it is an address.
func address(r refuser, a string, here bool, path ...any) bool {
	if a == None {
		return true
	}
	_, port, err := net.SplitHostPort(a)
	if n, e := strconv.ParseUint(port, 10, 16); err != nil || e != nil || strconv.FormatUint(n, 10) != port {
		r.Refuse("address", yumen.Say("an address is HOST:PORT, or none", "地址须为 主机:端口，或 none"),
			yumen.Say("write it as 127.0.0.1:8443; a port is a number up to 65535",
				"请写作 127.0.0.1:8443；端口为不大于 65535 的数字"), path...)
		return false
	}
	if here && !onLoopback(a) {
		r.Refuse("address", yumen.Say("metrics are told without TLS, so on this machine alone", "运维端口没有 TLS，只能监听本机"),
			yumen.Say("listen on 127.0.0.1", "请监听 127.0.0.1"), path...)
	}
	return true
}

func onLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}

// inWords is how many times the limit on headers a request may have to be told so in words. What has more is cut off
// while it is read.
const inWords = 16

// Bounds are the bounds on connections.
func (c Config) Bounds() Bounds {
	l := c.Limits
	return Bounds{Header: inWords * int(l.Header), HeaderTime: time.Duration(l.HeaderTime), Idle: time.Duration(l.Idle),
		Connections: l.Connections, PerSource: l.PerSource, Unknown: time.Duration(l.Unauthenticated)}
}

// Logger returns a logger as the configuration has it.
func (l Log) Logger(w interface{ Write([]byte) (int, error) }) *slog.Logger {
	level := slog.Level(-4 + 4*slices.Index([]string{"debug", "info", "warn", "error"}, l.Level))
	o := &slog.HandlerOptions{Level: level}
	if l.Format == "text" {
		return slog.New(slog.NewTextHandler(w, o))
	}
	return slog.New(slog.NewJSONHandler(w, o))
}
