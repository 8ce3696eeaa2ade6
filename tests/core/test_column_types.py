"""Statements that are built when a module is imported need the types of its columns then."""

import subprocess
import sys

from tests.service import ROOT

# The type of a foreign key that is not declared is known only when the other table is imported.
# Each module is imported in a process of its own, which is forked where SQLAlchemy is imported.
CHECK = """
import importlib, os, sys
from sqlalchemy.types import NullType
from api.core.database import Base

for name in sys.argv[1:]:
    if os.fork():
        os.wait()
        continue
    importlib.import_module(name)
    for table in Base.metadata.tables.values():
        for column in table.columns:
            if isinstance(column.type, NullType):
                print(name, column, flush=True)
    os._exit(0)
"""


def test_each_column_has_its_type_whatever_is_imported():
    files = sorted(ROOT.glob("api/*/models.py"))
    modules = [".".join(file.relative_to(ROOT).with_suffix("").parts) for file in files]

    done = subprocess.run(
        [sys.executable, "-c", CHECK, *modules],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.stdout, done.stderr) == ("", "")
