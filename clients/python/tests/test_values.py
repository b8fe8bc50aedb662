"""What the client does by itself."""

from __future__ import annotations

import datetime
import decimal
from pathlib import Path

import pytest

import yumen
from yumen.client import _at
from yumen.errors import error_of
from yumen.values import params_json


def test_params_have_the_types_of_the_catalog() -> None:
    typed = params_json(
        [True, 3, 1.5, "x", datetime.date(2026, 1, 2), datetime.datetime(2026, 1, 2, 3, 4, 5), decimal.Decimal("12.50")]
    )
    assert [(p["type"], p["value"]) for p in typed] == [
        ("boolean", "true"),
        ("integer", "3"),
        ("double", "1.5"),
        ("text", "x"),
        ("date", "2026-01-02"),
        ("timestamp", "2026-01-02 03:04:05"),
        ("decimal(4,2)", "12.50"),
    ]
    assert params_json({"least": yumen.Param("decimal(12,2)", "1")}) == [
        {"name": "least", "type": "decimal(12,2)", "value": "1"}
    ]
    assert params_json([decimal.Decimal("1E+3")])[0]["type"] == "decimal(4,0)"
    assert params_json([decimal.Decimal("0.001")])[0]["type"] == "decimal(3,3)"
    for bad in (object(), decimal.Decimal("NaN"), datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)):
        with pytest.raises(TypeError):
            params_json([bad])  # type: ignore[list-item]


def test_errors_have_their_kind_and_both_languages() -> None:
    problem = {
        "kind": "denied",
        "message": {"en": "refused", "zh": "已拒绝"},
        "fix": {"en": "ask otherwise", "zh": "请换一种问法"},
        "reasons": [{"rule": "a.b", "place": "1:2", "message": {"en": "no", "zh": "不可"}, "fix": {"en": "yes", "zh": "可"}}],
    }
    e = error_of(problem, 403)
    assert isinstance(e, yumen.Denied) and not e.retryable
    assert str(e) == "refused\n  - 1:2: no [a.b] → yes\n→ ask otherwise"
    assert e.in_("zh") == "已拒绝\n  - 1:2: 不可 [a.b] → 可\n→ 请换一种问法"
    assert error_of({"kind": "unavailable", "message": "x"}, 503).retryable
    answers: "list[object]" = [None, [], {"status": 500}, "x"]
    for nonsense in answers:
        assert isinstance(error_of(nonsense, 502), yumen.Unavailable)


def test_paths_cannot_leave_their_segment() -> None:
    assert _at("jobs", "../../etc/passwd") == "/v1/jobs/%2E%2E%2F%2E%2E%2Fetc%2Fpasswd"
    assert _at("jobs", "a?b#c") == "/v1/jobs/a%3Fb%23c"


@pytest.mark.parametrize(
    "url",
    [
        "http://domain.example",
        "https://user:secret@domain.example",
        "ftp://domain.example",
        "https://",
        "https://domain.example/v1?x=1",
        "http://127.0.0.1.example:80",
    ],
)
def test_addresses_that_are_none_are_refused(url: str) -> None:
    with pytest.raises(ValueError):
        yumen.Client(url, token="t")


def test_a_token_is_never_repeated() -> None:
    with pytest.raises(ValueError) as e:
        yumen.Client("https://domain.example", token="secret\r\nX: y")
    assert "secret" not in str(e.value)
    made = yumen.Token.of({"id": "i", "secret": "hidden"})
    assert "hidden" not in repr(made) and "secret" not in made.raw


def test_a_token_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    f = tmp_path / "token"
    f.write_text("yumen_x_y\n")
    f.chmod(0o644)
    with pytest.raises(PermissionError):
        yumen.Client("https://domain.example", token_file=f)
    f.chmod(0o600)
    yumen.Client("https://domain.example", token_file=f)
    with pytest.raises(ValueError):
        yumen.Client()


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(yumen.Unavailable) as e:
        yumen.Client(home=tmp_path, as_="analyst.lin").me()
    assert e.value.retryable and e.value.in_("zh").startswith("服务没有应答")
