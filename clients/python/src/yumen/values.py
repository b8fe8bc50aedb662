"""What the server answers, as far as programs use it. All of it is in ``raw``, as JSON has it."""

from __future__ import annotations

import base64
import datetime
import decimal
from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Optional, Tuple, Union

Json = Dict[str, Any]


@dataclass(frozen=True)
class Text:
    """A text in English and Chinese. Where one is missing, the other stands for it."""

    en: str = ""
    zh: str = ""

    @classmethod
    def of(cls, value: Any) -> "Text":
        """Reads a text as JSON has it: an object, a string for both languages, or nothing."""
        if isinstance(value, str):
            return cls(value, value)
        value = value or {}
        return cls(value.get("en", ""), value.get("zh", ""))

    def in_(self, lang: str) -> str:
        """Returns the text in a language, ``en`` or ``zh``."""
        return (self.zh or self.en) if lang.startswith("zh") else (self.en or self.zh)

    def __str__(self) -> str:
        return self.in_("en")


# States in which a job has ended.
ENDED = frozenset({"released", "returned", "rejected", "failed", "cancelled"})
# States in which a job waits for a person.
WAITING = frozenset({"in_review", "approved"})


@dataclass(frozen=True)
class Job:
    """A job as one person may see it. What is not shown to them is empty."""

    id: str
    state: str
    contract: str
    submitter: str
    release_class: str
    artifact: str
    release: str
    raw: Json = field(repr=False, compare=False, default_factory=dict)

    @classmethod
    def of(cls, raw: Json) -> "Job":
        """Reads a job as JSON has it."""
        return cls(
            id=raw["id"],
            state=raw["state"],
            contract=raw.get("spec", {}).get("contract", ""),
            submitter=raw.get("submitter", {}).get("name", ""),
            release_class=raw.get("class", ""),
            artifact=raw.get("artifact", ""),
            release=raw.get("release", ""),
            raw=raw,
        )

    @property
    def ended(self) -> bool:
        """Whether nothing more becomes of the job."""
        return self.state in ENDED

    @property
    def waits(self) -> bool:
        """Whether a person is due."""
        return self.state in WAITING


@dataclass(frozen=True)
class Dataset:
    """A catalog entry with its columns and versions."""

    name: str
    title: Text
    provider: str
    published: bool
    columns: Tuple[str, ...]
    versions: int
    raw: Json = field(repr=False, compare=False, default_factory=dict)

    @classmethod
    def of(cls, raw: Json) -> "Dataset":
        """Reads a catalog entry as JSON has it."""
        return cls(
            name=raw["name"],
            title=Text.of(raw.get("title")),
            provider=raw.get("provider", ""),
            published=raw.get("published", False),
            columns=tuple(c["name"] for c in raw.get("columns") or ()),
            versions=len(raw.get("versions") or ()),
            raw=raw,
        )


@dataclass(frozen=True)
class Explanation:
    """What would become of a job, without any data."""

    release_class: str
    columns: Tuple[str, ...]
    k: int
    reviewers: int
    notes: Tuple[Text, ...]
    notice: Text
    raw: Json = field(repr=False, compare=False, default_factory=dict)

    @classmethod
    def of(cls, raw: Json) -> "Explanation":
        """Reads an explanation as JSON has it."""
        return cls(
            release_class=raw.get("class", ""),
            columns=tuple(c["name"] for c in raw.get("columns") or ()),
            k=raw.get("k", 0),
            reviewers=raw.get("reviewers", 0),
            notes=tuple(Text.of(n) for n in raw.get("notes") or ()),
            notice=Text.of(raw.get("notice")),
            raw=raw,
        )


@dataclass(frozen=True)
class Waiting:
    """A job that waits for a reviewer."""

    job: Job
    rows: int
    verdict: str
    approvals: int
    needed: int
    mine: bool  # whether whoever asked may decide on it
    raw: Json = field(repr=False, compare=False, default_factory=dict)

    @classmethod
    def of(cls, raw: Json) -> "Waiting":
        """Reads an entry of the queue as JSON has it."""
        return cls(
            job=Job.of(raw),
            rows=raw.get("rows", 0),
            verdict=raw.get("verdict", ""),
            approvals=raw.get("approvals", 0),
            needed=raw.get("needed", 0),
            mine=not raw.get("refusals"),
            raw=raw,
        )


@dataclass(frozen=True)
class Case:
    """All that a reviewer needs to decide on a job, without a row of its result."""

    job: Job
    needed: int
    digest: str  # of the result to vote on
    verdict: str
    findings: Tuple[Json, ...]
    votes: Tuple[Json, ...]
    raw: Json = field(repr=False, compare=False, default_factory=dict)

    @classmethod
    def of(cls, raw: Json) -> "Case":
        """Reads a case as JSON has it."""
        artifacts: List[Json] = raw.get("artifacts") or []
        current = artifacts[-1] if artifacts else {}
        return cls(
            job=Job.of(raw["job"]),
            needed=raw.get("needed", 0),
            digest=current.get("digest", ""),
            verdict=current.get("verdict", ""),
            findings=tuple(current.get("findings") or ()),
            votes=tuple(raw.get("votes") or ()),
            raw=raw,
        )


