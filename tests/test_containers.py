"""The files for containers, without an engine; `.ci/run` starts them."""

import re
import tomllib

import pytest
import yaml

from tests.service import ROOT

COMPOSE = (ROOT / "docker-compose.yml").read_text("utf-8")
DOCKERFILE = (ROOT / "docker/Dockerfile").read_text("utf-8")
SERVICES = yaml.safe_load(COMPOSE)["services"]


@pytest.mark.parametrize("name", SERVICES)
def test_case_N_07_each_service_has_limits_of_memory_and_processes(name):
    service = SERVICES[name]

    assert {"mem_limit", "pids_limit"} <= service.keys()


def test_case_N_07_the_required_version_of_compose_is_named():
    page = (ROOT / "docs/containers.md").read_text("utf-8")

    assert "Docker Compose 2.20 or later" in COMPOSE.partition("services:")[0]
    assert "Docker Compose 2.20 or later" in page


def test_case_N_07_the_image_has_the_version_of_the_project():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

    for label, value in {
        "title": "Rollbook",
        "description": project["description"],
        "version": project["version"],
        "licenses": project["license"],
    }.items():
        assert f'org.opencontainers.image.{label}="{value}"' in DOCKERFILE


def test_case_N_16_the_example_of_settings_has_those_of_compose():
    example = (ROOT / ".env.example").read_text("utf-8")
    found = dict(re.findall(r"^#?([A-Z_]+)=(.*)$", example, re.MULTILINE))
    used = dict(re.findall(r"\$\{([A-Z_]+)(?::-([^}$]*)|[^}]*)", COMPOSE))

    assert found.keys() == used.keys()
    defaults = {name: value for name, value in used.items() if value.isalnum()}
    assert {name: found[name] for name in defaults} == defaults
