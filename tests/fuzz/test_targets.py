"""Any bytes, and whole messages with some bytes changed, end in a value or a typed error; `make fuzz` tries more."""

import pytest
from fuzz.targets import TARGETS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

Edit = tuple[int, int, bytes]
edits = st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 8), st.binary(max_size=8)), max_size=4)


def edited(seed: bytes, changes: list[Edit]) -> bytes:
    """A seed with some stretches replaced."""
    data = bytearray(seed)
    for start, length, new in changes:
        at = start % (len(data) + 1)
        data[at : at + length] = new
    return bytes(data)


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_bytes_do_harm(name: str, data: st.DataObject) -> None:
    target = TARGETS[name]
    changed = st.builds(edited, st.sampled_from(target.seeds), edits)
    target.run(data.draw(changed | st.binary(max_size=600)))


@pytest.mark.parametrize("name", TARGETS)
def test_the_seeds_are_read(name: str) -> None:
    for seed in TARGETS[name].seeds:
        TARGETS[name].run(seed)
