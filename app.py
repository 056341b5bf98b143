"""The application object, for a WSGI server or the flask command."""

from mace import create_app

app = create_app()
