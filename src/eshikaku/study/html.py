"""The dashboard, the plan and the checks as HTML: every number in words, every state with a shape.

No ids, no script; a function of its arguments alone, so that stored outputs are exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby

from eshikaku import web
from eshikaku.record.state import ExerciseRecord, Score
from eshikaku.study import progress as parts
from eshikaku.study.dashboard import AreaScore, Dashboard, Step, WeakQuestion
from eshikaku.study.placement import FAILED, PARTLY, PASSED, AreaPlacement, SkipResult
from eshikaku.study.progress import PartProgress

_STATES = {
    parts.DONE: ("✔", "完了", "esk-done"),
    parts.SKIPPED: ("↷", "飛ばした", "esk-done"),
    parts.BEGUN: ("◐", "途中", "esk-begun"),
    parts.OPEN: ("○", "これから", ""),
}
_CHECKS = {
    PASSED: ("✔", "飛ばしてよい", "esk-done"),
    FAILED: ("✕", "読む", "esk-failed"),
    PARTLY: ("◐", "途中", "esk-begun"),
}


def style() -> str:
    """The style sheet of everything this room shows."""
    return web.style("study/study.css")


def page(*content: str) -> str:
    """The whole of one output."""
    return f'{style()}<div class="esk-home" lang="ja">\n{_lines(content)}\n</div>'


def note(*content: str) -> str:
    """A short output in a chapter: without style, and out of reach of the home's."""
    return f'<div class="esk-note" lang="ja">\n{_lines(content)}\n</div>'


def _lines(content: Iterable[str]) -> str:
    return "\n".join(c for c in content if c)


def heading(text: str, level: int = 3) -> str:
    return f'<p class="esk-h" role="heading" aria-level="{level}">{escape(text)}</p>'


def say(text: str, bad: bool = False) -> str:
    kind = "esk-say esk-bad" if bad else "esk-say"
    return f'<p class="{kind}">{escape(text)}</p>'


def soft(text: str) -> str:
    return f'<p class="esk-soft">{escape(text)}</p>'


def fold(summary: str, *content: str, opened: bool = False) -> str:
    """What most readers need not see at once."""
    inside = "\n".join(content)
    attribute = " open" if opened else ""
    return f"<details{attribute}><summary>{escape(summary)}</summary>\n{inside}\n</details>"


def messages(board: Dashboard, news: Sequence[str] = ()) -> str:
    """News of the course, problems of the record, faults of ours."""
    found = [say(text) for text in news]
    found += [say(problem.message, bad=True) for problem in board.problems]
    if board.disagreements:
        text = (
            f"画面とPythonの採点が食い違った解答が{board.disagreements}件あります。教材側の不具合です。"
            "記録にはPythonの採点を使っています。"
        )
        found.append(say(text))
    return "\n".join(found)


def top(board: Dashboard) -> str:
    """What to do next, and how long it is to the exam."""
    steps = "".join(_step(step) for step in board.steps)
    return (
        f'<div class="esk-top">{heading("次にやること")}\n<ol class="esk-steps">{steps}</ol>\n'
        f'<div class="esk-exam">{_countdown(board)}</div></div>'
    )


def _step(step: Step) -> str:
    text = escape(step.text)
    name = f'<a href="{escape(step.link)}">{text}</a>' if step.link else text
    return f'<li><p class="esk-do">{name}</p>{soft(step.reason)}</li>'


def _countdown(board: Dashboard) -> str:
    left, exam = board.days_left, board.plan.exam_date
    if left is None or exam is None:
        return '試験日<span class="esk-days">未定</span>'
    on = soft(f"{exam.year}年{exam.month}月{exam.day}日")
    if left < 0:
        return f'試験日<span class="esk-days">終了</span>{on}'
    if left == 0:
        return f'試験日<span class="esk-days">今日</span>{on}'
    return f'試験まで<span class="esk-days">{left}<small>日</small></span>{on}'


# -- parts --------------------------------------------------------------------------------------


def part_tables(found: Sequence[PartProgress]) -> str:
    """Every part by chapter: state, questions, exercises, minutes left.

    The chapter with the first part that is not settled stands open, the others are folded.
    """
    if not found:
        return soft("まだ章がありません。")
    current = next((p.outline.chapter.name for p in found if not p.settled), "")
    tables = []
    for name, members in groupby(found, key=lambda p: p.outline.chapter.name):
        group = list(members)
        chapter = group[0].outline.chapter
        done = sum(p.settled for p in group)
        title = f"{chapter.number}　{chapter.title}　{done}/{len(group)}部"
        tables.append(fold(title, _part_table(group), opened=name == current))
    return "\n".join(tables)


def _part_table(group: Sequence[PartProgress]) -> str:
    head = '<th scope="col">部</th><th scope="col">状態</th>' + "".join(
        f'<th scope="col" class="esk-num">{name}</th>' for name in ("問題", "演習", "残り")
    )
    rows = "".join(_part_row(p) for p in group)
    return f'<table class="esk-parts"><thead><tr>{head}</tr></thead>\n<tbody>{rows}</tbody></table>'


def _part_row(part: PartProgress) -> str:
    outline = part.outline
    told = not outline.advanced or "発展" in outline.title
    badge = "" if told else '<span class="esk-badge">発展</span>'
    note = soft(part.evidence) if part.evidence else ""
    left = "0分" if part.settled else f"{part.minutes_left}分"
    name = f'<a href="{escape(outline.link)}">{escape(outline.title)}</a>'
    return (
        f'<tr><th scope="row">{name}{badge}</th>'
        f'<td class="esk-state">{_shape(_STATES[part.status])}{note}</td>'
        f'<td class="esk-num">{_of(part.answered, part.questions)}</td>'
        f'<td class="esk-num">{_of(part.solved, part.exercises)}</td>'
        f'<td class="esk-num">{left}</td></tr>'
    )


