"""What a client asked and was told, as a page to read. TRANSCRIPTS names a folder to write pages into; without it none is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import List

from door import Client, Refused, Row

SHOWN = 6  # rows of an answer


class Transcript:
    """The page of one client."""

    def __init__(self, name: str) -> None:
        self.name, self.lines = name, [f"{name}", "=" * len(name), ""]

    def say(self, line: str) -> None:
        self.lines += [line, ""]

    def of(self, client: Client, contract: str) -> Client:
        """A client whose questions and answers are written down."""
        self.say(f"-- connected under {contract}")
        return Written(client, self)

    def close(self) -> None:
        folder = os.environ.get("TRANSCRIPTS")
        if folder:
            text = "\n".join(self.lines).rstrip() + "\n"
            (Path(folder) / f"{self.name}.txt").write_text(text, encoding="utf-8")


class Written:
    """A client that writes down what it asks and is told."""

    def __init__(self, client: Client, page: Transcript) -> None:
        self.client, self.page = client, page

    def rows(self, sql: str) -> List[Row]:
        self.page.lines.append("> " + sql)
        try:
            rows = self.client.rows(sql)
        except Refused as e:
            self.page.say(f"refused, {e.sqlstate or 'no SQLSTATE from this client'}: {e.text.strip()}")
            raise
        self.page.lines += [" | ".join(str(v) for v in r) for r in rows[:SHOWN]]
        self.page.say(f"({len(rows)} rows)" if len(rows) <= SHOWN else f"… ({len(rows)} rows)")
        return rows

    def close(self) -> None:
        self.client.close()
