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
	"sync/atomic"
	"time"

	"github.com/yumen-data/yumen"
)

// Certificate is the certificate in force, which may be read again while connections are answered.
type Certificate struct {
	files TLS
	now   atomic.Pointer[tls.Certificate]
}

// LoadCertificate reads the certificate that files name.
func LoadCertificate(files TLS) (*Certificate, error) {
	c := &Certificate{files: files}
	return c, c.Reload(files)
}

// Reload reads the certificate again, from where files say now. Where it fails, the one before stays.
func (c *Certificate) Reload(files TLS) error {
	cert, err := tls.LoadX509KeyPair(files.Certificate, files.Key)
	if err != nil {
		return yumen.Errorf(yumen.KindInvalid, "the certificate and its key cannot be used",
			"证书与密钥不可用").At(files.Certificate).
			ToFix("name a certificate and the key that belongs to it, both in PEM", "请给出 PEM 格式的证书及其密钥").Because(err)
	}
	if cert.Leaf != nil && time.Now().After(cert.Leaf.NotAfter) {
		return yumen.Errorf(yumen.KindInvalid, "the certificate has expired", "证书已过期").At(files.Certificate).
			ToFix("put a new one there", "请更换证书")
	}
	c.files = files
	c.now.Store(&cert)
	return nil
}

// Digest is the SHA-256 of the certificate, as clients show it.
func (c *Certificate) Digest() yumen.Digest {
	sum := sha256.Sum256(c.now.Load().Certificate[0])
	return yumen.Digest("sha256:" + hex.EncodeToString(sum[:]))
}

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
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, yumen.Errorf(yumen.KindNotFound, "cannot read the certificate", "无法读取证书").At(file).Because(err)
	}
	if c.RootCAs = x509.NewCertPool(); !c.RootCAs.AppendCertsFromPEM(text) {
		return nil, yumen.Errorf(yumen.KindInvalid, "there is no certificate in this file", "文件中没有证书").At(file)
	}
	return c, nil
}
