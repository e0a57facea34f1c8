"""The server as one process: what it owns, and who may reach it."""
