"""A device's certificate before its renewed one, good until that was used or this one ends."""

from typing import Any

from playhouse.migrate import SchemaMigrator


def up(_migrator: SchemaMigrator, db: Any) -> None:
    db.execute_sql("ALTER TABLE device ADD COLUMN previous_certificate_pem TEXT")
