"""A small stateful server that speaks Stripe's HTTP API, for development and tests."""
