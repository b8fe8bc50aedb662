"""What the server refuses, as exceptions: one class for each kind of error."""

from __future__ import annotations

from dataclasses import dataclass
from http.client import HTTPMessage
from typing import Any, Dict, Optional, Tuple, Type

from .values import Json, Text


@dataclass(frozen=True)
class Reason:
    """One reason for a refusal. A refusal has all of them; none hides another."""

    rule: str  # a stable name, such as column.not-granted
    place: str  # line:column in the text, or the path of a field
    message: Text
    fix: Text  # what would pass, where that is known

    @classmethod
    def of(cls, raw: Json) -> "Reason":
        """Reads a reason as JSON has it."""
        return cls(raw.get("rule", ""), raw.get("place", ""), Text.of(raw.get("message")), Text.of(raw.get("fix")))


class Error(Exception):
    """What the server refused, or could not do. Its text is in English; :meth:`in_` has both languages."""

    kind = ""

    def __init__(self, problem: Json, retry_after: Optional[float] = None) -> None:
        self.message = Text.of(problem.get("message"))
        self.place: str = problem.get("place", "")
        self.fix = Text.of(problem.get("fix"))
        self.excerpt: str = problem.get("excerpt", "")
        self.cause = Text.of(problem.get("cause"))
        self.reasons: Tuple[Reason, ...] = tuple(Reason.of(r) for r in problem.get("reasons") or ())
        self.status: int = problem.get("status", 0)
        self.retry_after = retry_after
        self.problem = problem
        super().__init__(self.in_("en"))

    @property
    def retryable(self) -> bool:
        """Whether the same call may succeed later without a change to it."""
        return self.kind == "unavailable" or self.retry_after is not None

    def in_(self, lang: str) -> str:
        """Returns all that the error says in a language, ``en`` or ``zh``, one line for each reason."""
        head = self.message.in_(lang)
        if self.place:
            head = f"{self.place}: {head}"
        cause = self.cause.in_(lang)
        lines = [f"{head}: {cause}" if cause else head]
        lines += [f"    {line}" for line in self.excerpt.splitlines() if line]
        for r in self.reasons:
            place, fix = (f"{r.place}: " if r.place else ""), r.fix.in_(lang)
            lines.append(f"  - {place}{r.message.in_(lang)} [{r.rule}]" + (f" → {fix}" if fix else ""))
        if self.fix.in_(lang):
            lines.append(f"→ {self.fix.in_(lang)}")
        return "\n".join(lines)


class Invalid(Error):
    """The input is malformed: correct it and ask again."""

    kind = "invalid"


class Denied(Error):
    """The person, the contract or a rule does not allow it; with status 401, nobody was authenticated."""

    kind = "denied"


class NotFound(Error):
    """There is no such thing, or none that the person may know of."""

    kind = "not_found"


class Conflict(Error):
    """The thing is in a state that does not allow it."""

    kind = "conflict"


class Limit(Error):
    """A quota, a budget, a cap or a deadline is used up."""

    kind = "limit"


class Failed(Error):
    """The run failed on the data. Details are withheld because they could reveal data."""

    kind = "failed"


class Unavailable(Error):
    """The server cannot do it now, or does not answer."""

    kind = "unavailable"


class UnknownOutcome(Unavailable):
    """The connection broke before the answer, so the change may have been made or not.

    Calling again with ``key=error.key`` makes the change once only, unless the server was started again in between:
    then look first at what has come of it.
    """

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(
            local(
                "unavailable",
                "the connection broke before the answer: the change may have been made or not",
                "连接在收到应答前中断：更改可能已生效，也可能未生效",
                "see what has come of it, or call again with the same key",
                "请查看其结果，或以同一键重新请求",
            )
        )


class Corrupt(Error):
    """Bytes are not what their digest, proof or format says."""

    kind = "corrupt"


class Internal(Error):
    """A defect of the server."""

    kind = "internal"


_KINDS: Dict[str, Type[Error]] = {
    c.kind: c for c in (Invalid, Denied, NotFound, Conflict, Limit, Failed, Unavailable, Corrupt, Internal)
}


def local(kind: str, en: str, zh: str, fix_en: str = "", fix_zh: str = "") -> Json:
    """Makes the problem of something that this client found out by itself."""
    return {"kind": kind, "message": {"en": en, "zh": zh}, "fix": {"en": fix_en, "zh": fix_zh}}


def error_of(problem: Any, status: int, headers: Optional[HTTPMessage] = None) -> Error:
    """Makes the error of an answer. What is not as Yumen answers becomes :class:`Unavailable`."""
    if not isinstance(problem, dict) or "kind" not in problem:
        return Unavailable(
            local(
                "unavailable",
                f"the server answered with status {status}, and not as one of Yumen does",
                f"服务返回状态 {status}，不是 Yumen 的应答",
                "see that the address is that of the server",
                "请确认服务地址",
            )
        )
    wait = (headers.get("Retry-After") if headers is not None else None) or ""
    return _KINDS.get(str(problem["kind"]), Error)(problem, float(wait) if wait.isdigit() else None)