@dataclass(frozen=True)
class Rows:
    """Some rows of a held result, as text."""

    columns: Tuple[str, ...]
    rows: Tuple[Tuple[str, ...], ...]
    total: int

    @classmethod
    def of(cls, raw: Json) -> "Rows":
        """Reads rows as JSON has them."""
        return cls(tuple(raw.get("columns") or ()), tuple(tuple(r) for r in raw.get("rows") or ()), raw.get("total", 0))


@dataclass(frozen=True)
class Release:
    """A result that was released."""

    name: str
    job: str
    contract: str
    format: str
    rows: int
    bytes: int
    digest: str  # SHA-256 of the file, such as sha256:…
    raw: Json = field(repr=False, compare=False, default_factory=dict)

    @classmethod
    def of(cls, raw: Json) -> "Release":
        """Reads a release as JSON has it."""
        return cls(
            name=raw["name"],
            job=raw.get("job", ""),
            contract=raw.get("contract", ""),
            format=raw.get("format", ""),
            rows=raw.get("rows", 0),
            bytes=raw.get("bytes", 0),
            digest=raw.get("file", ""),
            raw=raw,
        )


@dataclass(frozen=True)
class Upload:
    """A file that was sent, until a call uses it up."""

    id: str
    bytes: int
    digest: str


@dataclass(frozen=True)
class Token:
    """A token. Its secret is known once, to whoever made it."""

    id: str
    person: str
    scopes: Tuple[str, ...]
    expires: str
    secret: str = field(repr=False, default="")
    raw: Json = field(repr=False, compare=False, default_factory=dict)

    @classmethod
    def of(cls, raw: Json) -> "Token":
        """Reads a token as JSON has it. The secret is kept out of ``raw``."""
        shown = {k: v for k, v in raw.items() if k != "secret"}
        return cls(
            id=raw["id"],
            person=raw.get("person", ""),
            scopes=tuple(raw.get("scopes") or ()),
            expires=raw.get("expires", ""),
            secret=raw.get("secret", ""),
            raw=shown,
        )


Value = Union[bool, int, float, str, decimal.Decimal, datetime.date, datetime.datetime]


@dataclass(frozen=True)
class Param:
    """A parameter with its type as the catalog names types, such as ``Param("decimal(12,2)", "12.50")``."""

    type: str
    value: str

    @classmethod
    def of(cls, value: Union["Param", Value]) -> "Param":
        """Types a value: bool, int, float, Decimal, str, date, datetime. ``TypeError`` for any other."""
        if isinstance(value, Param):
            return value
        if isinstance(value, bool):
            return cls("boolean", "true" if value else "false")
        if isinstance(value, int):
            return cls("integer", str(value))
        if isinstance(value, float):
            return cls("double", repr(value))
        if isinstance(value, decimal.Decimal):
            return cls._of_decimal(value)
        if isinstance(value, datetime.datetime):
            if value.tzinfo is not None:
                raise TypeError("timestamps of a domain have no time zone: bring the value to the zone of the data first")
            return cls("timestamp", value.isoformat(sep=" "))
        if isinstance(value, datetime.date):
            return cls("date", value.isoformat())
        if isinstance(value, str):
            return cls("text", value)
        raise TypeError(f"a parameter cannot be of type {type(value).__name__}")

    @classmethod
    def _of_decimal(cls, value: decimal.Decimal) -> "Param":
        _, digits, exponent = value.as_tuple()
        if not isinstance(exponent, int):
            raise TypeError("a parameter cannot be infinite or not a number")
        scale = max(0, -exponent)
        precision = max(len(digits) + max(0, exponent), scale, 1)
        return cls(f"decimal({precision},{scale})", format(value, "f"))


Params = Union[Mapping[str, Union[Param, Value]], List[Union[Param, Value]], Tuple[Union[Param, Value], ...]]


def params_json(params: Optional[Params]) -> List[Json]:
    """Returns parameters as a job has them: by name from a mapping, by place from a sequence."""
    if not params:
        return []
    if isinstance(params, Mapping):
        named = ((name, Param.of(v)) for name, v in params.items())
        return [{"name": name, "type": p.type, "value": p.value} for name, p in named]
    return [{"type": p.type, "value": p.value} for p in map(Param.of, params)]


def decode_base64(value: str) -> bytes:
    """Decodes bytes as JSON has them."""
    return base64.b64decode(value or "", validate=True)
