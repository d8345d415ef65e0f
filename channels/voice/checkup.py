"""Checks whether an Asterisk and the hub work together, with findings and remedies (`okno voice check`).

Asterisk calls itself: one end plays a text in the hub's voice, the other records what it receives. One call shows whether Asterisk
reaches the hub, reads and writes the shared folders, and reports keys.
"""

import array
import asyncio
import errno
import re
import secrets
import ssl
import time
import wave
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from channels.secret import secret
from channels.voice import ami, events
from channels.voice.agi import Agi
from channels.voice.ami import Ami, AmiEndpoint, LoginRefusedError
from channels.voice.loopback_call import CALL_S, KEY, TEXT, LoopbackCall, file_of
from channels.voice.prompts import Prompts
from channels.voice.settings import Host
from channels.voice.shared_files import share
from hub.kernel.errors import UnavailableError
from hub.monitoring.channel_check import CheckFinding, CheckStep, bad, good, odd

DRIFT_S = 1.0
"""Maximum clock difference: the journal uses the hub's clock, recordings and CDR Asterisk's."""
LOUD = 500
"""Of 32767: a level between silence and a voice."""
OWN = "Local/ear@hub-check"
"""The test call to itself; citizens' calls continue meanwhile."""
TOLD_S = 2.0
ENDS = 2
SLOW_S = 45.0
"""Time limit for a starting Asterisk, or a first speech synthesis."""
WORD = re.compile(r"[а-яё0-9]+")
NUMBERS = {"1": "раз", "один": "раз", "2": "два", "3": "три"}
"""Other ways to write what the trial says."""
EXPIRES_DAYS = 14
RENEW = "обновите WSS_CERTIFICATE и WSS_KEY и перезапустите Asterisk"
NEEDED = frozenset({
    "Originate", "Hangup", "ControlPlayback", "PlayDTMF", "MixMonitorMute", "CoreShowChannels", "DeviceStateList", "Getvar", "Ping"})
FORBIDDEN = frozenset({"Command", "UpdateConfig", "GetConfig", "ModuleLoad", "Reload", "DBPut", "DBDel"})
"""Actions that permit anything at the exchange."""


