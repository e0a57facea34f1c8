"""What pages use of all that the process owns."""

from __future__ import annotations

from server import process
from stats.report import Reporter
from stats.settings import Settings


def settings() -> Settings:
    """The deployment's settings, read once; raises SettingsError."""
    return process.estate().settings()


def reporter() -> Reporter:
    """The reporter that all sessions share; raises what keeps it from being made."""
    return process.estate().reporter()
