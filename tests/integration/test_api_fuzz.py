"""Some made-up requests for every operation of the API, on a real hub; `make schemathesis` makes many."""

from pathlib import Path

from api_fuzz import fuzz, served


def test_no_operation_breaks_its_description(tmp_path: Path) -> None:
    with served(tmp_path) as hub:
        few = ["--phases", "fuzzing", "--workers", "2", "--no-color", "--exclude-checks", "positive_data_acceptance"]
        assert fuzz(hub, "admin", 3, few) == 0
