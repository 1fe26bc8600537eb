"""Where the pictures of an installation are and how long they are kept, by its settings."""

from hub.settings import Settings
from hub.store.keeping import Limits
from hub.store.pictures import PictureStore
from hub.store.segments import SegmentFiles


def pictures_of(settings: Settings) -> PictureStore:
    """Segment files below the data directory."""
    return SegmentFiles(settings.data_dir / "pictures")


def limits_of(settings: Settings) -> Limits:
    """How long and how much is kept where no admin has said otherwise."""
    return Limits(settings.keep_days, settings.keep_gb, settings.keep_pictures_days, settings.keep_pictures_gb)
