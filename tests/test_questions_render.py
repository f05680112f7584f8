"""The markup of questions: valid, deterministic, escaped, without ids; Markdown that leaves
math alone; the kernel's end of the bridge."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from eshikaku import web
from eshikaku.questions import parameters
from eshikaku.questions.bank import Bank
from eshikaku.questions.markdown import inline, markdown
from eshikaku.questions.model import Figure
from eshikaku.questions.render import DEFAULTS, MODES, question_html, runtime_html, start_html
from vectors import example

SINGLE = "example-cell-gradient-01"
NUMERIC = "example-lstm-parameters-01"
VOID = {"input", "img", "br", "hr"}


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch) -> Bank:
    return example.install(monkeypatch)


def html(bank: Bank, id: str, seed: int = 0, fade: str | None = None, mode: str = "study") -> str:
    return question_html(parameters.instance(bank.question(id), seed, fade), mode)


class Tree(HTMLParser):
    """Reads markup strictly: every tag is closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None], tuple[str, ...]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open, f"left open: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs), f"attribute twice in <{tag}>"
        self.tags.append((tag, dict(attrs), tuple(self.open)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-1:]}"
            self.open.pop()

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def payload_of(text: str) -> dict[str, Any]:
    (packed,) = re.findall(r'data-esk="([^"]*)"', text)
    found: dict[str, Any] = json.loads(base64.b64decode(packed))
    return found


ALL = [q.id for q in example.load().questions]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("id", ALL)
def test_markup_is_valid(bank: Bank, id: str, mode: str) -> None:
    tree = Tree(html(bank, id, mode=mode))
    assert tree.tags[0][0] == "section" and tree.tags[0][1]["lang"] == "ja"
    for tag, attributes, parents in tree.tags:
        assert "id" not in attributes and "style" not in attributes and "onclick" not in attributes
        assert tag not in ("script", "style")
        assert tag not in ("form", "input", "button", "select", "textarea"), "nothing looks alive"
        if tag == "details":
            assert "open" not in attributes
        if tag == "p":
            assert "p" not in parents
        if tag == "li":
            assert parents[-1] in ("ul", "ol")


def test_a_sanitizer_that_drops_every_attribute_leaves_a_question_to_read(bank: Bank) -> None:
    """As on GitHub: tags of a book only, the options lettered, the explanation closed."""
    allowed = {"section", "p", "b", "code", "div", "ol", "ul", "li", "u", "details", "summary"}
    allowed |= {"pre", "a", "strong", "table", "thead", "tbody", "tr", "th", "td", "span"}
    for id in ALL:
        tree = Tree(html(bank, id))
        assert {tag for tag, _, _ in tree.tags} <= allowed
    assert '<ol type="A"><li>' in html(bank, SINGLE)
    reasons = html(bank, SINGLE).partition("<summary>解説</summary>")[2]
    assert reasons.count("<li>") == len(bank.question(SINGLE).options)
    for option in bank.question(SINGLE).options:
        assert option.why in reasons


@pytest.mark.parametrize("id", ALL)
def test_markup_depends_on_id_rev_seed_fade_and_mode_alone(bank: Bank, id: str) -> None:
    for seed in (0, 3):
        assert html(bank, id, seed) == html(bank, id, seed)
    assert html(bank, id, 0, mode="study") != html(bank, id, 0, mode="exam")


def test_another_seed_shows_other_numbers(bank: Bank) -> None:
    assert len({html(bank, NUMERIC, seed) for seed in range(6)}) > 1


def test_unknown_mode_is_refused(bank: Bank) -> None:
    with pytest.raises(ValueError, match="study・review"):
        html(bank, SINGLE, mode="test")


def test_payload_is_what_the_page_needs(bank: Bank) -> None:
    payload = payload_of(html(bank, NUMERIC, 4, "faded", "review"))
    instance = parameters.instance(bank.question(NUMERIC), 4, "faded")
    assert payload == {
        "id": NUMERIC,
        "type": "numeric",
        "seed": 4,
        "fade": "faded",
        "mode": "review",
        "varies": True,
        **instance.key(),
    }
    group = payload_of(html(bank, "example-gru-set-01", seed=7))
    assert [item["id"].split("/")[1] for item in group["items"]] == ["count", "ratio", "keep"]
    assert (group["seed"], group["varies"]) == (7, True)
    assert all("seed" not in item for item in group["items"]), "what is shared stands once"


@pytest.mark.parametrize("id", ALL)
def test_what_is_left_out_is_what_the_page_assumes(bank: Bank, id: str) -> None:
    script = web.text("questions/documents.js")
    found = re.search(r"const DEFAULTS = \{(.*)\};", script)
    assert found
    assumed = dict(re.findall(r"(\w+): ([^,]+?),? ?(?=\w+:|$)", found[1].strip()))
    assert {name: json.loads(text) for name, text in assumed.items()} == DEFAULTS
    shown = parameters.instance(bank.question(id))
    payload = DEFAULTS | payload_of(html(bank, id))
    assert (payload["rev"], payload["seed"], payload["fade"]) == (
        shown.question.rev,
        shown.seed,
        shown.fade,
    )


