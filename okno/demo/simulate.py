"""Fills a hub with simulated citizens and operators, so that a newcomer sees the desk alive in a minute."""

from okno.config import Config


async def demo(config: Config, *, citizens: int, operators: int) -> None:
    """Not yet."""
    print(config.centre.name, citizens, operators)
