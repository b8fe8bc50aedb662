from __future__ import annotations

from typing import Iterator

import pytest

from domain import Domain


@pytest.fixture(scope="session")
def domain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Domain]:
    d = Domain(tmp_path_factory.mktemp("domain"))
    d.make()
    d.serve()
    try:
        yield d
    finally:
        d.stop()
