"""Contributions of each room to the desk: endpoints, services, live updates."""

from hub.access.own_roles import OwnRoles
from hub.desk.access import operators as people
from hub.desk.access import own_roles, people_file, scim
from hub.desk.access import roles as access
from hub.desk.access import service_accounts as keys
from hub.desk.access.account_changes import AccountChanges
from hub.desk.access.account_roles import AccountRoles
from hub.desk.access.gate import Gate
from hub.desk.access.own_roles import RoleBook
from hub.desk.access.scim import DirectoryAccounts
from hub.desk.access.service_keys import Services
from hub.desk.actions import bulk_transfer as rearranging
from hub.desk.actions import canned_replies as canned
from hub.desk.actions import centre_transfer as ways
from hub.desk.actions import later_replies, promises, tags
from hub.desk.actions import script_runs as walks
from hub.desk.actions.live import LiveFollows, LiveMentions, LiveWork
from hub.desk.appointments import citizen_card as card
from hub.desk.appointments import endpoints as appointments
from hub.desk.appointments.live import LiveAppointments
from hub.desk.automation import rules
from hub.desk.cases import complaints, past_term, topics
from hub.desk.cases import endpoints as cases
from hub.desk.cases import outdated_notices as outdated
from hub.desk.cases import reports as case_reports
from hub.desk.cases.case_reports import CaseReports
from hub.desk.cases.live import LiveCases, LiveComplaints
from hub.desk.cases.recommendation_view import RecommendationView
from hub.desk.cases.view import CaseView
from hub.desk.citizens import consents, identity
from hub.desk.citizens import conversation_merging as merging
from hub.desk.citizens.live import LiveCitizens
from hub.desk.conversations import endpoints as conversations
from hub.desk.conversations import filtered_list, quarantine, saved_views
from hub.desk.conversations import search as searching
from hub.desk.conversations.citizen_side import CitizenSide
from hub.desk.conversations.citizen_view import CitizenView
from hub.desk.conversations.filtered_list import FilteredList
from hub.desk.conversations.inbox import Inbox
from hub.desk.conversations.live_rows import LiveRows
from hub.desk.conversations.live_timeline import LiveTimeline
from hub.desk.conversations.open_conversations import OpenConversations
from hub.desk.conversations.redaction import Veil
from hub.desk.conversations.rows import ConversationRows
from hub.desk.conversations.saved_views import SavedViews
from hub.desk.conversations.search import ConversationSearch
from hub.desk.conversations.talk_state import TalkState
from hub.desk.conversations.timeline_view import TimelineView
from hub.desk.conversations.timelines import Timelines
from hub.desk.conversations.view_counts import ViewCounts
from hub.desk.dispatch import temporary_assignments as loans
from hub.desk.dispatch.live import LiveOffers, LivePresence, LiveQueues
from hub.desk.http.endpoint import Endpoint
from hub.desk.intake import blocks, contacts
from hub.desk.intake.block_view import BlockView
from hub.desk.integrations import application_status as status
from hub.desk.integrations import departments as systems
from hub.desk.integrations import webhooks as events
from hub.desk.knowledge import articles as knowledge
from hub.desk.knowledge import catalogue, handbook, scripts
from hub.desk.knowledge.authors import Authors
from hub.desk.knowledge.handbook_view import HandbookView
from hub.desk.knowledge.live import LiveHandbook
from hub.desk.live.frames import OWN, Frame, union_of
from hub.desk.live.lists import Lists
from hub.desk.live.open_desks import OpenDesks
from hub.desk.live.room import LiveRoom
from hub.desk.monitoring import alarms, channel_setups, channels, floor_people
from hub.desk.monitoring import broadcasts as floor_messages
from hub.desk.monitoring.alarm_view import AlarmView
from hub.desk.monitoring.channel_setups import HubAdministrators
from hub.desk.monitoring.floor import LiveFloor
from hub.desk.monitoring.live import LiveChannels
from hub.desk.monitoring.people_view import PeopleView
from hub.desk.notifications import announcements, notices, push
from hub.desk.notifications.live import LiveNotifications
from hub.desk.notifications.live_push import LivePush
from hub.desk.organisation import registry, settings
from hub.desk.organisation.scope import CentreScope
from hub.desk.privacy import deletions
from hub.desk.privacy import subject_requests as rights
from hub.desk.privacy.live import LiveRights
from hub.desk.programme import campaigns, council, coverage, effect, funding, gates, services, sheets, templates, visits
from hub.desk.programme.effect import EffectView
from hub.desk.programme.services import ServiceTitles
from hub.desk.quality import endpoints as quality
from hub.desk.quality import surveys
from hub.desk.reporting import days as figures
from hub.desk.reporting import mailings, periods, saved_reports
from hub.desk.reporting.period_reports import PeriodReports
from hub.desk.robot import endpoints as robot
from hub.desk.robot import figures as robot_figures
from hub.desk.robot import phrase_groups as lesson_groups
from hub.desk.robot import phrases as lessons
from hub.desk.robot import trials as robot_trials
from hub.desk.robot.live import LiveRobot
from hub.desk.sign_in import account
from hub.desk.sign_in import second_factors as security
from hub.desk.sign_in.live import LiveBreakGlass
from hub.desk.sign_in.profile import OwnProfile
from hub.desk.telephony import consultations as talks
from hub.desk.telephony import softphone as phone
from hub.desk.telephony import trunks
from hub.desk.telephony.live import LiveTalks
from hub.desk.training import assigned_lessons, results
from hub.desk.training import endpoints as training
from hub.desk.training.live import LiveTraining
from hub.desk.workforce import adherence, contracts, intraday, own_shifts, rosters
from hub.desk.workforce import forecast as forecasts

