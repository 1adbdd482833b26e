"""`orion backup` and `orion restore`: the database as a file, and back."""
