"""What schemathesis is told of the interface beyond the document."""

from __future__ import annotations

from typing import Any

import schemathesis
from schemathesis.specs.openapi import checks

# A source with many wrong tokens is refused with 429, whatever it asks.
checks.AUTH_REJECTION_STATUSES = frozenset(checks.AUTH_REJECTION_STATUSES) | {429}


def _has_null(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_has_null(v) for v in value.values())
    if isinstance(value, list):
        return any(_has_null(v) for v in value)
    return value is None


def _is_empty(value: Any) -> bool:
    if isinstance(value, list):
        return all(_is_empty(v) for v in value)
    return value is None or value == ""


@schemathesis.hook
def filter_case(context: Any, case: Any) -> bool:
    """Leaves out bodies with null and empty query parameters: they stand for what is left out, which no schema says."""
    if any(_is_empty(v) for v in (case.query or {}).values()):
        return False
    return not isinstance(case.body, (dict, list)) or not _has_null(case.body)
