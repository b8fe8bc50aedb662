"""A demo domain with a server, for tests: made by the program itself, in a folder of its own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any, Dict, List, Optional

import yumen

ROOT = Path(__file__).resolve().parents[3]
BIN = os.environ.get("YUMEN_BIN", str(ROOT / "bin" / "yumen"))


class Domain:
    """A home with the demo's people, contracts and data, and a server of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.files = folder / "home-files"
        self.server: Optional[subprocess.Popen[bytes]] = None
        with contextlib.ExitStack() as free:
            self.port, self.sql_port, self.flight_port = (
                free.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in range(3)
            )
        self.url = f"https://127.0.0.1:{self.port}"
        self.ca = self.home / "keys" / "server.crt"
        self._env = {k: v for k, v in os.environ.items() if not k.startswith("YUMEN_")}
        self._env["LANG"] = "C"
        self._made: Dict[str, str] = {}

    def run(self, *args: str, check: bool = True, cwd: Optional[Path] = None, **env: str) -> subprocess.CompletedProcess[str]:
        """Runs a command on the home."""
        done = subprocess.run(
            [BIN, *args], env={**self._env, **env}, cwd=cwd or self.folder, capture_output=True, text=True, timeout=600
        )
        if check and done.returncode != 0:
            raise AssertionError(f"yumen {' '.join(args[:3])}: exit code {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def make(self) -> None:
        """Makes the home. People may be named on its socket, as the demo has it."""
        self.run("demo", "--home", str(self.home))
        with open(self.home / "home.yaml", "a", encoding="utf-8") as f:
            f.write("\nlocal_identities: asserted\n")
        self.secret("regulator.chen")  # the demo has no administrator, who makes the first token of a home that is served

    def serve(self) -> None:
        """Starts the server and waits until it answers."""
        self.server = subprocess.Popen(
            [
                BIN, "serve", "--home", str(self.home), "--listen", f"127.0.0.1:{self.port}", "--operations", "none",
                "--postgres", f"127.0.0.1:{self.sql_port}", "--flightsql", f"127.0.0.1:{self.flight_port}",
            ],
            env=self._env,
            stdout=subprocess.DEVNULL,
            stderr=open(self.folder / "server.log", "ab"),
        )
        for _ in range(600):
            if self.server.poll() is not None:
                raise AssertionError((self.folder / "server.log").read_text())
            try:
                with yumen.Client(home=self.home, as_="analyst.lin") as c:
                    c.me()
                    return
            except (yumen.Unavailable, OSError):
                time.sleep(0.1)
        raise AssertionError("the server does not answer")

    def stop(self) -> None:
        """Ends the server in order."""
        if self.server is not None:
            self.server.send_signal(signal.SIGTERM)
            assert self.server.wait(timeout=90) == 0, (self.folder / "server.log").read_text()[-2000:]
            self.server = None

    def token(self, person: str, *more: str) -> Dict[str, Any]:
        """Makes a token for a person, who is named on the socket."""
        made: Dict[str, Any] = json.loads(
            self.run("token", "create", "--as", person, "--home", str(self.home), "--json", *more).stdout
        )
        return made

    def secret(self, person: str) -> str:
        """Returns a token of a person."""
        if person not in self._made:
            self._made[person] = self.token(person)["secret"]
        return self._made[person]

    def client(self, person: str, **more: Any) -> yumen.Client:
        """Returns a client of a person at the address of the server, by a token of theirs."""
        return yumen.Client(self.url, ca_file=self.ca, token=self.secret(person), **more)

    def sql(self, name: str) -> str:
        """Returns the text of one of the demo's queries."""
        return (self.files / f"{name}.sql").read_text(encoding="utf-8")


READMISSION: Dict[str, Any] = {
    "args": ["10"],
    "inputs": [
        {"name": "visits.csv", "dataset": "hospital_visits", "columns": ["resident_id", "visit_date", "department"]}
    ],
    "output": {
        "name": "readmission.csv",
        "columns": [
            {"name": "department", "type": "text"},
            {"name": "patients", "type": "integer"},
            {"name": "visits", "type": "integer"},
            {"name": "returned_within_30_days", "type": "integer"},
        ],
    },
}

STAYS = """SELECT v.department, count(*) AS visits, sum(v.fee_total) AS fees FROM hospital_visits AS v
WHERE v.visit_date >= $since GROUP BY v.department ORDER BY v.department"""


def approve(domain: Domain, job: str, reviewers: List[str]) -> None:
    """Has reviewers approve the held result of a job."""
    for name in reviewers:
        with domain.client(name) as c:
            c.vote(job, c.case(job).digest, "approve", "large groups only")
