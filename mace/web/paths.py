"""Addresses that come from a browser and lead somewhere next."""

from urllib.parse import urlsplit


def safe_path(path: str) -> str:
    """A path of this site, or nothing: no other host, scheme or trick passes."""
    if (
        not path.startswith("/")
        or path.startswith("//")
        or any(c in path for c in "\\\t\r\n")
        or not path.isprintable()
    ):
        return ""
    parts = urlsplit(path)
    return path if not parts.scheme and not parts.netloc else ""
