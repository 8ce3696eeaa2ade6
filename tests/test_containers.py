"""The files for containers, without an engine; `.ci/run` starts them."""

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
