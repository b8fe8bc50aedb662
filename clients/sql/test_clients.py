"""What every client shows, and what each has of its own."""

from __future__ import annotations

import contextlib
from typing import Any, Callable, Dict, Iterator

import pytest

import adapters
from adapters import Psql, need, uri
from door import Client, Door, Refused, job_of, numbers
from transcript import Transcript

FIGURE = "SELECT department, count(*) AS n FROM hospital_visits GROUP BY department"
TABLES = (
    "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY table_name"
)

CLIENTS: Dict[str, Callable[[Door, str], Client]] = {
    "psql": Psql, "psycopg": adapters.psycopg, "psycopg2": adapters.psycopg2, "asyncpg": adapters.Asyncpg,
    "jdbc": adapters.jdbc, "node": adapters.node, "odbc": adapters.odbc, "adbc": adapters.adbc,
}


class Connections:
    """The connections of one client, which are written down."""

    def __init__(self, name: str, door: Door) -> None:
        self.name, self.door, self.page, self.open = name, door, Transcript(name), list[Client]()

    def __call__(self, contract: str) -> Client:
        connect = CLIENTS.get(self.name) or getattr(adapters, self.name)
        self.open.append(self.page.of(connect(self.door, contract), contract))
        return self.open[-1]

    def let_go(self, job: str) -> None:
        self.door.let_go(job)
        self.page.say(f"-- reviewer.sun approves {job} and releases it")

    def close(self) -> None:
        for c in self.open:
            c.close()
        self.page.close()


@pytest.fixture(params=list(CLIENTS))
def connect(request: pytest.FixtureRequest, door: Door) -> Iterator[Connections]:
    with contextlib.closing(Connections(request.param, door)) as c:
        yield c


def test_session(connect: Connections) -> None:
    name, connected = connect.name, connect
    private = connected("city-figures")
    assert [r[0] for r in private.rows(TABLES)] == ["hospital_visits", "social_insurance"]
    figure = numbers(private.rows(FIGURE))
    assert len(figure) > 10 and numbers(private.rows(FIGURE)) == figure
    assert float(str(private.rows("TABLE yumen.budget")[0][5])) > 0
    with pytest.raises(Refused) as refused:
        private.rows("SELECT resident_id FROM hospital_visits")
    assert refused.value.sqlstate in ("42501", "0A000", "YM002")
    health = connected("city-health")
    held = f"SELECT hospital, count(*) AS {name}_n FROM hospital_visits GROUP BY hospital"
    with pytest.raises(Refused) as waiting:
        health.rows(held)
    job = job_of(waiting.value.text)
    assert waiting.value.sqlstate == "YM001" and "nothing was lost" in waiting.value.text
    connected.let_go(job)
    rows = numbers(health.rows(held))
    assert len(rows) > 3 and numbers(health.rows(f'SELECT * FROM released."{job}"')) == rows
    if name != "odbc":  # it drops hints
        with pytest.raises(Refused) as hinted:
            health.rows("SELECT diagnosis FROM hospital_visits")
        assert hinted.value.sqlstate == "42501" and "leave it out" in hinted.value.text


def test_psql_commands(door: Door) -> None:
    psql = Psql(door, "city-figures")
    for command, want in {
        r"\d": "hospital_visits", r"\dt+": "social_insurance", r"\d hospital_visits": "department",
        r"\l": "city-figures", r"\dn": "released", r"\conninfo": "city-figures", r"\encoding": "UTF8",
    }.items():
        done = psql.run("-c", command)
        assert done.returncode == 0 and want in done.stdout, (command, done.stdout, done.stderr)
    done = psql.run(text="\\set FETCH_COUNT 7\n" + FIGURE + ";\n")
    assert done.stdout.count("\n") > 15, done.stderr
    done = psql.run(text=rf"\copy ({FIGURE}) TO STDOUT WITH CSV HEADER" + "\n")
    assert done.stdout.startswith("department,n,"), done.stderr
    done = psql.run(text=FIGURE + " \\gdesc\n")
    assert "bigint" in done.stdout, done.stderr


