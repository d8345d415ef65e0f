"""What a channel says of itself when it is tried."""

from contextlib import aclosing

from hub.monitoring.channel_check import CheckFinding, CheckResult, tried
from hub.monitoring.ports import CheckableChannel


async def findings(channel: object, most: int = 100) -> list[CheckFinding]:
    """`most` of them: then nobody asks any more."""
    assert isinstance(channel, CheckableChannel)
    found: list[CheckFinding] = []
    async with aclosing(tried(channel.trial())) as lines:
        async for line in lines:
            found += [line] if isinstance(line, CheckFinding) else []
            if len(found) == most:
                break
    return found


async def wrong(channel: object, most: int = 100) -> str:
    """What is wrong, in words with what to do; "" when all is well."""
    return "; ".join(f"{each.words} → {each.remedy}" for each in await findings(channel, most) if each.state is CheckResult.BAD)
