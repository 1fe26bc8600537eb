"""The embedded PostgreSQL: one server for all who use it, gone with the last, back after kill -9."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg2
import pytest
from waiting import until

from hub.store.cluster import processes_in
from hub.store.embedded import EmbeddedPostgres
from hub.store.errors import PostgresError


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("embedded")


@pytest.fixture
def server(data_dir: Path) -> Iterator[EmbeddedPostgres]:
    embedded = EmbeddedPostgres(data_dir, die_with_parent=True)
    yield embedded
    embedded.stop()


def asked(url: str, sql: str) -> object:
    connection = psycopg2.connect(url)
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchone()[0]
    finally:
        connection.close()


def test_it_runs_with_a_password_on_loopback_only(server: EmbeddedPostgres, data_dir: Path) -> None:
    url = server.start()
    assert asked(url, "SHOW fsync") == "on"
    assert asked(url, "SHOW listen_addresses") == "127.0.0.1"
    assert asked(url, "SHOW unix_socket_directories") == ""
    assert asked(url, "SHOW server_encoding") == "UTF8"
    user, _, rest = url.removeprefix("postgresql://").partition(":")
    with pytest.raises(psycopg2.OperationalError, match="password"):
        psycopg2.connect(f"postgresql://{user}:wrong@{rest.partition('@')[2]}")
    mode = (data_dir / "postgres/password").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600
    assert (data_dir / "postgres/cluster").stat().st_uid == os.geteuid()


def test_the_second_user_joins_and_the_last_one_stops_it(server: EmbeddedPostgres, data_dir: Path) -> None:
    url = server.start()
    other = EmbeddedPostgres(data_dir)
    assert other.start() == url
    server.stop()
    assert asked(url, "SELECT 1") == 1
    other.stop()
    assert not processes_in(data_dir / "postgres/cluster")


def test_another_process_joins(server: EmbeddedPostgres, data_dir: Path) -> None:
    url = server.start()
    program = "import sys; from pathlib import Path; from hub.store.embedded import EmbeddedPostgres as E; "
    program += "e = E(Path(sys.argv[1])); print(e.start()); e.stop()"
    done = subprocess.run([sys.executable, "-c", program, data_dir], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == url
    assert asked(url, "SELECT 1") == 1


def test_it_survives_kill_9_with_what_was_committed(server: EmbeddedPostgres, data_dir: Path) -> None:
    url = server.start()
    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS kept (i integer); INSERT INTO kept VALUES (1)")
    for pid in processes_in(data_dir / "postgres/cluster"):
        with suppress(ProcessLookupError):  # the postmaster's end may have taken it along
            os.kill(pid, signal.SIGKILL)
    assert server.start() == url
    assert asked(url, "SELECT count(*) FROM kept") == 1
    connection.close()


def test_a_stale_pid_file_of_a_living_stranger_is_no_hindrance(server: EmbeddedPostgres, data_dir: Path) -> None:
    server.start()
    server.stop()
    (data_dir / "postgres/cluster/postmaster.pid").write_text(
        f"{os.getpid()}\n{data_dir}\n1\n1\n\n127.0.0.1\n1 1\nready\n"
    )
    assert asked(server.start(), "SELECT 1") == 1


def test_a_taken_port_is_exchanged_for_another(server: EmbeddedPostgres, data_dir: Path) -> None:
    import socket

    url = server.start()
    server.stop()
    port = int(url.rpartition("/")[0].rpartition(":")[2])
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", port))
        squatter.listen()
        again = server.start()
        assert again != url
        assert asked(again, "SELECT 1") == 1


@pytest.mark.parametrize("left", [b"", b"54\0\0", b"\xff", b"99999"])
def test_a_port_file_that_a_power_cut_spoilt_is_written_anew(
    server: EmbeddedPostgres, data_dir: Path, left: bytes
) -> None:
    server.start()
    server.stop()
    (data_dir / "postgres/port").write_bytes(left)
    assert asked(server.start(), "SELECT 1") == 1


def test_it_ends_with_a_parent_that_is_killed(data_dir: Path) -> None:
    program = "import sys, time; from pathlib import Path; from hub.store.embedded import EmbeddedPostgres as E; "
    program += "print(E(Path(sys.argv[1]), die_with_parent=True).start(), flush=True); time.sleep(60)"
    parent = subprocess.Popen([sys.executable, "-c", program, data_dir], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    assert parent.stdout.readline().startswith("postgresql://")
    parent.kill()
    parent.wait()
    parent.stdout.close()
    until(lambda: not processes_in(data_dir / "postgres/cluster"), "its end")


def test_a_lost_password_is_told(server: EmbeddedPostgres, data_dir: Path) -> None:
    server.start()
    server.stop()
    password = data_dir / "postgres/password"
    kept = password.read_text()
    password.unlink()
    try:
        with pytest.raises(PostgresError, match="password is missing"):
            server.start()
    finally:
        password.write_text(kept)