def test_psycopg_cursors_and_pipeline(door: Door) -> None:
    pg = need("psycopg")
    connection = adapters.psycopg(door, "city-figures").connection
    figure = numbers(connection.execute(FIGURE).fetchall())
    assert numbers(connection.execute(FIGURE, binary=True).fetchall()) == figure
    with connection.transaction(), connection.cursor(name="c") as cursor:
        cursor.itersize = 7
        assert numbers(cursor.execute(FIGURE).fetchall()) == figure
    with connection.pipeline():
        both = [connection.execute(FIGURE), connection.execute(FIGURE)]
    assert [numbers(c.fetchall()) for c in both] == [figure, figure]
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY ({FIGURE}) TO STDOUT (FORMAT binary)") as copy:
            copy.set_types(["text", "int8", "float8"])
            assert numbers(list(copy.rows())) == figure
        found = cursor.execute(
            "SELECT visit_type, count(*) AS n FROM hospital_visits WHERE department = %s GROUP BY visit_type",
            (figure[0][0],),
        ).fetchall()
        assert found
    with pytest.raises(pg.errors.NullValueNotAllowed):
        connection.execute("SELECT count(*) FROM hospital_visits WHERE department = %s", (None,))


def test_jdbc_fetch_size_and_metadata(door: Door) -> None:
    jdbc = adapters.jdbc(door, "city-figures")
    figure = numbers(jdbc.rows(FIGURE))
    assert numbers(jdbc.ask(sql=FIGURE, fetch=5)["rows"]) == figure
    columns = {(r[2], r[3]): r[5] for r in jdbc.ask(tables=True)["rows"]}
    assert columns[("hospital_visits", "days")] == "int8", columns
    jdbc.close()


def test_sqlalchemy(door: Door) -> None:
    sqlalchemy = need("sqlalchemy")
    need("psycopg")
    engine = sqlalchemy.create_engine(uri(door, "city-figures", "postgresql+psycopg"))
    inspector = sqlalchemy.inspect(engine)
    assert set(inspector.get_table_names()) == {"hospital_visits", "social_insurance"}
    types = {c["name"]: str(c["type"]) for c in inspector.get_columns("hospital_visits")}
    assert types["days"] == "BIGINT" and types["fee_total"] == "NUMERIC(10, 2)"
    with engine.connect() as connection:
        assert len(connection.execute(sqlalchemy.text(FIGURE)).all()) > 10
    engine.dispose()


def frame(door: Door, read: Callable[[Any], Any]) -> Any:
    sqlalchemy = need("sqlalchemy")
    engine = sqlalchemy.create_engine(uri(door, "city-figures", "postgresql+psycopg"))
    with engine.connect() as connection:
        return read(connection)


def test_pandas(door: Door) -> None:
    pandas = need("pandas")
    got = frame(door, lambda c: pandas.read_sql_query(FIGURE, c))
    assert list(got.columns)[:2] == ["department", "n"] and str(got["n"].dtype) == "int64"
    parts = frame(door, lambda c: list(pandas.read_sql_query(FIGURE, c, chunksize=7)))
    assert sum(len(p) for p in parts) == len(got)


def test_polars(door: Door) -> None:
    polars = need("polars")
    need("connectorx")
    got = polars.read_database_uri(FIGURE, uri(door, "city-figures", mode="require"), engine="connectorx")
    assert got.shape[0] > 10 and got.schema["n"] == polars.Int64


def test_adbc_arrow(door: Door) -> None:
    need("pyarrow")
    cursor = adapters.adbc(door, "city-figures").connection.cursor()
    cursor.execute(FIGURE)
    table = cursor.fetch_arrow_table()
    assert str(table.schema.field("n").type) == "int64" and table.num_rows > 10
    cursor.close()