class Checkup:
    """One Asterisk. `fax` is the folder of faxes, "" where there are none; `wss` where softphones connect; `logins` those who are rung.

    `recognise` gives the text of a recording, where the robot listens to callers.
    """

    def __init__(self, host: Host, *, fax: str = "", wss: str = "", logins: Collection[str] = (),
                 recognise: Callable[[bytes], str] | None = None) -> None:
        self._host, self._fax, self._wss, self._logins, self._recognise = host, fax, wss, logins, recognise
        self._prompts = Prompts(Path(host.sounds))
        self._ami = Ami(AmiEndpoint(host.host, host.port, host.user, secret(host.password_file)), self._told)
        self._check = secrets.token_hex(6)
        self._said: events.UserEvent | None = None
        self._keys, self._hangups = 0, 0
        self._ended = asyncio.Event()

    async def steps(self) -> AsyncGenerator[CheckStep, None]:
        """The tests, one after the other; the consumer may stop at any time."""
        yield CheckStep("подсказки", self._voice, longest_s=SLOW_S)
        try:
            yield CheckStep("AMI", self._login, longest_s=SLOW_S)
            if self._ami.up:
                mend = "исправьте сказанное выше; если всё верно, посмотрите журнал Asterisk"
                yield CheckStep("права AMI", self._rights, mend)
                yield CheckStep("часы", self._clock, mend)
                if self._logins:
                    yield CheckStep("телефоны", self._telephones, mend)
                yield CheckStep("транки", self._trunks, mend)
                yield CheckStep("пробный звонок", self._rehearsed, mend, SLOW_S)
                if self._fax:
                    yield CheckStep("факс", self._fax_module, mend)
        finally:
            self._ami.close()
        if self._wss:
            yield CheckStep("WSS", self._certificate)

    def _told(self, event: events.Event) -> None:
        match event:
            case events.UserEvent(name="HubCheck", check=self._check):
                self._said = event
            case events.DTMFEnd(channel=channel, digit=digit, direction="Received") if digit == KEY and channel.startswith(OWN):
                self._keys += 1
            case events.Hangup(channel=channel) if channel.startswith(OWN):
                self._hangups += 1
            case _:
                pass
        if self._said is not None and self._hangups >= ENDS:
            self._ended.set()

    async def _login(self) -> list[CheckFinding]:
        try:
            await self._ami.connect()
        except UnavailableError as error:
            return _unreachable(error)
        return good(f"AMI: {self._ami.health().words}")

    async def _voice(self) -> list[CheckFinding]:
        folder = Path(self._host.sounds)
        if trouble := _unwritable(folder):
            return bad(f"подсказки: {trouble}", f"папка sounds должна быть, хаб — писать в неё: chown/chmod {folder}")
        await asyncio.to_thread(self._prompts.share)
        try:
            await self._prompts.sound(TEXT)
        except UnavailableError as error:
            return bad(f"подсказки: {error}",
                       "установите rhvoice и rhvoice-russian (голос elena); проверка: echo Раз | RHVoice-test -p elena -o a.wav")
        return good("подсказки: речь синтезируется")

    async def _rights(self) -> list[CheckFinding]:
        allowed = (await self._ami.action("ListCommands")).keys()
        where = f"user «{self._host.user}» в manager.conf"
        if missing := NEEDED - allowed:
            return bad(f"права AMI: нельзя {', '.join(sorted(missing))}", f"{where}: write = call,originate,agent,reporting")
        if more := FORBIDDEN & allowed:
            return odd(f"права AMI: можно лишнее: {', '.join(sorted(more))}", f"{where}: уберите из write system, command и config")
        return good("права AMI: всё нужное, ничего лишнего")

    async def _clock(self) -> list[CheckFinding]:
        asked = time.time()
        theirs = float(str((await self._ami.action("Ping"))["Timestamp"]))
        drift = theirs - (asked + time.time()) / 2
        if abs(drift) > DRIFT_S:
            way = "спешат" if drift > 0 else "отстают"
            return bad(f"часы: у Asterisk {way} на {abs(drift):.1f} с", "включите на обеих машинах сверку часов (NTP)")
        return good(f"часы: расходятся не больше чем на {abs(drift) * 1000:.0f} мс")

    async def _devices(self) -> dict[str, str]:
        """State by device, as PJSIP/op1."""
        return {str(each["Device"]): str(each["State"]) for each in await self._ami.listed("DeviceStateList")}

    async def _telephones(self) -> list[CheckFinding]:
        states = await self._devices()
        phones = {login: states.get(self._host.phone.format(login=login), "INVALID") for login in self._logins}
        unknown = sorted(login for login, state in phones.items() if state == "INVALID")
        away = sorted(login for login, state in phones.items() if state == "UNAVAILABLE")
        there = len(phones) - len(unknown) - len(away)
        found: list[CheckFinding] = []
        if unknown:
            found += odd(f"телефоны: у операторов их нет в Asterisk: {', '.join(unknown)}",
                         "внесите их в файл phones и примените render")
        if away:
            found += odd(f"телефоны: не на связи: {', '.join(away)}",
                         "включите их или проверьте имя и пароль, под которыми они регистрируются")
        if phones and not there:
            found += bad("телефоны: ни один не на связи", "звонить некому: исправьте сказанное выше")
        return found or good(f"телефоны: на связи {there}")

    async def _trunks(self) -> list[CheckFinding]:
        devices = await self._devices()
        names = [trunk.rpartition("@")[2].rpartition("/")[2] for trunk in self._host.trunks]
        return [found for name in names for found in await self._trunk(name, devices.get(f"PJSIP/{name}", "INVALID"))]

    async def _trunk(self, name: str, state: str) -> list[CheckFinding]:
        if state == "INVALID":
            return bad(f"транк {name}: в Asterisk его нет", "проверьте trunks в настройках канала и pjsip.conf")
        if state == "UNAVAILABLE":
            return bad(f"транк {name}: не отвечает на OPTIONS",
                       "проверьте TRUNK в настройках Asterisk, сеть до оператора связи и его списки адресов; "
                       "TRUNK_QUALIFY=0, если он не отвечает на OPTIONS никому")
        contact, media = await self._value(f"PJSIP_AOR({name},contact)"), await self._value(f"PJSIP_ENDPOINT({name},media_address)")
        far = _host_of(await self._value(f"PJSIP_CONTACT({contact},uri)"))
        if _loopback(media) and far and not _loopback(far):
            return bad(f"транк {name}: звук пойдёт на {media}, а оператор связи на {far}",
                       "MEDIA_ADDRESS в настройках Asterisk — адрес, который виден оператору связи")
        return good(f"транк {name}: {state.lower()}")

    async def _value(self, expression: str) -> str:
        return str((await self._ami.action("Getvar", Variable=expression)).get("Value", ""))

    async def _rehearsed(self) -> list[CheckFinding]:
        path = Path(self._host.recordings) / f"{file_of(self._check)}.wav"
        note = Path(self._fax) / f"{self._check}.check" if self._fax else None
        trouble = ""
        try:
            if note is not None:
                note.write_text("ok", encoding="ascii")
                share(note)
        except OSError as error:
            trouble = error.strerror or str(error)
        try:
            async with self._answering() as own:
                await self._ami.originate(ami.Call(
                    f"{OWN}/n", "hub-check", CALL_S,
                    variables={"HUB_CHECK": self._check, "HUB_FAX": "yes" if self._fax else "no"}))
                await self._over()
                heard = await asyncio.to_thread(_loudest, path)
                found = [*own, *self._call(heard)]
                if self._recognise is not None and (heard or 0) >= LOUD:
                    found += await asyncio.to_thread(understood, self._recognise, path)
            if note is not None:
                found += _shared(note.with_suffix(".told"), trouble)
            return found
        finally:
            for each in (path, *((note, note.with_suffix(".told")) if note is not None else ())):
                _remove(each)

    @asynccontextmanager
    async def _answering(self) -> AsyncIterator[list[CheckFinding]]:
        """Without a running hub, takes its place for the time of the call."""
        loopback = LoopbackCall(self._prompts, Path(self._host.recordings))
        agi = Agi({"says": loopback.says, "hears": loopback.hears}, self._host.allowed)
        where = f"{self._host.listen_host}:{self._host.listen_port}"
        finding: list[CheckFinding] = []
        try:
            await agi.start(self._host.listen_host, self._host.listen_port)
        except OSError as error:
            # The port is in use: by the hub, or the call will show.
            if error.errno != errno.EADDRINUSE:
                finding = bad(f"FastAGI: {where}: {error.strerror}", "listen_host — адрес этой машины, listen_port свободен")
        try:
            yield finding
        finally:
            await agi.close()

    async def _over(self) -> None:
        """Wait for the end of the call at both ends, or the time limit."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CALL_S):
                await self._ended.wait()

    def _call(self, heard: int | None) -> list[CheckFinding]:
        where = f"{self._host.listen_host}:{self._host.listen_port}"
        if self._said is None:
            return bad("пробный звонок: Asterisk ничего о нём не сказал",
                       f"user «{self._host.user}» в manager.conf: read = system,call,agent,user,cdr,dtmf; "
                       "наш extensions.conf (контекст hub-check)")
        if self._said.next != "hub-bye":
            return bad(f"FastAGI: Asterisk не достигает хаба ({self._said.status})",
                       f"HUB в настройках Asterisk должен вести на {where}, адрес Asterisk — стоять в allowed, порт — быть открыт")
        found = good("FastAGI: Asterisk достигает хаба")
        if self._said.said != "yes":
            found += bad("подсказки: Asterisk не может их проиграть",
                         f"папка {self._host.sounds} должна быть у Asterisk под тем же именем и читаться им")
        if heard is None:
            found += bad("записи: Asterisk не пишет или хаб не читает",
                         f"папка {self._host.recordings}: одна на двоих, общая группа и chmod 2770")
        elif heard < LOUD:
            found += bad("звук: сказанное не слышно на другом конце",
                         "проверьте модули звука (codec_*, format_wav, res_timing_timerfd) и папку sounds")
        else:
            found += good("звук: сказанное слышно на другом конце, папки sounds и recordings общие")
        if not self._keys:
            found += bad("клавиши: Asterisk о них не говорит",
                         f"user «{self._host.user}» в manager.conf: read с dtmf, eventfilter с DTMFEnd")
        return found

    async def _fax_module(self) -> list[CheckFinding]:
        if await self._value("IFMODULE(res_fax_spandsp.so)") != "1":
            return bad("факс: в Asterisk нет модуля res_fax_spandsp",
                       "установите asterisk-modules; load = res_fax_spandsp.so в modules.conf")
        return good("факс: модуль работает")

    async def _certificate(self) -> list[CheckFinding]:
        where = urlsplit(self._wss)
        try:
            async with asyncio.timeout(TOLD_S):
                ends = await _expiry(where.hostname or "", where.port or 443)
        except ssl.SSLCertVerificationError as error:
            return bad(f"WSS: сертификат негоден: {error.verify_message}", RENEW)
        except (OSError, TimeoutError) as error:
            return bad(f"WSS: {self._wss} недоступен: {str(error) or 'нет ответа'}",
                       "WSS=yes, WSS_BIND и сертификат в настройках Asterisk")
        if ends < datetime.now(UTC) + timedelta(days=EXPIRES_DAYS):
            return odd(f"WSS: сертификат истекает {ends:%d.%m.%Y}", RENEW)
        return good(f"WSS: сертификат до {ends:%d.%m.%Y}")


async def _expiry(host: str, port: int) -> datetime:
    """The expiry of a server's certificate; it is its own authority here, so that it is read in any case."""
    own = ssl.create_default_context()
    own.check_hostname, own.verify_mode = False, ssl.CERT_NONE
    _, writer = await asyncio.open_connection(host, port, ssl=own)
    own.load_verify_locations(cadata=writer.get_extra_info("ssl_object").getpeercert(binary_form=True))
    writer.close()
    own.verify_mode, own.verify_flags = ssl.CERT_REQUIRED, own.verify_flags | ssl.VERIFY_X509_PARTIAL_CHAIN
    _, writer = await asyncio.open_connection(host, port, ssl=own)
    ends = ssl.cert_time_to_seconds(writer.get_extra_info("ssl_object").getpeercert()["notAfter"])
    writer.close()
    return datetime.fromtimestamp(ends, UTC)


