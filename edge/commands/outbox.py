"""`watchpost-edge outbox`: what waits for the hub."""

import json
from pathlib import Path
from typing import Any

import click

from edge import config as configuration
from edge.alerts.outbox_view import Kept, OutboxView, view
from edge.commands.config_option import config_option
from edge.errors import WatchpostError


@click.command()
@config_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def command(config_path: Path, as_json: bool) -> None:
    """List the visits that the hub has not acknowledged yet, oldest first."""
    try:
        found = view(configuration.load(config_path).device.state_dir / "outbox.db")
    except WatchpostError as error:
        raise click.ClickException(str(error)) from None
    for visit in found.waiting:
        record = _record(visit)
        click.echo(json.dumps(record) if as_json else _line(record))
    summary = _summary(found)
    click.echo(json.dumps(summary) if as_json else _sum(summary))


def _record(visit: Kept) -> dict[str, Any]:
    return {
        "event": "visit",
        "sequence": visit.sequence,
        "visit_id": str(visit.visit_id),
        "camera": visit.camera,
        "opened_at": visit.opened_at.isoformat(),
        "closed_at": visit.closed_at.isoformat() if visit.closed_at is not None else None,
        "score": round(visit.score, 4),
        "picture_bytes": visit.picture_bytes,
    }


def _line(record: dict[str, Any]) -> str:
    end = record["closed_at"] or "still open"
    times = f"{record['opened_at']} - {end}"
    return f"{record['sequence']:>6}  camera {record['camera']}  {times}  {record['picture_bytes']} bytes"


def _summary(found: OutboxView) -> dict[str, Any]:
    return {
        "event": "summary",
        "waiting": len(found.waiting),
        "still_open": len(found.still_open),
        "spare": found.spare,
        "damaged": found.damaged,
        "pictures_shrunk": found.pictures_shrunk,
        "pictures_dropped": found.pictures_dropped,
        "visits_dropped": found.visits_dropped,
    }


def _sum(summary: dict[str, Any]) -> str:
    text = f"{summary['waiting']} waiting"
    given_up = ("damaged", "pictures_shrunk", "pictures_dropped", "visits_dropped")
    return ", ".join([text, *(f"{summary[key]} {key.replace('_', ' ')}" for key in given_up if summary[key])])
