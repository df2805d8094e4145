"""What the integration tests ask for by name."""

from tests.cli_fixtures import folder

__all__ = ["folder"]
