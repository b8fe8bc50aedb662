package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"io/fs"
	"math/big"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/yumen-data/yumen"
)

// Certificate is the certificate in force, which may be exchanged while connections are answered.
type Certificate struct {
	now atomic.Pointer[tls.Certificate]
}

// LoadCertificate reads the certificate that files name. It refuses what nobody could be shown.
func LoadCertificate(files TLS) (*Certificate, error) {
	chain, err := readPEM(files.Certificate, "CERTIFICATE",
		yumen.Say("there is no certificate in this file", "文件中没有证书"))
	if err != nil {
		return nil, err
	}
	key, err := readPEM(files.Key, "PRIVATE KEY",
		yumen.Say("there is no private key in this file", "文件中没有私钥"))
	if err != nil {
		return nil, err
	}
	cert, err := tls.X509KeyPair(chain, key)
	if err != nil {
		return nil, yumen.Errorf(yumen.KindInvalid,
			"the key does not belong to the certificate, or one of them is damaged",
			"密钥与证书不匹配，或其中之一已损坏").At(files.Certificate).
			ToFix("name a certificate and the key that belongs to it, both in PEM", "请给出 PEM 格式的证书及其密钥")
	}
	if time.Now().After(cert.Leaf.NotAfter) {
		return nil, yumen.Errorf(yumen.KindInvalid, "the certificate has expired", "证书已过期").At(files.Certificate).
			ToFix("put a new one there", "请更换证书")
	}
	c := &Certificate{}
	c.now.Store(&cert)
	return c, nil
}

// readPEM reads a file that has a block of a kind, and refuses, saying none, one that has not.
func readPEM(path, kind string, none yumen.Text) ([]byte, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, yumen.Errorf(yumen.KindNotFound, "cannot read the file", "无法读取文件").At(path).Because(err)
	}
	for rest := text; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return nil, (&yumen.Error{Kind: yumen.KindInvalid, Place: path, Msg: none}).
				ToFix("name a file in PEM", "请给出 PEM 格式的文件")
		}
		if strings.HasSuffix(block.Type, kind) { // there are RSA PRIVATE KEY and EC PRIVATE KEY
			return text, nil
		}
	}
}

// Replace shows another certificate from now on.
func (c *Certificate) Replace(by *Certificate) { c.now.Store(by.now.Load()) }

// Digest is the SHA-256 of the certificate, as clients show it.
func (c *Certificate) Digest() yumen.Digest {
	sum := sha256.Sum256(c.now.Load().Certificate[0])
	return yumen.Digest("sha256:" + hex.EncodeToString(sum[:]))
}

// Current is the certificate in force.
func (c *Certificate) Current() *tls.Certificate { return c.now.Load() }

// config is how the certificate in force is shown.
func (c *Certificate) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.now.Load(), nil }}
}

// selfSignedFor is how long a certificate that the server makes itself is good for.
const selfSignedFor = 365 * 24 * time.Hour

// SelfSigned sees that there is a certificate of the server's own making for this machine's names, and reports whether
// it was made now. One that expires within a month is made anew.
func SelfSigned(files TLS) (made bool, err error) {
	if cert, err := tls.LoadX509KeyPair(files.Certificate, files.Key); err == nil && cert.Leaf != nil &&
		time.Until(cert.Leaf.NotAfter) > 30*24*time.Hour {
		return false, nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return false, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return false, err
	}
	now := time.Now()
	of := &x509.Certificate{SerialNumber: serial, Subject: pkix.Name{CommonName: "yumen on this machine"},
		NotBefore: now.Add(-time.Hour),
		NotAfter:  now.Add(selfSignedFor), DNSNames: []string{"localhost"},
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true, IsCA: true, MaxPathLenZero: true}
	der, err := x509.CreateCertificate(rand.Reader, of, of, &key.PublicKey, key)
	if err != nil {
		return false, err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return false, err
	}
	return true, errors.Join(writePEM(files.Key, "PRIVATE KEY", secret),
		writePEM(files.Certificate, "CERTIFICATE", der))
}

// writePEM writes a file that its owner alone can read.
func writePEM(path, kind string, der []byte) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}

// Trust returns how a client checks the certificate of a server: by the authorities in a file or, without one, those of
// the system.
func Trust(file string) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if file == "" {
		return c, nil
	}
	none := yumen.Say("there is no certificate in this file", "文件中没有证书")
	text, err := readPEM(file, "CERTIFICATE", none)
	if err != nil {
		return nil, err
	}
	if c.RootCAs = x509.NewCertPool(); !c.RootCAs.AppendCertsFromPEM(text) {
		return nil, (&yumen.Error{Kind: yumen.KindInvalid, Place: file, Msg: none}).
			ToFix("name a file in PEM", "请给出 PEM 格式的文件")
	}
	return c, nil
}
