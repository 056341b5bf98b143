"""MACE: the meeting where agencies agree what to do about children harmed outside the home."""

from flask import Flask
from flask_wtf import CSRFProtect

from mace.database import make_engines
from mace.settings import ROOT, Settings, load_settings

__version__ = "0.1.0"


def create_app(settings: Settings | None = None) -> Flask:
    """Settings → database → door → features → last checks.

    Raises :class:`mace.settings.BadSetting` for a setting that cannot be, and
    :class:`mace.web.access.Undeclared` for an endpoint that says nothing about who may use it.
    """
    from mace.features import register_features
    from mace.web.access import check_every_endpoint, init_access
    from mace.web.errors import register_errors
    from mace.web.frame import init_frame
    from mace.web.headers import init_headers
    from mace.web.login import init_login
    from mace.web.templating import init_templating

    settings = settings or load_settings()
    app = Flask(
        "mace",
        root_path=str(ROOT / "mace"),
        instance_path=str(settings.instance.resolve()),
        template_folder=str(ROOT / "templates"),
    )
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=12 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=8 * 1024 * 1024,
        MAX_FORM_PARTS=5000,
        TRUSTED_HOSTS=list(settings.trusted_hosts) or None,
    )
    engines = make_engines(settings)
    init_templating(app)
    init_headers(app, settings.https)
    init_access(app, engines, settings)
    CSRFProtect(app)
    init_login(app, settings)
    init_frame(app)
    register_errors(app)
    register_features(app)
    check_every_endpoint(app)
    return app
