"""The pages: server-rendered, on the same queries and commands as the JSON routes."""
