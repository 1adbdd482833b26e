"""A plain order service: one transaction in one request, correct, and without an engine behind it."""
