// The page's side of the questions: one listener set on the document for every question there
// is and will be. It grades at once for the eye; the event it sends is graded again by Python,
// and only that verdict is recorded.
//
// Loaded once a notebook, so perhaps several times a document: the newest version stays.

const VERSION = 2; // 1 knew forms alone; they are still met in learners' copies
if (window.eshikaku?.version >= VERSION) return;
window.eshikaku?.stop();

const NO_REPLY = "カーネルの返事を待っています（実行中か、最初のセルが未実行です）。";
const UNTRUSTED =
  "読むだけの表示です（このノートブックはまだ信頼されていません）。解答するには、最初のセル start(…) を実行してから、" +
  "この問題のセルを実行してください。";
const BROKEN = "この問題は表示できません。最初のセル start(…) と、この問題のセルを実行し直してください。";
const READY = "準備ができました。解答は自動で記録されます。";
const WAITING =
  "カーネルにつながっていません。解答はこのブラウザーに残ります。ノートブックでこのセルを実行すると記録されます。";
const PATIENCE = 5000; // milliseconds until a silent kernel is mentioned

const stopper = new AbortController();
const states = new WeakMap(); // form → state
const visible = new Set(); // forms on the screen: their clocks run
let names = 0; // for ids set at run time

const on = (target, type, listener) =>
  target.addEventListener(type, listener, { capture: true, signal: stopper.signal });

const queue = new Queue({
  acknowledged: settled,
  refused(uuid, text) {
    for (const form of formsOf(uuid)) saved(form, `未記録：${text}（このブラウザーに残してあります）`, true);
    if (!formsOf(uuid).length) trouble(text);
  },
  history() {
    greet();
    for (const form of all(document, "form.esk-live")) restore(form);
  },
  /** The answers shown belong to someone else: whose record it is has turned out only now. */
  owner() {
    for (const form of all(document, "form.esk-live")) {
      const state = states.get(form);
      if (state.restored && state.graded) reset(form);
      if (state.restored) Object.assign(state, { restored: false, touched: false });
    }
  },
  variant: replaceByVariant,
  trouble,
});

// ---- life of a form

/** Make the forms of a question that is new on the page; say so where that can't be. */
function open(root) {
  root.classList.add("esk-opened");
  if (root.dataset.esk) buildForms(root);
  else if (!root.querySelector("form[data-esk]")) root.append(element("p", "esk-notice", UNTRUSTED));
}

function adopt(form, { fresh = false } = {}) {
  if (states.has(form)) return;
  const payload = { ...DEFAULTS, ...unpack(form.dataset.esk) };
  states.set(form, { payload, milliseconds: 0, since: null, hints: new Set(), graded: null });
  form.classList.add("esk-live");
  describe(form);
  sight.observe(form);
  if (fresh) return; // other numbers: nothing to remember
  restore(form);
}

function adoptAll() {
  if (document.readyState === "loading") return; // a form may be there by half
  for (const root of all(document, ".esk:not(.esk-opened)")) guarded(open, root);
  for (const form of all(document, "form.esk-q[data-esk]:not(.esk-live)")) guarded(adopt, form);
  greet();
}

/** One question that can't be shown leaves the others alive; the error is the page's to report. */
function guarded(make, node) {
  try {
    make(node);
  } catch (error) {
    node.classList.add("esk-live"); // not again
    node.append(element("p", "esk-trouble", BROKEN));
    reportError(error);
  }
}

/** What start() says stands for as long as a kernel listens. */
function greet() {
  for (const line of all(document, ".esk-start")) {
    const text = line.dataset.name + (queue.connected ? READY : WAITING);
    if (line.textContent !== text) line.textContent = text; // each change is heard by the watcher
  }
}

/** Names for screen readers, set here because the same markup may stand twice on a page. */
function describe(form) {
  const name = (node) => (node.id ||= `esk-run-${VERSION}-${++names}`);
  const answer = part(form, "answer");
  answer.setAttribute("aria-describedby", name(part(form, "stem")));
  const about = name(part(form, "result"));
  for (const control of all(answer, "input, select, textarea")) {
    control.setAttribute("aria-describedby", about);
  }
  for (const block of all(form, ".esk-block")) {
    const text = name(block.querySelector(".esk-block-text"));
    for (const button of all(block, "button")) button.setAttribute("aria-describedby", text);
  }
}

