"""Each client as it is used, behind the same two calls."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional

import pytest

from door import Door, Refused, Row

HERE = Path(__file__).resolve().parent


def need(module: str) -> Any:
    """Imports a client, or skips the test."""
    return pytest.importorskip(module, reason=f"{module} is not installed")


def program(name: str) -> str:
    """Finds a client's program, or skips the test."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


class Psql:
    """psql, a statement a call."""

    def __init__(self, door: Door, contract: str) -> None:
        self.env, self.psql = door.environment(contract), program("psql")

    def run(self, *args: str, text: Optional[str] = None) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [self.psql, "-X", *args], env=self.env, input=text, capture_output=True, text=True, timeout=300
        )

    def rows(self, sql: str) -> List[Row]:
        done = self.run("--csv", "-t", "-v", "VERBOSITY=verbose", "-c", sql)
        if done.returncode != 0:
            raise Refused(done.stderr.split(":")[1].strip() if done.stderr.startswith("ERROR") else None, done.stderr)
        return [tuple(r) for r in csv.reader(io.StringIO(done.stdout))]

    def close(self) -> None:
        pass


class DBAPI:
    """A client with the interface of PEP 249."""

    def __init__(self, connection: Any, error: type, state: Callable[[Any], Optional[str]]) -> None:
        self.connection, self.error, self.state = connection, error, state

    def rows(self, sql: str) -> List[Row]:
        cursor = self.connection.cursor()
        try:
            cursor.execute(sql)
            return [tuple(r) for r in cursor.fetchall()]
        except self.error as e:
            raise Refused(self.state(e), str(e) + str(getattr(getattr(e, "diag", None), "message_hint", ""))) from e
        finally:
            cursor.close()

    def close(self) -> None:
        self.connection.close()


def psycopg(door: Door, contract: str) -> DBAPI:
    pg = need("psycopg")
    connection = pg.connect(
        host=door.host, port=door.port, user=door.user, password=door.token, dbname=contract, sslmode="verify-full",
        sslrootcert=door.ca, autocommit=True,
    )
    return DBAPI(connection, pg.Error, lambda e: e.sqlstate)


def psycopg2(door: Door, contract: str) -> DBAPI:
    pg = need("psycopg2")
    connection = pg.connect(
        host=door.host, port=door.port, user=door.user, password=door.token, dbname=contract, sslmode="verify-full",
        sslrootcert=door.ca,
    )
    connection.autocommit = True
    return DBAPI(connection, pg.Error, lambda e: e.pgcode)


def odbc(door: Door, contract: str) -> DBAPI:
    pyodbc = need("pyodbc")
    driver = "/usr/lib/x86_64-linux-gnu/odbc/psqlodbcw.so"
    if not Path(driver).exists():
        pytest.skip("odbc-postgresql is not installed")
    connection = pyodbc.connect(
        f"DRIVER={driver};SERVER={door.host};PORT={door.port};DATABASE={contract};UID={door.user};PWD={door.token};"
        f"SSLMODE=verify-full;pqopt={{sslrootcert={door.ca}}}",
        autocommit=True,
    )
    return DBAPI(connection, pyodbc.Error, lambda e: e.args[0])


def adbc(door: Door, contract: str) -> DBAPI:
    need("adbc_driver_postgresql")
    dbapi = need("adbc_driver_postgresql.dbapi")
    connection = dbapi.connect(uri(door, contract), autocommit=True)
    return DBAPI(connection, dbapi.Error, lambda e: e.sqlstate)


def uri(door: Door, contract: str, scheme: str = "postgresql", mode: str = "verify-full") -> str:
    user = door.user.replace("/", "%2F")
    return f"{scheme}://{user}:{door.token}@{door.host}:{door.port}/{contract}?sslmode={mode}&sslrootcert={door.ca}"


