"""The list of features: one blueprint each."""

from flask import Flask

from mace.account.routes import blueprint as account


def register_features(app: Flask) -> None:
    """Register every feature's blueprint."""
    for blueprint in (account,):
        app.register_blueprint(blueprint)
