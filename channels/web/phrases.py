"""Texts of the web form, in Russian and in English."""

from msgspec import Struct


class Phrases(Struct, frozen=True):
    """Texts of a page in one language. form_html.py makes HTML of them."""

    lang: str
    other: str
    """The link to the other language."""
    brand: str
    skip: str
    form_title: str
    lead: str
    not_an_appeal: str
    how_to_appeal: str
    law: str
    text: str
    text_hint: str
    files: str
    files_hint: str
    about_you: str
    name: str
    optional: str
    person: tuple[str, str]
    person_legend: str
    reply_legend: str
    reply: tuple[str, str, str]
    """By e-mail, by telephone, or by reading the page."""
    reply_hint: str
    email: str
    phone: str
    town: str
    no_town: str
    consent: str
    consent_link: str
    send: str
    have_code: str
    look_title: str
    look_lead: str
    number: str
    code: str
    code_hint: str
    look: str
    conversation: str
    taken: str
    taken_hint: str
    answers: str
    answers_hint: str
    no_script: str
    refresh: str
    add: str
    add_text: str
    add_send: str
    new: str
    you: str
    author: dict[str, str]
    source: str
    valid_from: str
    kb: str
    holder: dict[str, str]
    wrong: str
    faults: dict[str, str]
    lost_line: str
    sending: str
    added: str
    data: str
    back: str
    never: str


RU = Phrases(
    lang="ru",
    other="English",
    brand="Контакт-центр государственных услуг",
    skip="Сразу к форме",
    form_title="Написать в контакт-центр",
    lead="Опишите вопрос своими словами. Сначала его прочитает робот, и если ответ известен, вы увидите его сразу. "
         "Всё остальное сразу увидит оператор.",
    not_an_appeal="Это консультация, а не обращение по закону № 59‑ФЗ",
    how_to_appeal="Чтобы орган власти дал официальный письменный ответ, подайте обращение на Госуслугах (ЕПГУ) — через «Платформу "
                  "обратной связи» (ПОС) — или на сайте этого органа. Его зарегистрируют за 3 дня и ответят за 30 дней со дня "
                  "регистрации. Консультация этого права не отменяет.",
    law="Подать обращение на Госуслугах",
    text="Ваш вопрос",
    text_hint="До 8000 знаков. Не пишите пароли, коды из СМС и номера карт: мы их не спрашиваем.",
    files="Файлы",
    files_hint="Не больше {count}, всего до {size} МБ: изображения, PDF, DOCX, XLSX, ODT или текст.",
    about_you="О вас",
    name="Как к вам обращаться",
    optional="необязательно",
    person_legend="Кто обращается",
    person=("Гражданин", "Организация"),
    reply_legend="Как вам ответить",
    reply=("По электронной почте", "По телефону", "Посмотрю сам по номеру и коду"),
    reply_hint="Ответ появится на странице обращения в любом случае. Если понадобится, оператор напишет вам или позвонит.",
    email="Электронная почта",
    phone="Телефон",
    town="Муниципалитет, где нужна услуга",
    no_town="Не выбран",
    consent="Я даю согласие на обработку моих персональных данных (закон № 152‑ФЗ)",
    consent_link="Текст согласия (в новой вкладке)",
    send="Отправить",
    have_code="Уже писали нам? Посмотреть ответ по номеру и коду",
    look_title="Посмотреть ответ",
    look_lead="Номер и код показаны на странице, которая открылась после отправки.",
    number="Номер обращения",
    code="Код",
    code_hint="20 букв и цифр; дефисы и большие буквы не важны.",
    look="Посмотреть",
    conversation="Обращение {number}",
    taken="Ваше сообщение получено",
    taken_hint="Сохраните номер и код: по ним можно посмотреть ответ с любого устройства. Код никому не сообщайте: он открывает переписку.",
    answers="Переписка",
    answers_hint="Новые ответы появляются здесь сами.",
    no_script="Без JavaScript новые ответы видны, когда вы откроете страницу снова.",
    refresh="Показать новые ответы",
    add="Добавить сообщение",
    add_text="Сообщение",
    add_send="Добавить",
    new="Написать о другом",
    you="Вы",
    author={"bot": "Робот", "operator": "Оператор", "system": "Контакт-центр"},
    source="Источник",
    valid_from="сведения на {day}",
    kb="КБ",
    holder={
        "bot": "Отвечает робот.",
        "queue": "Обращение ждёт оператора.",
        "place": "Обращение ждёт оператора: место в очереди — {place}.",
        "operator": "Обращением занимается оператор {operator}.",
        "promised": "Оператор ответит в течение суток.",
        "danger": "Зовём человека к вам. Если жизни что-то угрожает, позвоните 112.",
        "aside": "Получили, ответим позже.",
        "closed": "Разговор завершён. Напишите ниже, и он продолжится.",
    },
    wrong="Сообщение не отправлено",
    faults={
        "empty": "Напишите, о чём вы хотите спросить, или приложите файл.",
        "too_long": "Текст длиннее 8000 знаков: сократите его или приложите файлом.",
        "line_too_long": "Слишком длинно: не больше 200 знаков.",
        "bad_email": "Укажите адрес почты, например name@example.ru.",
        "bad_phone": "Укажите номер телефона, например +7 916 123-45-67.",
        "bad_town": "Выберите муниципалитет из списка или оставьте поле пустым.",
        "no_consent": "Без согласия мы не вправе принять ваши данные.",
        "bad_form": "Форма не понята. Откройте её заново.",
        "bad_type": "Такие файлы не принимаются. Подойдут изображения, PDF, DOCX, XLSX, ODT и текст. Выберите файлы заново.",
        "too_many_files": "Слишком много файлов. Выберите не больше {count}.",
        "too_large": "Файлы слишком велики: всего не больше {size} МБ. Выберите их заново.",
        "blocked": "Сообщения с вашего адреса в сети сейчас не принимаются. Позвоните в центр или приходите: вас выслушает сотрудник.",
        "too_fast": "Слишком часто. Подождите {wait_s} с и отправьте ещё раз.",
        "not_stored": "Хранилище недоступно, сообщение не сохранено. Текст цел: отправьте его ещё раз через минуту. Файлы выберите заново.",
        "no_such_session": "Такого обращения нет. Проверьте номер и код.",
        "forbidden_origin": "Форма отправлена с чужого сайта.",
    },
    lost_line="Нет связи. Текст цел: отправьте его ещё раз.",
    sending="Отправляется…",
    added="Сообщение добавлено.",
    data="Мои данные: согласие, копия, исправление, удаление",
    back="Назад к форме",
    never="Ответы здесь — справочные. Решения по вашему делу принимает ведомство.",
)

