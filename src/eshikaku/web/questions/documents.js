// From a stored document to the form a learner answers. A question is stored as a book would
// print it (question.html); here its nodes are moved into labels and fields, never written anew:
// math that Lab has typeset stays typeset, whichever came first.
//
// Lists stand in the order of the keys in the payload; a hole is a `<u>`.

const DEFAULTS = { rev: 1, seed: 0, fade: "alone", mode: "study", varies: false };
const LETTERS = "アイウエオカキクケコ";
const HOLES = "あいうえおかきくけこ";

const element = (tag, className = "", ...inside) => {
  const node = document.createElement(tag);
  node.className = className;
  node.append(...inside);
  return node;
};

const part = (node, name) => node.querySelector(`.esk-${name}`);

/** JSON in base64, as Python packed it. */
function unpack(text) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}

const pack = (payload) =>
  btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(payload))));

/** Make the forms of a document; each carries its payload, as forms did in older copies. */
function buildForms(root) {
  const { items, ...shared } = { ...DEFAULTS, ...unpack(root.dataset.esk) };
  const { id, seed, mode, fade } = shared;
  Object.assign(root.dataset, { id, seed, mode, fade });
  const bodies = items ? all(root, ":scope > .esk-item") : [root];
  const payloads = items ? items.map((item) => ({ ...shared, ...item })) : [shared];
  bodies.forEach((body, n) => payloads[n].type !== "code" && buildForm(body, payloads[n]));
  if (shared.varies && !["exam", "predict"].includes(mode)) root.append(variantLine());
}

function buildForm(body, payload) {
  const form = element("form", `esk-q esk-type-${payload.type}`);
  form.noValidate = true;
  form.autocomplete = "off";
  form.dataset.esk = pack(payload);
  form.append(...all(body, ":scope > :not(.esk-head, .esk-example)"));
  const old = part(form, "answer");
  const [legend, ...given] = old.children;
  const fields = element("fieldset", "esk-answer", element("legend", "esk-legend", ...legend.childNodes));
  fields.append(...FIELDS[payload.type](given, payload));
  old.replaceWith(fields);
  buildSteps(form, payload);
  const explain = part(form, "explain");
  if (explain) labelReasons(explain, payload);
  const model = part(form, "model");
  if (model) buildRubric(model);
  const below = [actions(payload), liveLine()];
  if (explain) explain.before(...below);
  else form.append(...below);
  if (body.matches(".esk-item")) body.replaceWith(form);
  else body.append(form);
}

// ---- controls, one function a type: (what stood below the legend, payload) → nodes

const FIELDS = {
  single: ([list], { keys }) => choices("radio", list, keys),
  multi: ([list], { keys }) => choices("checkbox", list, keys),
  numeric: ([line]) => {
    const label = element("label", "esk-number", ...line.childNodes);
    label.querySelector("u").replaceWith(textField("esk-input", { size: 16, inputMode: "decimal" }));
    return [label];
  },
  blank: ([template, ...lists], { holes }) => {
    const code = template.matches("pre");
    for (const mark of all(template, "u")) {
      const number = HOLES.indexOf(mark.textContent[1]) + 1;
      const { keys = [] } = holes[number - 1];
      const title = lists.find((node) => node.textContent.startsWith(mark.textContent));
      const field = title
        ? select(keys, title.nextElementSibling)
        : textField("", { size: code ? 16 : 10, autocapitalize: "off" });
      if (title) title.hidden = title.nextElementSibling.hidden;
      field.classList.add("esk-hole-input");
      field.dataset.hole = number;
      mark.replaceWith(
        element("label", "esk-hole", element("span", "esk-hole-name", mark.textContent), field),
      );
    }
    template.classList.add(code ? "esk-code" : "esk-template");
    if (code) alignComments(template.firstElementChild);
    return [template, ...lists];
  },
  order: ([list], { keys, spare }) => {
    const blocks = [...list.children].map((item, n) => {
      const block = element("li", "esk-block", element("span", "esk-block-text", ...item.childNodes));
      const moves = element("span", "esk-moves", button("上へ", "esk-up"), button("下へ", "esk-down"));
      if (spare) moves.append(button("使わない", "esk-drop"));
      block.dataset.key = keys[n];
      block.append(moves);
      return block;
    });
    const used = element("ol", "esk-blocks", ...blocks);
    if (!spare) return [used];
    const pool = element("div", "esk-unused", element("span", "esk-label", "使わないもの"));
    pool.append(element("ul", "esk-pool"));
    return [used, pool];
  },
  match: ([left, right], { lefts, rights }) => {
    const rows = [...left.children].map((item, n) => {
      const field = select(rights, right);
      field.classList.add("esk-right-choice");
      field.dataset.left = lefts[n];
      return element("label", "esk-pair", element("span", "esk-left", ...item.childNodes), field);
    });
    right.classList.add("esk-letters");
    return [element("div", "esk-pairs", ...rows), right];
  },
  text: () => {
    const field = element("textarea", "esk-text");
    Object.assign(field, { rows: 4, spellcheck: false });
    return [element("label", "esk-free", element("span", "esk-label", "あなたの解答"), field)];
  },
};

