"""Connectivity check by a letter to ourselves: whether an outgoing letter arrives. It belongs to no conversation, and is not stored.

Its Message-ID is signed: any run of the hub recognises it, and nobody else can produce one.
"""

import asyncio
import secrets
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime

from channels.email import threads
from channels.email.mime_builder import ascii_domain
from channels.email.reports import Report
from channels.email.sender import MailSender
from channels.email.settings import Settings
from hub.conversations.delivery_status import Delivery
from hub.kernel.background_tasks import resolve
from hub.kernel.errors import UnavailableError, UndeliverableError

LONGEST_S = 90.0
"""A mailbox without IDLE is polled once a minute."""
SUBJECT = "Проверка почты контакт-центра"
TEXT = "Это письмо контакт-центр отправил самому себе, чтобы проверить свою почту. Отвечать на него не нужно, его можно удалить.\n"


class LoopbackMail:
    def __init__(self, settings: Settings, key: bytes) -> None:
        self._settings, self._key = settings, key
        self._awaited: dict[str, asyncio.Future[None]] = {}

    async def around(self, outgoing: MailSender) -> float:
        """The seconds that a letter to ourselves took; raises UndeliverableError or UnavailableError."""
        message_id, loop = threads.trial_id(self._key, secrets.token_hex(8), self._settings.domain), asyncio.get_running_loop()
        back = self._awaited[message_id] = loop.create_future()
        began = loop.time()
        try:
            to = ascii_domain(self._settings.address)
            await outgoing.send(to, (to,), self._letter(message_id))
            async with asyncio.timeout(LONGEST_S):
                await back
        except TimeoutError as error:
            message = f"отправлено, но за {LONGEST_S:.0f} с не пришло"
            raise UnavailableError(message) from error
        finally:
            del self._awaited[message_id]
        return loop.time() - began

    def takes(self, message_id: str, report: Report | None) -> bool:
        """Whether a mail is such a letter, or its report: no other handler may see it."""
        trial = message_id if report is None else report.original
        if not threads.is_trial(self._key, trial, self._settings.domain):
            return False
        if (back := self._awaited.get(trial.strip("<>"))) is not None:
            if report is None:
                resolve(back, None, None)
            elif report.state is Delivery.FAILED:
                resolve(back, None, UndeliverableError(f"письмо вернулось: {report.why}"))
        return True

    def _letter(self, message_id: str) -> bytes:
        address, letter = self._settings.address, EmailMessage()
        letter["From"], letter["To"], letter["Subject"] = address, address, SUBJECT
        letter["Date"] = format_datetime(datetime.now(UTC))
        letter["Message-ID"] = f"<{message_id}>"
        letter["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5: no automatic answer comes to it
        letter.set_content(TEXT)
        return letter.as_bytes(policy=SMTP if address.isascii() else SMTPUTF8)
