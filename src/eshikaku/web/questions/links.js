// Links to a part or a question of a notebook. Lab scrolls to a link's cell before the cells
// above it are laid out (all of them in a tab that was restored), and ends up elsewhere: so the
// target is followed until it rests, or until the reader scrolls.

const REST = 1500; // milliseconds in one place
const LOOK = 120000; // milliseconds to wait for a cell
const HEADING = /#cell-id=part-([A-Z])$/;
let following = null;

/** Keep what `find` returns at the top of its notebook. */
function follow(find, rest = REST) {
  following?.abort();
  const stop = (following = new AbortController());
  const options = { capture: true, signal: stop.signal };
  for (const type of ["wheel", "touchmove", "keydown", "pointerdown"]) {
    document.addEventListener(type, () => stop.abort(), options);
  }
  const end = performance.now() + LOOK;
  let since = performance.now();
  let before = NaN;
  const step = () => {
    if (stop.signal.aborted || stopper.signal.aborted) return;
    const now = performance.now();
    const target = find(now);
    target?.scrollIntoView({ block: "start" });
    const top = target?.getBoundingClientRect().top ?? NaN;
    if (!(Math.abs(top - before) < 2)) since = now;
    before = top;
    if (now > end || now - since > rest) stop.abort();
    else setTimeout(step, 100);
  };
  step();
}

/** The notebook in front whose file a link names. */
function notebookOf(file) {
  const tabs = all(document, ".lm-DockPanel-tabBar .lm-TabBar-tab.lm-mod-current");
  const shown = all(document, ".jp-NotebookPanel").filter((panel) => panel.checkVisibility());
  const named = shown.filter((panel) =>
    tabs.some((tab) => tab.dataset.id === panel.id && tab.textContent.trim().startsWith(file)),
  );
  return tabs.length ? named[0] : shown[0];
}

on(document, "click", (event) => {
  const link = event.target.closest?.("a[href*='#cell-id=part-']");
  const letter = link && HEADING.exec(link.href)?.[1];
  if (!letter) return;
  const file = decodeURIComponent(new URL(link.href).pathname.split("/").pop());
  const question = link.dataset.question;
  const begun = performance.now();
  follow((now) => {
    const panel = notebookOf(file);
    if (!panel) return null;
    const heading = all(panel, ".jp-RenderedMarkdown h2").find((h) =>
      h.textContent.startsWith(`${letter}\u3000`),
    );
    const asked = question && panel.querySelector(`.esk[data-id=${quoted(question)}]`);
    if (!asked) return question && now - begun < LOOK / 4 ? null : heading;
    for (let fold = asked.closest("details"); fold; fold = fold.parentElement?.closest("details")) {
      fold.open = true;
    }
    if (asked.checkVisibility()) return asked;
    heading?.closest(".jp-Cell")?.querySelector(".jp-collapseHeadingButton, .jp-showHiddenCellsButton")?.click();
    return heading;
  });
});