/** Comments in a column of their own: a field is wider than the hole in the author's line. */
function alignComments(code) {
  if (!/\S {2,}#/.test(code.textContent)) return;
  const lines = [element("span", "esk-line")];
  const comments = [];
  for (const node of [...code.childNodes]) {
    if (node.nodeType !== Node.TEXT_NODE) {
      lines.at(-1).append(node);
      continue;
    }
    node.data.split("\n").forEach((text, n) => {
      if (n) lines.push(element("span", "esk-line"));
      const line = lines.at(-1);
      const [, before, comment] = /^(.*?) {2,}(#.*)$/.exec(text) ?? [null, text];
      if (comment === undefined || !(before.trim() || line.hasChildNodes())) {
        line.append(text);
        return;
      }
      line.append(before);
      comments.push([line, element("span", "esk-comment", comment)]);
    });
  }
  code.replaceChildren(...lines);
  for (const [line, comment] of comments) line.after(comment);
}

function choices(type, list, keys) {
  return [...list.children].map((item, n) => {
    const field = element("input");
    Object.assign(field, { type, name: "choice", value: keys[n] });
    const letter = element("span", "esk-letter", LETTERS[n]);
    const label = element("label", "esk-option", field, letter);
    label.append(element("span", "esk-option-text", ...item.childNodes));
    label.dataset.key = keys[n];
    return label;
  });
}

function textField(className, properties) {
  const field = element("input", className);
  return Object.assign(field, { type: "text", autocomplete: "off", spellcheck: false, ...properties });
}

/** A `<select>` over a list: its texts where an `<option>` can show them, else letters. */
function select(keys, list) {
  const items = [...list.children];
  const lettered = items.some((item) => item.textContent.includes("$") || item.querySelector("mjx-container, .MathJax"));
  const field = element("select");
  field.append(new Option("選択", ""));
  keys.forEach((key, n) => field.append(new Option(lettered ? LETTERS[n] : items[n].textContent, key)));
  list.hidden = !lettered;
  return field;
}

function buildSteps(form, { steps = {} }) {
  const marks = all(form, ".esk-way u");
  Object.keys(steps).forEach((name, n) => {
    const field = textField("esk-step", { size: 10, inputMode: "decimal" });
    field.dataset.step = name;
    const label = element("label", "esk-hole", element("span", "esk-sr", "途中の値"), field);
    marks[n].replaceWith(label);
  });
}

/** The points of a `text`: boxes to tick. */
function buildRubric(model) {
  const [title, list] = all(model, ":scope > p, :scope > ul");
  const fields = element("fieldset", "esk-rubric", element("legend", "esk-legend", ...title.childNodes));
  for (const item of list.children) {
    const box = element("input", "esk-point");
    box.type = "checkbox";
    item.append(element("label", "", box, element("span", "", ...item.childNodes)));
  }
  title.replaceWith(fields);
  fields.append(list);
}

// ---- reasons

/** The keys under which the lists of a 解説 are found, in their order. */
function reasonKeys({ type, keys, near = [], holes = [], orders = [] }) {
  if (type === "single" || type === "multi") return [keys];
  if (type === "numeric") return near.length ? [near.map((_, n) => `near-${n}`)] : [];
  if (type === "blank") {
    return holes.map((hole, n) => {
      const names = hole.keys ?? ["right", ...(hole.near ?? []).map((_, i) => `near-${i}`)];
      return names.map((name) => `${n + 1}-${name}`);
    });
  }
  if (type === "order") return [keys.filter((key) => !orders.some((order) => order.includes(key)))];
  return [];
}

function labelReasons(explain, payload) {
  const lists = all(explain, ":scope > ul, :scope > ol[type]");
  const names = reasonKeys(payload);
  lists.forEach((list, n) => {
    list.classList.add("esk-reasons");
    [...list.children].forEach((item, i) => labelReason(item, names[n]?.[i]));
  });
}

function labelReason(item, key) {
  const mark = item.querySelector(":scope > b");
  item.classList.add("esk-reason");
  if (mark) {
    mark.classList.add("esk-mark");
    item.classList.add(mark.textContent.startsWith("◯") ? "esk-is-right" : "esk-is-wrong");
  }
  const rest = [...item.childNodes].filter((node) => node !== mark);
  const why = item.querySelector(":scope > div") ?? element("div", "", ...rest);
  why.classList.add("esk-why");
  item.append(why);
  if (key !== undefined) item.dataset.key = key;
}

// ---- what no document has

function button(text, className, action) {
  const made = element("button", className, text);
  made.type = "button";
  if (action) made.dataset.action = action;
  return made;
}

function actions({ mode, type }) {
  const line = element("div", "esk-actions");
  if (mode === "predict") {
    line.append(button("予想を記録", "esk-grade", "predict"), button("予想せずに進む", "esk-grade esk-quiet", "pass"));
  } else if (mode === "exam") {
    line.append(button("解答する", "esk-grade", "exam"));
  } else {
    line.append(button("採点（自信あり）", "esk-grade", "sure"), button("採点（自信なし）", "esk-grade", "unsure"));
    const later = [button("もう一度", "esk-again")];
    if (type === "text") later.unshift(button("自己採点を記録", "esk-self"));
    for (const each of later) each.hidden = true;
    line.append(...later);
  }
  line.append(element("span", "esk-saved"));
  return line;
}

function liveLine() {
  const line = element("div", "esk-result");
  line.setAttribute("role", "status");
  line.setAttribute("aria-live", "polite");
  return line;
}

function variantLine() {
  const notice = element("span", "esk-notice");
  notice.setAttribute("role", "status");
  return element("div", "esk-foot", button("別の数値で", "esk-variant"), notice);
}
