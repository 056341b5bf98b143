"""The one blueprint of both journeys."""

from flask import Blueprint

blueprint = Blueprint("intake", __name__)