def test_the_layout_holds_no_key(bank: Bank) -> None:
    """The order of what is shown, the same whatever is right."""
    for id in ALL:
        shown = parameters.instance(bank.question(id))
        text = json.dumps(shown.layout())
        assert not any(word in text for word in ("correct", "accept", "orders", "pairs", "answer"))


def test_exam_holds_neither_key_nor_reasons(bank: Bank) -> None:
    for id in ALL:
        text = html(bank, id, mode="exam")
        root = payload_of(text)
        for payload in root.get("items", [root]):
            shown = parameters.instance(bank.question(payload["id"]))
            if not shown.question.prediction:
                assert set(payload) <= {"id", "type", "mode", "varies"} | set(shown.layout())
                assert all(payload[name] == value for name, value in shown.layout().items())
                assert "解説" not in text and "ヒント" not in text


def test_prediction_has_no_key_in_any_mode(bank: Bank) -> None:
    for mode in ("study", "predict"):
        text = html(bank, "example-forget-bias-prediction-01", mode=mode)
        assert payload_of(text)["mode"] == "predict"
        assert "correct" not in payload_of(text) and "◯" not in text


def test_fading(bank: Bank) -> None:
    worked, faded, alone = (html(bank, NUMERIC, 0, fade) for fade in parameters.FADES)
    before, _, asked = worked.partition('<div class="esk-answer">')
    assert "esk-example" in before and "例題" not in asked and "esk-way" not in asked
    assert faded.count("<u>") == 2 and "？" in faded, "one step and the answer"
    assert "esk-way" not in alone and "解き方" in alone
    final = parameters.instance(bank.question(NUMERIC)).steps[-1].shown
    way = re.search(r'<div class="esk-way">.*?</div>', faded, re.S)
    assert way and final not in way[0], "the last step would give the answer away"


def test_an_example_never_shows_the_number_that_is_asked_for() -> None:
    """Every question of the course that is met with an example, on several seeds."""
    from eshikaku.questions import bank as banks

    met = [q for q in banks.all_questions(items=True) if q.blank_steps]
    assert met
    for question in met:
        for seed in (0, 1, 2, 3):
            asked = parameters.instance(question, seed, "worked")
            assert asked.example is not None, question.id
            assert asked.example.answer != asked.answer, question.id
            assert asked.values == parameters.instance(question, seed).values, question.id


def test_the_page_is_told_where_numbers_vary(bank: Bank) -> None:
    for id, varies in [(NUMERIC, True), ("example-gru-set-01", True), (SINGLE, False)]:
        assert payload_of(html(bank, id)).get("varies", False) is varies


def test_text_of_authors_is_escaped(bank: Bank) -> None:
    evil = '<img src=x onerror="alert(1)"><script>alert(2)</script></form>" \'&'
    question = bank.question(SINGLE)
    options = tuple(replace(o, text=evil + o.key, why=evil) for o in question.options)
    changed = replace(question, stem=evil, explain=evil, hints=(evil,), options=options)
    tree = Tree(question_html(parameters.instance(changed)))
    assert {tag for tag, _, _ in tree.tags}.isdisjoint({"img", "script"})
    assert sum(tag == "section" for tag, _, _ in tree.tags) == 1
    assert any("<script>alert(2)</script>" in text for text in tree.texts)


