"""The filtered list of alerts as a file, CSV or JSON, written page by page while it is read."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, request, stream_with_context

from hub.api.alert_item import item, rfc_3339
from hub.auth.guard import Principal
from hub.dashboard.alert_filters import AlertFilters
from hub.dashboard.frame import page
from hub.dashboard.inventory import Inventory
from hub.dashboard.pages.alerts import wanted
from hub.dashboard.rendering import viewer_now
from hub.store import alert_walks, listing
from hub.store.alerts import AlertRow
from hub.store.listing import Wanted

blueprint = Blueprint("alert_export", __name__)
AT_ONCE = 500
COLUMNS = (
    "id",
    "camera_id",
    "camera",
    "place",
    "device_id",
    "opened_at",
    "closed_at",
    "received_at",
    "delayed_s",
    "faces",
    "score",
    "acknowledged_by",
    "acknowledged_at",
    "note",
    "snapshot_url",
)
FORMULA = ("=", "+", "-", "@", "\t", "\r")
Row = dict[str, Any]


@blueprint.get("/alerts/export.csv")
@page()
def as_csv(user: Principal) -> Response:
    """For a spreadsheet; no cell of it can become a formula."""
    return _file(_csv(_rows(user)), "csv", "text/csv; charset=utf-8")


@blueprint.get("/alerts/export.json")
@page()
def as_json(user: Principal) -> Response:
    """One array of objects, one a line."""
    return _file(_json(_rows(user)), "json", "application/json")


def cell(value: object) -> object:
    """A value of a CSV that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def _rows(user: Principal) -> Iterator[Row]:
    now, inventory = viewer_now(), Inventory.of(user)
    filters = AlertFilters.read(request.args, now.tzinfo or UTC)
    for found in _pages(wanted(user, filters, inventory, now)):
        written = alert_walks.acknowledgements(found)
        for row in found:
            yield _row(row, inventory, written.get(row.id))


def _pages(some: Wanted) -> Iterator[Sequence[AlertRow]]:
    found = listing.page(some, AT_ONCE, None)
    yield found.rows
    while found.next is not None:
        found = listing.page(some, AT_ONCE, found.next)
        yield found.rows


def _row(row: AlertRow, inventory: Inventory, written: alert_walks.Acknowledgement | None) -> Row:
    camera = inventory.cameras.get(row.camera_id)
    at = written.at if written else None
    values = {
        **item(row),
        "camera": inventory.name_of(row.camera_id),
        "place": camera["location"] if camera else "",
        "acknowledged_at": rfc_3339(at) if at else None,
        "note": written.note if written else "",
    }
    return {name: values[name] for name in COLUMNS}


def _csv(rows: Iterator[Row]) -> Iterator[str]:
    line = io.StringIO(newline="")
    writer = csv.writer(line)
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([cell(value) for value in row.values()])
        yield line.getvalue()
        line.seek(0)
        line.truncate()
    yield line.getvalue()


def _json(rows: Iterator[Row]) -> Iterator[str]:
    before = "[\n"
    for row in rows:
        yield before + json.dumps(row, ensure_ascii=False)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def _file(lines: Iterator[str], kind: str, content_type: str) -> Response:
    """An answer that is sent while it is made."""
    answer = Response(stream_with_context(lines), content_type=content_type)
    name = f"watchpost-alerts-{datetime.now(UTC):%Y-%m-%d}.{kind}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