class Asyncpg:
    """asyncpg, which prepares every statement and reads binary."""

    def __init__(self, door: Door, contract: str) -> None:
        import asyncio
        import ssl

        self.asyncpg = need("asyncpg")
        self.loop = asyncio.new_event_loop()
        trust = ssl.create_default_context(cafile=door.ca)
        self.connection = self.loop.run_until_complete(
            self.asyncpg.connect(
                host=door.host, port=door.port, user=door.user, password=door.token, database=contract, ssl=trust
            )
        )

    def rows(self, sql: str) -> List[Row]:
        try:
            return [tuple(r) for r in self.loop.run_until_complete(self.connection.fetch(sql))]
        except self.asyncpg.PostgresError as e:
            raise Refused(e.sqlstate, f"{e} {e.hint}") from e

    def close(self) -> None:
        self.loop.run_until_complete(self.connection.close())
        self.loop.close()


class Lines:
    """A program that reads a statement a line and writes an answer a line, both in JSON."""

    def __init__(self, command: List[str], env: Dict[str, str]) -> None:
        self.process = subprocess.Popen(
            command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=HERE
        )

    def ask(self, **what: object) -> Any:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, "the client ended"
        answer = json.loads(line)
        if "error" in answer:
            raise Refused(answer.get("sqlstate"), answer["error"])
        return answer

    def rows(self, sql: str) -> List[Row]:
        return [tuple(r) for r in self.ask(sql=sql)["rows"]]

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        assert self.process.wait(timeout=60) == 0


def java(jar: Path, missing: str, options: List[str], url: str, properties: Dict[str, str]) -> Lines:
    command = program("java")
    if not jar.exists():
        pytest.skip(missing)
    if shutil.which("javac") is None:
        pytest.skip("default-jdk-headless is not installed")
    env = {
        **os.environ, "LANG": "C.UTF-8", "JDBC_URL": url,
        "JDBC_PROPERTIES": "\n".join(f"{k}={v}" for k, v in properties.items()),
    }
    return Lines([command, *options, "-cp", str(jar), "Jdbc.java"], env)


def jdbc(door: Door, contract: str) -> Lines:
    return java(
        Path("/usr/share/java/postgresql.jar"), "libpostgresql-jdbc-java is not installed", [],
        f"jdbc:postgresql://{door.host}:{door.port}/{contract}",
        {"user": door.user, "password": door.token, "sslmode": "verify-full", "sslrootcert": door.ca},
    )


def flight_jdbc(door: Door, contract: str) -> Lines:
    return java(
        HERE.parents[1] / "bin" / "java" / "flight-sql-jdbc-driver.jar", "flight-sql-jdbc-driver is not installed",
        ["--add-opens=java.base/java.nio=ALL-UNNAMED"],
        f"jdbc:arrow-flight-sql://{door.host}:{door.flight_port}?database={contract}",
        {"user": door.user, "password": door.token, "tlsRootCerts": door.ca},
    )


def flight_adbc(door: Door, contract: str, direct: bool = False, **options: str) -> DBAPI:
    need("adbc_driver_flightsql")
    dbapi = need("adbc_driver_flightsql.dbapi")
    connection = dbapi.connect(
        f"grpc+tls://{door.host}:{door.flight_port}",
        db_kwargs={
            **({} if direct else {"username": door.user, "password": door.token}),
            "adbc.flight.sql.client_option.tls_root_certs": Path(door.ca).read_text(encoding="ascii"),
            "adbc.flight.sql.rpc.call_header.database": contract, **options,
        },
        autocommit=True,
    )
    return DBAPI(connection, dbapi.Error, reason)


def reason(error: Any) -> Optional[str]:
    """The reason in the details of an error of gRPC: a google.rpc.ErrorInfo, whose first field it is."""
    for _, detail in getattr(error, "details", []):
        _, found, info = detail.partition(b"google.rpc.ErrorInfo")
        if found:
            start = info.index(b"\n") + 2
            return str(info[start : start + info[start - 1]], "ascii")
    return None


def node(door: Door, contract: str) -> Lines:
    pg = HERE.parents[1] / "bin" / "node" / "node_modules" / "pg"
    if not pg.exists():
        pytest.skip("node-postgres is not installed")
    return Lines([program("node"), "node.js", str(pg)], door.environment(contract))
