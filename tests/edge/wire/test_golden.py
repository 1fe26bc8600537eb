"""The wire's bytes are fixed: what we write equals the golden files, and the golden files read as what we meant."""

import pytest
from golden_messages import CBOR, FOLDER, JSON

from edge.wire.codec import decode, decode_json, encode, encode_json


@pytest.mark.parametrize("name", CBOR)
def test_cbor_both_ways(name: str) -> None:
    message, golden = CBOR[name], (FOLDER / f"{name}.cbor").read_bytes()
    assert encode(message) == golden
    assert decode(type(message), golden) == message


@pytest.mark.parametrize("name", JSON)
def test_json_both_ways(name: str) -> None:
    message, golden = JSON[name], (FOLDER / f"{name}.json").read_bytes()
    assert encode_json(message) == golden
    assert decode_json(type(message), golden) == message


def test_every_golden_file_has_its_message() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {f"{n}.cbor" for n in CBOR} | {f"{n}.json" for n in JSON}
