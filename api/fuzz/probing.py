"""The process of the probes, which writes each violation that it finds in a line."""

import json
import sys

import click

from api.fuzz.keeper import Keeper
from api.fuzz.ledger import Ledger
from api.fuzz.probes import Prober
from api.fuzz.resource_probes import run_probes
from api.fuzz.run_state import load_run_state


def main() -> None:
    """Probe the operations that the arguments name."""
    state = load_run_state()
    document = json.loads((state.place / "contract.json").read_bytes())
    prober = Prober(document, Keeper(state.url, state.keeper, Ledger(state.place)))
    found = list(map(str, run_probes(prober, sys.argv[1:])))
    state.save_pairs(prober.pairs)
    click.echo("\n".join(found))
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
