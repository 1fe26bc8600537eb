import numpy as np
from numpy.typing import NDArray

from edge.camera.stillness import Stillness


def scene(seed: int, sigma: float = 2.0) -> NDArray[np.uint8]:
    base = np.tile(np.linspace(40, 200, 640), (480, 1))
    return np.clip(base + np.random.default_rng(seed).normal(0, sigma, base.shape), 0, 255).astype(np.uint8)


def test_noise_is_stillness() -> None:
    stillness = Stillness()
    stillness.moved(scene(0))
    assert not any(stillness.moved(scene(seed)) for seed in range(1, 20))


def test_a_change_of_exposure_is_stillness() -> None:
    stillness = Stillness()
    stillness.moved(scene(0))
    assert not stillness.moved(scene(1) + np.uint8(20))


def test_a_small_face_is_a_change_when_it_comes_and_when_it_goes() -> None:
    visited = scene(1)
    visited[200:224, 300:320] -= np.uint8(40)
    stillness = Stillness()
    stillness.moved(scene(0))
    assert stillness.moved(visited)
    assert stillness.moved(scene(2))
    assert not stillness.moved(scene(3))


def test_another_size_is_a_change() -> None:
    stillness = Stillness()
    stillness.moved(scene(0))
    assert stillness.moved(scene(1)[:240])
