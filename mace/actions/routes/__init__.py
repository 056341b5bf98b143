"""The register with its downloads, and everything that is done on one action's page."""

from flask import Blueprint

blueprint = Blueprint("actions", __name__)

from mace.actions.routes import action, downloads, register  # noqa: E402

__all__ = ["action", "blueprint", "downloads", "register"]
