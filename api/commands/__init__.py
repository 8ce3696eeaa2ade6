"""What `rollbook` can do, a module for each; `api.cli` loads the one that is named."""
