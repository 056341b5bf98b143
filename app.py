"""Where a WSGI server finds the application: ``app:app``."""

from mace import create_app

app = create_app()
