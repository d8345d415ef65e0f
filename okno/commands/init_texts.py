"""What `okno init` asks, in the language of who installs. Pure."""

from msgspec import Struct


class InitTexts(Struct, frozen=True):
    yes: str
    no: str
    begin: str
    """`folder` is where the file goes."""
    next: str
    """`folder` again."""
    taken: str
    """`path` is what is there already."""
    stopped: str
    code: str
    three_digits: str
    name: str
    level: str
    zone: str
    no_zone: str
    data: str
    origin: str
    not_an_origin: str
    proxied: str
    certificate: str
    no_file: str
    pages: str
    not_pages: str
    sealed: str
    mail: str
    mailbox: str
    not_a_mailbox: str
    imap: str
    smtp: str
    user: str
    password: str
    not_a_host: str
    sms: str
    smsc: str
    port: str
    not_a_port: str
    tls: str
    system_id: str
    not_a_system_id: str
    smsc_password: str
    not_an_smsc_password: str
    sender: str
    not_a_sender: str
    max: str
    max_token: str
    yes_or_no: str


RU = InitTexts(
    yes="да",
    no="нет",
    begin="Пишет {folder}/centre.toml. Enter оставляет то, что в скобках; Ctrl+C — не писать ничего.",
    next="Дальше:  okno check --channels --config {folder}/centre.toml   пробует почту, СМС и мессенджеры\n"
         "         okno run --config {folder}/centre.toml                печатает одноразовый пароль первого администратора",
    taken="{path} уже есть: назовите другую папку или измените файл сами (docs/configuration.md)",
    stopped="остановлено до последнего ответа: ничего не записано",
    code="Код центра: три цифры, один на всю страну",
    three_digits="три цифры, например 077",
    name="Название, как его видят граждане",
    level="Уровень",
    zone="Часовой пояс",
    no_zone="такого пояса нет; бывает, например, Asia/Omsk",
    data="Папка для всего, что хранится",
    origin="Адрес рабочего места, например https://desk.example.ru; пусто — только на этой машине",
    not_an_origin="http:// или https:// и имя, без пути",
    proxied="https заканчивает прокси перед узлом",
    certificate="  Сертификат и ключ, файл PEM",
    no_file="такого файла нет",
    pages="Страницы с чатом, например https://www.example.ru; несколько — через пробел",
    not_pages="у каждой http:// или https:// и имя, без пути",
    sealed="Шифровать всё хранимое ключом рядом с этим файлом",
    mail="Почта",
    mailbox="  Адрес, на который пишут граждане",
    not_a_mailbox="например ask@example.ru",
    imap="  Сервер IMAP",
    smtp="  Сервер SMTP для отправки; пользователь и пароль те же",
    user="  Пользователь",
    password="  Пароль",  # noqa: S106 - a question
    not_a_host="имя или адрес",
    sms="СМС по SMPP",
    smsc="  Сервер СМС-центра",
    port="  Порт",
    not_a_port="от 1 до 65535",
    tls="  По TLS",
    system_id="  system_id",
    not_a_system_id="от 1 до 15 знаков",
    smsc_password="  Пароль, не больше 8 знаков",  # noqa: S106 - a question
    not_an_smsc_password="до 8 знаков ASCII",  # noqa: S106 - a remark
    sender="  Отправитель, которого видят граждане",
    not_a_sender="номер или имя до 11 латинских букв",
    max="Бот в MAX",
    max_token="  Токен бота с business.max.ru",  # noqa: S106 - a question
    yes_or_no="да или нет")

EN = InitTexts(
    yes="yes",
    no="no",
    begin="Writes {folder}/centre.toml. Enter takes what stands in brackets; Ctrl+C writes nothing.",
    next="Next:  okno check --channels --config {folder}/centre.toml   tries mail, SMS and messengers\n"
         "       okno run --config {folder}/centre.toml                prints the one-time password of the first administrator",
    taken="{path} is there already: name another folder, or change it by hand (docs/configuration.md)",
    stopped="stopped before the last answer: nothing was written",
    code="Code of the centre, three digits, unique in the country",
    three_digits="three digits, as 077",
    name="Its name, as citizens read it",
    level="Its level",
    zone="Time zone",
    no_zone="no such zone, as Asia/Omsk",
    data="Folder of all that is stored",
    origin="Address of the desk, as https://desk.example.ru; empty for this machine alone",
    not_an_origin="http:// or https://, a name, no path",
    proxied="Does a proxy in front of the hub end https",
    certificate="  Its certificate and key, a PEM file",
    no_file="there is no such file",
    pages="Pages with the chat, as https://www.example.ru; several with spaces",
    not_pages="each is http:// or https:// and a name, no path",
    sealed="Seal all that is stored by a key beside this file",
    mail="Mail",
    mailbox="  The address that citizens write to",
    not_a_mailbox="as ask@example.ru",
    imap="  IMAP server",
    smtp="  SMTP server that sends; the same user and password",
    user="  User",
    password="  Password",  # noqa: S106 - a question
    not_a_host="a name or an address",
    sms="SMS by SMPP",
    smsc="  Host of the SMSC",
    port="  Port",
    not_a_port="1 to 65535",
    tls="  By TLS",
    system_id="  system_id",
    not_a_system_id="1 to 15 characters",
    smsc_password="  Password, at most 8 characters",  # noqa: S106 - a question
    not_an_smsc_password="0 to 8 ASCII characters",  # noqa: S106 - a remark
    sender="  Sender that citizens see",
    not_a_sender="a number or a name of 11 letters",
    max="A bot in MAX",
    max_token="  The bot's token, from business.max.ru",  # noqa: S106 - a question
    yes_or_no="yes or no")

TEXTS = {"ru": RU, "en": EN}
