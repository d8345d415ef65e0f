"""The cookie that leads to Госуслуги and back (ST-04; ASVS 5.0 3.3.1, 3.3.3)."""

import pytest

from channels.web.proof_pages import sent_along


@pytest.mark.parametrize(("secure", "name"), [(True, "__Host-okno_verify"), (False, "okno_verify")])
def test_by_https_it_is_this_hosts_alone(name: str, *, secure: bool) -> None:
    (cookie,) = sent_along("ticket", secure=secure).cookies.values()
    assert (cookie.key, cookie.value, cookie["path"], cookie["domain"], cookie["samesite"]) == (name, "ticket", "/", "", "Lax")
    assert (bool(cookie["secure"]), cookie["httponly"]) == (secure, True)
