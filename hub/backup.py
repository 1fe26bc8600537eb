"""Everything that a hub needs to go on elsewhere, in one tar file: database, pictures, secrets.

The dump is taken first and the pictures after it: segments only grow, so what the dump refers to is there. Jobs that
would move or remove pictures keep away meanwhile (`hub.store.picture_lock`).
"""

import errno
import io
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from hub.errors import HubError
from hub.settings import Settings
from hub.store import migrate, restorations
from hub.store.cluster import binaries
from hub.store.picture_lock import pictures_at_rest
from hub.store.segments import segment_numbers, segment_path

FORMAT = 1
DUMP = "database.dump"
MANIFEST = "manifest.json"
FOLDERS = ("secrets", "pictures")
SYSTEM_PROGRAMS = Path("/usr/lib/postgresql")  # Debian's, a folder for each major version


class BackupError(HubError):
    """The backup cannot be made, or is none of ours, or would overwrite something."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a backup holds."""

    created_at: str
    migrations: list[str]
    alerts: int


def backup(settings: Settings, path: Path) -> Contents:
    """Write a backup while the hub runs; the file appears under its name only when it is whole, and is private."""
    partial = path.with_name(f".{path.name}.partial")
    url = settings.database_url
    with migrate.session(url) as database, pictures_at_rest(database), _private(partial) as file:
        contents = Contents(
            created_at=datetime.now(UTC).isoformat(timespec="seconds"),
            migrations=[state.name for state in migrate.status(url) if state.applied_at],
            alerts=database.execute_sql("SELECT count(*) FROM alert").fetchone()[0],
        )
        with tarfile.open(fileobj=file, mode="w") as tar, tempfile.TemporaryDirectory(dir=path.parent) as scratch:
            _add_bytes(tar, MANIFEST, json.dumps({"format": FORMAT, **_plain(contents)}, indent=1).encode())
            dump = Path(scratch) / DUMP
            _postgres("pg_dump", url, "--format=custom", "--no-owner", "--no-privileges", f"--file={dump}")
            tar.add(dump, DUMP, filter=_owned_by_nobody)
            _add_files(tar, settings.data_dir)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    _force(path.parent)
    return contents


def restore(settings: Settings, path: Path, *, replace: bool) -> Contents:
    """Bring back a backup; the hub must not be running. What is there is kept unless `replace`.

    Devices are asked to offer again what they had sent since: they keep it for days (docs/design/047).
    """
    with _opened(path) as tar:
        contents = _contents(tar)
        if not replace:
            _refuse_if_used(settings)
        with tempfile.TemporaryDirectory(dir=settings.data_dir) as scratch:
            _extract(tar, Path(scratch))
            _make_way(Path(scratch), settings.data_dir)
            _restore_database(settings.database_url, Path(scratch) / DUMP)
            _restore_files(Path(scratch), settings.data_dir)
    migrate.up(settings.database_url)
    with migrate.session(settings.database_url) as database:
        restorations.begin(database, datetime.now(UTC))
    return contents


def _make_way(scratch: Path, data_dir: Path) -> None:
    """See to it, before anything is replaced, that the folders can be moved aside later.

    What a restore that was killed has left is in the way. And neither a mounted folder nor a link can be moved: moving
    each onto one that is not empty tells, for it fails with that reason only where nothing else hinders it.
    """
    occupied = scratch / "occupied"
    (occupied / "by").mkdir(parents=True)
    for folder in FOLDERS:
        place = data_dir / folder
        try:
            _remove(_aside(place))
            if place.exists() or place.is_symlink():
                place.rename(occupied)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                reason = f"it must be a folder of its own, neither mounted nor a link ({error.strerror})"
                raise BackupError(f"{place} cannot be replaced: {reason}") from error


def _aside(place: Path) -> Path:
    return place.with_name(f".{place.name}.before")


def _restore_database(url: str, dump: Path) -> None:
    _postgres("pg_restore", url, "--list", str(dump), connects=False)  # readable at all, before anything is dropped
    with migrate.session(url) as database:
        database.execute_sql("DROP SCHEMA IF EXISTS public CASCADE")
        database.execute_sql("CREATE SCHEMA public")
    options = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
    _postgres("pg_restore", url, *options, str(dump))


def _restore_files(scratch: Path, data_dir: Path) -> None:
    for folder in FOLDERS:
        place = data_dir / folder
        old = _aside(place)
        source = scratch / folder
        source.mkdir(exist_ok=True, mode=0o700)
        source.chmod(0o700)
        _sync(source)
        if place.exists():
            place.rename(old)
        source.rename(place)
        _force(data_dir)
        _remove(old)


