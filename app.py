"""Where a WSGI server finds the application: ``app:app``. The demonstration is served by ``mace serve`` only."""

from mace import create_app
from mace.cli import Mistake, check_may_serve
from mace.settings import load_settings

settings = load_settings()
if settings.is_demo:
    raise Mistake("demo mode lets anybody be anybody: `mace serve` keeps it to this machine")
check_may_serve(settings)
app = create_app(settings)
