"""What callers and telephones do, as scenarios of SIPp. A step is a piece of XML; a scenario is the steps of one call."""

from collections.abc import Sequence
from pathlib import Path

Step = str

SDP = """
v=0
o=- 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio [auto_media_port] RTP/AVP 8 96
a=rtpmap:8 PCMA/8000
a=rtpmap:96 telephone-event/8000
a=fmtp:96 0-15
"""


def wait(seconds: float) -> Step:
    return f'<pause milliseconds="{round(seconds * 1000)}"/>'


def press(keys: str) -> Step:
    """Keys as RFC 4733 events, which SIPp sends with payload type 96. Asterisk has the first about 1.8 s after the step begins."""
    return f'<nop><action><exec play_dtmf="{keys}"/></action></nop>{wait(0.4 * len(keys))}'


def tell(key: str, number: str) -> Step:
    """A key as a SIP INFO, which can be seen on the wire: the caller `number` presses it once only."""
    return (_message("INFO [next_url] SIP/2.0", _from_caller(number, "INFO", 2), f"\nSignal={key}\nDuration=160\n",
                     kind="application/dtmf-relay") + '<recv response="200"/>')


def passes_on(number: str, to: str) -> Step:
    """The same by the caller `number`."""
    return (_message("REFER [next_url] SIP/2.0", _from_caller(number, "REFER", 3) + f"\nRefer-To: <{to}>") + '<recv response="603"/>')


def speak(sound: Path) -> Step:
    """Send a file of A-law, 8000 a second, again and again until the end of the call."""
    return f'<nop><action><exec rtp_stream="{sound},-1,8,PCMA/8000"/></action></nop>'


def _message(start: str, headers: str, body: str = "", retrans: bool = True, more: str = "", kind: str = "application/sdp") -> Step:
    content = f"Content-Type: {kind}\nContent-Length: [len]\n" if body else "Content-Length: 0\n"
    attributes = (' retrans="500"' if retrans else "") + more
    return f"<send{attributes}><![CDATA[\n{start}\n{headers.strip()}\n{content}{body or chr(10)}]]></send>"


def _reply(status: str, body: str = "", to_tag: bool = True, retrans: bool = False) -> Step:
    to = "[last_To:];tag=[pid]S[call_number]" if to_tag else "[last_To:]"
    return _message(f"SIP/2.0 {status}", f"""
[last_Via:]
[last_From:]
{to}
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>""", body, retrans)


BYE_OR_NOTHING = f'<recv request="BYE"/>{_reply("200 OK", to_tag=False)}'


# --- who calls -------------------------------------------------------------------------------------------------------------

def _from_caller(number: str, method: str, sequence: int, to: str = "[peer_tag_param]", branch: str = "[branch]") -> str:
    return f"""
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch={branch}
From: <sip:{number}@[local_ip]:[local_port]>;tag=[pid]C[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>{to}
Call-ID: [call_id]
CSeq: {sequence} {method}
Contact: <sip:{number}@[local_ip]:[local_port]>
Max-Forwards: 70"""


def _asking(number: str, branch: str = "[branch]", media: int = 0) -> Step:
    body = SDP.replace("[auto_media_port]", str(media)) if media else SDP
    return _message("INVITE sip:[service]@[remote_ip]:[remote_port] SIP/2.0", _from_caller(number, "INVITE", 1, "", branch), body)


_NOT_YET = "".join(f'<recv response="{code}" optional="true"/>' for code in (100, 180, 181, 182, 183))


def talks(number: str, steps: Sequence[Step], hangs_up: bool, media: int = 0) -> str:
    """A caller: waits for the answer, does the steps, and hangs up or is hung up on. His sound is at the port `media`, where that is another's."""
    end = _message("BYE [next_url] SIP/2.0", _from_caller(number, "BYE", 9)) + '<recv response="200"/>' if hangs_up else BYE_OR_NOTHING
    return _scenario(
        _asking(number, media=media), _NOT_YET, '<recv response="200" rrs="true"/>',
        _message("ACK [next_url] SIP/2.0", _from_caller(number, "ACK", 1), retrans=False), *steps, end)


