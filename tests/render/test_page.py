"""The page of `graph` in a real browser: what is lit and which numbers show at each step of both passes."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from browser import Browser, executable

LECTURE = ["p = x + y; g = p*z", "--at", "x=1,y=3,z=-3"]  # LECTURES.md row 3
BAYDIN = ["(sin(x1/x2) + (x1/x2 - exp(x2)))*(x1/x2 - exp(x2))", "--at", "x1=1.5,x2=0.5"]


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    program = executable()
    if program is None:
        pytest.skip("no Chromium is installed (apt-get install chromium)")
    pytest.importorskip("websocket", reason="websocket-client drives the browser")
    pytest.importorskip("graphlay", reason="graphlay lays the graph out")
    one = Browser(program, tmp_path_factory.mktemp("profile"))
    yield one
    one.close()


@pytest.fixture
def page(browser, dcalc, tmp_path):
    def opened(*args: str, step: int | None = None) -> Browser:
        file = tmp_path / "graph.html"
        done = dcalc(["graph", *args, "--out", str(file)])
        assert done.status == 0, done.err
        browser.open(file.as_uri() + (f"#{step}" if step else ""))
        return browser

    return opened


def shown(browser) -> dict:
    """What a reader sees: the pass, the sentence, what is lit, the numbers of each box and on each edge."""
    return browser.run(
        """(() => {
          const words = (one) => one.textContent.trim();
          const name = (node) => node.querySelector(".head").textContent.split(" ")[0];
          const nodes = [...document.querySelectorAll("svg .node")];
          const named = Object.fromEntries(nodes.map((node) => [node.id.slice(5), name(node)]));
          const edges = [...document.querySelectorAll("svg .edge[id]")];
          const ends = (edge) => named[edge.dataset.source] + ">" + named[edge.dataset.target];
          const number = (node, kind) => words(node.querySelector(kind) || document.createElement("i"));
          return {
            part: words(document.querySelector("#says b")),
            says: words(document.querySelector("#says")).replace(words(document.querySelector("#says b")), ""),
            nodes: nodes.filter((one) => one.classList.contains("lit")).map(name),
            edges: edges.filter((one) => one.classList.contains("lit")).map(ends),
            values: Object.fromEntries(nodes.map((node) => [name(node), number(node, ".value")])),
            adjoints: Object.fromEntries(nodes.map((node) => [name(node), number(node, ".derivative")])),
            carried: Object.fromEntries(edges.map((edge) =>
              [ends(edge), words(document.querySelector("#carried-" + edge.id.slice(5)))])),
            count: words(document.querySelector("#count")),
          };
        })()"""
    )


def known(numbers: dict) -> dict:
    return {name: text for name, text in numbers.items() if text}


def walk(browser, key: str = "ArrowRight") -> list[dict]:
    """All the steps, by key."""
    steps = [shown(browser)]
    while not browser.run("document.querySelector('#next').disabled"):
        browser.press(key)
        steps.append(shown(browser))
    return steps


def choose(browser, selector: str, value: int, event: str) -> None:
    """Give a slider or a list another value, and say so as a browser does."""
    browser.run(
        f"(() => {{ const one = document.querySelector('{selector}'); one.value = {value};"
        f" one.dispatchEvent(new Event('{event}')); }})()"
    )


def test_the_lectures_passes_step_by_step(page):
    browser = page(*LECTURE)
    steps = walk(browser)
    assert [step["count"] for step in steps] == [f"step {k} of 10" for k in range(1, 11)]
    assert [step["part"] for step in steps] == ["Forward: values"] * 5 + ["Backward from g: adjoints"] * 5
    assert [(step["nodes"], sorted(step["edges"])) for step in steps] == [
        (["x"], []),
        (["y"], []),
        (["z"], []),
        (["p"], ["x>p", "y>p"]),
        (["g"], ["p>g", "z>g"]),
        (["g"], []),
        (["p", "g"], ["p>g"]),
        (["z", "g"], ["z>g"]),
        (["x", "p"], ["x>p"]),
        (["y", "p"], ["y>p"]),
    ]
    assert known(steps[2]["values"]) == {"x": "value 1", "y": "value 3", "z": "value -3"}
    assert known(steps[4]["values"]) == known(steps[2]["values"]) | {"p": "value 4", "g": "value -12"}
    assert "p = x + y = 1 + 3 = 4" in steps[3]["says"]
    assert all(not known(step["adjoints"]) and not known(step["carried"]) for step in steps[:5])
    assert known(steps[6]["adjoints"]) == {"g": "adjoint 1", "p": "adjoint -3"}
    assert known(steps[6]["carried"]) == {"p>g": "-3"}
    last = steps[-1]
    assert last["adjoints"] == {
        "x": "adjoint -3",
        "y": "adjoint -3",
        "z": "adjoint 4",
        "p": "adjoint -3",
        "g": "adjoint 1",
    }
    assert last["carried"] == {"p>g": "-3", "z>g": "4", "x>p": "-3", "y>p": "-3"}
    assert last["values"] == steps[4]["values"]
    assert browser.errors == []


def test_sums_form_where_contributions_meet(page):
    browser = page(*BAYDIN)
    steps = [step for step in walk(browser) if step["part"].startswith("Backward")]
    into_x2 = [step for step in steps if "x2" in step["nodes"]]
    assert [step["edges"] for step in into_x2] == [["x2>v₃"], ["x2>v₁"]]
    # -2.8437·1.6487 by exp, then 1.5059·(-6) by the quotient, as in Baydin's table 3
    assert [step["adjoints"]["x2"] for step in into_x2] == ["adjoint -4.6884 + …", "adjoint -13.724"]
    assert "1 more to come" in into_x2[0]["says"]
    assert "complete" in into_x2[1]["says"]


def test_buttons_slider_list_and_keys_agree(page):
    browser = page(*LECTURE)
    start = shown(browser)
    assert browser.run("document.querySelector('#back').disabled") is True
    browser.click("#next")
    second = shown(browser)
    assert second["nodes"] == ["y"]
    browser.click("#back")
    assert shown(browser) == start
    browser.press("ArrowRight")
    assert shown(browser) == second
    browser.press("End")
    end = shown(browser)
    assert end["count"] == "step 10 of 10"
    browser.press("Home")
    assert shown(browser) == start
    browser.click("#last")
    assert shown(browser) == end
    browser.click("#first")
    browser.press("b")
    assert shown(browser)["count"] == "step 6 of 10"
    browser.press("ArrowLeft")
    assert shown(browser)["part"] == "Forward: values"
    assert known(shown(browser)["adjoints"]) == {}
    choose(browser, "#step", 9, "input")
    assert shown(browser) == end
    browser.run("document.querySelector('details').open = true")
    browser.click("#told li:nth-child(2)")
    assert shown(browser) == second
    choose(browser, "#pass", 1, "change")
    assert shown(browser)["count"] == "step 6 of 10"
    browser.press("f")
    assert shown(browser) == start
    browser.press(" ")
    assert browser.run("document.querySelector('#play').getAttribute('aria-pressed')") == "true"
    browser.press(" ")
    assert browser.run("document.querySelector('#play').getAttribute('aria-pressed')") == "false"


def test_a_step_can_be_linked_to(page):
    assert shown(page(*LECTURE, step=7))["edges"] == ["p>g"]


def test_each_output_has_its_pass(page):
    browser = page("a = x*y; b = x + y; [a, b]", "--at", "x=2,y=5")
    assert browser.run("[...document.querySelectorAll('#pass option')].map((one) => one.textContent)") == [
        "Forward: values",
        "Backward from a: adjoints",
        "Backward from b: adjoints",
    ]
    steps = walk(browser)
    of_a = [step for step in steps if step["part"] == "Backward from a: adjoints"][-1]
    of_b = [step for step in steps if step["part"] == "Backward from b: adjoints"]
    assert known(of_a["adjoints"]) == {"a": "adjoint 1", "x": "adjoint 5", "y": "adjoint 2"}
    assert known(of_b[0]["adjoints"]) == {"b": "adjoint 1"}, "the other pass's numbers are gone"
    assert known(of_b[-1]["adjoints"]) == {"b": "adjoint 1", "x": "adjoint 1", "y": "adjoint 1"}


def test_tangents_go_forward(page):
    steps = walk(page("x*sin(x)", "--at", "x=1", "--mode", "forward"))
    last = steps[-1]
    assert last["part"] == "Forward: tangents along x"
    assert sorted(last["edges"]) == ["v₁>v₂", "x>v₂"]
    assert last["adjoints"] == {"x": "tangent 1", "v₁": "tangent 0.5403", "v₂": "tangent 1.3818"}


def test_without_a_point_the_structure_is_walked(page):
    steps = walk(page("p = x + y; p*z"))
    assert [step["nodes"] for step in steps] == [["x"], ["y"], ["z"], ["p"], ["v₁"]]
    assert all(not known(step["values"]) for step in steps)
    assert sorted(steps[3]["edges"]) == ["x>p", "y>p"]


def test_an_untaken_branch_is_never_lit(page):
    browser = page("if(x > 0, x^2, sqrt(x))", "--at", "x=3")
    lit = {edge for step in walk(browser) for edge in step["edges"]}
    assert "x>v₁" in lit
    assert not any("v₂>" in edge or edge.endswith(">v₂") for edge in lit)


HOSTILE = "x # </script><script>document.title='owned'</script>{{DATA}}<img src=x onerror=document.title='owned'>\"'&"


def test_what_the_user_writes_stays_text(page):
    browser = page(HOSTILE, "--at", "x=1")
    assert HOSTILE in browser.run("document.querySelector('h1').textContent")
    assert browser.run("document.title").startswith("Computational graph: x #")
    assert browser.run("document.images.length") == 0
    assert browser.run("document.scripts.length") == 2
    assert shown(browser)["values"] == {"x": "value 1"}
    assert browser.errors == []


def test_the_page_needs_nothing_else(page, tmp_path):
    browser = page(*LECTURE)
    assert browser.run("performance.getEntriesByType('resource').length") == 0
    text = (tmp_path / "graph.html").read_text("utf-8")
    assert not re.findall(r"\bsrc=|href=|url\(|@import|https?:", text)
    data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)[1])
    assert len(data["steps"]) == 10


def test_it_can_be_used_by_keyboard_and_read_aloud(page):
    browser = page(*LECTURE)
    assert browser.run("[...document.querySelectorAll('button, select, input')].every((one) => one.tabIndex === 0)")
    assert browser.run("document.querySelector('#says').getAttribute('aria-live')") == "polite"
    assert browser.run(
        "[...document.querySelectorAll('svg .node, svg .edge[id]')].every((one) => one.querySelector('title'))"
    )
    titles = browser.run("[...document.querySelectorAll('svg .edge[id] title')].map((one) => one.textContent)")
    assert "∂g/∂p = z = -3" in titles


def test_texts_stay_in_their_boxes_and_apart(page):
    browser = page(*BAYDIN)
    for _ in walk(browser):
        pass
    for step in range(1, 20):
        choose(browser, "#step", step, "input")
        assert browser.run(
            """[...document.querySelectorAll("svg .node")].every((node) => {
              const box = node.querySelector("rect").getBBox();
              return [...node.querySelectorAll("text")].every((text) => {
                const one = text.getBBox();
                return !one.width || (one.x >= box.x && one.x + one.width <= box.x + box.width
                  && one.y >= box.y && one.y + one.height <= box.y + box.height);
              });
            })"""
        ), f"a text leaves its box at step {step}"
        overlaps = browser.run(
            """(() => {
              const all = [...document.querySelectorAll("svg .partial, svg .carried")];
              const texts = all.filter((one) => one.textContent);
              const boxes = texts.map((one) => one.getBBox());
              const meet = (a, b) => a.x < b.x + b.width && b.x < a.x + a.width
                && a.y + 3 < b.y + b.height && b.y + 3 < a.y + a.height;
              const found = [];
              boxes.forEach((a, i) => boxes.slice(0, i).forEach((b, j) => {
                if (meet(a, b)) found.push(texts[i].textContent + " / " + texts[j].textContent); }));
              return found;
            })()"""
        )
        assert overlaps == []


def test_a_wide_graph_scrolls_to_what_is_lit(page):
    chain = "; ".join(["a0 = x", *(f"a{k} = sin(a{k - 1})" for k in range(1, 15))])
    browser = page(chain, "--at", "x=1")
    seen = """(() => { const one = document.querySelector(".node.lit rect").getBoundingClientRect(),
        stage = document.querySelector(".stage").getBoundingClientRect();
        return one.left >= stage.left && one.right <= stage.right && window.scrollY === 0; })()"""
    assert browser.run("document.querySelector('.stage').scrollWidth > document.querySelector('.stage').clientWidth")
    while not browser.run("document.querySelector('#next').disabled"):
        assert browser.run(seen)
        browser.press("ArrowRight")
    assert browser.run(seen)
