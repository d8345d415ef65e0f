"""A designers' project that is small enough to be taught in a test."""

from io import BytesIO
from zipfile import ZipFile

DOMAIN = """version: "3.1"
intents: [greet, ask_hours, ask_fee]
slots:
  place: {type: text, mappings: [{type: from_text, conditions: [{active_loop: visit_form}]}]}
forms:
  visit_form: {required_slots: [place]}
responses:
  utter_greet: [{text: "Здравствуйте, я робот.", buttons: [{title: Часы, payload: /ask_hours}]}]
  utter_hours: [{text: "Открыто с девяти до шести."}]
  utter_fee: [{text: "Это бесплатно."}]
  utter_ask_place: [{text: "В каком городе?"}]
"""
NLU = """version: "3.1"
nlu:
  - intent: greet
    examples: |
      - здравствуйте
      - добрый день
      - привет
      - доброе утро
      - приветствую вас
  - intent: ask_hours
    examples: |
      - когда вы открыты
      - часы работы
      - до скольки вы работаете
      - во сколько открываетесь
      - график приёма
  - intent: ask_fee
    examples: |
      - сколько это стоит
      - какая пошлина
      - надо ли платить
      - цена услуги
      - это платно
"""
RULES = """version: "3.1"
rules:
  - rule: greets
    steps:
      - intent: greet
      - action: utter_greet
  - rule: tells the hours
    steps:
      - intent: ask_hours
      - action: utter_hours
stories:
  - story: tells the fee
    steps:
      - intent: ask_fee
      - action: utter_fee
"""
TESTS = """version: "3.1"
stories:
  - story: somebody asks for the hours
    steps:
      - user: |
          часы работы
        intent: ask_hours
      - action: utter_hours
"""
CONFIG = """recipe: default.v1
language: ru
policies:
  - name: RulePolicy
  - name: AugmentedMemoizationPolicy
"""
HELD_OUT = """version: "3.1"
nlu:
  - intent: ask_fee
    examples: |
      - какая пошлина за услугу
      - надо ли платить за это
  - intent: ask_hours
    examples: |
      - до скольки вы работаете сегодня
"""
WORSE = NLU.replace("- intent: ask_fee", "- intent: ask_f").replace("- intent: ask_hours", "- intent: ask_fee").replace("ask_f\n", "ask_hours\n")
"""What means one thing is an example of the other."""
PROJECT = {"domain.yml": DOMAIN, "data/nlu.yml": NLU, "data/rules.yml": RULES, "tests/test_stories.yml": TESTS, "config.yml": CONFIG}
BROKEN = NLU.replace("  - intent: ask_hours", " - intent: ask_hours")
"""No YAML any more, from the tenth line on."""
WRONG = TESTS.replace("- action: utter_hours", "- action: utter_fee")
"""A test story that expects something else than comes, and begins in the third line."""


SHIPPED = PROJECT | {
    "domain.yml": DOMAIN.replace("ask_fee]", "ask_place]").replace('  utter_fee: [{text: "Это бесплатно."}]\n', ""),
    "data/nlu.yml": f"""{NLU.partition("  - intent: ask_fee")[0]}  - intent: ask_place
    examples: |
      - где вы находитесь
      - адрес офиса
      - как к вам проехать
      - куда подойти
      - в каком вы районе
""",
    "data/rules.yml": f"""{RULES.partition("stories:")[0]}  - rule: asks for the place
    steps:
      - intent: ask_place
      - action: visit_form
      - active_loop: visit_form
""",
    "tests/test_stories.yml": TESTS.replace("asks for the hours", "asks when it is open"),
    "held_out.yml": """version: "3.1"
nlu:
  - intent: ask_place
    examples: |
      - какой адрес вашего офиса
"""}
"""What a centre begins with: it knows a topic that PROJECT does not, has its own test story, and cannot tell the fee."""


def zipped(files: dict[str, str]) -> bytes:
    """As somebody zips a folder."""
    content = BytesIO()
    with ZipFile(content, "w") as archive:
        for path, text in files.items():
            archive.writestr(f"bot/{path}", text)
    return content.getvalue()
