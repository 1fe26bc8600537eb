"""Who may log in, as admins see and change them."""

from hub.api.kinds import Answer, Body, CameraIds, Password, RoleName, Username, UtcTime
from hub.api.schemas.auth import Me


class User(Me):
    created_at: UtcTime
    disabled: bool


class UserList(Answer):
    items: list[User]


class UserNew(Body):
    username: Username
    password: Password
    role: RoleName = "viewer"
    camera_ids: CameraIds | None = None


class UserChange(Body):
    """What is left out stays; `camera_ids` null means every camera."""

    password: Password | None = None
    role: RoleName | None = None
    camera_ids: CameraIds | None = None
    disabled: bool | None = None
