"""`okno voice phones`: the operators' telephones in the browser, for Asterisk's configuration."""

from hub.access.operator import Operator
from hub.access.permissions import Permission, may
from hub.kernel.errors import OknoError
from hub.telephony.ports import SoftphoneChannel
from okno.adapters.loader import connect
from okno.commands.channel_checks import NullIntake
from okno.config import Config
from okno.stores import beside, open_words_and_store


async def print_phones(config: Config) -> None:
    """Print a line of docker/asterisk/phones for each operator; raises OknoError where no channel has such telephones."""
    store = open_words_and_store(config)
    equipped = False
    try:
        logins = sorted(each.login for each in await store.all(Operator) if may(each, Permission.SERVE))
        with beside(config) as kept:
            for each in config.channels:
                channel = connect(each, NullIntake(), store, kept.files, limited=config.limited)
                try:
                    if isinstance(channel, SoftphoneChannel) and channel.exchanges:
                        equipped = True
                        for login in logins:
                            print(f"{login} browser {channel.password(login)}")
                finally:
                    await channel.close()
    finally:
        await store.close()
    if not equipped:
        message = "no channel has telephones in the browser: set `softphone` and `phones_secret_file` of voice.asterisk"
        raise OknoError(message)
