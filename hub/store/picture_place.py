"""Where the pictures of an installation are and how long they are kept, by its settings."""

from hub.settings import Settings
from hub.store.keeping import Limits
from hub.store.pictures import PictureStore
from hub.store.segments import SegmentFiles


def pictures_of(settings: Settings) -> PictureStore:
    """Segment files below the data directory, or the bucket that the settings name."""
    if settings.pictures_url:
        from hub.store.s3 import S3Pictures  # boto3 is an extra, and slow to import

        return S3Pictures.at(settings.pictures_url)
    return SegmentFiles(settings.data_dir / "pictures")


def limits_of(settings: Settings) -> Limits:
    """How long and how much is kept where no admin has said otherwise."""
    return Limits(settings.keep_days, settings.keep_gb, settings.keep_pictures_days, settings.keep_pictures_gb)
