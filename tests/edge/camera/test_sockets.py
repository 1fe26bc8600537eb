"""Opening cameras beside each other, and cutting one off: all IP cameras listen on the same port."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from edge.camera.sockets import Line

HERE, THERE = "127.0.0.1", "127.0.0.2"


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def port(stack: ExitStack) -> int:
    """One on which two machines take connections and say nothing."""
    first = stack.enter_context(socket.create_server((HERE, 0)))
    port = int(first.getsockname()[1])
    stack.enter_context(socket.create_server((THERE, port)))
    return port


def connected(stack: ExitStack, host: str, port: int) -> socket.socket:
    made = stack.enter_context(socket.create_connection((host, port)))
    made.settimeout(0.1)
    return made


def is_cut(sock: socket.socket) -> bool:
    try:
        return sock.recv(1) == b""
    except TimeoutError:
        return False


def test_who_hangs_while_opening_holds_up_nobody_else(stack: ExitStack, port: int) -> None:
    with Line(HERE, port).opening(0.1) as hanging, Line(THERE, port).opening(0.1) as free:
        assert (hanging, free) == (True, True)


def test_two_openings_of_one_camera_go_one_after_the_other(stack: ExitStack, port: int) -> None:
    with Line(HERE, port).opening(0.1) as first, Line("localhost", port).opening(0.1) as second:
        assert (first, second) == (True, False)
    with Line("localhost", port).opening(0.1) as again:
        assert again


def test_one_is_cut_off_and_no_other(stack: ExitStack, port: int) -> None:
    one, other, same = Line(HERE, port), Line(THERE, port), Line(HERE, port)
    with one.opening(0.1), other.opening(0.1):
        sockets = [connected(stack, HERE, port), connected(stack, THERE, port)]
    with same.opening(0.1):
        sockets.append(connected(stack, HERE, port))
    one.cut()
    assert [is_cut(sock) for sock in sockets] == [True, False, False]


def test_what_is_still_being_opened_is_cut_off_too(stack: ExitStack, port: int) -> None:
    one = Line(HERE, port)
    with one.opening(0.1):
        sockets = [connected(stack, HERE, port), connected(stack, THERE, port)]
        one.cut()
        assert [is_cut(sock) for sock in sockets] == [True, False]


def test_a_name_that_leads_nowhere_is_no_error_here() -> None:
    line = Line("camera.invalid", 554)
    with line.opening(0.1) as free:
        line.cut()
    assert free
