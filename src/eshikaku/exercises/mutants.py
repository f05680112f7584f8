"""How many mutants of an exercise's reference its checks reject.

A grader that passes a wrong solution teaches the error: so each exercise is measured. All mutants
of an exercise run in one child process, each with a time limit of its own; a child that dies or
hangs is replaced and the mutant counts as rejected.

Command: ``python -m eshikaku.exercises.mutants [chapter …]`` prints the figures and what survived.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from eshikaku.exercises.check import verdict
from eshikaku.exercises.declaration import Exercise
from eshikaku.exercises.mutation import mutants
from eshikaku.exercises.source import normalised, source_of

LIMIT = 5.0  # seconds for one mutant
LEAST_EACH, LEAST_OVERALL = 0.90, 0.95
_START = 60.0  # seconds a child may take to import and answer its first mutant


@dataclass(frozen=True)
class Score:
    """What became of an exercise's mutants."""

    exercise: str
    rejected: int
    equivalent: int  # survived, and the author says why that is right
    survivors: tuple[str, ...]  # "line 4: a = x @ W_x - b"
    unused: tuple[str, ...]  # declared as equivalent, but no survivor is like that

    @property
    def counted(self) -> int:
        return self.rejected + len(self.survivors)

    @property
    def share(self) -> float:
        return self.rejected / self.counted if self.counted else 1.0


def score(exercise: Exercise) -> Score:
    """Run all mutants of the reference in a child process and count the rejected ones."""
    source = source_of(exercise.reference)
    starter = normalised(source_of(exercise.starter))
    found = [m for m in mutants(source) if normalised(m.source) != starter]
    passed = verdicts(exercise, [m.source for m in found])
    reasons = dict(_justified(entry) for entry in exercise.equivalent_mutants)
    alive = [m for m, ok in zip(found, passed, strict=True) if ok]
    return Score(
        exercise.id,
        rejected=len(found) - len(alive),
        equivalent=sum(m.key in reasons for m in alive),
        survivors=tuple(f"line {m.line}: {m.key}" for m in alive if m.key not in reasons),
        unused=tuple(sorted(set(reasons) - {m.key for m in alive})),
    )


def _justified(entry: str) -> tuple[str, str]:
    key, mark, reason = entry.partition("  # ")
    if not mark or not reason.strip():
        raise ValueError(f"equivalent mutant {entry!r}: write '<changed line>  # <reason>'")
    return key, reason


def verdicts(exercise: Exercise, sources: Sequence[str], limit: float = LIMIT) -> list[bool]:
    """Whether each source passes the checks; what kills or hangs the child does not."""
    passed: list[bool] = []
    while len(passed) < len(sources):
        with _Child(exercise, sources[len(passed) :], limit) as child:
            while len(passed) < len(sources):
                answer = child.answer(limit + 5)
                if isinstance(answer, str):
                    raise RuntimeError(f"{exercise.id}: {answer} on\n{sources[len(passed)]}")
                passed.append(bool(answer))
                if answer is None:
                    break  # start anew behind the one that killed it
    return passed


class _Child:
    """A process that grades sources one after another and answers with a line for each."""

    def __init__(self, exercise: Exercise, sources: Sequence[str], limit: float) -> None:
        module = exercise.reference.__module__
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
            "OMP_NUM_THREADS": "1",
            "OPENBLAS_NUM_THREADS": "1",
        }
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "eshikaku.exercises.mutants",
                "--child",
                module,
                exercise.id,
                f"{limit}",
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            env=environment,
        )
        self.lines: queue.Queue[str] = queue.Queue()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        if self.answer(_START) is not True:
            self.close()
            raise RuntimeError(f"no child for {exercise.id}: its message is above")
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(list(sources)))
        self.process.stdin.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put("null")  # the end: the child died

    def answer(self, patience: float) -> Any:
        """The next line: a verdict, the grader's failure (text), or ``None``: died or hung."""
        try:
            return json.loads(self.lines.get(timeout=patience))
        except queue.Empty:
            return None

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self.reader.join()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    def __enter__(self) -> _Child:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _serve(module: str, identifier: str, limit: str) -> None:
    """The child's work: a line when ready, then sources from stdin, a line for each."""
    out, sys.stdout = sys.stdout, sys.stderr
    exercise = find(module, identifier)
    print(json.dumps(True), file=out, flush=True)
    for source in json.loads(sys.stdin.read()):
        try:
            answer: bool | str = verdict(exercise, compiled(source, exercise), limit=float(limit))
        except Exception as error:  # the grader's own: the parent raises it
            answer = f"{type(error).__name__}: {error}"
        print(json.dumps(answer), file=out, flush=True)


def find(module: str, identifier: str) -> Exercise:
    """The exercise declared in ``module`` or in a package above it."""
    while module:
        for value in vars(importlib.import_module(module)).values():
            if isinstance(value, Exercise) and value.id == identifier:
                return value
        module = module.rpartition(".")[0]
    raise LookupError(f"no exercise {identifier!r}")


def compiled(source: str, exercise: Exercise) -> Callable[..., Any]:
    """A mutant as a function that sees what the reference sees."""
    space = dict(exercise.reference.__globals__)
    exec(compile(source, f"<mutant of {exercise.id}>", "exec"), space)
    return space[exercise.reference.__name__]


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures per exercise; exit status 1 where a limit is missed."""
    parser = argparse.ArgumentParser(prog="python -m eshikaku.exercises.mutants")
    parser.add_argument("chapters", nargs="*", help="stems, e.g. rnn (default: all)")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.child:
        _serve(*given.child)
        return 0
    from eshikaku import course

    chosen = [course.chapter(k) for k in given.chapters] or list(course.chapters())
    scores = [_printed(score(e)) for c in chosen for e in c.exercises().values()]
    counted, rejected = sum(s.counted for s in scores), sum(s.rejected for s in scores)
    overall = rejected / counted if counted else 1.0
    print(f"{'overall':28} {rejected:4}/{counted:<4} {overall:7.1%}")
    good = overall >= LEAST_OVERALL and all(s.share >= LEAST_EACH and not s.unused for s in scores)
    return 0 if good else 1


def _printed(result: Score) -> Score:
    note = f"  equivalent {result.equivalent}" if result.equivalent else ""
    figures = f"{result.rejected:4}/{result.counted:<4} {result.share:7.1%}"
    print(f"{result.exercise:28} {figures}{note}", flush=True)
    for survivor in result.survivors:
        print(f"    survived  {survivor}")
    for key in result.unused:
        print(f"    no survivor is like the declared equivalent  {key}")
    return result


if __name__ == "__main__":
    sys.exit(main())
