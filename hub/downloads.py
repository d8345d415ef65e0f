"""How a citizen's file is handed to a browser."""

from urllib.parse import quote


def download_headers(name: str) -> dict[str, str]:
    """A file from a stranger is saved, not shown, and may run nothing if it is."""
    plain = name.encode("ascii", "replace").decode().replace('"', "'").replace("?", "_")
    return {"Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name)}",  # RFC 6266
            "Content-Security-Policy": "sandbox; default-src 'none'; base-uri 'none'; frame-ancestors 'none'", "Cache-Control": "no-store"}
