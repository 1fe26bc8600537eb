"""What every request of one web process shares: made by the factory, reached through the running app."""

from dataclasses import dataclass

from flask import current_app

from hub.auth.cookies import CookieNames
from hub.auth.keys import SigningKeys
from hub.auth.limits import Limits
from hub.auth.passwords import Passwords
from hub.fleet.ca import CertificateAuthority
from hub.secrets import Sealer
from hub.settings import Settings
from hub.store.picture_place import pictures_of
from hub.store.pictures import PictureStore

EXTENSION = "watchpost"


@dataclass(frozen=True, slots=True)
class Services:
    """One installation's settings, keys and limits."""

    settings: Settings
    keys: SigningKeys
    sealer: Sealer
    authority: CertificateAuthority
    passwords: Passwords
    limits: Limits
    cookies: CookieNames
    pictures: PictureStore

    @classmethod
    def open(cls, settings: Settings) -> "Services":
        """Everything that lies in `secrets_dir`, made on the first start."""
        directory = settings.secrets_dir
        return cls(
            settings=settings,
            keys=SigningKeys.open(directory),
            sealer=Sealer.open(directory, settings.secret_key, settings.secret_key_before),
            authority=CertificateAuthority.open(directory),
            passwords=Passwords(directory),
            limits=Limits(),
            cookies=CookieNames.of(directory, settings.public_url),
            pictures=pictures_of(settings),
        )


def services() -> Services:
    """The services of the app that answers this request."""
    found = current_app.extensions[EXTENSION]
    assert isinstance(found, Services)
    return found
