// The live part of an experiment: controls, buttons, picture and run list (see panel.py).
// The page knows positions alone: an index on a slider or in a choice, a bool, a text.

function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

// Lab takes arrows and letters from focused controls in an output; keys with Ctrl, Meta or Alt
// stay Lab's own.
function keepKeys() {
  if (window.eskExperimentKeys) return;
  window.eskExperimentKeys = true;
  window.addEventListener(
    "keydown",
    (event) => {
      const control = event.target;
      if (!control.closest?.(".esk-exp-live")) return;
      const forLab = event.ctrlKey || event.metaKey || event.altKey;
      control.toggleAttribute("data-lm-suppress-shortcuts", !forLab);
    },
    true,
  );
}

// -- controls: each gives {element, read(), write(position)} ---------------------------------

function slider(spec, moved) {
  const input = make("input", {
    type: "range", min: 0, max: spec.texts.length - 1, step: 1, oninput: moved,
  });
  const shown = make("span", { class: "esk-exp-value" });
  const element = make(
    "label", {},
    make("span", { class: "esk-exp-line" }, make("span", {}, spec.label), shown),
    input,
  );
  const write = (position) => {
    input.value = position;
    shown.textContent = spec.texts[position];
    input.setAttribute("aria-valuetext", spec.texts[position]);
  };
  return { element, write, read: () => Number(input.value), note: spec.range };
}

function choice(spec, moved) {
  const select = make(
    "select", { onchange: moved },
    ...spec.texts.map((text, i) => make("option", { value: i }, text)),
  );
  const element = make(
    "label", {}, make("span", { class: "esk-exp-line" }, make("span", {}, spec.label)), select,
  );
  return {
    element, read: () => Number(select.value), write: (position) => (select.value = position),
  };
}

function toggle(spec, moved) {
  const box = make("input", { type: "checkbox", onchange: moved });
  const element = make("label", { class: "esk-exp-toggle" }, box, make("span", {}, spec.label));
  return { element, read: () => box.checked, write: (position) => (box.checked = position) };
}

function text(spec, moved) {
  let composing = false;
  const input = make("input", {
    type: "text", maxlength: spec.maxLength, autocomplete: "off", spellcheck: "false",
    oncompositionstart: () => (composing = true),
    oncompositionend: () => { composing = false; moved(); },
    oninput: () => composing || moved(),
  });
  const element = make(
    "label", {}, make("span", { class: "esk-exp-line" }, make("span", {}, spec.label)), input,
  );
  const write = (position) => { if (input.value !== position) input.value = position; };
  return { element, write, read: () => input.value, note: `${spec.maxLength}文字まで` };
}

// A board one paints: a click or the space key takes the next level, a drag paints it on, arrows
// move, a digit picks a level by its place.
function cells(spec, moved) {
  const { columns, texts } = spec;
  const at = [...spec.default];
  const paint = (i, level) => {
    at[i] = level;
    const where = `${Math.floor(i / columns) + 1}行${(i % columns) + 1}列`;
    squares[i].textContent = texts[level];
    squares[i].style.setProperty("--esk-share", `${Math.round((50 * level) / (texts.length - 1))}%`);
    squares[i].setAttribute("aria-label", `${where}：${texts[level]}`);
  };
  const change = (i, level) => { if (at[i] !== level) { paint(i, level); moved(); } };
  const focus = (i) => {
    squares.forEach((square, k) => (square.tabIndex = k === i ? 0 : -1));
    squares[i].focus();
  };
  const pressed = (event, i) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
    const aside = Math.abs(step) === 1 && Math.floor((i + step) / columns) !== Math.floor(i / columns);
    if (step && !aside && at[i + step] !== undefined) focus(i + step);
    else if (event.key === " " || event.key === "Enter") change(i, (at[i] + 1) % texts.length);
    else if (/^[1-9]$/.test(event.key) && event.key <= texts.length) change(i, event.key - 1);
    if (step || event.key === " " || event.key === "Enter") event.preventDefault();
  };
  let brush = null;
  const lift = () => { brush = null; window.removeEventListener("pointerup", lift); };
  const squares = at.map((_, i) =>
    make("button", {
      type: "button", class: "esk-exp-cell", tabindex: i ? -1 : 0,
      onkeydown: (event) => pressed(event, i),
      onpointerdown: (event) => {
        event.target.releasePointerCapture?.(event.pointerId);
        brush = (at[i] + 1) % texts.length;
        window.addEventListener("pointerup", lift);
        focus(i);
        change(i, brush);
      },
      onpointerenter: () => { if (brush !== null) change(i, brush); },
    }),
  );
  const board = make("div", { class: "esk-exp-cells", role: "group", "aria-label": spec.label }, ...squares);
  board.style.setProperty("--esk-columns", columns);
  const element = make("div", {}, make("span", { class: "esk-exp-line" }, spec.label), board);
  const write = (positions) => positions.forEach((level, i) => paint(i, level));
  write(at);
  return { element, write, read: () => [...at], note: "クリックかスペースで変わり、ドラッグで塗れます" };
}

