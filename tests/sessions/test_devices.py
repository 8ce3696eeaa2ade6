"""Names of devices, from the User-Agent header."""

import pytest

from api.sessions import devices

MOZILLA = "Mozilla/5.0 ({}) AppleWebKit/537.36 (KHTML, like Gecko) {}"
WINDOWS, ANDROID = "Windows NT 10.0; Win64; x64", "Linux; Android 15; SM-S938B"
MACINTOSH, LINUX = "Macintosh; Intel Mac OS X 10_15_7", "X11; Linux x86_64; rv:140.0"
CHROME = "Chrome/143.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (f"Mozilla/5.0 ({LINUX}) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        (MOZILLA.format(WINDOWS, CHROME), "Chrome on Windows"),
        (MOZILLA.format(WINDOWS, f"{CHROME} Edg/143.0.0.0"), "Edge on Windows"),
        (MOZILLA.format(MACINTOSH, "Version/19.0 Safari/605.1.15"), "Safari on macOS"),
        (MOZILLA.format(ANDROID, f"SamsungBrowser/28.0 {CHROME}"), "Samsung Internet on Android"),
        ("curl/8.5.0", "curl"),
        ("python-httpx/0.28.1", "python-httpx"),
        ("Firefox/140.0", "Firefox"),
        ("Rollbook CLI 2.0 (x)", "Rollbook CLI 2.0"),
        ("", "Unknown device"),
        (None, "Unknown device"),
        ("\x01\x02", "Unknown device"),
        ("<script>", "Unknown device"),
        ("A" * 5000, "A" * 80),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_a_device_is_named_by_browser_and_system_or_by_the_product(user_agent, name):
    assert devices.name_device(user_agent) == name
