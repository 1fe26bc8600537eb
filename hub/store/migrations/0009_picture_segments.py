"""Numbers of the segments that lie in a bucket."""

from typing import Any

from playhouse.migrate import SchemaMigrator


def up(_migrator: SchemaMigrator, db: Any) -> None:
    db.execute_sql("CREATE SEQUENCE picture_segment AS integer")