const KINDS = { slider, choice, toggle, text, cells };

function controlPanel(model, specs) {
  const controls = specs.map((spec) => {
    const moved = () => {
      control.show(control.read());
      model.set("positions", { ...model.get("positions"), [spec.name]: control.read() });
      model.save_changes();
    };
    const control = KINDS[spec.kind](spec, moved);
    const back = make(
      "button",
      {
        type: "button", class: "esk-exp-back", title: "既定に戻す",
        "aria-label": `${spec.label}を既定（${spec.defaultText}）に戻す`,
        onclick: () => { control.write(spec.default); moved(); },
      },
      "↺",
    );
    const note = [control.note, `既定 ${spec.defaultText}`, spec.help].filter(Boolean).join("・");
    control.box = make(
      "div", { class: "esk-exp-control", "data-name": spec.name },
      control.element,
      make("div", { class: "esk-exp-note" }, make("span", {}, note), back),
    );
    control.show = (position) => {
      control.write(position);
      back.style.visibility = String(position) === String(spec.default) ? "hidden" : "visible";
    };
    return control;
  });
  const show = () => {
    const positions = model.get("positions");
    specs.forEach((spec, i) => controls[i].show(positions[spec.name]));
  };
  show();
  model.on("change:positions", show);
  const reset = () => {
    model.set("positions", Object.fromEntries(specs.map((spec) => [spec.name, spec.default])));
    model.save_changes();
    show();
  };
  return { boxes: controls.map((control) => control.box), reset, off: () => model.off("change:positions", show) };
}

// -- picture -----------------------------------------------------------------------------------

// Swapped only when decoded, so that it never flickers; of several that wait the newest is taken.
function picture(model, spec) {
  const empty = make("p", { class: "esk-exp-empty" }, "まだ結果がありません。");
  const box = make("div", { class: "esk-exp-picture" }, empty);
  box.style.setProperty("--esk-width", `${spec.width}px`);
  const ratio = `${spec.width} / ${spec.height}`;
  box.style.aspectRatio = ratio;
  let newest = 0;
  let shown = null;
  // the room of a picture is kept where one is to come: not after 「すべて消す」, nor before 「実行」
  const room = () => {
    const none = model.get("state").phase === "idle" && !model.get("runs").length;
    box.style.aspectRatio = none && !model.get("picture")?.byteLength ? "auto" : ratio;
  };
  const swap = async () => {
    const mine = ++newest;
    const bytes = model.get("picture");
    if (!bytes || !bytes.byteLength) {
      box.replaceChildren(empty);
      return;
    }
    const url = URL.createObjectURL(new Blob([bytes], { type: "image/png" }));
    const image = make("img", { src: url, alt: model.get("alt") });
    try {
      await image.decode();
    } finally {
      if (mine === newest) {
        box.replaceChildren(image);
        if (shown) URL.revokeObjectURL(shown);
        shown = url;
      } else {
        URL.revokeObjectURL(url);
      }
    }
  };
  const names = "change:picture change:state change:runs";
  room();
  swap();
  model.on(names, room);
  model.on("change:picture", swap);
  return { box, off: () => { model.off(names, room); model.off("change:picture", swap); } };
}

// -- run list ----------------------------------------------------------------------------------

function swatch(run) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const line = document.createElementNS(space, "line");
  const set = (node, values) => Object.entries(values).forEach(([k, v]) => node.setAttribute(k, v));
  set(svg, { width: 34, height: 10, "aria-hidden": "true" });
  set(line, { x1: 1, x2: 33, y1: 5, y2: 5, stroke: run.color, "stroke-width": 3, "stroke-dasharray": run.dash });
  svg.append(line);
  return svg;
}

function runList(model, spec) {
  const box = make("div", { class: "esk-exp-runs" });
  const overlay = make("input", {
    type: "checkbox",
    onchange: () => { model.set("overlay", overlay.checked); model.save_changes(); },
  });
  const clear = make(
    "button", { type: "button", onclick: () => model.send({ type: "clear" }) }, "すべて消す",
  );
  const show = () => {
    const runs = model.get("runs");
    overlay.checked = model.get("overlay");
    box.replaceChildren();
    const names = [...new Set(runs.flatMap((run) => run.summary.map(([name]) => name)))];
    if (!runs.length) return;
    const kept = runs.some((run) => run.deletable);
    const overlaid = make("label", { class: "esk-exp-toggle" }, overlay, make("span", {}, "前の結果を重ねて描く"));
    const bar = [...(spec.overlay ? [overlaid] : []), ...(kept ? [clear] : [])];
    if (bar.length) box.append(make("div", { class: "esk-exp-bar" }, ...bar));
    const timed = runs.some((run) => run.seconds);
    const head = ["実行", ...names, ...(timed ? ["時間"] : []), ...(kept ? ["消す"] : [])];
    const rows = runs.map((run) => {
      const found = Object.fromEntries(run.summary);
      const remove = make(
        "button",
        {
          type: "button", class: "esk-exp-back", "aria-label": `${run.label}の結果を消す`, title: "消す",
          onclick: () => model.send({ type: "delete", run: run.id }),
        },
        "×",
      );
      return make(
        "tr", { "aria-current": run.current ? "true" : undefined },
        make(
          "th", { scope: "row" }, swatch(run), run.label,
          ...(run.mark ? [" ", make("span", { class: "esk-exp-mark" }, run.mark)] : []),
        ),
        ...names.map((name) => make("td", {}, found[name] ?? "－")),
        ...(timed ? [make("td", {}, run.seconds ? `${run.seconds}秒` : "")] : []),
        ...(kept ? [make("td", {}, ...(run.deletable ? [remove] : []))] : []),
      );
    });
    box.append(
      make(
        "div", { class: "esk-exp-scroll" },
        make(
          "table", {},
          make("caption", {}, "実行の一覧（上が新しい）"),
          make("thead", {}, make("tr", {}, ...head.map((name) => make("th", { scope: "col" }, name)))),
          make("tbody", {}, ...rows),
        ),
      ),
    );
  };
  show();
  model.on("change:runs", show);
  model.on("change:overlay", show);
  return { box, off: () => { model.off("change:runs", show); model.off("change:overlay", show); } };
}

