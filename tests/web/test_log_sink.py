import json
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from api.web.log_sink import RotatingFile


def write_many(path) -> None:
    file = RotatingFile(path, full=10_000, kept=100)
    for number in range(500):
        file.write(b'{"number":%d,"text":"%s"}\n' % (number, b"x" * 80))


class TestAFile:
    def test_is_for_its_owner_only(self, tmp_path):
        RotatingFile(tmp_path / "log").write(b"{}\n")

        assert (tmp_path / "log").stat().st_mode & 0o077 == 0

    def test_is_put_aside_when_full_and_at_most_so_many_are_kept(self, tmp_path):
        file = RotatingFile(tmp_path / "log", full=10, kept=2)

        for number in range(5):
            file.write(b"%d234567890\n" % number)

        old = {each.name: each.read_text()[0] for each in tmp_path.glob("log.?")}
        assert old == {"log.1": "4", "log.2": "3"}

    def test_loses_and_tears_no_line_when_several_workers_write(self, tmp_path):
        path = tmp_path / "log"
        with ProcessPoolExecutor(3, get_context("spawn")) as workers:
            list(workers.map(write_many, [path] * 3))

        texts = [each.read_text() for each in tmp_path.glob("log*")]
        kept = [json.loads(line) for line in "".join(texts).splitlines()]
        assert sorted(each["number"] for each in kept) == sorted([*range(500)] * 3)