ENDPOINTS: tuple[Endpoint, ...] = (
    *account.ENDPOINTS, *security.ENDPOINTS,
    *conversations.ENDPOINTS, *filtered_list.ENDPOINTS, *saved_views.ENDPOINTS, *searching.ENDPOINTS,
    *ways.ENDPOINTS, *card.ENDPOINTS, *identity.ENDPOINTS, *merging.ENDPOINTS, *promises.ENDPOINTS,
    *later_replies.ENDPOINTS,
    *cases.ENDPOINTS, *case_reports.ENDPOINTS, *past_term.ENDPOINTS,
    *complaints.ENDPOINTS, *talks.ENDPOINTS, *topics.ENDPOINTS, *walks.ENDPOINTS, *systems.ENDPOINTS, *appointments.ENDPOINTS,
    *status.ENDPOINTS, *events.ENDPOINTS,
    *rights.ENDPOINTS, *deletions.ENDPOINTS, *consents.ENDPOINTS,
    *scripts.ENDPOINTS, *surveys.ENDPOINTS, *quality.ENDPOINTS, *training.ENDPOINTS,
    *results.ENDPOINTS, *assigned_lessons.ENDPOINTS, *forecasts.ENDPOINTS, *rosters.ENDPOINTS,
    *own_shifts.ENDPOINTS, *adherence.ENDPOINTS, *contracts.ENDPOINTS, *intraday.ENDPOINTS,
    *coverage.ENDPOINTS, *services.ENDPOINTS, *sheets.ENDPOINTS, *gates.ENDPOINTS,
    *funding.ENDPOINTS, *council.ENDPOINTS, *campaigns.ENDPOINTS, *effect.ENDPOINTS, *visits.ENDPOINTS, *templates.ENDPOINTS,
    *knowledge.ENDPOINTS, *handbook.ENDPOINTS, *catalogue.ENDPOINTS, *outdated.ENDPOINTS, *announcements.ENDPOINTS, *canned.ENDPOINTS,
    *notices.ENDPOINTS, *push.ENDPOINTS, *people.ENDPOINTS, *people_file.ENDPOINTS, *access.ENDPOINTS, *own_roles.ENDPOINTS,
    *keys.ENDPOINTS, *scim.ENDPOINTS,
    *figures.ENDPOINTS, *periods.ENDPOINTS, *mailings.ENDPOINTS, *saved_reports.ENDPOINTS, *floor_messages.ENDPOINTS,
    *floor_people.ENDPOINTS,
    *alarms.ENDPOINTS, *loans.ENDPOINTS, *rearranging.ENDPOINTS,
    *channels.ENDPOINTS, *channel_setups.ENDPOINTS, *quarantine.ENDPOINTS, *blocks.ENDPOINTS, *contacts.ENDPOINTS,
    *rules.ENDPOINTS, *tags.ENDPOINTS,
    *settings.ENDPOINTS, *registry.ENDPOINTS,
    *phone.ENDPOINTS, *trunks.ENDPOINTS, *robot.ENDPOINTS, *lessons.ENDPOINTS, *robot_figures.ENDPOINTS,
    *lesson_groups.ENDPOINTS, *robot_trials.ENDPOINTS)

VIEWS: tuple[type, ...] = (
    OpenDesks, Lists, Gate, Services, AccountChanges, OwnRoles, AccountRoles, RoleBook, DirectoryAccounts, CentreScope, OwnProfile,
    TimelineView, CitizenView, TalkState, ConversationRows, Veil, Timelines, Inbox, ViewCounts, CitizenSide,
    ConversationSearch, OpenConversations, FilteredList, SavedViews,
    CaseView, RecommendationView, CaseReports, Authors, HandbookView, PeriodReports, ServiceTitles, EffectView, HubAdministrators,
    PeopleView, AlarmView, BlockView)
"""Services of the desk, created on demand from the hub's parts."""

LIVE: tuple[type[LiveRoom], ...] = (
    LivePresence, LiveOffers, LiveTimeline, LiveWork, LiveMentions, LiveFollows, LiveRows, LiveCases, LiveComplaints, LiveBreakGlass,
    LiveHandbook, LiveAppointments, LiveQueues, LiveFloor, LiveChannels, LiveTalks, LiveCitizens, LiveRights, LiveNotifications, LiveRobot,
    LivePush, LiveTraining)
"""In the order of notification: an entry comes before its row, and a new desk gets hello first."""

TO_DESK: tuple[type[Frame], ...] = (*(frame for each in LIVE for frame in each.sends), *OWN)
FROM_DESK: tuple[type[Frame], ...] = tuple(frame for each in LIVE for frame in each.hears)
ToDesk, FromDesk = union_of(TO_DESK), union_of(FROM_DESK)
"""Frames to a desk, and from it."""
