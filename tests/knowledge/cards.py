"""A small handbook for tests: two bodies, whoever watches over them, an office, a service, an article."""

from datetime import date

from hub.knowledge.article import Article, Purpose
from hub.knowledge.authorities import Authority, Branch, Contacts, Office, Official, Origin
from hub.knowledge.edition import Card
from hub.knowledge.public_services import Appeal, Fee, Paper, Papers, PublicService, Variant, Way
from hub.organisation.legal_terms import LegalTerm
from hub.organisation.level import Level
from hub.organisation.opening_hours import Timetable
from hub.organisation.territory import Place

LAW = Origin("Административный регламент", checked=date(2025, 11, 1), review=date(2026, 11, 1))
TOWN = Place("50", "46700001")
MVD = Authority("mvd", "МВД России", Branch.EXECUTIVE, official=Official("Министр"), controlled_by=("prosecutor",), origin=LAW)
GIBDD = Authority("gibdd", "Госавтоинспекция", Branch.EXECUTIVE, superior="mvd", official=Official("Начальник", phone="+74950000001"),
                  contacts=Contacts(email="gibdd@body.example"), origin=LAW)
PROSECUTOR = Authority("prosecutor", "Генеральная прокуратура", Branch.OVERSIGHT, origin=LAW)
MFC = Authority("mfc-network", "МФЦ области", Branch.MFC, Place("50"), official=Official("Директор"), controlled_by=("prosecutor",), origin=LAW)
EXAM = Office("exam", "gibdd", "Экзаменационный отдел", "г. Пример, ул. Первая, 1", TOWN, Timetable(holidays="RU", week={
    "working_day": ("09:00-13:00", "14:00-18:00")}), phones=("+74950000002",), origin=LAW)
WINDOW = Office("window", "mfc-network", "МФЦ «Центр»", "г. Пример, ул. Вторая, 2", TOWN,
                Timetable(week={"every_day": ("08:00-20:00",)}), phones=("+74950000003",), origin=LAW)
LICENCE = PublicService(
    "licence", "Водительское удостоверение", "Выдача водительских удостоверений", Level.FEDERAL, "other", "gibdd",
    about="Права выдают после экзаменов.", order="Запишитесь, сдайте экзамены, получите права.", term=LegalTerm(working_days=15),
    documents=(Papers("Гражданин от 18 лет", (Paper("Паспорт"), Paper("Выписка о штрафах", by_authority=True))),),
    fee=Fee(rubles=2000), refusals=("Нет медицинского заключения",),
    appeal=Appeal("mvd", "Письменно или на портале", LegalTerm(working_days=15)), responsible="Начальник отдела",
    result="Водительское удостоверение", ways=(Way.PORTAL, Way.MFC), questions=("как получить права", "сдать экзамен на права"),
    variants=(Variant(Place("50"), addition="В области экзамен сдают на автодроме.", fee=Fee(rubles=2500)),), origin=LAW)
HUNTING = PublicService("hunting", "Охотничий билет", "Выдача охотничьего билета", Level.REGIONAL, "other", "gibdd", about="Билет бессрочный.",
                        questions=("как получить охотничий билет",), origin=LAW)
HELLO = Article("hello", "Приветствие", "Здравствуйте!", ("привет",), purpose=Purpose.GREETING)
WHERE = Article("mfc", "Где находится МФЦ", "Адреса МФЦ есть на портале.", ("где мфц", "адрес мфц", "открыт ли сейчас мфц"))
CARDS: tuple[Card, ...] = (HELLO, WHERE, MVD, GIBDD, PROSECUTOR, MFC, EXAM, WINDOW, LICENCE)
