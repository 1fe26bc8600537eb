"""Which device may speak for which camera."""

from typing import cast

from hub.store.models import database

QUERY = """
SELECT camera.id, device.id FROM camera JOIN device ON device.id = camera.device_id WHERE device.state = 'approved'
"""


def camera_owners() -> dict[int, str]:
    """The device of every camera that belongs to an approved one."""
    return dict(cast(list[tuple[int, str]], database.execute_sql(QUERY).fetchall()))
