"""JSON Pointers: RFC 6901, 3 and 5."""

import pytest

from api.core.json_pointer import make_pointer


@pytest.mark.parametrize(
    ("steps", "pointer"),
    [
        ((), ""),
        (("foo", 0), "/foo/0"),
        (("",), "/"),
        (("a/b",), "/a~1b"),
        (("m~n",), "/m~0n"),
        (("~1",), "/~01"),
        (("c%d", " ", 'k"l'), '/c%d/ /k"l'),
    ],
)
def test_a_pointer_escapes_the_names_of_members(steps, pointer):
    assert make_pointer(*steps) == pointer
