"""What the channels that Okno brings along are like, as the hub gets it."""

from okno.drivers import channel_traits

TRAITS = channel_traits()
