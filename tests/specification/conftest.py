import pytest

from tests.specification.planted import Planted, run_planted_features


@pytest.fixture(scope="session")
def planted(tmp_path_factory) -> Planted:
    """The results of a small project whose features pass and fail."""
    return run_planted_features(tmp_path_factory.mktemp("planted"))
