"""Counts the table of due days (testdata/due.tsv) anew: from the packs as YAML, with working days from chinesecalendar and, for
years that were not announced, the holidays of the law from holidays. It shares no code and no calendar with package pack.

    python check_due.py            needs chinesecalendar, holidays and PyYAML
"""

import calendar
import csv
import datetime
import pathlib
import sys

import chinese_calendar
import holidays
import yaml

HERE = pathlib.Path(__file__).parent
ANNOUNCED = 2026  # the last year of chinesecalendar
ONE = datetime.timedelta(days=1)
BY_LAW = holidays.China(years=range(2027, 2041), language="en_US")


def working(day):
    if day.year <= ANNOUNCED:
        return chinese_calendar.is_workday(day)
    name = BY_LAW.get(day, "")
    statutory = name and "observed" not in name and "substituted" not in name
    return day.weekday() < 5 and not statutory


def months_later(day, n):
    month = day.month - 1 + n
    year, month = day.year + month // 12, month % 12 + 1
    return datetime.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def due(start, span, roll):
    """The day on which a span ends that starts with an event on that day."""
    if span == "now":
        return start
    unit = span.lstrip("0123456789")
    n = int(span[: -len(unit)])
    if unit == "wd":
        day = start
        while n:
            day += ONE
            n -= working(day)
        return day
    day = {"d": lambda: start + n * ONE, "mo": lambda: months_later(start, n), "y": lambda: months_later(start, 12 * n)}[unit]()
    while roll and not working(day):
        day += ONE
    return day


def words(v):
    return v if isinstance(v, list) else [v] if v else []


def steps(case):
    if "steps" in case:
        return case["steps"]
    return [{**case, "by": case.get("by") or case.get("to")}]


def rows(pack, days):
    roll = pack.get("calendar", {}).get("roll", "next_working_day") == "next_working_day"
    for name in sorted(pack["cases"]):
        for s in steps(pack["cases"][name]):
            clock = s.get("clock") or {}
            law, house = str(clock.get("law", "none")), str(clock.get("house", "none"))
            span, basis = (law, "law") if law != "none" else (house, "house") if house != "none" else ("none", "none")
            event = clock.get("from") or (s["after"] + ".passed" if s.get("after") else "opened")
            for day in days:
                end = "" if span == "none" else due(datetime.date.fromisoformat(day), span, roll)
                yield {"pack": pack["pack"]["id"], "case": name, "step": s.get("id") or "", "by": "+".join(words(s.get("by"))),
                       "event": event, "on": day, "clock": span, "basis": basis, "due": str(end), "refuse": s.get("refuse") or ""}


def main():
    with open(HERE / "testdata" / "due.tsv", encoding="utf-8") as f:
        told = list(csv.DictReader(f, delimiter="\t", quoting=csv.QUOTE_NONE))
    days = list(dict.fromkeys(r["on"] for r in told))
    counted = []
    for file in sorted((HERE / "packs").glob("*.yaml")):
        text = yaml.load(file.read_text(encoding="utf-8"), yaml.BaseLoader)
        counted += rows(text, days)
    key = lambda r: (r["pack"], r["case"], r["step"], r["on"])
    told, counted = {key(r): r for r in told}, {key(r): r for r in counted}
    wrong = sorted(told.keys() ^ counted.keys())
    for k in told.keys() & counted.keys():
        wrong += [(k, c, told[k][c], counted[k][c]) for c in counted[k] if told[k][c] != counted[k][c]]
    for w in wrong[:20]:
        print("differs:", *w)
    print(f"due days: {len(counted)} rows of {len(set(k[0] for k in counted))} packs counted anew, {len(wrong)} differ")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
