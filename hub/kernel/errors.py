"""The tree of errors.

OknoError
├── StoreError           not stored; nothing was changed
│   ├── ConflictError    another writer changed the conversation first: load it again
│   └── UnavailableStoreError  the disk is full, read-only or broken: refuse new messages
│       └── SealedError  the keys are missing, or the sealed data was altered
├── UndeliverableError   the message can never be delivered to its address
├── UnavailableError     the channel is unavailable; try later
│   └── InterruptedScanError  the scanner was lost during a scan
├── LinkError            nothing can be sent to another centre; try later
├── PoisonError          it crashed the hub twice: it is not processed again
└── RefusedError         the person or the peer lacks the right, or the request is invalid
"""


class OknoError(Exception):
    """Base of all errors raised by the hub."""


class StoreError(OknoError):
    """Not stored; nothing was changed."""


class ConflictError(StoreError):
    """Another writer changed the conversation first: load it again."""


class UnavailableStoreError(StoreError):
    """The disk is full, read-only or broken: refuse new messages, lose none."""


class SealedError(UnavailableStoreError):
    """Sealed data cannot be opened (its key is missing or it was altered), or data cannot be sealed because a key is missing."""


class UndeliverableError(OknoError):
    """The message can never be delivered to its address."""


class UnavailableError(OknoError):
    """The channel is unavailable; try later."""


class InterruptedScanError(UnavailableError):
    """The scanner was lost during a scan; the file may be the cause."""


class LinkError(OknoError):
    """A message to another centre was not stored durably here: try again later with the same id."""


class PoisonError(OknoError):
    """It crashed the hub twice: it is not processed again."""


class RefusedError(OknoError):
    """The person or the peer lacks the right, or the request is invalid.

    `code` is for machines, the text for people; `wait_s` is the number of seconds after which to retry (0: a retry does not help).
    """

    def __init__(self, code: str, text: str, wait_s: int = 0) -> None:
        super().__init__(text)
        self.code, self.text, self.wait_s = code, text, wait_s
