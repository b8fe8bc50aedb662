"""The SQL door of a served demo domain, for tests of its clients."""

from __future__ import annotations

import os
import re
import sys
import time
from pathlib import Path
from typing import Dict, List, Optional, Protocol, Sequence, Tuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "python" / "tests"))

from domain import Domain, approve  # noqa: E402

Row = Tuple[object, ...]


class Refused(Exception):
    """An error of the door, as a client gives it to its program."""

    def __init__(self, sqlstate: Optional[str], text: str) -> None:
        super().__init__(text)
        self.sqlstate, self.text = sqlstate, text


class Client(Protocol):
    """A client that is connected under a contract."""

    def rows(self, sql: str) -> List[Row]:
        """Asks, and returns the rows, or raises Refused."""
        ...

    def close(self) -> None:
        """Ends the connection."""
        ...


class Door:
    """Where the door is, and who comes in by it."""

    def __init__(self, domain: Domain) -> None:
        self.domain = domain
        self.token = domain.secret("analyst.lin")
        self.user = "analyst.lin/" + self.token.split("_")[1]
        self.host, self.port, self.flight_port = "127.0.0.1", domain.sql_port, domain.flight_port
        self.ca = str(domain.ca)

    def environment(self, contract: str) -> Dict[str, str]:
        """The environment by which clients on libpq connect."""
        return {
            **{k: v for k, v in os.environ.items() if not k.startswith("PG")},
            "PGHOST": self.host, "PGPORT": str(self.port), "PGUSER": self.user, "PGPASSWORD": self.token,
            "PGDATABASE": contract, "PGSSLMODE": "verify-full", "PGSSLROOTCERT": self.ca, "LANG": "C.UTF-8",
        }

    def let_go(self, job: str) -> None:
        """Has a reviewer let a held result go, once it waits for one."""
        for _ in range(600):
            with self.domain.client("reviewer.sun") as c:
                if c.job(job).state == "in_review":
                    approve(self.domain, job, ["reviewer.sun"])
                    c.release(job)
                    return
            time.sleep(0.1)
        raise AssertionError(f"{job} does not come to its review")


def job_of(text: str) -> str:
    """The job that an error speaks of."""
    found = re.search(r"j-\d{8}-\w+", text)
    assert found, text
    return found.group()


def numbers(rows: Sequence[Row]) -> List[Tuple[str, int]]:
    """The first two columns, in order."""
    return sorted((str(r[0]), int(str(r[1]))) for r in rows)