def _sync(folder: Path) -> None:
    """Force a folder and the files in it to the disk: a restored hub must outlive a power cut a second later."""
    for path in (*folder.iterdir(), folder):
        _force(path)


def _force(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)


def _refuse_if_used(settings: Settings) -> None:
    with migrate.session(settings.database_url) as database:
        for table in ("app_user", "device", "camera", "alert"):
            if database.execute_sql(f"SELECT EXISTS (SELECT FROM {table})").fetchone()[0]:
                raise BackupError("this hub is not empty: --replace overwrites it")


def _contents(tar: tarfile.TarFile) -> Contents:
    try:
        member = tar.extractfile(MANIFEST)
        plain = json.loads(member.read(1_000_000) if member else b"")
        if plain.pop("format") != FORMAT:
            raise BackupError("a backup of another format: use the version that made it")
        return Contents(**plain)
    except (KeyError, ValueError, TypeError) as error:
        raise BackupError(f"not a backup of a hub: {error}") from error


def _extract(tar: tarfile.TarFile, scratch: Path) -> None:
    """Plain files at the two levels that a backup has; everything else in the archive is left where it is.

    Without tarfile's filters, which the Python 3.11 of Debian 12 does not have.
    """
    for member in tar:
        folder, _, name = member.name.rpartition("/")
        known = member.name == DUMP or (folder in FOLDERS and name not in ("", ".", ".."))
        source = tar.extractfile(member) if known and member.isreg() else None
        if source is None:
            continue
        path = scratch / member.name
        path.parent.mkdir(mode=0o700, exist_ok=True)
        with source, path.open("wb") as file:
            path.chmod(0o600)
            shutil.copyfileobj(source, file)


def _add_files(tar: tarfile.TarFile, data_dir: Path) -> None:
    for path in sorted((data_dir / "secrets").glob("*")):
        if path.is_file() and not path.name.startswith("."):
            tar.add(path, f"secrets/{path.name}", filter=_owned_by_nobody)
    pictures = data_dir / "pictures"
    for number in segment_numbers(pictures) if pictures.exists() else []:
        _add_growing(tar, segment_path(pictures, number), f"pictures/{number:06d}.seg")


def _add_growing(tar: tarfile.TarFile, path: Path, name: str) -> None:
    """A file that may grow meanwhile, as long as it is now."""
    with path.open("rb") as file:
        info = _owned_by_nobody(tar.gettarinfo(arcname=name, fileobj=file))
        tar.addfile(info, file)


def _add_bytes(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(content), 0o600
    tar.addfile(info, io.BytesIO(content))


def _owned_by_nobody(info: tarfile.TarInfo) -> tarfile.TarInfo:
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    info.mode = 0o600
    return info


def _postgres(program: str, url: str, *options: str, connects: bool = True) -> None:
    """Run one of PostgreSQL's programs; the password travels in the environment, not where every user can read it."""
    parts = urlsplit(url)
    without = urlunsplit(parts._replace(netloc=f"{parts.username or ''}@{parts.netloc.rpartition('@')[2]}"))
    environ = {"PATH": os.environ.get("PATH", ""), "PGPASSWORD": unquote(parts.password or "")}
    target = [f"--dbname={without}"] if connects else []
    done = subprocess.run(
        [str(_programs(url) / program), *target, *options], env=environ, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise BackupError(f"{program}: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else 'failed'}")


def _programs(url: str) -> Path:
    """The server's own programs where the system has them: a newer pg_restore sets what an older server refuses."""
    with migrate.session(url) as database:
        major = int(database.execute_sql("SHOW server_version_num").fetchone()[0]) // 10000
    own = SYSTEM_PROGRAMS / str(major) / "bin"
    return own if (own / "pg_restore").exists() else binaries()


@contextmanager
def _private(path: Path) -> Iterator[io.BufferedWriter]:
    """A new file that only we can read, gone again if the block fails."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise BackupError(f"cannot write {path}: {error.strerror}") from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
    except BaseException:
        path.unlink(missing_ok=True)
        raise


@contextmanager
def _opened(path: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(path, mode="r:") as tar:
            yield tar
    except (tarfile.TarError, EOFError) as error:
        raise BackupError(f"{path} is no readable backup: {error}") from error
    except FileNotFoundError as error:
        raise BackupError(f"{error.filename} does not exist") from error


def _plain(contents: Contents) -> dict[str, object]:
    return {"created_at": contents.created_at, "migrations": contents.migrations, "alerts": contents.alerts}
