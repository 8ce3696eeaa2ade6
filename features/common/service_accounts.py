"""Steps about service accounts that several capabilities use."""

import pytest
from pytest_bdd import given, parsers


@pytest.fixture
def service_accounts():
    """Return the ids of the service accounts of the scenario, by name."""
    return {}


@given(parsers.parse('the service account "{account}" has the role "{role}"'))
def create_service_account(preconditions, service_accounts, account, role):
    service_accounts[account] = preconditions.create_service_account(
        preconditions.make_unique(account), preconditions.make_unique(role)
    )
