"""The signed-in account and its permissions in the desk's form."""

from hub.access.authorization import Authorization
from hub.access.operator import Operator, SignIn
from hub.access.permissions import Permission
from hub.conversations.channel_traits import TraitRegistry
from hub.desk.http.forms import NamedOut
from hub.desk.organisation.centre import Centre
from hub.desk.organisation.places import Places
from hub.desk.sign_in.forms import CentreOut, ChannelTitleOut, LoanOut, MeOut, QueueOut
from hub.desk.sign_in.sessions import Sessions
from hub.dispatch.dispatcher import Dispatch
from hub.federation.handover_sender import HandoverSender
from hub.organisation.settings_form import field_form
from hub.organisation.settings_versions import SettingsVersions
from hub.telephony.consultations import ConsultTransfer
from hub.telephony.wrap_up import WrapUp


class OwnProfile:
    def __init__(self, centre: Centre, dispatch: Dispatch, handover_sender: HandoverSender, authorization: Authorization, places: Places,
                 wrap_up: WrapUp, sessions: Sessions, consulting: ConsultTransfer, traits: TraitRegistry,
                 settings_versions: SettingsVersions) -> None:
        self._centre, self._dispatch, self._handover_sender, self._authorization = centre, dispatch, handover_sender, authorization
        self._places, self._wrap_up, self._sessions, self._consulting, self._traits = places, wrap_up, sessions, consulting, traits
        self._settings_versions = settings_versions

    def out(self, who: Operator, sign_in: SignIn) -> MeOut:
        queues = [QueueOut(each.id, each.title, ":".join(each.home), bool(each.successor)) for each in self._centre.queues]
        topics = [NamedOut(each.id, each.title) for each in self._centre.topics.values()]
        return MeOut(
            who.login, who.name, who.role, who.own_role.title if who.own_role else "",
            self._authorization.granted(who), list(who.queues), self._dispatch.presence(who.login),
            sign_in.csrf, who.one_time, self._sessions.second.lacking(sign_in, who), self._centre.name, queues, topics,
            bool(self._places.errands), self._centre.timezone,
            self._centre.skills,
            [NamedOut(number, title) for number, title in self._consulting.directory.items()],
            [CentreOut(each.number, each.name, each.level) for each in self._consulting.centres()],
            self._centre.contractors() if self._authorization.may(who, Permission.MANAGE_OPERATORS) else [],
            self._authorization.may(who, Permission.SEE_PERSON),
            self._wrap_up.until(who.login), loan_out(self._dispatch, who), self._handover_sender.remote.linked,
            [ChannelTitleOut(name, each.title, each.icon, each.spoken, each.by_hand) for name, each in self._traits.declared().items()],
            [field_form(each) for each in self._settings_versions.current.settings.closing_fields])


def loan_out(dispatch: Dispatch, of: Operator) -> LoanOut | None:
    """The current temporary assignment."""
    loan = of.loan
    return LoanOut(list(loan.lines), list(loan.own), loan.keeps, loan.at, loan.until, dispatch.name(loan.by)) if loan else None