/** Show the earlier answer where the form is untouched and asks for memory. */
function restore(form) {
  const state = states.get(form);
  const { id, rev, seed, varies, mode, type } = state.payload;
  if (type === "text" && !state.touched && !state.graded) part(form, "text").value = queue.draft(id);
  const before = queue.answers.get(id);
  const wanted = mode === "study" || (before?.mode === mode && ["skip", "predict"].includes(mode));
  if (!before || !wanted || state.graded || state.touched) return;
  if (before.rev !== undefined && before.rev !== rev) return;
  if (varies && before.seed !== seed) {
    notice(form.closest(".esk"), `前回は別の数値で${(WORDS[before.status] ?? ["", "解答"])[1]}でした。`);
    return;
  }
  WRITE[type](form, before.answer);
  state.restored = true;
  if (mode === "predict") showPrediction(form, before.answer !== null);
  else show(form, judge(state.payload, before.answer), before.answer, { before: true });
}

const sight = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    if (isIntersecting) visible.add(target);
    else visible.delete(target);
    tick(target);
  }
});

/** Seconds count only while the question is on the screen. */
function tick(form) {
  const state = states.get(form);
  if (!state) return;
  const now = performance.now();
  if (state.since !== null) state.milliseconds += now - state.since;
  const runs = visible.has(form) && !document.hidden && !state.graded;
  state.since = runs ? now : null;
}

// ---- answering

/** One of the buttons 採点（自信あり）, 採点（自信なし）, 解答する, 予想を記録, 予想せずに進む. */
function answer(form, action) {
  const state = states.get(form);
  const { type } = state.payload;
  const raw = action === "pass" ? null : READ[type](form);
  if (raw === null && action !== "pass" && !(state.warned && action !== "predict")) {
    state.warned = true;
    ask(form, raw);
  } else if (["predict", "pass", "exam"].includes(action)) {
    send(form, raw, raw === null ? "unanswered" : "self", 0, null);
    if (action === "exam") result(form, "self", "解答を記録しました。選び直して、もう一度記録できます。");
    else showPrediction(form, raw !== null);
  } else if (type === "text" && raw !== null) {
    state.confidence = action;
    compare(form);
  } else {
    finish(form, raw, action);
  }
}

function finish(form, raw, confidence) {
  const found = judge(states.get(form).payload, raw);
  if (found.status === "unanswered" && raw !== null) {
    ask(form, raw); // typed, but nothing that can be read
    return;
  }
  send(form, raw, found.status, found.score, confidence);
  show(form, found, raw);
}

/** `text`, first half: the model answer opens, the learner ticks what was covered. */
function compare(form) {
  form.classList.add("esk-open");
  part(form, "text").readOnly = true;
  const model = part(form, "model");
  model.open = true;
  for (const button of all(form, ".esk-grade")) button.hidden = true;
  part(form, "self").hidden = false;
  model.querySelector("input")?.focus();
}

function scoreSelf(form) {
  const { payload, confidence } = states.get(form);
  finish(form, READ.text(form), confidence);
  queue.keepDraft(payload.id, "");
}

function send(form, raw, status, score, confidence) {
  const state = states.get(form);
  tick(form);
  const { id, rev, seed, mode, fade } = state.payload;
  state.uuid = uuid();
  queue.add({
    uuid: state.uuid,
    v: 1,
    time: new Date().toISOString(),
    kind: "answer",
    ...{ id, rev, seed, mode, answer: raw, status, score, confidence },
    seconds: Math.round(state.milliseconds / 100) / 10,
    hints: state.hints.size,
    extra: fade ? { fade } : {},
  });
  saved(form, queue.connected ? "記録中…" : "このブラウザーに保存しました（カーネル接続後に記録）");
  const sent = state.uuid;
  setTimeout(() => {
    if (state.uuid === sent && queue.waits(sent)) saved(form, `${NO_REPLY}解答は残してあります。`);
  }, PATIENCE);
}

