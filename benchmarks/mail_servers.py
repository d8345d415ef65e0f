"""What mail is measured against: aiosmtpd with a handler that keeps nothing. `python -m benchmarks.mail_servers PORT`."""

import asyncio
import logging
import sys

import uvloop
from aiosmtpd.smtp import SMTP, Envelope, Session


class Nothing:
    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd finds it by its name
        del server, session, envelope
        return "250 OK"


async def serve(port: int) -> None:
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Nothing(), enable_SMTPUTF8=True, hostname="bare.example", loop=loop), "127.0.0.1", port)
    print("ready", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