def _unreachable(error: UnavailableError) -> list[CheckFinding]:
    if isinstance(error, LoginRefusedError):
        return bad(f"AMI: {error}", "user и password_file канала, [okno] и permit в manager.conf")
    return bad(f"AMI: {error}", "запущен ли Asterisk; host и port канала, AMI_BIND и AMI_PORT Asterisk; read = system,… в manager.conf")


def _shared(told: Path, trouble: str) -> list[CheckFinding]:
    try:
        same = not trouble and told.read_text(encoding="ascii").strip() == "ok"
    except OSError as error:
        same, trouble = False, error.strerror or str(error)
    if not same:
        return bad(f"факс: папка {told.parent} не общая{f': {trouble}' if trouble else ''}",
                   "spool канала — папка fax в SPOOL Asterisk; общая группа и chmod 2770")
    return good("факс: папка общая")


def _unwritable(folder: Path) -> str:
    trial = folder / f".{secrets.token_hex(4)}"
    try:
        trial.touch()
        trial.unlink()
    except OSError as error:
        return f"{folder}: {error.strerror}"
    return ""


def _loudest(path: Path) -> int | None:
    """The level of a recording's samples; None where it is missing or unreadable."""
    try:
        with wave.open(str(path)) as sound:
            samples = array.array("h", sound.readframes(sound.getnframes()))
    except (OSError, wave.Error, EOFError):
        return None
    return max(map(abs, samples), default=0)


def understood(recognise: Callable[[bytes], str], path: Path) -> list[CheckFinding]:
    """Whether the words that went through Asterisk are understood as those of a caller."""
    began = time.monotonic()
    try:
        words = recognise(path.read_bytes())
    except (OSError, ValueError) as error:
        return bad(f"распознавание речи: {error}", "проверьте model в [speech] и дополнение okno[speech]")
    told, said = ({NUMBERS.get(word, word) for word in WORD.findall(each.lower())} for each in (words, TEXT))
    if len(told & said) * 2 < len(said):
        return bad(f"распознавание речи: сказано «{TEXT}», услышано «{words}»",
                   "проверьте model и language в [speech]; послушайте звук пробного звонка: нет ли в нём пропусков")
    return good(f"распознавание речи: услышано «{words}» за {time.monotonic() - began:.1f} с")


def _remove(path: Path) -> None:
    with suppress(OSError):  # the folder's rights have been reported
        path.unlink(missing_ok=True)


def _host_of(uri: str) -> str:
    return urlsplit(uri.replace("sips:", "sip://", 1).replace("sip:", "sip://", 1)).hostname or ""


def _loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"
