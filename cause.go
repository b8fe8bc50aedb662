package yumen

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
)

// causes say in both languages what the operating system, the network and certificates are often at fault for. The
// first one that fits counts.
var causes = []struct {
	is   func(error) bool
	text Text
}{
	{of(context.Canceled), Text{"it was interrupted", "已中断"}},
	{of(syscall.ECONNREFUSED), Text{"nothing listens there", "该处没有服务在监听"}},
	{of(syscall.EADDRINUSE), Text{"another program uses this port", "该端口已被其他程序占用"}},
	{of(syscall.EADDRNOTAVAIL), Text{"this machine has no such address", "本机没有该地址"}},
	{of(syscall.ENETUNREACH, syscall.EHOSTUNREACH), Text{"no network leads there", "网络不可达"}},
	{of(syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED), Text{"the connection was cut off", "连接被中断"}},
	{noSuchHost, Text{"there is no host of that name", "没有该名称的主机"}},
	{is[*net.DNSError], Text{"the name of the host could not be looked up", "无法解析主机名"}},
	{is[x509.UnknownAuthorityError],
		Text{"the certificate was issued by nobody who is trusted here", "证书并非由本机信任的机构签发"}},
	{is[x509.HostnameError], Text{"the certificate is for another name", "证书不是为该名称签发的"}},
	{expired, Text{"the certificate has expired or is not valid yet", "证书已过期或尚未生效"}},
	{is[x509.CertificateInvalidError], Text{"the certificate is not valid", "证书无效"}},
	{is[*tls.CertificateVerificationError], Text{"the certificate cannot be verified", "证书无法验证"}},
	{is[tls.RecordHeaderError], Text{"the other end does not speak TLS", "对方未使用 TLS"}},
	{is[tls.AlertError], Text{"the other end refused the TLS connection", "对方拒绝了 TLS 连接"}},
	{of(os.ErrDeadlineExceeded, context.DeadlineExceeded, syscall.ETIMEDOUT), Text{"it took too long", "等待超时"}},
	{of(fs.ErrPermission), Text{"permission is denied", "没有权限"}},
	{of(syscall.ENOTDIR), Text{"a part of the path is no folder", "路径中有一部分不是目录"}},
	{of(syscall.EISDIR), Text{"it is a folder", "这是目录"}},
	{of(fs.ErrNotExist), Text{"there is no such file or folder", "没有该文件或目录"}},
	{of(syscall.ENOTEMPTY), Text{"the folder is not empty", "目录不为空"}},
	{of(fs.ErrExist), Text{"it is already there", "已存在"}},
	{of(syscall.ENOSPC, syscall.EDQUOT), Text{"the disk is full", "磁盘已满"}},
	{of(syscall.EROFS), Text{"the file system is read-only", "文件系统为只读"}},
	{of(syscall.EMFILE, syscall.ENFILE), Text{"too many files are open", "打开的文件过多"}},
	{of(syscall.EIO), Text{"the disk cannot be read or written", "磁盘读写出错"}},
	{of(syscall.ENAMETOOLONG), Text{"the name is too long", "名称过长"}},
	{of(syscall.ELOOP), Text{"too many links follow each other", "符号链接层数过多"}},
	{of(syscall.ENOMEM), Text{"there is no memory left", "内存不足"}},
	{of(io.ErrUnexpectedEOF, io.EOF), Text{"it ends too early", "提前结束"}},
	{timedOut, Text{"it took too long", "等待超时"}},
}

func of(errs ...error) func(error) bool {
	return func(err error) bool {
		for _, e := range errs {
			if errors.Is(err, e) {
				return true
			}
		}
		return false
	}
}

func is[E error](err error) bool {
	_, ok := errors.AsType[E](err)
	return ok
}

func noSuchHost(err error) bool {
	e, ok := errors.AsType[*net.DNSError](err)
	return ok && e.IsNotFound
}

func expired(err error) bool {
	e, ok := errors.AsType[x509.CertificateInvalidError](err)
	return ok && e.Reason == x509.Expired
}

func timedOut(err error) bool {
	e, ok := errors.AsType[net.Error](err)
	return ok && e.Timeout()
}

// CauseText says what an error is that is not one of this vocabulary, with the path that it is about. What is not among
// the common ones is returned as it is, in the words of whoever made it.
func CauseText(err error) Text {
	for _, c := range causes {
		if !c.is(err) {
			continue
		}
		if path := pathOf(err); path != "" {
			return Say("%s: %s", "%s：%s", path, c.text)
		}
		return c.text
	}
	return Text{EN: err.Error(), ZH: err.Error()}
}

// pathOf is the path that an error of the operating system is about; empty where it names none that a person knows.
func pathOf(err error) string {
	path := ""
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		path = e.Path
	} else if e, ok := errors.AsType[*os.LinkError](err); ok {
		path = e.New
	}
	if strings.HasPrefix(path, "/proc/self/fd/") {
		return ""
	}
	return path
}
