"""Sends requests to one server: at an address with TLS, or on the socket of a home that is served on this machine."""

from __future__ import annotations

import http.client
import ipaddress
import json
import os
import socket
import ssl
import threading
import urllib.parse
from http.client import HTTPMessage
from typing import Any, Dict, Iterable, Iterator, Mapping, Optional, Tuple, Union

from . import errors

# The largest JSON that is read. Files are streamed and have no bound here.
MAX_JSON = 256 << 20
# The longest line of an event that is read.
MAX_EVENT = 64 << 20

Body = Union[None, bytes, Iterable[bytes]]


class _SocketConnection(http.client.HTTPConnection):
    """A connection to a socket of this machine."""

    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        folder = os.open(os.path.dirname(os.path.abspath(self._path)), os.O_RDONLY)
        try:
            # The name of a socket is 107 bytes at most; a folder may have a longer one.
            here = os.path.exists("/proc/self/fd")
            path = f"/proc/self/fd/{folder}/{os.path.basename(self._path)}" if here else self._path
            self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.sock.settimeout(self.timeout)
            self.sock.connect(path)
        finally:
            os.close(folder)


class Transport:
    """Sends requests of one person. It may be used by several threads; each has a connection of its own."""

    def __init__(
        self,
        *,
        url: Optional[str] = None,
        socket_path: Optional[str] = None,
        token: Optional[str] = None,
        as_: Optional[str] = None,
        ca_file: Optional[str] = None,
        lang: str = "en",
        timeout: float = 120.0,
    ) -> None:
        if (url is None) == (socket_path is None):
            raise ValueError("name either the address of a server or the socket of a home")
        if token is not None and not all("!" <= c <= "~" for c in token):
            raise ValueError("this is no token")  # the message must not repeat it
        self._headers = {"Accept-Language": lang, "User-Agent": "yumen-python"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        elif as_ is not None:
            self._headers["Yumen-As"] = urllib.parse.quote(as_, safe="")
        self._timeout = timeout
        self._socket = socket_path
        self._tls: Optional[ssl.SSLContext] = None
        self._host, self._port = "", 0
        if url is not None:
            self._address(url, ca_file)
        self._local = threading.local()

    def _address(self, url: str, ca_file: Optional[str]) -> None:
        u = urllib.parse.urlsplit(url)
        if not u.hostname or u.username or u.path not in ("", "/") or u.query or u.fragment:
            raise ValueError("the address of a server is https://HOST:PORT")
        self._host, self._port = u.hostname, u.port or (443 if u.scheme == "https" else 80)
        if u.scheme == "https":
            self._tls = ssl.create_default_context(cafile=ca_file)
            self._tls.minimum_version = ssl.TLSVersion.TLSv1_2
        elif u.scheme != "http" or not _loopback(u.hostname):
            raise ValueError("the address of a server is https://HOST:PORT; without TLS on this machine alone")

    def _connection(self) -> http.client.HTTPConnection:
        if self._socket is not None:
            return _SocketConnection(self._socket, self._timeout)
        if self._tls is not None:
            return http.client.HTTPSConnection(self._host, self._port, timeout=self._timeout, context=self._tls)
        return http.client.HTTPConnection(self._host, self._port, timeout=self._timeout)

    def close(self) -> None:
        """Closes the connection of this thread."""
        kept: Optional[http.client.HTTPConnection] = getattr(self._local, "connection", None)
        self._local.connection = None
        if kept is not None:
            kept.close()

    def json(self, method: str, path: str, body: Any = None, key: str = "") -> Any:
        """Asks and returns the answer as JSON. A change carries a key, so that it is made once only."""
        headers = dict(self._headers)
        data = b""
        if body is not None:
            data = json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
            headers["Content-Type"] = "application/json"
        if key:
            headers["Idempotency-Key"] = key
        status, answered, raw = self._ask(method, path, data, headers, key)
        return _decoded(status, answered, raw)

    def _ask(
        self, method: str, path: str, data: bytes, headers: Mapping[str, str], key: str
    ) -> Tuple[int, HTTPMessage, bytes]:
        """Sends a request on the connection of this thread. One that was idle and has been closed is made again."""
        kept: Optional[http.client.HTTPConnection] = getattr(self._local, "connection", None)
        for connection in (kept, None):
            if connection is None:
                if kept is not None:
                    self.close()
                connection = self._open()
            try:
                connection.request(method, path, body=data if data or method == "POST" else None, headers=dict(headers))
                answer = connection.getresponse()
                raw = answer.read(MAX_JSON + 1)
            except (OSError, http.client.HTTPException) as e:
                connection.close()
                self._local.connection = None
                if connection is kept and isinstance(e, (http.client.RemoteDisconnected, ConnectionError)):
                    continue
                raise (errors.UnknownOutcome(key) if key else _unreached()) from e
            if len(raw) > MAX_JSON:
                connection.close()
                self._local.connection = None
                raise errors.Unavailable(errors.local("unavailable", "the answer is too large", "应答过大"))
            self._local.connection = connection
            return answer.status, answer.headers, raw
        raise _unreached()

    def _open(self) -> http.client.HTTPConnection:
        connection = self._connection()
        try:
            connection.connect()
        except OSError as e:
            raise _unreached() from e
        return connection

    def upload(self, path: str, chunks: Iterable[bytes], size: int) -> Any:
        """Streams a file of a size."""
        connection = self._open()
        try:
            connection.putrequest("POST", path)
            for name, value in self._headers.items():
                connection.putheader(name, value)
            connection.putheader("Content-Type", "application/octet-stream")
            connection.putheader("Content-Length", str(size))
            connection.endheaders()
            try:
                for chunk in chunks:
                    connection.send(chunk)
            except (BrokenPipeError, ConnectionResetError):
                pass  # the server may have answered why it reads no more
            answer = connection.getresponse()
            return _decoded(answer.status, answer.headers, answer.read(MAX_JSON))
        except (OSError, http.client.HTTPException) as e:
            raise _unreached() from e
        finally:
            connection.close()

    def download(self, path: str) -> Iterator[bytes]:
        """Streams a file. One that breaks off raises :class:`errors.Unavailable`."""
        connection = self._open()
        try:
            connection.request("GET", path, headers=self._headers)
            answer = connection.getresponse()
            if answer.status != 200:
                _decoded(answer.status, answer.headers, answer.read(MAX_JSON))
            while True:
                chunk = answer.read(1 << 20)
                if not chunk:
                    return
                yield chunk
        except (OSError, http.client.HTTPException) as e:
            raise _unreached() from e
        finally:
            connection.close()

    def events(self, path: str) -> Iterator[Tuple[str, Any]]:
        """Yields the name and the data of server-sent events until the connection ends or breaks."""
        connection = self._open()
        try:
            connection.request("GET", path, headers={**self._headers, "Accept": "text/event-stream"})
            answer = connection.getresponse()
            if answer.status != 200:
                _decoded(answer.status, answer.headers, answer.read(MAX_JSON))
            name = ""
            while True:
                line = answer.readline(MAX_EVENT)
                if not line.endswith(b"\n"):
                    return
                if line.startswith(b"event: "):
                    name = line[7:].decode().strip()
                elif line.startswith(b"data: "):
                    yield name, json.loads(line[6:])
        except (OSError, http.client.HTTPException, ValueError):
            return  # whoever follows asks again
        finally:
            connection.close()


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _unreached() -> errors.Unavailable:
    return errors.Unavailable(
        errors.local(
            "unavailable",
            "the server does not answer",
            "服务没有应答",
            "see that it runs; what it was asked before goes on",
            "请确认服务正在运行；此前的请求仍在进行",
        )
    )


def _decoded(status: int, headers: HTTPMessage, raw: bytes) -> Any:
    value: Any = None
    kind = (headers.get("Content-Type") or "").split(";")[0].strip()
    if kind in ("application/json", "application/problem+json"):
        try:
            value = json.loads(raw)
        except ValueError:
            value = None
    if 200 <= status < 300 and kind == "application/json":
        return value
    problem: Optional[Dict[str, Any]] = value if kind == "application/problem+json" else None
    raise errors.error_of(problem, status, headers)
