// Between the controls of a form and the raw answer: one reader and one writer a type.
// A raw answer is `null` where nothing was answered.

const all = (node, selector) => [...node.querySelectorAll(selector)];
const keys = (nodes) => nodes.map((node) => node.dataset.key);

const READ = {
  single: (form) => form.querySelector("[name=choice]:checked")?.value ?? null,
  multi: (form) => {
    const chosen = all(form, "[name=choice]:checked").map((box) => box.value).sort();
    return chosen.length ? chosen : null;
  },
  numeric: (form) => {
    const value = form.querySelector(".esk-input").value.trim();
    const steps = all(form, ".esk-way .esk-step").map((field) => [field.dataset.step, field.value]);
    if (!value) return null;
    return steps.length ? { value, steps: Object.fromEntries(steps) } : value;
  },
  blank: (form) => {
    const typed = all(form, ".esk-hole-input")
      .sort((a, b) => a.dataset.hole - b.dataset.hole)
      .map((field) => field.value);
    return typed.some((text) => text.trim()) ? typed : null;
  },
  order: (form) => (form.dataset.moved ? keys(all(form, ".esk-blocks > .esk-block")) : null),
  match: (form) => {
    const fields = all(form, ".esk-right-choice").filter((field) => field.value);
    const pairs = fields.map((field) => [field.dataset.left, field.value]);
    return pairs.length ? Object.fromEntries(pairs) : null;
  },
  text: (form) => {
    const text = form.querySelector(".esk-text").value;
    const rubric = all(form, ".esk-point").map((box) => box.checked);
    return text.trim() ? { text, rubric } : null;
  },
};

const choose = (form, chosen) => {
  for (const box of all(form, "[name=choice]")) box.checked = chosen.includes(box.value);
};

const WRITE = {
  single: (form, raw) => choose(form, [raw]),
  multi: (form, raw) => choose(form, raw ?? []),
  numeric: (form, raw) => {
    const { value, steps } = isObject(raw) ? raw : { value: raw, steps: {} };
    form.querySelector(".esk-input").value = value ?? "";
    for (const field of all(form, ".esk-way .esk-step")) field.value = steps?.[field.dataset.step] ?? "";
  },
  blank: (form, raw) => {
    for (const field of all(form, ".esk-hole-input")) {
      field.value = raw?.[field.dataset.hole - 1] ?? "";
    }
  },
  order: (form, raw) => {
    const used = form.querySelector(".esk-blocks");
    const unused = form.querySelector(".esk-pool");
    const blocks = new Map(all(form, ".esk-block").map((block) => [block.dataset.key, block]));
    for (const key of raw ?? []) {
      if (blocks.has(key)) used.append(blocks.get(key));
      blocks.delete(key);
    }
    for (const block of blocks.values()) (unused && raw ? unused : used).append(block);
    for (const block of all(form, ".esk-block")) nameDrop(block);
    if (raw) form.dataset.moved = "1";
    else delete form.dataset.moved;
  },
  match: (form, raw) => {
    for (const field of all(form, ".esk-right-choice")) field.value = raw?.[field.dataset.left] ?? "";
  },
  text: (form, raw) => {
    form.querySelector(".esk-text").value = raw?.text ?? "";
    all(form, ".esk-point").forEach((box, i) => (box.checked = Boolean(raw?.rubric?.[i])));
  },
};

function nameDrop(block) {
  const button = block.querySelector(".esk-drop");
  if (button) button.textContent = block.closest(".esk-pool") ? "使う" : "使わない";
}

/** Move a block of an `order` question; returns what to announce. */
function moveBlock(button) {
  const block = button.closest(".esk-block");
  const form = block.closest("form");
  const list = form.querySelector(".esk-blocks");
  form.dataset.moved = "1";
  if (button.matches(".esk-up")) block.previousElementSibling?.before(block);
  else if (button.matches(".esk-down")) block.nextElementSibling?.after(block);
  else if (block.parentNode === list) form.querySelector(".esk-pool").append(block);
  else list.append(block);
  nameDrop(block);
  button.focus(); // moving a node takes the focus from it
  const place = [...list.children].indexOf(block) + 1;
  return place ? `${place}番目に移しました` : "使わないものに移しました";
}
