"""Rules and stories drawn."""

from pathlib import Path

from bots.project.archive import folder_of
from bots.project.graph import draw
from bots.project.project import read_project
from hub.robot.training_results import Drawn, Graph
from tests.bots.test_centre_actions import CENTRE
from tests.robot.drafts import PROJECT

RULES = """version: "3.1"
rules:
  - rule: begins a visit
    steps:
      - intent: greet
      - action: visit_form
      - active_loop: visit_form
  - rule: ends a visit
    condition:
      - active_loop: visit_form
    steps:
      - action: visit_form
      - active_loop: null
      - slot_was_set: [{place: Тверь}]
      - action: utter_fee
  - rule: greets twice
    steps:
      - intent: greet
      - action: utter_greet
stories:
  - story: either
    steps:
      - or: [{intent: ask_hours}, {intent: ask_fee}]
      - action: utter_hours
      - checkpoint: told
"""


def graph_of(files: dict[str, str]) -> Graph:
    with folder_of(files) as folder:
        return draw(read_project(folder))


def ways(graph: Graph) -> list[list[str]]:
    """Each way from a first node to a last one."""
    parents, nodes = {edge.target: edge.source for edge in graph.edges}, {node.id: node for node in graph.nodes}

    def way(id_: str) -> list[str]:
        return [*(way(parents[id_]) if id_ in parents else []), f"{nodes[id_].kind} {'|'.join(nodes[id_].names)}"]
    return [way(node.id) for node in graph.nodes if node.id not in parents.values()]


def test_what_begins_alike_is_drawn_once() -> None:
    # KB-02
    graph = graph_of(PROJECT | {"data/rules.yml": RULES})
    assert ways(graph) == [
        ["intent greet", "form visit_form"],
        ["intent greet", "response utter_greet"],
        ["loop visit_form", "form visit_form", "loop ", "slot place=Тверь", "response utter_fee"],
        ["intent ask_hours|ask_fee", "response utter_hours", "checkpoint told"],
    ]
    greet = graph.nodes[0]
    assert [told.name for told in greet.told] == ["begins a visit", "greets twice"]
    assert greet.words[0] == "здравствуйте"


def test_a_step_tells_where_it_is_worded() -> None:
    graph = graph_of(PROJECT | {"data/rules.yml": RULES})
    places = {(node.kind, *node.names): (node.file, node.line, node.words[:1]) for node in graph.nodes}
    assert places[Drawn.RESPONSE, "utter_greet"] == ("domain.yml", 8, ("Здравствуйте, я робот.\n[Часы]",))
    assert places[Drawn.FORM, "visit_form"] == ("domain.yml", 6, ("place: В каком городе?",))
    assert places[Drawn.INTENT, "ask_hours", "ask_fee"][:2] == ("data/rules.yml", 23)


def test_the_centres_own_project_is_a_forest() -> None:
    graph = draw(read_project(Path(CENTRE)))
    assert len({edge.target for edge in graph.edges}) == len(graph.edges)
    assert {node.kind for node in graph.nodes} >= {Drawn.INTENT, Drawn.RESPONSE, Drawn.ACTION, Drawn.FORM, Drawn.LOOP}


def test_a_story_without_end_is_drawn() -> None:
    steps = "      - intent: greet\n      - action: utter_greet\n" * 3000
    graph = graph_of(PROJECT | {"data/long.yml": f'version: "3.1"\nstories:\n  - story: long\n    steps:\n{steps}'})
    assert len(graph.nodes) > 6000
