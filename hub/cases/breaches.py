"""Kinds of breaches: the grounds of complaint in 210-ФЗ ст. 11.1, and others (CM-04, CM-05). Pure."""

from enum import StrEnum


class Breach(StrEnum):
    LATE_REGISTRATION = "late_registration"
    """П. 1: the request was not registered in time."""
    LATE_SERVICE = "late_service"
    """П. 2: the service was not provided in time."""
    EXTRA_PAPERS = "extra_papers"
    """П. 3: documents or data not provided for in the rules were demanded."""
    REFUSED_PAPERS = "refused_papers"
    """П. 4: the documents were not accepted."""
    REFUSED_SERVICE = "refused_service"
    """П. 5: the service was refused on a ground not provided for in the rules."""
    EXTRA_FEE = "extra_fee"
    """П. 6: a fee not provided for in the rules was demanded."""
    MISTAKE_KEPT = "mistake_kept"
    """П. 7: an error was not corrected, or not in time."""
    WRONG_ISSUE = "wrong_issue"
    """П. 8: the result was issued too late, or not according to the rules."""
    STOPPED = "stopped"
    """П. 9: the service was suspended without a ground."""
    NEW_FLAWS = "new_flaws"
    """П. 10: documents were demanded whose absence was not named at the first refusal."""
    CONDUCT = "conduct"
    """Rudeness, indifference, being sent from office to office."""
    QUEUE = "queue"
    """More than fifteen minutes in the queue (указ 601 от 07.05.2012, п. 1 «д»)."""
    ACCESS = "access"
    """No access for people with disabilities (181-ФЗ ст. 15)."""
    INFORMATION = "information"
    """Wrong or missing information."""
    OTHER = "other"


BY_LAW = frozenset(Breach) - {Breach.CONDUCT, Breach.QUEUE, Breach.ACCESS, Breach.INFORMATION, Breach.OTHER}
"""The grounds named in 210-ФЗ."""
WORDS = {
    Breach.LATE_REGISTRATION: "нарушен срок регистрации запроса", Breach.LATE_SERVICE: "нарушен срок услуги",
    Breach.EXTRA_PAPERS: "потребованы лишние документы", Breach.REFUSED_PAPERS: "отказ в приёме документов",
    Breach.REFUSED_SERVICE: "отказ в услуге без основания", Breach.EXTRA_FEE: "потребована лишняя плата",
    Breach.MISTAKE_KEPT: "не исправлена ошибка в документе", Breach.WRONG_ISSUE: "нарушен порядок выдачи результата",
    Breach.STOPPED: "услуга приостановлена без основания", Breach.NEW_FLAWS: "новые требования после отказа",
    Breach.CONDUCT: "грубость, волокита", Breach.QUEUE: "ожидание в очереди больше 15 минут",
    Breach.ACCESS: "недоступность для инвалидов", Breach.INFORMATION: "неверные сведения", Breach.OTHER: "другое"}
