"""Taking accounts in from another system, and handing them out to one: by the million, in order."""