def test_figure_has_its_alt_and_the_same_bytes(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    from types import SimpleNamespace

    from eshikaku import course, plot

    def draw(height: float) -> Any:
        figure = plot.figure((2, 1))
        figure.subplots().plot([0, height])
        return figure

    monkeypatch.setattr(course, "chapter", lambda key: SimpleNamespace(figure=lambda name: draw))
    alt = '損失が"<下がる>"折れ線'
    question = replace(bank.question(SINGLE), figure=Figure("draw", alt, {"height": 2.0}))
    text = question_html(parameters.instance(question))
    assert text == question_html(parameters.instance(question))
    ((_, attributes, _),) = [tag for tag in Tree(text).tags if tag[0] == "img"]
    assert attributes["alt"] == alt
    assert str(attributes["src"]).startswith("data:image/webp;base64,")


def test_link_to_a_part_of_a_chapter(bank: Bank, monkeypatch: pytest.MonkeyPatch) -> None:
    from eshikaku import course

    part = course.Part("A", "順伝播", 20)
    lstm = course.Chapter("03", "lstm", "LSTM", (part,), ())
    monkeypatch.setattr(course, "chapters", lambda: (lstm,))
    question = bank.question(SINGLE)
    ref = replace(question.refs[0], section="A")
    text = question_html(parameters.instance(replace(question, refs=(ref,))))
    assert '<a href="03_lstm.ipynb#cell-id=part-A">03 LSTM</a> A　順伝播' in text


def test_sources_that_items_of_a_group_share_stand_once(bank: Bank) -> None:
    """At the end of those that share them; an item with sources of its own keeps them."""
    group = parameters.instance(bank.question("example-gru-set-01"))
    shared = [item.question.refs for item in group.items]
    assert shared[0] and len(set(shared)) == 1 and len(shared) == 3
    explained = question_html(group).split('<details class="esk-explain">')[1:]
    assert ["esk-refs" in text for text in explained] == [False, False, True]

    first = group.items[0]
    own = replace(first.question, refs=(replace(first.question.refs[0], notebook=None, paper="P"),))
    mixed = replace(group, items=(replace(first, question=own), *group.items[1:]))
    explained = question_html(mixed).split('<details class="esk-explain">')[1:]
    assert ["esk-refs" in text for text in explained] == [True, False, True]
    assert "esk-refs" in question_html(first), "an item that is shown alone"


def test_every_reference_of_the_bank_leads_to_a_cell_of_its_notebook() -> None:
    """JupyterLab finds a cell by its id alone; a heading in Japanese it never finds."""
    from eshikaku import course
    from eshikaku.authoring import sources
    from eshikaku.questions import bank as banks

    cells = {
        c.notebook.name: {cell.id for cell in sources.notebook(c).cells} for c in course.chapters()
    }
    followed = 0
    for question in banks.all_questions(items=True):
        if question.type in ("group", "code"):
            continue
        for file, anchor in re.findall(
            r'<a href="([^"#]+\.ipynb)#?([^"]*)">', question_html(parameters.instance(question))
        ):
            assert anchor.removeprefix("cell-id=") in cells[file], question.id
            followed += 1
    assert followed > 400


def test_comments_behind_holes_stay_in_their_column(bank: Bank) -> None:
    template = "a = @{1} + @{2}        # (N, H)\nbb = a                 # (N, H)\n# @{3}  # x"
    question = bank.question("example-rnn-step-code-01")
    text = question_html(parameters.instance(replace(question, template=template)))
    found = re.search(r"<code>(a = .*?)</code>", text, re.S)
    assert found
    shown = re.sub(r"<u>.*?</u>", "@@@@@@", found[1]).split("\n")  # （あ）: three wide letters
    assert shown[0].index("#") == shown[1].index("#")
    assert shown[2].startswith("# ")


# -- Markdown -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"$W_{xh}x_t*h_{t-1}*\\$", r"<p>$W_{xh}x_t*h_{t-1}*\\$</p>"),
        ("$a<b$ と $x_1$、$x_2$", "<p>$a&lt;b$ と $x_1$、$x_2$</p>"),
        ("$$\na_1 \\\\\n b_2\n$$", '<div class="esk-math">$$a_1 \\\\\n b_2$$</div>'),
        ("<b>x</b> & y", "<p>&lt;b&gt;x&lt;/b&gt; &amp; y</p>"),
        ("`$HOME` と `a_b_c`", "<p><code>$HOME</code> と <code>a_b_c</code></p>"),
        (r"5\$と6\$", "<p>5<span>$</span>と6<span>$</span></p>"),
        ("改行\nしても続く。\n1行 a\nb", "<p>改行しても続く。1行 a\nb</p>"),
        ("![絵](http://example.com/x.png)", "<p>!<a href=\"http://example.com/x.png\">絵</a></p>"),
        ("[x](javascript:alert)", "<p>[x](javascript:alert)</p>"),
        ("(-1, 1)、-0.5、GPT-2、1e-3、10^-3、3-1", "<p>(−1, 1)、−0.5、GPT-2、1e-3、10^-3、3-1</p>"),
        ("`x[-1]` と $-1$ と -1", "<p><code>x[-1]</code> と $-1$ と −1</p>"),
        ("**$x$** は_y_", "<p><strong>$x$</strong> は_y_</p>"),
    ],
)  # fmt: skip
def test_markdown(text: str, expected: str) -> None:
    assert markdown(text) == expected


def test_markdown_tables_and_code() -> None:
    table = markdown("| a | b |\n|---|---|\n| $x_1$ | 2 |")
    assert "<table>" in table and "<td>$x_1$</td>" in table
    code = markdown("```python\nx = a < b  # $y$\n```")
    assert 'language-python">x = a &lt; b  # $y$' in code


def test_inline_keeps_several_paragraphs() -> None:
    assert inline("一つ") == "一つ"
    assert inline("一つ\n\n二つ") == "<p>一つ</p>\n<p>二つ</p>"


# -- runtime ------------------------------------------------------------------------------------


def test_runtime_is_one_style_and_one_script_without_requests() -> None:
    text = runtime_html()
    assert text.count("<script>") == text.count("</script>") == 1
    assert text.count("<style>") == text.count("</style>") == 1
    assert "://" not in text and "import(" not in text and "@import" not in text
    assert len(text.encode()) < 68_000


def test_what_the_first_cell_leaves_says_what_to_do_without_a_kernel() -> None:
    text = start_html("01_rnn　RNN：")
    assert "準備ができました" not in text.partition("</script>")[2], "only a living page says so"
    assert "このセルを実行してから、問題のセルを実行" in text
