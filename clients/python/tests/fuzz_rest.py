"""Attacks the REST interface of a real server with schemathesis, over the OpenAPI document, as people of several roles.

Fails on an answer with status 5xx, and on any answer that the document does not describe. Not collected by pytest:
``make fuzz-rest`` runs it; EXAMPLES says how many requests each call gets at most, SEED which.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import List

from domain import ROOT, Domain

# One person of each kind: who asks, who decides, who provides, who oversees.
PEOPLE = ["analyst.lin", "reviewer.sun", "wang.health", "regulator.chen"]

CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "unsupported_method",
    "allow_header_conformance",
    "missing_required_header",
    "ignored_auth",
    "use_after_free",
    # Not positive_data_acceptance: what a name or an SQL text has to be, no schema says.
]

# Calls that end what the others need: the person's own token, their own account, or everything that is asked for.
LEFT_OUT = ["revoke-token", "disable-person", "withdraw-role", "terminate-contract", "destroy", "watch-job", "change-organisation"]


def document(folder: Path) -> Path:
    """Writes the document without idempotency keys: the few that are generated would answer nearly every call with 409."""
    doc = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))
    for calls in doc["paths"].values():
        for call in calls.values():
            call["parameters"] = [p for p in call.get("parameters", []) if p["name"] != "Idempotency-Key"]
    path = folder / "openapi.json"
    path.write_text(json.dumps(doc), encoding="utf-8")
    return path


def attack(domain: Domain, person: str, folder: Path, examples: str, seed: str, phases: str) -> int:
    """Attacks as one person; returns the exit code of schemathesis."""
    config = folder / "schemathesis.toml"
    # Names of what there is, so that calls get further than to 404.
    config.touch(mode=0o600)
    config.write_text(
        f"""
base-url = "{domain.url}"
tls-verify = "{domain.ca}"
headers = {{ Authorization = "Bearer {domain.secret(person)}" }}

[parameters]
"path.name" = ["hospital_visits", "city-health", "residents", "nothing", "o-AAAA"]
"path.job" = {json.dumps([j.id for j in list(domain.client("regulator.chen").jobs())[:4]] + ["j-20200101-aaaaaa"])}
"""
    )
    command: List[str] = ["schemathesis", "--config-file", str(config), "run", str(document(folder))]
    command += ["--checks", ",".join(CHECKS), "--max-examples", examples, "--seed", seed, "--phases", phases]
    command += ["--warnings", "off", "--no-color", "--request-timeout", "60", "--generation-database", "none"]
    for call in LEFT_OUT:
        command += ["--exclude-operation-id", call]
    log = folder / f"{person}.txt"
    with open(log, "w", encoding="utf-8") as out:
        code = subprocess.run(
            [sys.executable, "-m", "schemathesis.cli", *command[1:]], stdout=out, stderr=subprocess.STDOUT, cwd=folder,
            env={**os.environ, "SCHEMATHESIS_HOOKS": "fuzz_hooks", "PYTHONPATH": str(Path(__file__).parent)},
        ).returncode
    text = log.read_text(encoding="utf-8")
    summary = text[text.rfind("= SUMMARY =") :] if "= SUMMARY =" in text else text[-3000:]
    print(f"as {person}: {'passed' if code == 0 else 'FAILED'}\n{text if code else summary}", flush=True)
    return code


def answered(log: Path) -> Counter[int]:
    """Counts the server's answers by status."""
    found: Counter[int] = Counter()
    for line in log.read_text(encoding="utf-8").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if "status" in entry:
            found[entry["status"]] += 1
    return found


def main() -> int:
    """Attacks as everybody, then looks whether the home is whole."""
    examples, seed = os.environ.get("EXAMPLES", "5"), os.environ.get("SEED", "1")
    phases = os.environ.get("PHASES", "examples,coverage,fuzzing")
    with tempfile.TemporaryDirectory() as name:
        domain = Domain(Path(name))
        domain.make()
        domain.serve()
        failed = [p for p in os.environ.get("PEOPLE", ",".join(PEOPLE)).split(",")
                  if attack(domain, p, Path(name), examples, seed, phases)]
        domain.stop()
        answers = answered(Path(name) / "server.log")
        print("answers by status: " + ", ".join(f"{n} × {s}" for s, n in sorted(answers.items())))
        if sum(n for s, n in answers.items() if 200 <= s < 300) < 100 or answers[404] == 0 or answers[403] == 0:
            failed.append("the server: too few calls got anywhere")
        defects = [line for line in (Path(name) / "server.log").read_text().splitlines() if '"defect"' in line]
        for line in defects:
            print(line)
        if failed:
            print("FAILED: " + ", ".join(failed))
        verified = domain.run("audit", "verify", "--home", str(domain.home), check=False)
        print(verified.stdout[-300:] + verified.stderr)
        return 1 if failed or defects or verified.returncode != 0 else 0


if __name__ == "__main__":
    sys.exit(main())
