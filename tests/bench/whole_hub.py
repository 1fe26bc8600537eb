"""The hub at ten million alerts: every listing at any depth, charts, a month dropped; then ingest and fan-out.

    python tests/bench/whole_hub.py [--rows 10000000] [--keep DIR] [--only store|ingest|fanout]...

Prints one table with each target beside what was measured. `--keep DIR` builds the database once and finds it again.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import fanout
import ingest
from hub_pages import asked, limited_to, path_of, served
from ten_million import CAMERAS, fill

from hub.api.alert_item import COLUMNS
from hub.store import listing, migrate, rollup
from hub.store.db import open_database
from hub.store.embedded import EmbeddedPostgres
from hub.store.listing import Position, Wanted
from hub.store.partitions import SPLIT, drop_month, existing_months, partition_name

PARTS = ("store", "ingest", "fanout")
PROGRAM = str(Path(sys.executable).with_name("watchpost-hub"))
TRIES = 200
MIDDLE = UUID(int=2**127)


@dataclass
class Line:
    """One row of the table; values in the unit of its name."""

    what: str
    target: str
    measured: str

    def __str__(self) -> str:
        return f"| {self.what} | {self.target} | {self.measured} |"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--only", choices=PARTS, action="append")
    arguments = parser.parse_args()
    wanted = arguments.only or PARTS
    print("| what | target | measured (p50 / p99) |\n|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="bench") as scratch:
        for part in wanted:
            place = (arguments.keep if part == "store" and arguments.keep else Path(scratch)) / part
            lines = MEASURED[part](place, arguments.rows)
            for line in lines:
                print(line, flush=True)


def store(data_dir: Path, rows: int) -> Iterator[Line]:
    data_dir.mkdir(parents=True, exist_ok=True)
    server = EmbeddedPostgres(data_dir, die_with_parent=True)
    url = server.start()
    try:
        migrate.up(url)
        database = open_database(url, statement_timeout_s=0)
        with database.connection_context():
            if not existing_months():
                fill(database, rows, datetime.now(UTC))
                ingest.prepared(data_dir, CAMERAS)
            yield from sizes(database)
            yield from listings(database)
            yield chart()
        yield from over_http(url, data_dir, rows)
        with database.connection_context():
            yield from dropping(database, data_dir / "postgres" / "cluster")
        database.close_all()
    finally:
        server.stop()


def sizes(database: Any) -> Iterator[Line]:
    count, size = database.execute_sql(
        "SELECT sum(n)::bigint, sum(size)::bigint FROM (SELECT (SELECT sum(alerts) FROM alert_hour) AS n, "
        "sum(pg_total_relation_size(inhrelid)) AS size FROM pg_inherits WHERE inhparent = 'alert'::regclass) AS t"
    ).fetchone()
    yield Line("alerts, bytes of each with its indexes", "", f"{count:,}, {size // count}")


def queries() -> dict[str, Wanted]:
    now = datetime.now(UTC)
    week = Wanted(min_score=0.9, since=now - timedelta(days=200), until=now - timedelta(days=100))
    return {
        "all": Wanted(),
        "of one camera": Wanted(camera_ids=frozenset({7})),
        "of ten cameras": Wanted(camera_ids=frozenset(range(11, 21))),
        "of two cameras": Wanted(camera_ids=frozenset({3, 90})),
        "of one device": Wanted(device_id="device-3"),
        "acknowledged": Wanted(acknowledged=True),
        "not acknowledged": Wanted(acknowledged=False),
        "of ten cameras, not acknowledged": Wanted(camera_ids=frozenset(range(11, 21)), acknowledged=False),
        "of one camera, acknowledged, of which there is none": Wanted(camera_ids=frozenset({7}), acknowledged=True),
        "score from 0.9, a window of 100 days": week,
    }


def positions(wanted: Wanted, deep: bool) -> list[Position | None]:
    """Where pages begin: at the newest, or anywhere in the year, at the place of a row that exists."""
    if not deep:
        return [None] * TRIES
    random, newest = Random(1), wanted.until or datetime.now(UTC)
    days = (newest - (wanted.since or newest - timedelta(days=300))).days
    marks = [newest - timedelta(days=random.random() * days * 0.95) for _ in range(TRIES)]
    some = Wanted(camera_ids=wanted.camera_ids, device_id=wanted.device_id)
    found = [listing.page(some, 1, Position(mark, MIDDLE)).rows for mark in marks]
    return [Position(rows[0].opened_at, rows[0].id) for rows in found if rows]


def listings(database: Any) -> Iterator[Line]:
    for deep in (False, True):
        for name, wanted in queries().items():
            found = positions(wanted, deep)
            spent = in_sql(database, wanted, found)
            times = timed([lambda wanted=wanted, at=at: listing.page_shown(COLUMNS, wanted, 50, at) for at in found])
            where = "any depth" if deep else "page 1"
            yield Line(f"list {name}, {where}: ms in SQL, planning and all", "≤ 1", shown(spent))
            yield Line(f"list {name}, {where}: ms in the program", "", shown(times))


def in_sql(database: Any, wanted: Wanted, positions: list[Position | None]) -> list[float]:
    """Milliseconds, sorted, that PostgreSQL itself plans and runs the statements of pages of the API, as it says.

    All were asked once before, the other pages in between: what is remembered of them is as after other work.
    """
    pages = [statements(database, wanted, at) for at in positions]

    def spent(sql: str, values: Any) -> float:
        plan = database.execute_sql(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}", values).fetchone()[0][0]
        return float(plan["Planning Time"] + plan["Execution Time"])

    return sorted(sum(spent(sql, values) for sql, values in page) for page in pages)


def statements(database: Any, wanted: Wanted, at: Position | None) -> list[tuple[str, Any]]:
    """What one page of the API asks of PostgreSQL."""
    said: list[tuple[str, Any]] = []
    real = database.execute_sql

    def heard(sql: str, values: Any = None) -> Any:
        said.append((sql, values))
        return real(sql, values)

    database.execute_sql = heard
    try:
        listing.page_shown(COLUMNS, wanted, 50, at)
    finally:
        del database.execute_sql
    assert said, "the page was asked of another database"
    return said


def chart() -> Line:
    now = datetime.now(UTC)
    times = timed([lambda: rollup.counts("day", now - timedelta(days=30), now, None)] * 50)
    return Line("30-day chart, all cameras: ms in the program", "≤ 40", shown(times))


def dropping(database: Any, cluster: Path) -> Iterator[Line]:
    """The oldest month as it lies in this machine's memory, and the next as a year leaves it: on the disk alone."""
    for kept in ("in the page cache", "on the disk alone"):
        oldest = existing_months()[0]
        if kept == "on the disk alone":
            forget(database, cluster, oldest)
        began = time.perf_counter()
        drop_month(oldest)
        yield Line(f"drop a month ({oldest:%Y-%m}), {kept}: ms", "≤ 100", f"{(time.perf_counter() - began) * 1000:.0f}")


