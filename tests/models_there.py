"""What needs the detection models is left out where they have not been fetched."""

import pytest

from edge.detect.models import MODELS, find_dir

needs_models = pytest.mark.skipif(
    not all((find_dir() / model.name).exists() for model in MODELS), reason="the models are not fetched"
)
