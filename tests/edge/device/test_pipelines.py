"""What runs is made to match what is desired, and what did not change is left alone."""

from dataclasses import replace

import pytest
from fake_pipeline import FakePipelines
from hypothesis import given
from hypothesis import strategies as st

from edge.device.pipelines import Pipelines
from edge.wire.messages import CameraDesired, CameraSettings

DOOR = CameraDesired("1", "Door", "rtsp://door")
YARD = CameraDesired("2", "Yard", "rtsp://yard")


@pytest.fixture
def made() -> FakePipelines:
    return FakePipelines()


def test_only_what_changed_is_touched(made: FakePipelines) -> None:
    pipelines = Pipelines(made)
    pipelines.apply([DOOR, YARD])
    pipelines.apply([DOOR, replace(YARD, source_url="rtsp://other")])
    assert [pipeline.history for pipeline in made.of("1")] == [["start"]]
    assert [pipeline.history for pipeline in made.of("2")] == [["start", "stop"], ["start"]]
    pipelines.apply([DOOR])
    assert made.of("2")[1].history == ["start", "stop"]
    assert [reported.id for reported in pipelines.reported()] == ["1"]


def test_who_watches_and_what_it_is_called_restart_nothing(made: FakePipelines) -> None:
    pipelines = Pipelines(made)
    pipelines.apply([DOOR])
    pipelines.apply([replace(DOOR, wanted=True)])
    pipelines.apply([replace(DOOR, wanted=True, name="Front door")])
    pipelines.apply([DOOR])
    assert [pipeline.history for pipeline in made.made] == [["start", "wanted True", "wanted False"]]


@pytest.mark.parametrize("change", [{"enabled": False}, {"settings": CameraSettings(min_score=0.9)}])
def test_other_changes_restart_the_camera(made: FakePipelines, change: dict[str, object]) -> None:
    pipelines = Pipelines(made)
    pipelines.apply([DOOR])
    pipelines.apply([replace(DOOR, **change)])  # type: ignore[arg-type]
    assert len(made.made) == 2


def test_one_camera_is_restarted_on_demand(made: FakePipelines) -> None:
    pipelines = Pipelines(made)
    pipelines.apply([DOOR, YARD])
    assert pipelines.restart("1")
    assert not pipelines.restart("9")
    assert len(made.of("1")) == 2
    assert len(made.of("2")) == 1


def test_an_unexpected_error_in_stopping_is_not_swallowed_and_all_are_stopped(made: FakePipelines) -> None:
    pipelines = Pipelines(made)
    pipelines.apply([DOOR, YARD])
    made.of("1")[0].error = RuntimeError("no")
    with pytest.raises(RuntimeError):
        pipelines.stop()
    assert made.of("2")[0].history == ["start", "stop"]


cameras = st.lists(
    st.builds(
        CameraDesired,
        st.sampled_from("123"),
        st.just("a name"),
        st.sampled_from(["rtsp://a", "rtsp://b"]),
        st.booleans(),
        st.booleans(),
    ),
    unique_by=lambda camera: camera.id,
)


@given(st.lists(cameras, max_size=6))
def test_after_any_changes_exactly_the_desired_run_as_desired(changes: list[list[CameraDesired]]) -> None:
    made = FakePipelines()
    pipelines = Pipelines(made)
    for desired in changes:
        pipelines.apply(desired)
        running = [pipeline for pipeline in made.made if pipeline.history.count("stop") == 0]
        assert sorted(pipeline.camera.id for pipeline in running) == sorted(camera.id for camera in desired)
        for camera in desired:
            (pipeline,) = [p for p in running if p.camera.id == camera.id]
            wanted = [entry for entry in pipeline.history if entry.startswith("wanted")]
            assert (wanted[-1] if wanted else f"wanted {pipeline.camera.wanted}") == f"wanted {camera.wanted}"
            assert pipeline.camera.source_url == camera.source_url
    pipelines.stop()
    assert all(pipeline.history.count("stop") == 1 for pipeline in made.made)
