"""The commands of `rollbook`, one in each module; `api.cli` imports the one that runs."""
