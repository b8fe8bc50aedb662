"""The client of one person at one server."""

from __future__ import annotations

import os
import secrets
import stat
import tempfile
import time
import urllib.parse
from typing import Any, BinaryIO, Callable, Iterable, Iterator, Mapping, Optional, Sequence, TypeVar, Union

from . import errors
from .progress import Progress, Shown
from .result import Checked, Path, Result
from .transport import Transport
from .values import (
    Case,
    Dataset,
    Explanation,
    Job,
    Json,
    Params,
    Release,
    Rows,
    Text,
    Token,
    Upload,
    Waiting,
    decode_base64,
    params_json,
)

T = TypeVar("T")
Module = Union[bytes, Path]

# How often a stream of events that breaks off is asked for again, and how long after, in seconds.
ATTEMPTS = 30
PAUSE = 1.0


class Client:
    """Asks one server as one person.

    ``Client("https://domain.example:8443", token_file="…", ca_file="…")`` asks at an address. What is not given is taken
    from ``YUMEN_SERVER``, ``YUMEN_CA``, ``YUMEN_TOKEN_FILE`` and ``YUMEN_TOKEN``, as the command line does it.
    ``Client(home="/srv/yumen")`` asks on the socket of a home that is served on this machine, where ``as_`` names who
    acts if there is no token.

    What changes something carries an idempotency key. Where the connection breaks before the answer,
    :class:`errors.UnknownOutcome` has the key, with which to call again.
    """

    def __init__(
        self,
        url: Optional[str] = None,
        *,
        home: Optional[Path] = None,
        token: Optional[str] = None,
        token_file: Optional[Path] = None,
        as_: Optional[str] = None,
        ca_file: Optional[Path] = None,
        lang: str = "en",
        timeout: float = 120.0,
    ) -> None:
        if home is None:
            url = url or os.environ.get("YUMEN_SERVER") or None
            ca_file = ca_file or os.environ.get("YUMEN_CA") or None
        self._t = Transport(
            url=url,
            socket_path=None if home is None else os.path.join(os.fspath(home), "server.sock"),
            token=_token(token, token_file) if as_ is None else None,
            as_=as_,
            ca_file=None if ca_file is None else os.fspath(ca_file),
            lang=lang,
            timeout=timeout,
        )

    def close(self) -> None:
        """Closes the connection."""
        self._t.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Asking

    def get(self, *path: str, **query: Union[str, int]) -> Any:
        """Asks for what is at a path below /v1, given as segments, and returns it as JSON has it."""
        asked = urllib.parse.urlencode({k: v for k, v in query.items() if v != ""})
        return self._t.json("GET", _at(*path) + (f"?{asked}" if asked else ""))

    def post(self, *path: str, body: Any = None, key: Optional[str] = None) -> Any:
        """Asks for a change at a path below /v1, and returns the answer as JSON has it."""
        return self._t.json("POST", _at(*path), body, key or secrets.token_hex(16))

    def pages(self, *path: str, of: Callable[[Json], T], items: str = "items", limit: int = 0) -> Iterator[T]:
        """Yields what a list has, page after page."""
        after = ""
        while True:
            page = self.get(*path, after=after, limit=limit or "")
            for item in page[items] or ():
                yield of(item)
            after = page.get("next", "")
            if not after:
                return

    def me(self) -> Json:
        """Returns who asks, as the server found it out: person, method, scopes."""
        found: Json = self.get("me")
        return found

    # Catalog and contracts

    def datasets(self) -> Iterator[Dataset]:
        """Yields the catalog, ordered by name."""
        return self.pages("datasets", of=Dataset.of)

    def dataset(self, name: str) -> Dataset:
        """Returns one entry of the catalog."""
        return Dataset.of(self.get("datasets", name))

    def register(self, yaml: str, *, file: str = "dataset.yaml", key: Optional[str] = None) -> Dataset:
        """Registers a dataset that a YAML text describes. Places of errors begin with ``file``."""
        return Dataset.of(self.post("datasets", body={"file": file, "text": yaml}, key=key))

    def publish(self, name: str, *, key: Optional[str] = None) -> Dataset:
        """Lets contracts and jobs use the versions of a dataset so far."""
        return Dataset.of(self.post("datasets", name, "publication", key=key))

    def import_version(
        self, dataset: str, files: Sequence[Path], *, acquired: str, format: str = "csv", progress: Progress = True
    ) -> Json:
        """Sends files and has them stored as the next version. Nothing is stored if any row is bad."""
        uploads = [self.upload(f, progress=progress).id for f in files]
        body = {"uploads": uploads, "format": format, "acquired": acquired}
        done: Json = self.operate("datasets", dataset, "versions", body=body, progress=progress, title=dataset)
        return done

    def contracts(self) -> Iterator[Json]:
        """Yields all contracts."""
        return self.pages("contracts", of=lambda raw: raw)

    def contract(self, name: str) -> Json:
        """Returns what a contract allows."""
        found: Json = self.get("contracts", name)
        return found

    def sign(self, yaml: str, *, file: str = "contract.yaml", key: Optional[str] = None) -> Json:
        """Checks a contract against the catalog and puts it in force."""
        signed: Json = self.post("contracts", body={"file": file, "text": yaml}, key=key)
        return signed

    # Jobs

    def explain(self, contract: str, sql: str = "", *, module: Optional[Module] = None, **spec: Any) -> Explanation:
        """Says what would become of a job, without any data and without recording it. Takes what :meth:`submit` takes."""
        return Explanation.of(self.post("explanations", body=self._submission(contract, sql, module, spec)))

    def submit(
        self,
        contract: str,
        sql: str = "",
        *,
        module: Optional[Module] = None,
        key: Optional[str] = None,
        **spec: Any,
    ) -> Job:
        """Submits a job: SQL with ``params``, or a Wasm ``module`` (bytes, or the path of a file).

        ``params`` is a sequence (``$1`` …) or a mapping (``$name``). All other keywords are fields of a job: ``name``,
        ``purpose``, ``release_class``, and of a module ``inputs``, ``output``, ``args``. The job goes on its way
        without being waited for.
        """
        return Job.of(self.post("jobs", body=self._submission(contract, sql, module, spec), key=key))

    def _submission(self, contract: str, sql: str, module: Optional[Module], spec: Mapping[str, Any]) -> Json:
        fields = dict(spec)
        params: Optional[Params] = fields.pop("params", None)
        if "release_class" in fields:
            fields["class"] = fields.pop("release_class")
        job: Json = {"contract": contract, **fields}
        if sql:
            job["sql"] = sql
        if params:
            job["params"] = params_json(params)
        if module is None:
            return {"spec": job}
        job.setdefault("wasm", "module.wasm")
        return {"spec": job, "module": self.upload(module, progress=False).id}

    def jobs(self) -> Iterator[Job]:
        """Yields all jobs, oldest day first, as one may see them."""
        return self.pages("jobs", of=Job.of)

    def job(self, id: str) -> Job:
        """Returns a job, as one may see it."""
        return Job.of(self.get("jobs", id))

    def wait(self, job: Union[Job, str], *, progress: Progress = True) -> Job:
        """Waits until a person is due or the job has ended. Raises the job's error where it was rejected or failed."""
        id = job if isinstance(job, str) else job.id
        with Shown(progress, id, unit="s") as shown:
            began = time.monotonic()
            raw = self._follow(
                ("jobs", id, "events"), lambda _name, _data: shown.at(int(time.monotonic() - began), 0)
            )
        found = Job.of(raw)
        if found.raw.get("error") and found.state in ("rejected", "failed"):
            raise errors.error_of(found.raw["error"], 0)
        return found

    def cancel(self, id: str, *, key: Optional[str] = None) -> Job:
        """Withdraws a job of one's own before its result is released."""
        return Job.of(self.post("jobs", id, "cancellation", key=key))

    # Reviews

    def reviews(self) -> Iterator[Waiting]:
        """Yields what waits for a reviewer, the longest waiting first."""
        return self.pages("reviews", of=Waiting.of, items="jobs", limit=100)

    def case(self, job: str) -> Case:
        """Returns all that there is to know about a held result, without its rows."""
        return Case.of(self.get("reviews", job))

    def preview(self, job: str, *, rows: int = 20, offset: int = 0, cells: bool = False) -> Rows:
        """Returns some rows of a held result, or of the cells that it is made of. That somebody looked is logged."""
        return Rows.of(self.post("reviews", job, "preview", body={"rows": rows, "offset": offset, "cells": cells}))

    def vote(self, job: str, digest: str, decision: str, reason: str, *, key: Optional[str] = None) -> Job:
        """Votes on the result with this digest: ``approve``, ``return`` or ``reject``, with a reason."""
        body = {"digest": digest, "decision": decision, "reason": reason}
        return Job.of(self.post("reviews", job, "votes", body=body, key=key))

    def release(self, job: str, *, format: str = "csv", key: Optional[str] = None) -> Release:
        """Lets an approved result leave as ``csv``, ``ndjson``, ``parquet`` or ``arrow``."""
        return Release.of(self.post("reviews", job, "release", body={"format": format}, key=key))

    # Results

    def releases(self) -> Iterator[Release]:
        """Yields the releases that one may fetch."""
        return self.pages("releases", of=Release.of)

    def fetch(self, name: str, *, to: Optional[Path] = None, progress: Progress = True) -> Result:
        """Fetches a released file with its receipt, into memory or to a new file. That it was fetched is logged.

        Its bytes are compared with the digest of the release; :class:`errors.Corrupt` where they differ.
        """
        raw = self.post("releases", name, "fetch")
        release = Release.of(raw["release"])
        chunks = self._checked(release, self._t.download(_at("downloads", raw["download"])), progress)
        content, path = None, None
        if to is None:
            content = b"".join(chunks)
        else:
            path = os.path.abspath(os.fspath(to))
            _write_new(path, chunks)
        return Result(
            release=release,
            media_type=raw.get("media_type", ""),
            columns=tuple(raw.get("columns") or ()),
            notice=Text.of(raw.get("notice")),
            receipt=decode_base64(raw.get("receipt", "")),
            content=content,
            path=path,
        )

    def _checked(self, release: Release, chunks: Iterable[bytes], progress: Progress) -> Iterator[bytes]:
        checked, done = Checked(release), 0
        with Shown(progress, release.name) as shown:
            for chunk in chunks:
                checked.add(chunk)
                done += len(chunk)
                shown.at(done, release.bytes)
                yield chunk
        checked.end()

    # Tokens

    def create_token(
        self, *, label: str = "", scopes: Sequence[str] = (), days: int = 0, person: str = "", key: Optional[str] = None
    ) -> Token:
        """Makes a token. Its secret is in the answer and nowhere else."""
        body: Json = {"label": label} if label else {}
        if scopes:
            body["scopes"] = list(scopes)
        if days:
            body["lifetime"] = f"{24 * days}h"
        if person:
            body["person"] = person
        return Token.of(self.post("tokens", body=body, key=key))

    def tokens(self) -> Iterator[Token]:
        """Yields one's own tokens, and everybody's to those who manage them."""
        return self.pages("tokens", of=Token.of)

    def revoke_token(self, id: str, *, key: Optional[str] = None) -> "list[Token]":
        """Ends a token at once, and all that were made with it."""
        return [Token.of(raw) for raw in self.post("tokens", id, "revocation", key=key) or ()]

    # Files and long work

    def upload(self, file: Module, *, progress: Progress = True) -> Upload:
        """Sends a file (bytes, or the path of a file), to be named by its id in a later call. It is kept for an hour."""
        if isinstance(file, bytes):
            return self._send(iter((file,)), len(file), progress)
        with open(file, "rb", opener=_plain) as f:
            return self._send(_chunks(f), os.fstat(f.fileno()).st_size, progress)

    def _send(self, chunks: Iterable[bytes], size: int, progress: Progress) -> Upload:
        def counted(shown: Shown) -> Iterator[bytes]:
            done = 0
            for chunk in chunks:
                done += len(chunk)
                if done > size:
                    raise ValueError("the file grew while it was sent")
                yield chunk
                shown.at(done, size)

        with Shown(progress, "upload") as shown:
            raw = self._t.upload(_at("uploads"), counted(shown), size)
        return Upload(raw["id"], raw["bytes"], raw["digest"])

    def verify(self, *, quick: bool = False, progress: Progress = True) -> Json:
        """Has the server compare records, steps and objects with the log."""
        found: Json = self.operate(
            "upkeep", "verifications", body={"quick": quick}, progress=progress, title="verify"
        )
        return found

    def operate(self, *path: str, body: Any, progress: Progress = True, title: str = "") -> Any:
        """Begins long work and follows it to its end. An interruption (``KeyboardInterrupt``) gives it up."""
        begun = self.post(*path, body=body)
        with Shown(progress, title) as shown:
            try:
                end = self._follow(
                    ("operations", begun["id"], "events"),
                    lambda _name, o: shown.at(o.get("done", 0), o.get("total", 0)),
                )
            except KeyboardInterrupt:
                self.post("operations", begun["id"], "cancellation")
                raise
        if end.get("error"):
            raise errors.error_of(end["error"], end["error"].get("status", 0))
        return end.get("result")

    def _follow(self, path: Sequence[str], each: Callable[[str, Any], None]) -> Any:
        """Reads events until the one called end, or an error. A stream that breaks off is asked for again."""
        for attempt in range(ATTEMPTS):
            try:
                for name, data in self._t.events(_at(*path)):
                    if name == "end":
                        return data
                    if name == "error":
                        raise errors.error_of(data, data.get("status", 0))
                    each(name, data)
            except errors.Unavailable:
                if attempt == ATTEMPTS - 1:
                    raise
            time.sleep(PAUSE)
        raise errors.Unavailable(errors.local("unavailable", "the server does not answer", "服务没有应答"))


