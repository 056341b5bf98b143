"""The list of features: one blueprint each."""

from flask import Flask

from mace.account.routes import blueprint as account
from mace.actions.routes import blueprint as actions
from mace.home.routes import blueprint as home
from mace.intake.routes import blueprint as intake
from mace.meetings.routes import blueprint as meetings
from mace.record.routes import blueprint as record
from mace.sharing.routes import blueprint as sharing


def register_features(app: Flask) -> None:
    """Register every feature's blueprint."""
    for blueprint in (account, actions, home, intake, meetings, record, sharing):
        app.register_blueprint(blueprint)
