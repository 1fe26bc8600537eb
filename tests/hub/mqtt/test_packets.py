"""MQTT packets: against paho's own, cut anywhere, and nonsense is refused rather than believed."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.client import topic_matches_sub

from hub.mqtt import packets
from hub.mqtt.packets import Assembler, Packet, ProtocolError, Publish

TOPICS = st.text(st.characters(blacklist_characters="+#\0", blacklist_categories=("Cs",)), min_size=1, max_size=40)
MESSAGES = st.builds(
    lambda topic, payload, qos, retain, number: Publish(topic, payload, qos, retain, False, number if qos else 0),
    TOPICS,
    st.binary(max_size=300),
    st.integers(0, 1),
    st.booleans(),
    st.integers(1, 65535),
)


@given(st.lists(MESSAGES, max_size=5), st.lists(st.integers(1, 50), max_size=50))
def test_messages_survive_being_cut_anywhere(messages: list[Publish], cuts: list[int]) -> None:
    stream = b"".join(packets.publish(message) for message in messages)
    assembler, heard = Assembler(), []
    while stream:
        size = cuts.pop() if cuts else len(stream)
        assembler.feed(stream[:size])
        stream = stream[size:]
        while (packet := assembler.next()) is not None:
            kind, flags, body = packet
            assert kind == Packet.PUBLISH
            heard.append(packets.read_publish(flags, body))
    assert heard == messages


@given(MESSAGES, st.integers(0, 400))
def test_a_message_that_ends_early_is_refused_or_has_less_payload(message: Publish, size: int) -> None:
    assembler = Assembler()
    assembler.feed(packets.publish(message))
    packet = assembler.next()
    assert packet is not None
    _, flags, body = packet
    head = 2 + len(message.topic.encode()) + (2 if message.qos else 0)
    if size < head:
        with pytest.raises(ProtocolError):
            packets.read_publish(flags, body[:size])
    else:
        assert packets.read_publish(flags, body[:size]) == replace(message, payload=message.payload[: size - head])


@given(st.binary(max_size=200))
def test_nonsense_raises_nothing_but_protocol_errors(data: bytes) -> None:
    for read in (packets.read_connect, packets.read_subscribe, packets.read_unsubscribe):
        try:
            read(data)
        except ProtocolError:
            continue
    assembler = Assembler()
    assembler.feed(data)
    try:
        while assembler.next() is not None:
            pass
    except ProtocolError:
        return


def test_a_packet_that_is_too_large_is_refused_before_it_is_there() -> None:
    assembler = Assembler(max_packet=1000)
    assembler.feed(b"\x30\xff\xff\x7f")
    with pytest.raises(ProtocolError):
        assembler.next()


def test_qos_2_and_wildcards_in_topics_are_refused() -> None:
    for flags, body in ((4, b"\0\1a\0\1"), (0, b"\0\1+"), (0, b"\0\0")):
        with pytest.raises(ProtocolError):
            packets.read_publish(flags, body)
    for wanted in (b"a+/b", b"#/a", b"a#"):
        with pytest.raises(ProtocolError):
            packets.read_subscribe(b"\0\1" + len(wanted).to_bytes(2, "big") + wanted + b"\1")


LEVELS = st.lists(st.sampled_from(["a", "b", "$SYS", ""]), min_size=1, max_size=4)
FILTERS = st.lists(st.sampled_from(["a", "b", "+", "$SYS", ""]), min_size=1, max_size=4)


@given(FILTERS, st.booleans(), LEVELS)
def test_filters_match_as_pahos_do(filter_levels: list[str], hash_behind: bool, levels: list[str]) -> None:
    wanted = "/".join([*filter_levels, *(["#"] if hash_behind else [])])
    topic = "/".join(levels)
    if wanted and topic:
        assert packets.matches(wanted, topic) == topic_matches_sub(wanted, topic)
