"""The shop's pages: how long the server takes for each, and what a browser loads for it."""
