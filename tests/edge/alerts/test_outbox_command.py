"""`watchpost-edge outbox`: what waits, read beside the agent that owns it."""

import json
from pathlib import Path

from click.testing import CliRunner, Result
from moved_clock import MovedClock
from visit_reports import closing, opening

from edge.alerts.outbox import Outbox
from edge.commands.outbox import command
from edge.wire.messages import Committed


def run(folder: Path, *options: str) -> Result:
    (folder / "edge.toml").write_text('[device]\nname = "door"\nstate_dir = "."\n')
    return CliRunner().invoke(command, ["--config", str(folder / "edge.toml"), *options])


def test_nothing_yet(tmp_path: Path) -> None:
    assert run(tmp_path).output == "0 waiting\n"


def test_waiting_visits_are_listed_while_the_agent_runs(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.db", 10**7, MovedClock())
    spare, answered, waiting, over = closing(), opening(), opening(), closing()
    outbox.delete([Committed(report.visit_id, outbox.put(report)) for report in (spare,)])
    sequences = [outbox.put(report) for report in (answered, waiting, over)]
    outbox.delete([Committed(answered.visit_id, sequences[0])])
    lines = [json.loads(line) for line in run(tmp_path, "--json").output.splitlines()]
    assert [line.get("sequence") for line in lines] == [*sequences[1:], None]
    assert lines[0]["visit_id"] == str(waiting.visit_id)
    assert lines[0]["closed_at"] is None
    assert lines[1]["picture_bytes"] == len(over.picture)
    assert lines[2] == {
        "event": "summary", "waiting": 2, "still_open": 1, "spare": 1,
        "damaged": 0, "pictures_shrunk": 0, "pictures_dropped": 0, "visits_dropped": 0,
    }  # fmt: skip
    assert "2 waiting" in run(tmp_path).output


def test_a_damaged_outbox_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "outbox.db").write_bytes(b"not a database" * 100)
    result = run(tmp_path)
    assert result.exit_code == 1
    assert result.output.count("\n") == 1
    assert "not a database" in result.output
