"""State shared by all exchanges of one hub."""

from msgspec import Struct

from channels.voice.calls import Calls
from channels.voice.media.link import MediaLinks
from channels.voice.numbers import number_of
from channels.voice.settings import Settings
from channels.voice.stored_calls import NAME, StoredCalls
from hub.conversations.address import Address, call_from
from hub.conversations.ports import Store
from hub.intake.ports import Intake
from hub.kernel.ports import Files
from hub.organisation.territory import Place


class VoiceContext(Struct, frozen=True):
    settings: Settings
    calls: Calls
    stored_calls: StoredCalls
    intake: Intake
    store: Store
    files: Files
    media: MediaLinks | None = None
    """Where the robot listens and the sound of its calls is streamed."""

    def address(self, caller: str, call: str) -> Address:
        """The caller's address by the number from the trunk; by the call's name where it is withheld."""
        return Address(NAME, number_of(caller, self.settings.region) or f"call:{call}")

    def handed(self, centre: str, caller: str, origin: str) -> Address:
        """Of a call that another centre hands over, by what its trunk tells (hub.federation.handover_messages.HandedCall)."""
        handing, _, number = origin.partition("/")
        return call_from(centre, NAME, number_of(caller, self.settings.region), handing, number)

    def place(self, dialled: str) -> Place | None:
        return next((number.place for number in self.settings.numbers if number.dialled == dialled), None)