/** Python's verdict on an event: the one that counts. */
function settled(id, verdict) {
  for (const form of formsOf(id)) {
    const state = states.get(form);
    saved(form, "記録しました");
    const page = state.graded?.status;
    const compared = !["predict", "exam"].includes(state.payload.mode);
    if (!compared || !page || !verdict.status || page === verdict.status) continue;
    const [here, there] = [page, verdict.status].map((status) => (WORDS[status] ?? [, status])[1]);
    part(form, "result").append(
      element(
        "p",
        "esk-trouble",
        `ページの採点（${here}）とPythonの採点（${there}）が食い違いました。教材側の不具合です。` +
          "記録にはPythonの採点を使います。",
      ),
    );
    const { rev, seed, mode } = state.payload;
    queue.add({
      uuid: uuid(),
      v: 1,
      time: new Date().toISOString(),
      kind: "disagree",
      ...{ id: state.payload.id, rev, seed, mode, answer: READ[state.payload.type](form) },
      extra: { uuid: id, page, python: verdict.status },
    });
  }
}

const formsOf = (id) => all(document, "form.esk-live").filter((f) => states.get(f)?.uuid === id);

const focusFirst = (node) =>
  node.querySelector(".esk-answer :is(input, select, textarea, button)")?.focus();

// ---- listening

const CLICKS = {
  "esk-grade": (form, button) => answer(form, button.dataset.action),
  "esk-self": scoreSelf,
  "esk-again": (form) => {
    reset(form);
    focusFirst(form);
  },
  "esk-up": move,
  "esk-down": move,
  "esk-drop": move,
};

function move(form, button) {
  states.get(form).touched = true;
  saved(form, moveBlock(button));
}

on(document, "click", (event) => {
  const button = event.target.closest?.(".esk button");
  if (!button) return;
  if (button.matches(".esk-variant")) {
    requestVariant(button.closest(".esk"));
    return;
  }
  const form = button.closest("form.esk-q");
  adopt(form);
  const name = [...button.classList].find((each) => each in CLICKS);
  if (name) CLICKS[name](form, button);
});

on(document, "submit", (event) => {
  if (event.target.matches(".esk-q")) event.preventDefault();
});

on(document, "input", (event) => {
  const form = event.target.closest?.("form.esk-live");
  if (!form) return;
  const state = states.get(form);
  Object.assign(state, { touched: true, warned: false });
  if (event.target.matches(".esk-text")) queue.keepDraft(state.payload.id, event.target.value);
});

on(document, "toggle", (event) => {
  const form = event.target.closest?.("form.esk-live");
  if (!form || !event.target.matches(".esk-hint") || !event.target.open) return;
  const state = states.get(form);
  if (!state.graded) state.hints.add(event.target);
});

on(document, "DOMContentLoaded", adoptAll);
on(document, "visibilitychange", () => visible.forEach(tick));

// Lab takes keys from radios and buttons unless the focused control itself says no; with a
// modifier held they stay Lab's (Ctrl+S), and Escape leads back to its command mode.
on(window, "keydown", (event) => {
  const control = event.target;
  if (!(control instanceof Element) || !control.closest(".esk")) return;
  const composing = event.isComposing || event.keyCode === 229;
  const modified = event.ctrlKey || event.metaKey || event.altKey;
  const labs = modified || (event.key === "Escape" && !composing);
  control.toggleAttribute("data-lm-suppress-shortcuts", !labs);
  const form = control.closest("form.esk-live");
  if (!form || composing || modified) return;
  const typing = control.matches("input[type=text], textarea, select");
  const press = (index) => {
    event.preventDefault();
    all(form, ".esk-grade:not([hidden])")[index]?.click();
  };
  if (event.key === "Enter" && control.matches(".esk-answer input[type=text]")) {
    press(event.shiftKey ? 1 : 0);
  } else if (!typing && states.get(form).payload.mode === "review" && "12".includes(event.key)) {
    press(Number(event.key) - 1);
  }
});

let scheduled = false;
const watcher = new MutationObserver(() => {
  if (scheduled) return;
  scheduled = true;
  requestAnimationFrame(() => {
    scheduled = false;
    adoptAll();
    document.dispatchEvent(new Event("eshikaku:changed"));
  });
});

window.eshikaku = {
  version: VERSION,
  judge,
  attach: (port) => queue.attach(port),
  detach(port) {
    queue.detach(port);
    greet();
  },
  stop() {
    stopper.abort();
    watcher.disconnect();
    sight.disconnect();
    for (const form of all(document, "form.esk-live")) {
      if (states.get(form).graded) reset(form);
      form.classList.remove("esk-live");
    }
  },
};

watcher.observe(document.documentElement, { childList: true, subtree: true });
adoptAll();
for (const port of window.eshikakuPorts ?? []) queue.attach(port);
