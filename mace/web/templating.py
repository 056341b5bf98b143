"""What every template may call: the component packages, filters for days and numbers, the page's policy."""

import base64
import hashlib
import re
from datetime import date, datetime

from flask import Flask
from jinja2 import ChoiceLoader, PackageLoader, PrefixLoader

from mace.calendar import london
from mace.domain.deadlines import age_on
from mace.domain.words import count_of
from mace.web.forms import error_summary


def init_templating(app: Flask) -> None:
    """Join our templates with the component packages' and compute the content security policy."""
    own = app.jinja_loader
    packages = PrefixLoader({name: PackageLoader(name) for name in ("govuk_frontend_jinja", "govuk_frontend_wtf")})
    app.jinja_loader = ChoiceLoader([own, packages] if own else [packages])
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update(
        day=day,
        day_short=day_short,
        moment=moment,
        plural=count_of,
        age=lambda born, today: age_on(born, today),
    )
    app.jinja_env.globals["error_summary"] = error_summary
    app.config["CSP"] = content_security_policy(app)


def day(value: date | None) -> str:
    """23 November 2026."""
    return f"{value.day} {value:%B %Y}" if value else ""


def day_short(value: date | None) -> str:
    """23 Nov 2026."""
    return f"{value.day} {value:%b %Y}" if value else ""


def moment(value: datetime | None) -> str:
    """23 November 2026 at 2:05pm, as a London clock shows it."""
    if value is None:
        return ""
    here = london(value)
    return f"{day(here.date())} at {here.hour % 12 or 12}:{here:%M}{'am' if here.hour < 12 else 'pm'}"


def content_security_policy(app: Flask) -> str:
    """Nothing but our own files, and the one inline script of the page template by its hash."""
    loader = app.jinja_env.loader
    if loader is None:
        raise RuntimeError("templates are joined before the policy is computed")
    source = loader.get_source(app.jinja_env, "govuk_frontend_jinja/template.html")[0]
    found = re.search(r"<script[^>]*>(document\.body.*?)</script>", source)
    if found is None:
        raise RuntimeError("the page template's inline script has moved: look at its new form")
    digest = base64.b64encode(hashlib.sha256(found.group(1).encode()).digest()).decode()
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self' 'sha256-{digest}'",
            "style-src 'self'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "manifest-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "object-src 'none'",
        )
    )
