// What a form shows after an answer: verdict, marks, reasons, the state of the record.

const WORDS = {
  correct: ["◯", "正解"],
  wrong: ["✕", "不正解"],
  partial: ["△", "一部正解"],
  unanswered: ["―", "未回答"],
  self: ["◇", "自己採点"],
};
const GUESSES = {
  sign: "大きさは合っています。符号を確かめてください。",
  scale: "数字の並びは合っています。桁（10の何乗か）と単位を確かめてください。",
};
const DONT_KNOW = "わからないときは、もう一度押すと未回答として記録し、解説を開きます。";

const quoted = (key) => `"${CSS.escape(key)}"`;

/** The verdict in words and shape, marks on the controls, reasons, and the explanation. */
function show(form, found, raw, { before = false } = {}) {
  const state = states.get(form);
  state.graded = found;
  tick(form);
  const box = result(form, found.status, (before ? "前回：" : "") + WORDS[found.status][1] + tally(form, found));
  const { reasons, text } = words(state.payload, raw, found);
  for (const reason of reasons) {
    const why = form.querySelector(`.esk-explain .esk-reason[data-key=${quoted(reason)}] .esk-why`);
    if (why) box.append(why.cloneNode(true)); // already typeset
  }
  if (text) box.append(element("p", "", text));
  mark(form, found);
  close(form, { before });
  part(form, "again").hidden = false;
  for (const fold of all(form, ".esk-explain, .esk-model")) fold.open = !before;
}

/** Nothing that could be graded: the form stays open. */
function ask(form, raw) {
  const { payload } = states.get(form);
  const box = result(form, "unanswered", WORDS.unanswered[1]);
  const typed = isObject(raw) ? raw.value : raw;
  const unreadable = payload.type === "numeric" && typeof typed === "string" && typed.trim();
  const text = ["predict", "exam"].includes(payload.mode) ? "答えを選んでから押してください。" : DONT_KNOW;
  box.append(element("p", "", unreadable ? cannotRead(typed.trim(), payload.unit) : text));
}

function showPrediction(form, predicted) {
  states.get(form).graded = judgement("self", 0);
  tick(form);
  result(form, "self", predicted ? "予想を記録しました。実行して比べてください。" : "予想せずに進みます。");
  close(form, {});
}

/** Controls rest, grading buttons go; whoever pressed one by keyboard stands at the result. */
function close(form, { before = false }) {
  const held = form.contains(document.activeElement);
  form.classList.add("esk-graded");
  for (const field of controlsOf(form)) field.disabled = true;
  for (const button of all(form, ".esk-grade, .esk-self")) button.hidden = true;
  if (!held || before) return;
  const box = part(form, "result");
  box.tabIndex = -1;
  box.focus({ preventScroll: true });
}

const controlsOf = (form) =>
  all(form, ".esk-answer :is(input, select, textarea, button), .esk-point, .esk-way .esk-step");

function result(form, status, text) {
  const box = part(form, "result");
  box.dataset.status = status;
  const line = element("p", "esk-verdict");
  const shape = element("span", "esk-shape", WORDS[status][0]);
  shape.setAttribute("aria-hidden", "true");
  line.append(shape, text);
  box.replaceChildren(line);
  return box;
}

function tally(form, found) {
  if (found.status === "self") return `（${all(form, ".esk-point:checked").length}/${all(form, ".esk-point").length}）`;
  const counted = ["blank", "match"].includes(states.get(form).payload.type);
  if (!counted || !["partial", "wrong"].includes(found.status)) return "";
  return `（${found.parts.length}つのうち${count(found.parts)}つ）`;
}