def _shape(state: tuple[str, str, str]) -> str:
    shape, word, kind = state
    icon = f'<span class="esk-shape" aria-hidden="true">{shape}</span>'
    return f'<span class="{kind}">{icon}{word}</span>'


def _of(count: int, total: int) -> str:
    return f"{count}/{total}" if total else "－"


# -- scores -------------------------------------------------------------------------------------


def area_table(areas: Iterable[AreaScore]) -> str:
    """The areas of the syllabus, their items folded."""
    rows, items = [], []
    for area in areas:
        rows.append(_score_row(area.title, area.score))
        items += [_score_row(f"{item.id}　{item.title}", score) for item, score in area.items]
    unasked = sum(area.unasked for area in areas)
    more = fold("項目ごとに見る", _score_table("項目", items)) if items else ""
    note = f"出題対象のうち{unasked}項目には、まだ問題がありません。" if unasked else ""
    return _score_table("分野", rows) + more + (soft(note) if note else "")


def skill_table(skills: Iterable[tuple[str, Score]]) -> str:
    return _score_table("力", [_score_row(name, score) for name, score in skills])


def _score_table(name: str, rows: Sequence[str]) -> str:
    return (
        f'<table class="esk-scores"><thead><tr><th scope="col">{name}</th>'
        '<th scope="col" colspan="2">解いた問題</th>'
        '<th scope="col" colspan="2">できている割合</th></tr></thead>\n'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _score_row(name: str, score: Score) -> str:
    if not score.total:
        met, mean = '<td colspan="2" class="esk-soft">問題なし</td>', '<td colspan="2"></td>'
    else:
        met = _bar(score.answered / score.total, f"{score.answered}/{score.total}問", "")
        none = "自力の解答なし" if score.answered else "未解答"
        mean = (
            f'<td colspan="2" class="esk-soft">{none}</td>'
            if score.mean is None
            else _bar(score.mean, f"{round(100 * score.mean)}%", "esk-mean")
        )
    return f'<tr><th scope="row">{escape(name)}</th>{met}{mean}</tr>'


def _bar(share: float, text: str, kind: str) -> str:
    """A bar for the eye; the number beside it says the same."""
    return (
        f'<td class="esk-barcell"><span class="esk-bar {kind}" aria-hidden="true">'
        f'<span style="width:{round(100 * share)}%"></span></span></td>'
        f'<td class="esk-num">{text}</td>'
    )


def weak_list(weak: Sequence[WeakQuestion], count: int) -> str:
    if not weak:
        return soft("まだありません。解いた問題のうち、間違えたものがここに並びます。")
    rows = "".join(
        f'<tr><th scope="row"><a href="{escape(w.link)}">{escape(w.text)}</a></th>'
        f'<td class="esk-soft esk-nowrap">{escape(w.reason)}</td></tr>'
        for w in weak
    )
    rest = soft(f"ほかに{count - len(weak)}問あります。復習に出ます。") if count > len(weak) else ""
    return (
        '<table><thead><tr><th scope="col">問題</th><th scope="col">理由</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>{rest}"
    )


def code_list(exercises: Iterable[ExerciseRecord]) -> str:
    """What was given to ``check`` last, to copy from where a notebook was lost."""
    found = sorted((e for e in exercises if e.source), key=lambda e: e.id)
    if not found:
        return soft("まだありません。check に渡した関数のコードが、ここに残ります。")
    return "\n".join(
        fold(
            f"{e.id}（{'合格' if e.solved else 'まだ合格していません'}）",
            f"<pre>{escape(e.solved_source or e.source)}</pre>",
        )
        for e in found
    )


# -- skip checks and placement --------------------------------------------------------------------


def skip_text(result: SkipResult) -> str:
    if result.status == PASSED:
        return f"{result.evidence}しました。この部を完了にしました。次の部へ進めます。"
    if result.status == FAILED:
        return (
            f"{result.evidence}しました。この部は飛ばさずに読んでください。"
            "もう一度試すときは、翌日からの解答を数えます。"
        )
    if result.status == PARTLY:
        return f"{result.answered}/{result.asked}問まで解きました。"
    return f"{result.asked}問とも「自信あり」で正解すると、この部を完了にします。"


def placement_table(areas: Sequence[AreaPlacement]) -> str:
    """Which parts may be skipped, with the evidence, by area."""
    tried = [
        (area.title, result)
        for area in areas
        for result in area.results
        if result.status in _CHECKS
    ]
    if not tried:
        return soft(
            "まだありません。各部の初めの「この部は飛ばせる?」を解くと、結果がここに並びます。"
        )
    rows = "".join(
        f'<tr><th scope="row" class="esk-nowrap">'
        f'<a href="{escape(r.outline.link)}">{escape(r.outline.title)}</a></th>'
        f'<td class="esk-state">{_shape(_CHECKS[r.status])}</td>'
        f'<td class="esk-nowrap">{_on(r)}</td><td>{escape(r.evidence)}</td>'
        f"<td>{escape(title)}</td></tr>"
        for title, r in tried
    )
    return (
        '<table><thead><tr><th scope="col">部</th><th scope="col">判定</th>'
        '<th scope="col">日</th><th scope="col">根拠</th><th scope="col">分野</th></tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _on(result: SkipResult) -> str:
    return f"{result.day.month}月{result.day.day}日" if result.day else ""