@pytest.fixture(params=["flight_adbc", "flight_jdbc"])
def arrow(request: pytest.FixtureRequest, door: Door) -> Iterator[Connections]:
    with contextlib.closing(Connections(request.param, door)) as c:
        yield c


def test_flight_session(arrow: Connections) -> None:
    name, connected = arrow.name, arrow
    private = connected("city-figures")
    assert [r[0] for r in private.rows(TABLES)] == ["hospital_visits", "social_insurance"]
    figure = numbers(private.rows(FIGURE))
    assert len(figure) > 10 and numbers(private.rows(FIGURE)) == figure
    assert float(str(private.rows("TABLE yumen.budget")[0][5])) > 0
    health = connected("city-health")
    with pytest.raises(Refused) as hinted:
        health.rows("SELECT diagnosis FROM hospital_visits")
    assert "is not granted" in hinted.value.text and "HINT:  leave it out" in hinted.value.text
    held = f"SELECT hospital, count(*) AS {name}_n FROM hospital_visits GROUP BY hospital"
    with pytest.raises(Refused) as waiting:
        health.rows(held)
    job = job_of(waiting.value.text)
    assert "nothing was lost" in waiting.value.text and f'released."{job}"' in waiting.value.text
    if name == "flight_adbc":
        assert hinted.value.sqlstate == "42501" and waiting.value.sqlstate == "YM001"
    connected.let_go(job)
    rows = numbers(health.rows(held))
    assert len(rows) > 3 and numbers(health.rows(f'SELECT * FROM released."{job}"')) == rows


def test_flight_jdbc_parameters_and_metadata(door: Door) -> None:
    jdbc = adapters.flight_jdbc(door, "city-figures")
    columns = {(r[2], r[3]): r[5] for r in jdbc.ask(tables=True)["rows"]}
    assert columns[("hospital_visits", "days")] == "BIGINT", columns
    assert jdbc.ask(sql="SELECT ?::int + 1 AS x", int=4)["rows"] == [["5"]]
    jdbc.close()


def test_flight_adbc_metadata_and_settings(door: Door) -> None:
    pyarrow = need("pyarrow")
    client = adapters.flight_adbc(door, "city-figures")
    connection = client.connection
    schema = connection.adbc_get_table_schema("hospital_visits", db_schema_filter="public")
    assert schema.field("days").type == pyarrow.int64() and schema.field("fee_total").type == pyarrow.decimal128(10, 2)
    assert connection.adbc_get_info()["vendor_name"] == "Yumen"
    objects = connection.adbc_get_objects(depth="tables").read_all().to_pylist()
    assert [s["db_schema_name"] for s in objects[0]["catalog_db_schemas"]] == ["public", "released", "yumen"]
    cursor = connection.cursor()
    cursor.execute(FIGURE)
    figure = cursor.fetch_arrow_table()
    assert cursor.adbc_execute_schema(FIGURE) == figure.schema
    cursor.execute(
        "SELECT visit_type, count(*) AS n FROM hospital_visits WHERE department = ? GROUP BY visit_type",
        (figure.column("department")[0].as_py(),),
    )
    assert cursor.fetch_arrow_table().num_rows > 0
    cursor.close()
    client.rows("SET yumen.lang = 'zh'")
    with pytest.raises(Refused) as refused:
        client.rows("SELECT diagnosis FROM hospital_visits")
    assert "未授权" in refused.value.text
    client.close()
    direct = adapters.flight_adbc(
        door, "city-figures", direct=True,
        **{"adbc.flight.sql.authorization_header": "Bearer " + door.token,
           "adbc.flight.sql.rpc.call_header.yumen.lang": "zh"},
    )
    assert direct.rows("SHOW yumen.lang") == [("zh",)]
    with pytest.raises(Refused):
        direct.rows("SET yumen.lang = 'en'")
    direct.close()
