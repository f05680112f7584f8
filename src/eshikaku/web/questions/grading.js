// Grading for the eye: the rules of grading.py, held to it by tests/vectors/grading.json.
//
// judge(payload, raw) → { status, score, parts: [[key, status]], near, partNear }, as in Python.

const isObject = (raw) => raw !== null && typeof raw === "object" && !Array.isArray(raw);
const strings = (raw) => (Array.isArray(raw) ? raw.filter((x) => typeof x === "string") : []);
const statusOf = (right) => (right ? "correct" : "wrong");

const judgement = (status, score, parts = [], near = null, partNear = []) => ({
  status,
  score,
  parts,
  near,
  partNear,
});
const nothing = (parts = []) => judgement("unanswered", 0, parts);
const scored = (score, parts, partNear = []) =>
  judgement(score === 1 ? "correct" : score > 0 ? "partial" : "wrong", score, parts, null, partNear);
const count = (parts) => parts.filter(([, status]) => status === "correct").length;

/** |raw - key| <= atol + rtol·|key|, with room for rounding errors only. */
function within(raw, key, rtol, atol) {
  const room = (atol + rtol * Math.abs(key)) * (1 + 1e-9) + 1e-12 * Math.abs(key);
  return Math.abs(raw - key) <= room;
}

const RULES = {
  single(payload, raw) {
    if (!payload.keys.includes(raw)) return nothing();
    if (payload.prediction) return judgement("self", 0);
    return raw === payload.correct ? judgement("correct", 1) : judgement("wrong", 0);
  },

  multi(payload, raw) {
    const chosen = new Set(strings(raw).filter((key) => payload.keys.includes(key)));
    if (!chosen.size) return nothing();
    const right = new Set(payload.correct);
    const sorted = [...payload.keys].sort();
    const parts = sorted.map((key) => [key, statusOf(chosen.has(key) === right.has(key))]);
    const hits = [...chosen].filter((key) => right.has(key)).length;
    return scored(Math.max(0, 2 * hits - chosen.size) / right.size, parts);
  },

  numeric({ answer, rtol, atol, unit, near, steps }, raw) {
    const typed = isObject(raw) ? raw.value : raw;
    const given = isObject(raw) && isObject(raw.steps) ? raw.steps : {};
    const parts = Object.entries(steps).map(([name, key]) => {
      const value = numberOf(given[name], unit);
      return [name, value === null ? "unanswered" : statusOf(within(value, key, rtol, atol))];
    });
    const value = numberOf(typed, unit);
    if (value === null) return nothing(parts);
    if (within(value, answer, rtol, atol)) return judgement("correct", 1, parts);
    return judgement("wrong", 0, parts, recognise(value, { answer, rtol, atol, near }));
  },

  blank({ holes }, raw) {
    const typed = Array.isArray(raw) ? raw : [];
    const results = holes.map((hole, n) => judgeHole(hole, typed[n]));
    const parts = results.map(([status], n) => [String(n + 1), status]);
    if (parts.every(([, status]) => status === "unanswered")) return nothing(parts);
    const partNear = results.map(([, place]) => place);
    return scored(count(parts) / holes.length, parts, partNear);
  },

  order({ orders }, raw) {
    const chosen = strings(raw);
    if (!chosen.length) return nothing();
    const agreement = (order) => {
      const length = Math.min(chosen.length, order.length);
      const broken = order.slice(0, length).findIndex((key, n) => key !== chosen[n]);
      return broken < 0 ? length : broken;
    };
    const best = orders.reduce((a, b) => (agreement(b) > agreement(a) ? b : a));
    const agreed = agreement(best);
    const parts = chosen.map((key, n) => [key, statusOf(n < agreed)]);
    return scored(agreed / Math.max(best.length, chosen.length), parts);
  },

  match({ pairs }, raw) {
    const given = isObject(raw) ? raw : {};
    const parts = Object.entries(pairs).map(([left, right]) => [
      left,
      given[left] ? statusOf(given[left] === right) : "unanswered",
    ]);
    if (parts.every(([, status]) => status === "unanswered")) return nothing(parts);
    return scored(count(parts) / parts.length, parts);
  },

  text({ rubric }, raw) {
    const { text, rubric: marks } = isObject(raw) ? raw : { text: raw };
    const given = Array.isArray(marks) ? marks.slice(0, rubric) : [];
    const marked = given.filter((mark) => mark === true).length;
    if (!marked && !(typeof text === "string" && plain(text))) return nothing();
    return judgement("self", marked / rubric);
  },
};

/** Grade a raw answer; whatever it is, this returns a judgement. */
function judge(payload, raw) {
  return RULES[payload.type]?.(payload, raw) ?? nothing();
}

function numberOf(typed, unit) {
  const text = typeof typed === "number" ? String(typed) : typed;
  return typeof text === "string" ? number(text, unit) : null;
}

/** Which mistake it looks like: the index of a near miss, "sign", "scale", or null. */
function recognise(value, { answer, rtol, atol, near }) {
  const place = near.findIndex((each) => within(value, each, rtol, atol));
  if (place >= 0) return place;
  if (answer && within(-value, answer, rtol, atol)) return "sign";
  const powers = [1, 2, 3, 4, 5, 6].flatMap((n) => [10 ** n, 10 ** -n]);
  return answer && powers.some((p) => within(value, answer * p, rtol, 0)) ? "scale" : null;
}

function judgeHole(hole, typed) {
  if (typeof typed !== "string") return ["unanswered", null];
  if (hole.keys) {
    return [hole.keys.includes(typed) ? statusOf(typed === hole.correct) : "unanswered", null];
  }
  const normal = (text) => plain(text, hole);
  const given = normal(typed);
  if (!given) return ["unanswered", null];
  if (hole.accept.map(normal).includes(given)) return ["correct", null];
  const place = hole.near.map(normal).indexOf(given);
  return ["wrong", place < 0 ? null : place];
}
