"""The one blueprint of all journeys."""

from flask import Blueprint

blueprint = Blueprint("meetings", __name__)
