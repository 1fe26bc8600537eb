"""A program: does the time of a refused log-in tell whether the account exists? Medians, and how well time guesses.

Usage: login_timing.py [SAMPLES]. Known, unknown and disabled accounts in random order; the time is that of the whole
request in the process, and its CPU time. `guess` is the chance to tell a known account from the other kind by one
request's time (area under the ROC curve): 0.5 is none.
"""

import json
import logging
import random
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from flask.testing import FlaskClient

from hub import logs
from hub.services import EXTENSION
from hub.settings import Settings
from hub.store import migrate, users
from hub.store.embedded import EmbeddedPostgres
from hub.store.models import Attempt, User, database
from hub.web import create_app

KINDS = ("known", "unknown", "disabled")
Times = dict[str, list[tuple[float, float]]]


def measured(client: FlaskClient, samples: int) -> Times:
    """Wall and CPU seconds of each refusal, by kind."""
    found: Times = {kind: [] for kind in KINDS}
    order = [kind for kind in KINDS for _ in range(samples)]
    random.Random(1).shuffle(order)
    for number, kind in enumerate(order):
        Attempt.delete().execute()
        name = {"known": "ann", "disabled": "bob"}.get(kind, f"x{number:03d}")
        body = {"username": name, "password": f"wrong {number}"}
        wall, cpu = time.perf_counter(), time.process_time()
        answer = client.post("/api/auth/login", json=body)
        found[kind].append((time.perf_counter() - wall, time.process_time() - cpu))
        assert answer.status_code == 401
    return found


def guess(one: list[float], other: list[float]) -> float:
    """How often a random one of `one` is longer than a random one of `other` (Mann-Whitney U over its maximum)."""
    longer = sum((a > b) + (a == b) / 2 for a in one for b in other)
    return longer / (len(one) * len(other))


def main() -> None:
    logs.configure(logging.WARNING)
    samples = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    with tempfile.TemporaryDirectory() as folder:
        postgres = EmbeddedPostgres(Path(folder) / "postgres", die_with_parent=True)
        url = postgres.start()
        migrate.up(url)
        app = create_app(Settings(data_dir=Path(folder), database_url=url))
        hashed = app.extensions[EXTENSION].passwords.hashed("correct horse battery")
        with database.connection_context():
            for name in ("ann", "bob"):
                users.create(name, hashed, "viewer")
            User.update(disabled_at=datetime.now(UTC)).where(User.username == "bob").execute()
        found = measured(app.test_client(use_cookies=False), samples)
        database.close_all()
        postgres.stop()
    for kind, times in found.items():
        walls, cpus = ([pair[index] for pair in times] for index in (0, 1))
        known = [[pair[index] for pair in found["known"]] for index in (0, 1)]
        line = {"kind": kind, "samples": samples, "wall_ms_p50": round(statistics.median(walls) * 1000, 2)}
        line |= {"cpu_ms_p50": round(statistics.median(cpus) * 1000, 2)}
        line |= {"guess_by_wall": round(guess(known[0], walls), 3), "guess_by_cpu": round(guess(known[1], cpus), 3)}
        print(json.dumps(line))


if __name__ == "__main__":
    main()
