"""How fast reading and writing stay when there are a million orders."""