/** Which reasons of the explanation are shown at once, and a sentence besides. */
function words(payload, raw, found) {
  const none = { reasons: [], text: "" };
  if (found.status === "unanswered") return none;
  if (payload.type === "single") return { reasons: [raw], text: "" };
  if (payload.type === "numeric" && found.status === "wrong") {
    if (Number.isInteger(found.near)) return { reasons: [`near-${found.near}`], text: "" };
    return { reasons: [], text: GUESSES[found.near] ?? "途中の値を1つずつ確かめてください。" };
  }
  if (payload.type === "multi") {
    const extra = raw.filter((key) => !payload.correct.includes(key));
    const missing = payload.correct.filter((key) => !raw.includes(key)).length;
    return { reasons: extra, text: missing ? `正しいものが、ほかに${missing}つあります。` : "" };
  }
  if (payload.type === "blank") {
    const wrong = found.parts.map(([, status], n) => status === "wrong" && n).filter(Number.isInteger);
    const reasons = wrong.map((n) => {
      const typed = payload.holes[n].keys ? raw[n] : `near-${found.partNear[n]}`;
      return `${n + 1}-${typed}`;
    });
    return { reasons, text: "" };
  }
  if (payload.type === "order" && found.status !== "correct") {
    const agreed = count(found.parts);
    const unused = raw.filter((key) => !payload.orders.some((order) => order.includes(key)));
    const text = agreed ? `先頭から${agreed}つ目までは合っています。` : "最初の1つから確かめてください。";
    return { reasons: unused, text };
  }
  return none;
}

function cannotRead(typed, unit) {
  const text = `「${typed.slice(0, 40)}」は数として読めません（例: 1,024.5、1e-3、1.2×10^-3、1/4）。採点していません。`;
  if (/[%％]$/.test(typed) && unit !== "%") return `${text}この問題は % ではなく小数で答えます。`;
  return /[,，]/.test(typed) ? `${text}コンマは3桁の区切りに使います。小数点は . です。` : text;
}

/** Marks beside the controls, in shape and word. */
function mark(form, found) {
  const tag = (node, right, text) =>
    node.append(element("span", `esk-tag esk-tag-${right ? "right" : "wrong"}`, text));
  const { type, correct } = states.get(form).payload;
  if (type === "single" || type === "multi") {
    for (const option of all(form, ".esk-option")) {
      const chosen = option.querySelector("input").checked;
      const right = type === "single" ? option.dataset.key === correct : correct.includes(option.dataset.key);
      if (right) tag(option, true, chosen || type === "single" ? "◯ 正解" : "◯ 選び忘れ");
      else if (chosen) tag(option, false, "✕ あなたの解答");
    }
    return;
  }
  for (const [key, status] of found.parts) {
    const places = ["hole", "left", "step", "key"].map((name) => `[data-${name}=${quoted(key)}]`);
    const field = form.querySelector(
      `.esk-answer :is(${places.join()}), .esk-way .esk-step[data-step=${quoted(key)}]`,
    );
    const sign = { correct: "◯ 正", wrong: "✕ 誤", unanswered: "― 未回答" }[status];
    if (field) tag(field.closest("label, .esk-block"), status === "correct", sign);
  }
}

/** The same question with the same numbers, empty. */
function reset(form) {
  const state = states.get(form);
  Object.assign(state, { graded: null, warned: false, touched: true, uuid: null });
  Object.assign(state, { milliseconds: 0, since: null });
  state.hints.clear();
  for (const field of controlsOf(form)) field.disabled = false;
  for (const tag of all(form, ".esk-tag")) tag.remove();
  WRITE[state.payload.type](form, null);
  form.classList.remove("esk-graded", "esk-open");
  for (const fold of all(form, "details")) fold.open = false;
  for (const button of all(form, ".esk-grade")) button.hidden = false;
  for (const button of all(form, ".esk-again, .esk-self")) button.hidden = true;
  for (const field of all(form, ".esk-text")) field.readOnly = false;
  delete part(form, "result").dataset.status;
  part(form, "result").replaceChildren();
  saved(form, "");
  tick(form);
}

function saved(form, text, wrong = false) {
  const line = part(form, "saved");
  line.textContent = text;
  line.classList.toggle("esk-trouble", wrong);
}

/** Beside 別の数値で. */
function notice(root, text) {
  const line = root.querySelector(".esk-notice");
  if (line) line.textContent = text;
}

/** What concerns no single question: shown once, above the first one on the page. */
function trouble(text) {
  for (const old of all(document, ".esk-page-trouble")) old.remove();
  const line = element("p", "esk-trouble esk-page-trouble", text);
  line.setAttribute("role", "alert");
  document.querySelector(".esk")?.prepend(line);
}
