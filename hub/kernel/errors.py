"""The tree of errors.

OknoError
├── StoreError           not stored; nothing was changed
│   ├── ConflictError    somebody else changed the conversation first: load it again
│   └── UnavailableStoreError  the disk is full, read-only or broken: refuse new messages
│       └── SealedError  the keys are not there, or what they have sealed was altered
├── UndeliverableError   the message will never reach its address
├── UnavailableError     the channel is away; try later
│   └── InterruptedScanError  the scanner was lost in the middle of a file
├── LinkError            nothing can be sent to another centre; try later
├── PoisonError          it has ended the hub twice: nothing here looks at it again
└── RefusedError         the person or the peer may not do this, or asked for nonsense
"""


class OknoError(Exception):
    """The root of everything the hub itself raises."""


class StoreError(OknoError):
    """Not stored; nothing was changed."""


class ConflictError(StoreError):
    """Somebody else changed the conversation first: load it again."""


class UnavailableStoreError(StoreError):
    """The disk is full, read-only or broken: refuse new messages, lose none."""


class SealedError(UnavailableStoreError):
    """What is sealed cannot be opened: its key is not there, or it was altered; or nothing can be sealed for want of a key."""


class UndeliverableError(OknoError):
    """The message will never reach its address."""


class UnavailableError(OknoError):
    """The channel is away; try later."""


class InterruptedScanError(UnavailableError):
    """The scanner was lost in the middle of a file; perhaps by the file's doing."""


class LinkError(OknoError):
    """What was to go to another centre is not durable on this side: try again later, under the same id."""


class PoisonError(OknoError):
    """It has ended the hub twice: nothing here looks at it again."""


class RefusedError(OknoError):
    """The person or the peer may not do this, or asked for nonsense.

    `code` is for machines, the text for people; `wait_s` says after how many seconds to try again (0: it is no use).
    """

    def __init__(self, code: str, text: str, wait_s: int = 0) -> None:
        super().__init__(text)
        self.code, self.text, self.wait_s = code, text, wait_s