EN = Phrases(
    lang="en",
    other="Русский",
    brand="Contact centre of public services",
    skip="Straight to the form",
    form_title="Write to the contact centre",
    lead="Describe your question in your own words. A robot reads it first, and if the answer is known, you will see it at once. "
         "An operator sees everything else at once.",
    not_an_appeal="This is a consultation, not an appeal under Federal Law 59‑FZ",
    how_to_appeal="For an official written answer of a public body, file an appeal on Gosuslugi (EPGU), by its Feedback Platform (POS), "
                  "or on the site of that body. It is registered within 3 days and answered within 30 days of registration. "
                  "A consultation does not take this right away.",
    law="File an appeal on Gosuslugi",
    text="Your question",
    text_hint="Up to 8,000 characters. Do not write passwords, codes from SMS or card numbers: we never ask for them.",
    files="Files",
    files_hint="At most {count}, {size} MB in all: pictures, PDF, DOCX, XLSX, ODT or text.",
    about_you="About you",
    name="How to address you",
    optional="optional",
    person_legend="Who is writing",
    person=("A citizen", "An organisation"),
    reply_legend="How to answer you",
    reply=("By e-mail", "By telephone", "I will look by the number and the code"),
    reply_hint="The answer appears on the page of your request in any case. An operator will write or call if that is needed.",
    email="E-mail address",
    phone="Telephone number",
    town="Municipality where the service is needed",
    no_town="Not chosen",
    consent="I consent to the processing of my personal data (Federal Law 152‑FZ)",
    consent_link="Text of the consent (in a new tab)",
    send="Send",
    have_code="Have you written to us before? Look by the number and the code",
    look_title="Look for the answer",
    look_lead="The number and the code are on the page that opened when you had sent the form.",
    number="Number of the request",
    code="Code",
    code_hint="20 letters and digits; dashes and capitals do not matter.",
    look="Look",
    conversation="Request {number}",
    taken="Your message has been received",
    taken_hint="Keep the number and the code: with them you find the answer on any device. Tell the code to nobody: it opens your letters.",
    answers="Messages",
    answers_hint="New answers appear here by themselves.",
    no_script="Without JavaScript new answers are seen when you open the page again.",
    refresh="Show new answers",
    add="Add a message",
    add_text="Message",
    add_send="Add",
    new="Write about something else",
    you="You",
    author={"bot": "Robot", "operator": "Operator", "system": "Contact centre"},
    source="Source",
    valid_from="as of {day}",
    kb="KB",
    holder={
        "bot": "The robot answers.",
        "queue": "Your request waits for an operator.",
        "place": "Your request waits for an operator: place {place} in line.",
        "operator": "Operator {operator} is working on your request.",
        "promised": "An operator will answer within a day.",
        "danger": "We are calling a person to you. If a life is in danger, call 112.",
        "aside": "We have it, and will answer later.",
        "closed": "The conversation is over. Write below to go on with it.",
    },
    wrong="The message was not sent",
    faults={
        "empty": "Write what you want to ask, or attach a file.",
        "too_long": "The text is longer than 8,000 characters: shorten it or attach it as a file.",
        "line_too_long": "Too long: at most 200 characters.",
        "bad_email": "Give an e-mail address, for example name@example.com.",
        "bad_phone": "Give a telephone number, for example +7 916 123-45-67.",
        "bad_town": "Choose a municipality of the list, or leave the field empty.",
        "no_consent": "Without your consent we may not take your data.",
        "bad_form": "The form was not understood. Open it again.",
        "bad_type": "Such files are not taken: only pictures, PDF, DOCX, XLSX, ODT and text. Choose the files again.",
        "too_many_files": "Too many files. Choose at most {count}.",
        "too_large": "The files are too large: at most {size} MB in all. Choose them again.",
        "blocked": "Messages from your network address are not taken now. Call the centre or come: somebody will listen to you.",
        "too_fast": "Too fast. Wait for {wait_s} s and send it again.",
        "not_stored": "The store is not available, and the message was not kept. The text is still here: send it again in a minute. "
                      "Choose the files again.",
        "no_such_session": "There is no such request. Check the number and the code.",
        "forbidden_origin": "The form was sent from somebody else's site.",
    },
    lost_line="No connection. Your text is still here: send it again.",
    sending="Sending…",
    added="The message was added.",
    data="My data: consent, copy, correction, deletion",
    back="Back to the form",
    never="Answers here are for information. The public body decides your case.",
)


def phrases(lang: str) -> Phrases:
    return EN if lang.startswith("en") else RU
