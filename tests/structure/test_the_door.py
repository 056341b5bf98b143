"""Ring 1: an application with an endpoint that says nothing about who may use it does not start."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Blueprint, Flask

import mace.features
from mace import create_app
from mace.domain.policy import Permission
from mace.settings import Settings
from mace.web.access import Undeclared, public, requires
from tests.pages import CheckedClient
from tests.world import World


def _with(monkeypatch: pytest.MonkeyPatch, sabotage: Callable[[Blueprint], None]) -> None:
    """Let the next application have one feature more."""
    real = mace.features.register_features

    def and_one_more(app: Flask) -> None:
        real(app)
        blueprint = Blueprint("sabotage", "sabotage")
        sabotage(blueprint)
        app.register_blueprint(blueprint)

    monkeypatch.setattr(mace.features, "register_features", and_one_more)


def _declares_nothing(blueprint: Blueprint) -> None:
    @blueprint.get("/forgotten")
    def forgotten() -> str:
        return "a child's name"


def _takes_an_id_without_a_loader(blueprint: Blueprint) -> None:
    @blueprint.get("/forgotten/<uuid:child_id>")
    @requires(Permission.CHILD_READ)
    def forgotten(child_id: object) -> str:
        return "a child's name"


def _is_public_and_not_on_the_list(blueprint: Blueprint) -> None:
    @blueprint.get("/forgotten")
    @public
    def forgotten() -> str:
        return "a child's name"


def _loses_its_permission_in_a_decorator(blueprint: Blueprint) -> None:
    def timed(view: Callable[..., str]) -> Callable[..., str]:
        def around(*given: Any) -> str:
            return view(*given)

        return around

    @blueprint.get("/forgotten")
    @timed
    @requires(Permission.CHILD_READ)
    def forgotten() -> str:
        return "a child's name"


def _declares_above_its_route(blueprint: Blueprint) -> None:
    def forgotten() -> str:
        return "a child's name"

    blueprint.get("/forgotten")(forgotten)
    requires(Permission.CHILD_READ)(lambda: "another function")


@pytest.mark.parametrize(
    ("sabotage", "says"),
    [
        (_declares_nothing, "declares no permission"),
        (_takes_an_id_without_a_loader, "takes child_id but declares no loader"),
        (_is_public_and_not_on_the_list, "not on the list of public endpoints"),
        (_loses_its_permission_in_a_decorator, "declares no permission"),
        (_declares_above_its_route, "declares no permission"),
    ],
)
def test_the_application_does_not_start_with_an_endpoint_that(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, sabotage: Callable[[Blueprint], None], says: str
) -> None:
    _with(monkeypatch, sabotage)
    with pytest.raises(Undeclared, match=rf"sabotage\.\w+ .*{says}"):
        create_app(settings)


def test_it_starts_with_one_that_says_all(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def declared(blueprint: Blueprint) -> None:
        @blueprint.get("/remembered/<uuid:child_id>")
        @requires(Permission.CHILD_READ, load=lambda *_given, **_ids: None)
        def remembered(child_id: object) -> str:
            return ""

    _with(monkeypatch, declared)
    create_app(settings).extensions["mace_engines"].dispose()


def test_an_endpoint_added_later_answers_nothing(app: Flask, world: World) -> None:
    app.testing = False
    app.add_url_rule("/forgotten", "forgotten", lambda: "a child's name")
    answer = CheckedClient(app).sign_in(world.id("chair")).raw.get("/forgotten")
    assert answer.status_code == 500
    assert "a child's name" not in answer.get_data(as_text=True)
