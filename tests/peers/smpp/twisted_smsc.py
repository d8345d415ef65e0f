"""An SMSC on smpp.twisted, told what to do by lines of JSON, as smsc.js is: the second opinion on every octet."""

import json
import sys
from typing import Any

from smpp.pdu.operations import DeliverSM
from smpp.pdu.pdu_types import AddrNpi, AddrTon, CommandStatus, DataCoding, DataCodingDefault, EsmClass, EsmClassMode, EsmClassType
from smpp.twisted.config import SMPPServerConfig
from smpp.twisted.protocol import DataHandlerResponse
from smpp.twisted.server import SMPPServerFactory
from twisted.cred.checkers import InMemoryUsernamePasswordDatabaseDontUse
from twisted.cred.portal import IRealm, Portal
from twisted.internet import reactor, stdio
from twisted.protocols.basic import LineReceiver
from zope.interface import implementer

SYSTEM, PASSWORD = "okno", "secret"


def tell(event: str, **words: Any) -> None:
    print(json.dumps({"event": event, **words}), flush=True)


@implementer(IRealm)
class Realm:
    def requestAvatar(self, avatar: bytes, mind: object, *interfaces: object) -> tuple[str, bytes, Any]:  # noqa: N802 - twisted's name
        tell("bound")
        return "SMPP", avatar, lambda: None


class Smsc:
    def __init__(self) -> None:
        self.submitted = 0
        checker = InMemoryUsernamePasswordDatabaseDontUse()
        checker.addUser(SYSTEM, PASSWORD)
        config = SMPPServerConfig(msgHandler=self.submit, systems={SYSTEM: {"max_bindings": 5}})
        self.factory = SMPPServerFactory(config, auth_portal=Portal(Realm(), [checker]))

    def submit(self, system_id: str, smpp: object, pdu: Any) -> DataHandlerResponse:
        self.submitted += 1
        text = pdu.params["short_message"]
        tell("submit", id=str(self.submitted), hex=text.hex(), source=pdu.params["source_addr"].decode(), destination=pdu.params["destination_addr"].decode(),
             coding=str(pdu.params["data_coding"].schemeData), reference=pdu.params["user_message_reference"],
             udh=has_header(pdu))
        return DataHandlerResponse(status=CommandStatus.ESME_ROK, message_id=str(self.submitted).encode())

    def deliver(self, key: str, hex: str, source: str, receipt: bool = False) -> None:  # noqa: A002 - as the line says it
        pdu = DeliverSM(
            source_addr=source.encode(), source_addr_ton=AddrTon.INTERNATIONAL, source_addr_npi=AddrNpi.ISDN, destination_addr=b"7788",
            esm_class=EsmClass(EsmClassMode.DEFAULT, EsmClassType.SMSC_DELIVERY_RECEIPT if receipt else EsmClassType.DEFAULT),
            data_coding=DataCoding(schemeData=DataCodingDefault.SMSC_DEFAULT_ALPHABET if receipt else DataCodingDefault.UCS2), short_message=bytes.fromhex(hex))
        connection = self.factory.getBoundConnections(SYSTEM).getNextBindingForDelivery()
        connection.sendDataRequest(pdu).addCallbacks(
            lambda result: tell("answer", key=key, status=0), lambda failure: tell("answer", key=key, status=1, why=str(failure.value)))


def has_header(pdu: Any) -> bool:
    return any("UDHI" in feature.name for feature in pdu.params["esm_class"].gsmFeatures)


class Commands(LineReceiver):
    delimiter = b"\n"

    def __init__(self, smsc: Smsc) -> None:
        self._smsc = smsc

    def lineReceived(self, line: bytes) -> None:  # noqa: N802 - twisted's name
        told = json.loads(line)
        getattr(self._smsc, told.pop("do"))(**told)

    def connectionLost(self, reason: object = None) -> None:  # noqa: N802 - twisted's name
        reactor.stop()


def main() -> None:
    smsc = Smsc()
    port = reactor.listenTCP(0, smsc.factory, interface="127.0.0.1")
    stdio.StandardIO(Commands(smsc), stdin=sys.stdin.fileno(), stdout=sys.stderr.fileno())
    tell("up", port=port.getHost().port)
    reactor.run()


if __name__ == "__main__":
    main()
