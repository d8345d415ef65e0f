"""What the hub makes to be taken away: papers and packages, as files."""

from aiohttp import web

from hub.kernel.web.download import download_headers

TYPES = {"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "pdf": "application/pdf",
         "zip": "application/zip"}


def paper_response(name: str, form: str, body: bytes) -> web.Response:
    """`name` has no ending, `form` is a key of TYPES."""
    return web.Response(body=body, content_type=TYPES[form], headers=download_headers(f"{name}.{form}", len(body)))
