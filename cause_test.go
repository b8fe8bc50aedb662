package yumen_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
)

// What the operating system, the network and certificates are at fault for is said in the language of the rest, as it
// really comes.
func TestCommonCausesAreTranslated(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "f")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, notThere := os.Open(filepath.Join(dir, "n"))
	_, noFolder := os.Open(filepath.Join(file, "x"))
	_, folder := os.ReadFile(dir)
	_, twice := net.Listen("tcp", taken.Addr().String())
	_, elsewhere := net.Listen("tcp", "192.0.2.1:0")
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = gone.Close()
	_, refused := net.Dial("tcp", gone.Addr().String())
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	_, noTLS := tls.Dial("tcp", strings.TrimPrefix(plain.URL, "http://"), &tls.Config{InsecureSkipVerify: true})
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	defer secure.Close()
	_, stranger := http.Get(secure.URL)
	pool := x509.NewCertPool()
	pool.AddCert(secure.Certificate())
	dial := func(c *tls.Config) error {
		_, err := tls.Dial("tcp", strings.TrimPrefix(secure.URL, "https://"), c)
		return err
	}
	late, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	_, slow := (&net.Dialer{}).DialContext(late, "tcp", taken.Addr().String())
	for want, err := range map[string]error{
		"there is no such file or folder": notThere, "a part of the path is no folder": noFolder,
		"it is a folder": folder, "another program uses this port": twice,
		"this machine has no such address": elsewhere,
		"nothing listens there":            refused, "the other end does not speak TLS": noTLS,
		"the certificate was issued by nobody who is trusted here": stranger,
		"the certificate is for another name": dial(&tls.Config{RootCAs: pool,
			ServerName: "other.invalid"}),
		"the certificate has expired or is not valid yet": dial(&tls.Config{RootCAs: pool,
			Time: func() time.Time { return time.Now().AddDate(200, 0, 0) }}),
		"it took too long": slow, "there is no host of that name": &net.DNSError{IsNotFound: true},
		"permission is denied": fmt.Errorf("wrapped: %w", os.ErrPermission),
	} {
		if err == nil {
			t.Errorf("%s: no error", want)
			continue
		}
		e := yumen.Errorf(yumen.KindUnavailable, "cannot", "不能").Because(err)
		en, zh := e.In(yumen.LangEnglish), e.In(yumen.LangChinese)
		if !strings.Contains(en, want) {
			t.Errorf("%v: %s", err, en)
		}
		if own := strings.NewReplacer(dir, "", "TLS",
			"").Replace(zh); regexp.MustCompile(`[a-zA-Z]{4}`).MatchString(own) {
			t.Errorf("%v: not Chinese: %s", err, zh)
		}
	}
	if e := yumen.Errorf(yumen.KindNotFound, "cannot read it",
		"无法读取").At(filepath.Join(dir, "n")).Because(notThere); e.Error() != e.Place+
		": cannot read it: there is no such file or folder" {
		t.Error(e)
	}
	if text := yumen.CauseText(errors.New("odd")); text.EN != "odd" || text.ZH != "odd" {
		t.Errorf("%+v", text)
	}
}
