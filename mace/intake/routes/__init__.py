"""Import by journey: bringing a spreadsheet in, and what comes after."""

from mace.intake.routes import after, bringing
from mace.intake.routes.feature import blueprint

__all__ = ["after", "blueprint", "bringing"]
