"""Campaigns with the calls around them (GV-10)."""

from datetime import date

from msgspec import Struct

from hub.access.permissions import Permission
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.organisation.centre import Centre
from hub.programme.campaign import LEAST, Campaign, CampaignEffect
from hub.programme.campaign_service import CampaignService


class MeasuredCampaignOut(Struct, frozen=True):
    """`centres` are names, `first` is the first of the days; nothing is concluded from fewer than `least` known days on a side."""

    campaign: Campaign
    centres: list[str]
    first: date
    effect: CampaignEffect
    least: int


@endpoint("GET", "/api/programme/campaigns", Permission.SEE_FIGURES)
async def programme_campaigns(service: CampaignService, centre: Centre, call: Call) -> list[MeasuredCampaignOut]:
    """Each campaign, the newest first, with calls of 28 days before it and after it."""
    del call
    found = []
    for each in await service.campaigns():
        names = centre.centres(each.campaign.day)
        found.append(MeasuredCampaignOut(each.campaign, [names.get(code, code) for code in each.centres],
                                         each.campaign.days[0], each.effect, LEAST))
    return found


ENDPOINTS = (programme_campaigns,)
