// What a form shows after an answer: verdict, marks, reasons, the state of the record.

/** The verdict in words and shape, marks on the controls, reasons, and the explanation. */
function show(form, verdict, { before = false, ask = false }) {
  const state = states.get(form);
  const box = result(form, verdict.status, "", before ? "前回：" : "", verdict.count ?? "");
  if (ask) {
    const again = state.warned && !verdict.feedback;
    const text = again ? "わからないときは、もう一度押すと未回答として記録し、解説を開きます。" : verdict.feedback;
    box.append(element("p", "", text ?? ""));
    return;
  }
  state.graded = verdict;
  tick(form);
  form.classList.add("esk-graded");
  for (const reason of verdict.reasons ?? []) {
    const why = form.querySelector(`.esk-explain .esk-reason[data-key="${CSS.escape(reason)}"] .esk-why`);
    if (why) box.append(why.cloneNode(true));
  }
  if (verdict.feedback) box.append(element("p", "", verdict.feedback));
  mark(form, verdict);
  for (const field of all(form, ".esk-answer :is(input, select, textarea, button)")) field.disabled = true;
  for (const field of all(form, ".esk-point, .esk-step")) field.disabled = true;
  const held = form.contains(document.activeElement);
  for (const button of all(form, ".esk-grade, .esk-self")) button.hidden = true;
  part(form, "again").hidden = false;
  part(form, "explain").open = !before;
  if (held && !before) {
    box.tabIndex = -1;
    box.focus({ preventScroll: true });
  }
}

function result(form, status, text = "", lead = "", count = "") {
  const [shape, word] = WORDS[status];
  const box = part(form, "result");
  box.className = `esk-result esk-${status}`;
  const line = element("p", "esk-verdict");
  const sign = element("span", "esk-shape", shape);
  sign.setAttribute("aria-hidden", "true");
  line.append(sign, text || `${lead}${word}${count}`);
  box.replaceChildren(line);
  return box;
}

function mark(form, verdict) {
  const tag = (node, right, text) =>
    node.append(element("span", `esk-tag esk-tag-${right ? "right" : "wrong"}`, text));
  const { type, right } = states.get(form).payload;
  if (type === "single" || type === "multi") {
    for (const option of all(form, ".esk-option")) {
      const chosen = option.querySelector("input").checked;
      const correct = verdict.correct.includes(option.dataset.key);
      if (correct) tag(option, true, chosen ? "◯ 正解" : type === "multi" ? "◯ 選び忘れ" : "◯ 正解");
      else if (chosen) tag(option, false, "✕ あなたの解答");
    }
    return;
  }
  for (const { key, status } of verdict.parts) {
    const field = form.querySelector(
      `[data-hole="${CSS.escape(key)}"], [data-left="${CSS.escape(key)}"], .esk-block[data-key="${CSS.escape(key)}"]`,
    );
    const ok = status === "correct";
    if (field) tag(field.closest("label, .esk-block"), ok, ok ? "◯" : "✕");
  }
  for (const { name, ok } of checkSteps(form)) tag(name.closest("label"), ok, ok ? "◯" : "✕");
}

function showPrediction(form, predicted) {
  const state = states.get(form);
  state.graded = { status: "self" };
  tick(form);
  form.classList.add("esk-graded");
  result(form, "self", predicted ? "予想を記録しました。実行して比べてください。" : "予想せずに進みます。");
  for (const field of all(form, ".esk-answer :is(input, select, textarea, button)")) field.disabled = true;
  for (const button of all(form, ".esk-grade")) button.hidden = true;
}

/** The same question with the same numbers, empty. */
function reset(form) {
  const state = states.get(form);
  Object.assign(state, { graded: null, warned: false, touched: true, milliseconds: 0, since: null, uuid: null });
  state.hints.clear();
  for (const field of all(form, ":disabled")) field.disabled = false;
  for (const tag of all(form, ".esk-tag")) tag.remove();
  WRITE[state.payload.type](form, null);
  for (const field of all(form, ".esk-step")) field.value = "";
  form.classList.remove("esk-graded", "esk-open");
  for (const fold of all(form, "details")) fold.open = false;
  for (const button of all(form, ".esk-grade")) button.hidden = false;
  for (const button of all(form, ".esk-again, .esk-self")) button.hidden = true;
  for (const field of all(form, ".esk-text")) field.readOnly = false;
  part(form, "result").className = "esk-result";
  part(form, "result").replaceChildren();
  saved(form, "");
  tick(form);
}

function saved(form, text, wrong = false) {
  const line = part(form, "saved");
  line.textContent = text;
  line.classList.toggle("esk-trouble", wrong);
}

function notice(form, text) {
  const line = form.closest(".esk").querySelector(".esk-notice");
  if (line) line.textContent = text;
}

/** What concerns no single question: shown once, above the first one on the page. */
function trouble(text) {
  for (const old of all(document, ".esk-page-trouble")) old.remove();
  const line = element("p", "esk-trouble esk-page-trouble", text);
  line.setAttribute("role", "alert");
  document.querySelector(".esk")?.prepend(line);
}
