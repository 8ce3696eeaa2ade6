"""Unsafe settings: the service does not start, and names them in one line (G-01)."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STRONG = "kV9pQ2xT7mZ4rN8cW1yB5hJ6dF3gL0sA"  # 32 bytes
SAFE = {
    "ENVIRONMENT": "production",
    "PUBLIC_BASE_URL": "https://users.example.org",
    "DATABASE_URL": "postgresql://rollbook:canary5e1f@127.0.0.1:1/rollbook",
    "REDIS_URL": "redis://:canary5e1f@127.0.0.1:1/0",
    "ENCRYPTION_KEY": STRONG,
    "WORKERS": "2",
    "PORT": "0",
    "METRICS_PORT": "0",
}
UNSAFE = {  # the changed settings (None removes one), and those that the error names
    "debug": ({"DEBUG": "true"}, {"DEBUG"}),
    "no secret": ({"ENCRYPTION_KEY": None}, {"ENCRYPTION_KEY"}),
    "31 bytes": ({"ENCRYPTION_KEY": STRONG[:31]}, {"ENCRYPTION_KEY"}),
    "default secret": ({"ENCRYPTION_KEY": "change-me-" * 5}, {"ENCRYPTION_KEY"}),
    "any origin, any host": (
        {"CORS_ORIGINS": "*", "ALLOWED_HOSTS": "*"},
        {"CORS_ORIGINS", "ALLOWED_HOSTS"},
    ),
    "counts apart": ({"REDIS_URL": None}, {"WORKERS"}),
    "http": ({"PUBLIC_BASE_URL": "http://users.example.org"}, {"PUBLIC_BASE_URL"}),
    "no address": ({"PUBLIC_BASE_URL": None}, {"PUBLIC_BASE_URL"}),
    "lenient": (
        {"LIMITS_ENABLED": "false", "PASSWORD_BLOCKLIST": "false", "ARGON2_MEMORY_KIB": "1024"},
        {"LIMITS_ENABLED", "PASSWORD_BLOCKLIST", "ARGON2_MEMORY_KIB"},
    ),
    "other kinds": (
        {"DATABASE_URL": "mysql://u:canary5e1f@h/d", "ACCESS_TOKEN_SECONDS": "canary5e1f"},
        {"DATABASE_URL", "ACCESS_TOKEN_SECONDS"},
    ),
}


@pytest.fixture(scope="module")
def ended():
    """Start the service with each of these, and return the ended processes."""
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(UNSAFE, pool.map(start, UNSAFE.values()), strict=True))


def start(unsafe):
    changes, _ = unsafe
    given = {name: it for name, it in {**SAFE, **changes}.items() if it is not None}
    kept = {name: it for name, it in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    command = [sys.executable, "-m", "api", "serve"]
    return subprocess.run(
        command,
        env={**kept, **given},
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("name", UNSAFE)
def test_G_01_an_unsafe_setting_prevents_the_start_and_is_named_in_one_line(ended, name):
    process, (changes, settings) = ended[name], UNSAFE[name]
    output = process.stdout + process.stderr
    assert process.returncode not in {0, None}
    assert len(output.strip().splitlines()) == 1, output
    assert [setting for setting in settings if f"{setting}:" not in output] == []
    assert "Traceback" not in output
    secrets = {"canary5e1f", STRONG, *(value for value in changes.values() if value)}
    hidden = {secret for secret in secrets if len(secret) > 5}
    assert [secret for secret in hidden if secret in output] == []
