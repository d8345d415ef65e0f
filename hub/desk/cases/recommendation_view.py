"""Recommendations and their complaints in the desk's form."""

from hub.access.operator import Operator
from hub.cases.breaches import WORDS
from hub.cases.recommendation import Count, Evidence, Recommendation, Revision
from hub.cases.recommendation_document import Named
from hub.conversations.channel_traits import TraitRegistry
from hub.desk.cases.complaint_forms import (
    CountOut,
    EvidenceOut,
    MoveOut,
    RecommendationDetailsOut,
    RecommendationOut,
    RevisionOut,
    authority_out,
)
from hub.desk.cases.parts import Cases, Complaints
from hub.desk.organisation.places import Places
from hub.knowledge.authorities import Authority
from hub.knowledge.editorial import Editorial
from hub.organisation.territory import Place


class RecommendationView:
    def __init__(self, complaints: Complaints, cases: Cases, places: Places, editorial: Editorial,
                 traits: TraitRegistry) -> None:
        self._complaints, self._cases, self._places, self._editorial, self._traits = complaints, cases, places, editorial, traits

    def known(self, id_: str) -> Authority | None:
        return self._complaints.authorities().get(id_)

    def named(self, version: int) -> Named:
        tree = self._cases.topic_tree.trees.get(version)
        topics = {topic.id: topic.title for topic in tree.topics} if tree else {}
        breaches = {str(breach): words for breach, words in WORDS.items()}

        def name(table: str, key: str) -> str:
            if key in {"", "="}:
                return {"": "не указано", "=": "остальные"}[key]
            match table:
                case "authority":
                    found = self.known(key)
                    return (found.short or found.name) if found else key
                case "service":
                    service = self._editorial.handbook().services.get(key)
                    return service.title if service else key
                case "territory":
                    return self._places.title(Place(key))
                case "channel":
                    return self._traits.named(key).title
            return {"topic": topics, "breach": breaches}.get(table, {}).get(key, key)
        return name

    def evidence(self, evidence: Evidence, version: int) -> EvidenceOut:
        name = self.named(version)

        def rows(table: str, counts: tuple[Count, ...]) -> list[CountOut]:
            return [CountOut(each.key, name(table, each.key), each.complaints, each.late) for each in counts]
        return EvidenceOut(evidence.at, len(evidence.cases), evidence.late, evidence.series,
                           {table: rows(table, counts) for table, counts in evidence.tables.items()}, evidence.reported)

    def row(self, made: Recommendation) -> RecommendationOut:
        edition, addressee = made.edition, self.known(made.edition.addressee)
        return RecommendationOut(made.id, edition.title, made.state, made.selection.since, made.selection.until,
                                 len(edition.evidence.cases),
                                 authority_out(addressee) if addressee else None, made.moves[-1].at, edition.by)

    def _revision(self, edition: Revision) -> RevisionOut:
        addressee, evidence = self.known(edition.addressee), edition.evidence
        return RevisionOut(edition.at, edition.by, edition.title, edition.cause, edition.proposal,
                           authority_out(addressee) if addressee else None, len(evidence.cases), evidence.late)

    async def details(self, who: Operator, made: Recommendation) -> RecommendationDetailsOut:
        gone, altered = await self._complaints.advising.checked(made)
        effect = await self._complaints.advising.effect(made)
        edition = made.edition
        return RecommendationDetailsOut(
            self.row(made), made.selection, [self._revision(each) for each in made.editions], edition.cause, edition.proposal,
            self.evidence(edition.evidence, made.selection.version), list(edition.evidence.cases),
            [MoveOut(each.at, each.by, each.state, each.why) for each in made.moves],
            self._complaints.advising.steps(who, made), gone, altered, effect, effect.change if effect else None)