def gives_up(number: str, after_s: float) -> str:
    """A caller whom nobody answers: he lets it ring for a while."""
    branch = "z9hG4bK[pid]-[call_number]"
    to = "sip:[service]@[remote_ip]:[remote_port]"
    return _scenario(
        _asking(number, branch), '<recv response="100"/>', wait(after_s), _message(f"CANCEL {to} SIP/2.0", _from_caller(number, "CANCEL", 1, "", branch)),
        _NOT_YET, '<recv response="200"/><recv response="487"/>',
        _message(f"ACK {to} SIP/2.0", _from_caller(number, "ACK", 1, "[peer_tag_param]", branch), retrans=False))


# --- who is called ---------------------------------------------------------------------------------------------------------

_CALLED = """<recv request="INVITE" rrs="true"><action>
<ereg regexp=".*" search_in="hdr" header="From:" assign_to="caller"/>
<ereg regexp=".*" search_in="hdr" header="To:" assign_to="called"/>
<ereg regexp="sip:[^&gt;]*" search_in="hdr" header="Contact:" assign_to="contact"/></action></recv>"""
_TO_CALLER = """
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From:[$called];tag=[pid]S[call_number]
To:[$caller]
Call-ID: [call_id]
CSeq: 2 BYE
Max-Forwards: 70"""
def hold(sequence: int, *, on: bool) -> Step:
    """The button of a telephone that was called: it sends sound and wants none, or wants it again; `sequence` counts up, from 3."""
    headers = _TO_CALLER.replace("CSeq: 2 BYE", f"CSeq: {sequence} INVITE") + "\nContact: <sip:[local_ip]:[local_port]>"
    ack = _TO_CALLER.replace("CSeq: 2 BYE", f"CSeq: {sequence} ACK")
    return (_message("INVITE [$contact] SIP/2.0", headers, SDP.rstrip() + f"\na={'sendonly' if on else 'sendrecv'}\n")
            + '<recv response="100" optional="true"/><recv response="200"/>' + _message("ACK [$contact] SIP/2.0", ack, retrans=False))


def refer(to: str) -> Step:
    """The transfer key of a telephone that was called (RFC 3515): it is told how far the transfer is, and hangs up."""
    headers = _TO_CALLER.replace("CSeq: 2 BYE", "CSeq: 1 REFER") + f"\nContact: <sip:[local_ip]:[local_port]>\nRefer-To: <{to}>"
    told = f'<recv request="NOTIFY"/>{_reply("200 OK", to_tag=False)}'
    return _message("REFER [$contact] SIP/2.0", headers) + f'<recv response="202"/>{told}{told}'


_UNUSED = '<Reference variables="caller,called,contact"/>'


def answers(after_s: float, steps: Sequence[Step], hangs_up: bool) -> str:
    """A telephone: rings, answers, does the steps, and hangs up or is hung up on."""
    end = _message("BYE [$contact] SIP/2.0", _TO_CALLER) + '<recv response="200"/>' if hangs_up else BYE_OR_NOTHING
    return _scenario(_CALLED, _reply("180 Ringing"), wait(after_s), _reply("200 OK", SDP, retrans=True), '<recv request="ACK" rrs="true"/>', *steps, end, _UNUSED)


def rings() -> str:
    """A telephone that nobody picks up, until the other side gives up."""
    return _scenario(
        _CALLED, _reply("180 Ringing"), '<recv request="CANCEL"/>', _reply("200 OK", to_tag=False),
        _message("SIP/2.0 487 Request Terminated", """
[last_Via:]
From:[$caller]
To:[$called];tag=[pid]S[call_number]
[last_Call-ID:]
CSeq: [cseq] INVITE""", retrans=True), '<recv request="ACK"/>', _UNUSED)


def refuses(status: str = "486 Busy Here") -> str:
    """A telephone that is busy, or out of order (503 Service Unavailable)."""
    return _scenario(_CALLED, _reply(status, retrans=True), '<recv request="ACK"/>', _UNUSED)


def rings_and_fails() -> str:
    """A telephone that rings, and then the network fails."""
    return _scenario(_CALLED, _reply("180 Ringing"), wait(0.3), _reply("503 Service Unavailable", retrans=True), '<recv request="ACK"/>', _UNUSED)


def _scenario(*steps: Step) -> str:
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="okno">{"".join(steps)}</scenario>\n'
