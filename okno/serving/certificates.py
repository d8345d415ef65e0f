"""Certificates of the hub's own listeners: of the HTTP server, and of channels."""

from collections.abc import Iterable

from channels.tls import SOON, Certificate, CertificateError, Certified
from hub.conversations.ports import Channel
from okno.config import Listen
from okno.faults.config_error import ConfigError

HTTPS = "https"
"""Name of the HTTP server's certificate, in metrics and among the channels."""


def certificate_of(listen: Listen) -> Certificate | None:
    """The HTTP server's certificate; None for plain HTTP. Raises ConfigError."""
    if not listen.certificate:
        return None
    try:
        return Certificate(HTTPS, listen.certificate, listen.key)
    except CertificateError as error:
        message = f"listen: {error}"
        raise ConfigError(message) from error


def all_certificates(own: Certificate | None, channels: Iterable[Channel]) -> tuple[Certificate, ...]:
    of_channels = [certificate for each in channels if isinstance(each, Certified) for certificate in each.certificates]
    return (own, *of_channels) if own else tuple(of_channels)


def check_certificate(certificate: Certificate) -> None:
    """Print the state of a certificate, for `okno check`."""
    left = certificate.left()
    term = f"{certificate.name}, {', '.join(certificate.names) or 'no names'}, until {certificate.ends:%Y-%m-%d}"
    if left.days < 0:
        print(f"✗ certificate: {term}: its term is over, nobody can connect. Renew it, the hub takes it at once")
    elif left < SOON:
        print(f"! certificate: {term}: {left.days} days are left, is it being renewed?")
    else:
        print(f"✓ certificate: {term}")
    if certificate.open_to_others():
        print(f"! certificate: {certificate.name}: everybody on this machine can read the key: chmod o= it (Kubernetes: defaultMode 0440)")
