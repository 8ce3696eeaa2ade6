import pytest

from api.web.restx import Namespace
from api.web.schemas import Model


@pytest.fixture
def registry(monkeypatch):
    """Shapes and operations of the test's own, of which the contract hears nothing."""
    monkeypatch.setattr(Model, "known", {})
    monkeypatch.setattr(Namespace, "operations", {})
