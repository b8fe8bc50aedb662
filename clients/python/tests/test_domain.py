"""The client and a real server of the demo's home."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import List, Tuple

import pytest

import yumen
from domain import READMISSION, STAYS, Domain, approve


def test_catalog_and_pages(domain: Domain) -> None:
    with domain.client("analyst.lin") as c:
        names = [d.name for d in c.datasets()]
        assert names == sorted(names) and "hospital_visits" in names
        one_by_one = list(c.pages("datasets", of=yumen.Dataset.of, limit=1))
        assert [d.name for d in one_by_one] == names
        d = c.dataset("hospital_visits")
        assert d.published and d.versions == 1 and "fee_total" in d.columns and d.title.zh
        assert {j["name"] for j in c.contracts()} >= {"city-health", "city-economy"}
        assert c.me()["person"]["name"] == "analyst.lin"


def test_sql_from_explanation_to_data_frame(domain: Domain, tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    with domain.client("analyst.lin") as c:
        found = c.explain("city-health", STAYS, params={"since": _day("2025-01-01")})
        assert found.release_class == "aggregate" and found.k == 10
        assert found.columns[:3] == ("department", "visits", "fees")
        job = c.submit("city-health", STAYS, params={"since": _day("2025-01-01")}, purpose="planning of care")
        seen: List[Tuple[int, int]] = []
        job = c.wait(job, progress=lambda done, total: seen.append((done, total)))
        assert job.state == "in_review" and job.waits and not job.ended and seen
        assert job.id in [j.id for j in c.jobs()]
    with domain.client("reviewer.sun") as r:
        waiting = [w for w in r.reviews() if w.job.id == job.id]
        assert waiting[0].mine and waiting[0].verdict
        assert len(r.preview(job.id, rows=3).rows) == 3
    approve(domain, job.id, ["reviewer.sun"])
    with domain.client("reviewer.sun") as r:
        release = r.release(job.id, format="parquet")
    with domain.client("analyst.lin") as c:
        assert release.name in [x.name for x in c.releases()]
        result = c.fetch(release.name, to=tmp_path / "fees.parquet")
        frame = result.dataframe()
        assert isinstance(frame, pandas.DataFrame) and len(frame) == release.rows > 5
        assert list(frame.columns)[:3] == ["department", "visits", "fees"] and frame["visits"].dropna().gt(9).all()
        again = c.fetch(release.name)
        assert again.content == (tmp_path / "fees.parquet").read_bytes()
        assert f"sha256:{hashlib.sha256(again.content).hexdigest()}" == release.digest
        assert again.arrow().num_rows == release.rows
        with pytest.raises(FileExistsError):
            c.fetch(release.name, to=tmp_path / "fees.parquet")
    result.save_receipt(tmp_path / "fees.receipt")
    key = str(domain.home / "keys" / "domain.pub")
    domain.run("release", "verify", "fees.receipt", "--file", "fees.parquet", "--key", key, cwd=tmp_path)
    (tmp_path / "forged.parquet").write_bytes(again.content[:-1] + b"x")
    forged = domain.run("release", "verify", "fees.receipt", "--file", "forged.parquet", "--key", key, cwd=tmp_path, check=False)
    assert forged.returncode == 1


def test_module_with_two_reviewers_and_csv(domain: Domain) -> None:
    pytest.importorskip("pyarrow")
    with domain.client("applicant.gao") as c:
        job = c.submit("city-health", module=domain.files / "readmission.wasm", **READMISSION)
        job = c.wait(job, progress=False)
        assert job.state == "in_review", job
    with domain.client("reviewer.sun") as r:
        case = r.case(job.id)
        assert case.needed >= 2 and case.digest == job.raw.get("artifact", case.digest)
        r.vote(job.id, case.digest, "approve", "departments only")
        with pytest.raises(yumen.Conflict):
            r.release(job.id)
    approve(domain, job.id, ["reviewer.qian"])
    with domain.client("reviewer.qian") as r:
        release = r.release(job.id, format="csv")
    with domain.client("applicant.gao") as c:
        table = c.fetch(release.name).arrow()
        assert table.num_rows == release.rows and str(table.schema.field("patients").type) == "int64"


def test_refusals_are_typed_with_place_and_fix(domain: Domain) -> None:
    with domain.client("analyst.lin", lang="zh") as c:
        with pytest.raises(yumen.Denied) as e:
            c.explain("city-health", "SELECT diagnosis_text, count(*) FROM hospital_visits GROUP BY 1")
        assert e.value.reasons and all(r.place and r.message.en and r.message.zh for r in e.value.reasons)
        with pytest.raises(yumen.NotFound):
            c.job("j-20200101-aaaaaa")
        with pytest.raises(yumen.Invalid):
            c.submit("city-health", "SELECT", nonsense=1)
        with pytest.raises(yumen.Error) as n:
            c.vote("j-20200101-aaaaaa", "sha256:0", "approve", "no")
        assert not n.value.retryable
        job = c.submit("city-health", "SELECT resident_id FROM hospital_visits")
        with pytest.raises(yumen.Denied) as rejected:
            c.wait(job, progress=False)
        assert rejected.value.reasons and c.job(job.id).state == "rejected"


def test_the_same_key_is_the_same_call(domain: Domain) -> None:
    with domain.client("analyst.lin") as c, domain.client("applicant.gao") as other:
        first = c.submit("city-health", STAYS, params={"since": _day("2025-02-01")}, key="k-1")
        assert c.submit("city-health", STAYS, params={"since": _day("2025-02-01")}, key="k-1").id == first.id
        with pytest.raises(yumen.Conflict):
            c.submit("city-health", STAYS, params={"since": _day("2025-02-02")}, key="k-1")
        with pytest.raises(yumen.Conflict):
            c.cancel(first.id, key="k-1")
        theirs = other.submit("city-health", STAYS, params={"since": _day("2025-02-01")}, key="k-1")
        assert theirs.id != first.id and theirs.submitter == "applicant.gao"
        for who, job in ((c, first), (other, theirs)):
            who.wait(job, progress=False)
            who.cancel(job.id)


def test_tokens_that_do_not_count(domain: Domain) -> None:
    with domain.client("analyst.lin") as c:
        made = c.create_token(label="short", scopes=["catalog"], days=1)
        with yumen.Client(domain.url, ca_file=domain.ca, token=made.secret) as narrow:
            assert list(narrow.datasets())
            with pytest.raises(yumen.Denied):
                list(narrow.jobs())
        assert [t.id for t in c.revoke_token(made.id)] == [made.id]
        assert made.id in [t.id for t in c.tokens()]
    for bad in (made.secret, made.secret[:-1] + "x", "yumen_aaaaaaaaaaaa_b", "no-token"):
        with yumen.Client(domain.url, ca_file=domain.ca, token=bad) as nobody:
            with pytest.raises(yumen.Denied) as e:
                nobody.me()
            assert e.value.status == 401 and bad not in str(e.value.problem)


def test_a_token_is_not_answered_what_another_was(domain: Domain) -> None:
    with domain.client("analyst.lin") as c:
        narrow = c.create_token(scopes=["catalog"], days=1).secret
        job = c.submit("city-health", STAYS, params={"since": _day("2025-04-01")}, key="k-2")
        with yumen.Client(domain.url, ca_file=domain.ca, token=narrow) as n, pytest.raises(yumen.Denied):
            n.submit("city-health", STAYS, params={"since": _day("2025-04-01")}, key="k-2")
        c.wait(job, progress=False)
        c.cancel(job.id)


def test_a_role_that_is_withdrawn_in_mid_review(domain: Domain) -> None:
    with domain.client("regulator.chen") as g:
        g.post("people", body={"name": "reviewer.zhao", "org": "city-audit-office", "roles": ["reviewer"]})
    with domain.client("applicant.gao") as c:
        job = c.wait(c.submit("city-health", module=domain.files / "readmission.wasm", **READMISSION), progress=False)
    approve(domain, job.id, ["reviewer.sun", "reviewer.zhao"])
    with domain.client("reviewer.zhao") as r, domain.client("regulator.chen") as g:
        assert r.case(job.id).job.state == "approved"
        g.post("people", "reviewer.zhao", "roles", "reviewer", "withdrawal")
        with pytest.raises(yumen.Denied):
            r.release(job.id)
        with pytest.raises(yumen.Denied):
            list(r.reviews())
    with domain.client("reviewer.sun") as s:
        with pytest.raises(yumen.Error) as e:
            s.release(job.id)
        assert e.value.kind in ("denied", "conflict")
        assert s.job(job.id).state == "in_review"
    approve(domain, job.id, ["reviewer.qian"])
    with domain.client("reviewer.sun") as s:
        assert s.release(job.id).rows > 0


def test_the_certificate_is_checked(domain: Domain) -> None:
    with yumen.Client(domain.url, token="t") as c, pytest.raises(yumen.Unavailable):
        c.me()
    with yumen.Client(f"https://localhost:{domain.port}", ca_file=domain.ca, token=domain.secret("analyst.lin")) as c:
        assert c.me()["method"] == "token"


def test_people_are_named_on_the_socket(domain: Domain) -> None:
    with yumen.Client(home=domain.home, as_="analyst.lin") as c:
        who = c.me()
        assert who["method"] == "asserted" and who["person"]["asserted"]
    with yumen.Client(home=domain.home, as_="nobody.at-all") as c, pytest.raises(yumen.Denied):
        c.me()


def test_long_work_is_followed(domain: Domain) -> None:
    with domain.client("regulator.chen") as c:
        seen: List[Tuple[int, int]] = []
        found = c.verify(quick=True, progress=lambda done, total: seen.append((done, total)))
        assert found["objects"] > 5


def test_a_job_is_waited_for_across_a_restart(domain: Domain) -> None:
    with domain.client("analyst.lin") as c:
        job = c.submit("city-health", STAYS, params={"since": _day("2025-03-01")})
        domain.stop()
        with pytest.raises(yumen.Unavailable) as e:
            c.job(job.id)
        assert e.value.retryable
        domain.serve()
        assert c.wait(job, progress=False).state == "in_review"
        c.cancel(job.id)


def _day(text: str) -> yumen.Param:
    return yumen.Param("date", text)
