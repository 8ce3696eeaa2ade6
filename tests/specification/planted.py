"""A small project whose features pass, fail, are skipped, or lack a step."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from features.report.messages import load
from features.report.run import MESSAGES, load_run
from tests.service import ROOT

BUY = """\
@shop @since:0.1
Feature: Buy a book
  In order to read
  As a customer
  I want to buy books

  Background:
    Given Ada has a basket

  @S-01
  Rule: A customer pays for each book

    Scenario: One book
      When Ada buys 1 book
      Then Ada pays 5

    Scenario: The price is wrong
      When Ada buys 1 book
      Then Ada pays 7
      And Ada pays 5

    Scenario Outline: Many books
      When Ada buys <number> book
      Then Ada pays <price>

      Examples:
        | number | price |
        | 2      | 10    |
        | 3      | 16    |
"""
RETURN = """\
@returns @since:0.2
Feature: Return a book
  In order to change my mind
  As a customer
  I want to return books

  Rule: A book can be returned for 14 days

    Scenario: The shop is closed
      Given the shop is closed
      Then Ada pays 0

    Scenario: There is no such step
      When Ada flies
      Then Ada pays 0

    Scenario: The basket is lost afterwards
      Given Ada has a basket that will be lost
      Then Ada pays 0
"""
STEPS = """
import pytest
from pytest_bdd import given, parsers, scenarios, then, when

scenarios(".")


@pytest.fixture
def basket():
    return []


@pytest.fixture
def lost_basket():
    yield
    raise RuntimeError("the basket is lost")


@given("Ada has a basket")
def has_basket():
    pass


@given("Ada has a basket that will be lost")
def has_lost_basket(lost_basket):
    pass


@given("the shop is closed")
def close_shop():
    pytest.skip("the shop is closed")


@when(parsers.parse("Ada buys {number:d} book"))
def buy(basket, number):
    basket += [5] * number


@then(parsers.parse("Ada pays {price:d}"))
def check_price(basket, price):
    assert sum(basket) == price, f"<b>{__file__}</b>"
"""
SETTINGS = """\
[tool.pytest]
python_files = ["steps.py"]
addopts = ["--import-mode=importlib", "-p", "features.report.plugin", "-p", "no:cacheprovider"]
filterwarnings = ["error", "ignore:Unknown pytest.mark"]
"""


class Planted:
    """The project, what its run printed, and what it wrote."""

    def __init__(self, directory: Path, output: str) -> None:
        self.directory = directory
        self.output = output
        results = directory / "results"
        self.text = (results / MESSAGES).read_text()
        self.messages = load(self.text)
        self.run = load_run(results)


def run_planted_features(directory: Path) -> Planted:
    """Write the project to a directory, and run its features in two processes."""
    for name, feature in (("shop/buy", BUY), ("returns/return", RETURN)):
        path = directory / "features" / f"{name}.feature"
        path.parent.mkdir(parents=True)
        path.write_text(feature)
        path.with_name("steps.py").write_text(STEPS)
    (directory / "pyproject.toml").write_text(SETTINGS)
    arguments = ["features", "--numprocesses", "2", "--dist", "loadfile"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments, "--specification", "results"],
        cwd=directory,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout + done.stderr
    return Planted(directory, done.stdout)