// -- buttons and what is said --------------------------------------------------------------------

function button(words, pressed, kind = "") {
  return make("button", { type: "button", class: kind, onclick: pressed }, words);
}

function commands(model, spec, reset) {
  const send = (type) => () => model.send({ type, positions: model.get("positions") });
  const stop = button("停止", send("stop"));
  const buttons = [];
  if (!spec.live) buttons.push(button("実行", send("run"), "esk-exp-main"), stop);
  if (spec.change) {
    const words = spec.live ? "予想した変更にする" : "予想した変更で実行";
    buttons.push(button(`${words}（${spec.change}）`, send("change"), "esk-exp-change"));
  }
  if (spec.live) buttons.push(button("この結果を残す", send("keep")));
  if (spec.full) buttons.push(button(spec.full, send("full")));
  buttons.push(button("既定に戻す", reset));

  const bar = make("progress", { max: 1, value: 0, "aria-label": "実行の進み" });
  const percent = make("span", { class: "esk-exp-percent" });
  const moving = make("span", { class: "esk-exp-progress" }, bar, percent);
  const said = make("span", { class: "esk-exp-said", role: "status" });
  const detail = make("details", { class: "esk-exp-detail" });

  const state = () => {
    const now = model.get("state");
    const busy = now.phase === "running" || now.phase === "stopping";
    stop.disabled = now.phase === "idle" || now.phase === "stopping";
    moving.hidden = !busy;
    const waiting = now.waiting > 0 ? `（このあと${now.waiting}件）` : "";
    const words = {
      running: `実行しています。${waiting}`,
      stopping: "止めています。",
      waiting: "順番を待っています。",
    };
    said.textContent = busy ? words[now.phase] : [now.text, words[now.phase]].filter(Boolean).join(" ");
    said.dataset.kind = now.kind || "";
    detail.hidden = !now.detail;
    detail.replaceChildren(make("summary", {}, "くわしく"), make("pre", {}, now.detail || ""));
  };
  const progress = () => {
    const [done, total] = model.get("progress");
    bar.value = total ? done / total : 0;
    percent.textContent = total > 1 ? `${done} / ${total}` : "";
  };
  state();
  progress();
  model.on("change:state", state);
  model.on("change:progress", progress);
  const line = make("div", { class: "esk-exp-status" }, moving, said);
  return {
    parts: [make("div", { class: "esk-exp-bar" }, ...buttons), line, detail],
    off: () => { model.off("change:state", state); model.off("change:progress", progress); },
  };
}

// Where the kernel is gone for good (a restarted one does not know this panel), the static
// figure takes its place. A restart is told by the model's event (anywidget drops the class Lab
// sets at it), a shutdown by Lab's kernel connection.
function watchKernel(model, el) {
  const gone = () => el.classList.add("esk-exp-dead");
  const closed = model.widget_manager?.kernel?.disposed;
  model.on("comm_live_update", gone);
  closed?.connect(gone);
  const off = () => {
    model.off("comm_live_update", gone);
    closed?.disconnect(gone);
  };
  return { off };
}

function render({ model, el }) {
  keepKeys();
  const spec = model.get("spec");
  el.classList.add("esk-exp-live");
  el.lang = "ja";
  const controls = controlPanel(model, spec.controls);
  const buttons = commands(model, spec, controls.reset);
  const figure = picture(model, spec);
  const runs = runList(model, spec);
  el.append(
    make(
      "section", { "aria-label": `実験：${spec.title}` },
      make("div", { class: "esk-exp-controls" }, ...controls.boxes),
      ...buttons.parts,
      figure.box,
      runs.box,
    ),
  );
  const parts = [controls, buttons, figure, runs, watchKernel(model, el)];
  return () => parts.forEach((part) => part.off());
}

export default { render };
