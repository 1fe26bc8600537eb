"""A folder that cannot be used, or a disk that is full, is one line for a person and the end of the program."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

OF_THE_PLACE = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT, errno.ENOTDIR, errno.ENOSPC, errno.EDQUOT}


@contextmanager
def told_in_one_line(folder: Path, named: str) -> Iterator[None]:
    """For what works in a folder; `named`: the setting or option that names it. Any other OSError goes on."""
    try:
        yield
    except OSError as error:
        if error.errno not in OF_THE_PLACE:
            raise
        place = error.filename or folder
        raise click.ClickException(f"{place}: {(error.strerror or str(error)).lower()} ({named} is {folder})") from None
