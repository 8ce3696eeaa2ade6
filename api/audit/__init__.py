"""What happened, to whom and by whom: kept with the deed itself, told once it stands."""
