"""An evening in a centre: colleagues with names, citizens who are served, and some who wait. For walks through screens, and for their pictures."""

from tests.house import Citizen, Clerk, People

QUIET: tuple[tuple[str, str, str, str], ...] = (
    ("Виктор", "Потерял паспорт в поездке, что теперь делать?",
     "Виктор, заявление можно подать в любом отделении, не только по месту жительства.", "Понял, а билет по справке продадут?"),
    ("ООО «Василёк»", "Нужна справка об отсутствии судимости для сотрудника",
     "Сотрудник заказывает её сам: через Госуслуги или в МФЦ.", "Спасибо, передам ему"),
    ("Зинаида Павловна", "Как узнать размер моей пенсии?",
     "Зинаида Павловна, сейчас подскажу, где это видно без поездки в отделение.", "Жду, у меня телефон под рукой"),
    ("Тимур", "Сколько стоит загранпаспорт на 10 лет?",
     "Тимур, точную пошлину покажет форма заявления: она зависит от возраста.", "Мне 17, родители должны прийти со мной?"),
    ("Марина", "Как оформить налоговый вычет за лечение?",
     "Марина, справку об оплате теперь даёт сама клиника, чеки собирать не нужно.", "А за прошлый год ещё можно?"),
)
"""Who he is, what he asks the robot, what the operator answers, what he says to that."""

LINE = (
    ("Рустам", "Когда начнут платить пособие?", "Заявление подал в начале месяца, ответа пока нет."),
    ("Лидия", "Где принимают заявления на субсидию?", "Субсидия на коммунальные услуги."),
    ("Павел", "Как записаться на приём в МФЦ?", "Удобно в субботу."),
)
"""Who waits, what he asks the robot, what he adds for the operator."""


class Centre:
    """Its people."""

    def __init__(self, crowd: People, admin: Clerk) -> None:
        self._crowd, self._admin = crowd, admin

    async def employee(self, login: str, name: str, role: str) -> Clerk:
        body = {"login": login, "name": name, "role": role, "queues": ["general", "documents", "social"]}
        opened = await self._admin.does("POST", "/api/operators", body)
        return await self._crowd.stranger(login).sign_in(opened["one_time_password"])

    async def in_line(self, name: str, question: str) -> Citizen:
        citizen = await self._crowd.citizen(name=name, person="organisation" if name.startswith("ООО") else "individual")
        await citizen.line.hear("message", author="bot")
        await citizen.tell(question)
        await citizen.line.hear("message", author="bot")
        await citizen.tell("Позовите оператора")
        await citizen.line.hear("state", holder="queue")
        return citizen

    async def served(self, clerk: Clerk, name: str, question: str, answer: str, thanks: str) -> None:
        citizen = await self.in_line(name, question)
        await clerk.does("POST", f"/api/conversations/{citizen.conversation}/take")
        await clerk.does("POST", f"/api/conversations/{citizen.conversation}/reply", {"key": name, "text": answer})
        await citizen.line.hear("message", author="operator")
        await citizen.tell(thanks)
