// 別の数値で: the same question with other numbers, made by the kernel.

const NEEDS_KERNEL =
  "別の数値を作るにはカーネルが必要です。ノートブックの最初のセルを実行してから、もう一度押してください。";
const variants = new Map(); // token → the element waiting for other numbers

/** Whether all (true) or not all (false) were right; null where something is still open. */
function outcome(root) {
  const graded = all(root, "form.esk-live").map((form) => states.get(form).graded);
  return graded.every(Boolean) ? graded.every((verdict) => verdict.status === "correct") : null;
}

function requestVariant(root) {
  notice(root, queue.connected ? "別の数値を用意しています…" : NEEDS_KERNEL);
  if (!queue.connected) return;
  const token = uuid();
  variants.set(token, root);
  setTimeout(() => {
    if (variants.has(token)) notice(root, NO_REPLY);
  }, PATIENCE);
  const { id, seed, mode, fade } = root.dataset;
  const correct = outcome(root); // Python gives less help after a right answer, more after a wrong one
  queue.post({ type: "variant", token, id, seed: Number(seed), mode, fade, correct });
}

function replaceByVariant({ token, html, error }, port) {
  const root = variants.get(token);
  variants.delete(token); // a second kernel's reply finds nothing to replace
  if (!root) return;
  if (error) {
    notice(root, error);
    return;
  }
  const holder = document.createElement("template");
  holder.innerHTML = html;
  const fresh = holder.content.querySelector(".esk");
  const held = root.contains(document.activeElement);
  root.replaceWith(fresh);
  open(fresh);
  for (const form of all(fresh, "form.esk-q")) adopt(form, { fresh: true });
  port.typeset(fresh);
  if (held) focusFirst(fresh);
}