def forget(database: Any, cluster: Path, month: datetime) -> None:
    """Have the kernel let go of the pages of a month's tables and indexes."""
    database.execute_sql("CHECKPOINT")
    paths = database.execute_sql(
        "SELECT pg_relation_filepath(c.oid) FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid "
        "JOIN pg_class t ON t.oid = coalesce(i.indrelid, c.oid) WHERE t.relname = ANY(%s)",
        ([partition_name(month, table) for table in SPLIT],),
    ).fetchall()
    for file in [file for (path,) in paths for file in cluster.glob(f"{path}*")]:
        with file.open("rb") as opened:
            os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def over_http(url: str, data_dir: Path, rows: int) -> Iterator[Line]:
    with served(url, data_dir) as (web, port, token):
        several = {wanted.camera_ids for wanted in queries().values() if len(wanted.camera_ids or ()) > 1}
        tokens = {some: limited_to(port, token, sorted(some or ())) for some in several}
        pages, before = 0, fanout.used(web)
        for deep in (False, True):
            for name, wanted in queries().items():
                paths = [path_of(wanted, at) for at in positions_again(url, wanted, deep)]
                times = timed(asked(port, tokens.get(wanted.camera_ids, token), paths))
                pages += 2 * len(paths)
                where = "any depth" if deep else "page 1"
                yield Line(f"GET alerts {name}, {where}: ms", "p99 ≤ 5", shown(times))
        each = (fanout.used(web) - before) / pages * 1000
        yield Line("GET alerts, all of these: CPU ms of the web process per page", "≤ 2", f"{each:.2f}")
        since = (datetime.now(UTC) - timedelta(days=30)).isoformat(timespec="seconds").replace("+00:00", "Z")
        times = timed(asked(port, token, [f"/api/stats/alerts?bucket=day&since={since}"] * 100))
        yield Line("GET 30-day chart: ms", "", shown(times))


def positions_again(url: str, wanted: Wanted, deep: bool) -> list[Position | None]:
    database = open_database(url, statement_timeout_s=0)
    with database.connection_context():
        found = positions(wanted, deep)
    database.close_all()
    return found


def ingesting(data_dir: Path, _rows: int) -> Iterator[Line]:
    for door, (size, target) in product(("tls", "loopback"), ((40_000, "≤ 0.25"), (0, "≤ 0.12"))):
        place = data_dir / f"{door}-{size}"
        place.mkdir(parents=True)
        told = ingest.measured(
            place, SimpleNamespace(alerts=12_000, picture=size, broker="mosquitto", devices=12, door=door)
        )
        each = ", ".join(f"{name} {value:.3f}" for name, value in told["cpu_ms_per_alert"].items())
        what = f"ingest by {door}, pictures of {size // 1000} KB"
        yield Line(f"{what}: CPU ms per alert", target, f"{told['cpu_ms_all']:.3f} ({each})")
        yield Line(
            f"{what}: alerts/s as it ran, and on one core's worth",
            "≥ 1,500 on one core" if size else "≥ 4,000 on one core",
            f"{told['per_s']:,}, {told['per_s_on_one_core']:,}",
        )


def fanning_out(data_dir: Path, _rows: int) -> Iterator[Line]:
    data_dir.mkdir(parents=True)
    told = fanout.measured(data_dir, SimpleNamespace(sockets=1000, per_second=20, seconds=20))
    assert told["delivered"] == told["expected"], told
    yield Line(
        "1000 dashboards, 20 alerts/s: CPU of the web process, % of a core",
        "≤ 20",
        f"{told['web_cpu_percent_of_a_core']}",
    )
    yield Line("commit to browser: ms", "≤ 20 / ≤ 100", f"{told['p50_ms']} / {told['p99_ms']}")
    yield Line("web process: MB resident", "", f"{told['web_rss_mb']}")


def timed(calls: list[Callable[[], object]]) -> list[float]:
    """Milliseconds of each call, sorted, after a first round that warms what is remembered."""
    for call in calls:
        call()
    times = []
    for call in calls:
        began = time.perf_counter()
        call()
        times.append((time.perf_counter() - began) * 1000)
    return sorted(times)


def shown(times: list[float]) -> str:
    return f"{times[len(times) // 2]:.2f} / {times[min(len(times) - 1, int(len(times) * 0.99))]:.2f}"


MEASURED: dict[str, Callable[[Path, int], Iterator[Line]]] = {
    "store": store,
    "ingest": ingesting,
    "fanout": fanning_out,
}

if __name__ == "__main__":
    main()
