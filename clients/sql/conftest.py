from __future__ import annotations

from typing import Iterator

import pytest

from door import Domain, Door


@pytest.fixture(scope="session")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    d = Domain(tmp_path_factory.mktemp("domain"))
    d.make()
    d.serve()
    try:
        yield Door(d)
    finally:
        d.stop()