def _at(*segments: str) -> str:
    """Makes a path of segments, each of which may hold anything."""
    return "/v1/" + "/".join(urllib.parse.quote(s, safe="").replace(".", "%2E") for s in segments)


def _token(token: Optional[str], token_file: Optional[Path]) -> Optional[str]:
    if token is not None:
        return token
    name = token_file if token_file is not None else os.environ.get("YUMEN_TOKEN_FILE") or None
    if name is None:
        return os.environ.get("YUMEN_TOKEN") or None
    with open(name, encoding="ascii") as f:
        if os.name == "posix" and stat.S_IMODE(os.fstat(f.fileno()).st_mode) & 0o077:
            raise PermissionError(f"others can read {os.fspath(name)}: chmod 600")
        return f.read(4096).strip()


def _plain(path: str, flags: int) -> int:
    fd = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))  # a named pipe would block
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError(f"{path} is not a regular file")
    return fd


def _chunks(f: BinaryIO) -> Iterator[bytes]:
    while True:
        chunk = f.read(1 << 20)
        if not chunk:
            return
        yield chunk


def _write_new(path: str, chunks: Iterable[bytes]) -> None:
    """Writes a file that is there whole or not at all, where none was."""
    if os.path.lexists(path):
        raise FileExistsError(path)
    fd, draft = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".yumen-")
    try:
        with os.fdopen(fd, "wb") as f:
            for chunk in chunks:
                f.write(chunk)
            f.flush()
            os.fsync(f.fileno())
        os.link(draft, path)  # refuses to replace what came meanwhile
    finally:
        os.unlink(draft)
