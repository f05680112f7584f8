// What a learner typed, in one form: the rules of normalize.py, held to it by shared test vectors.

const LONGEST = 200;
const INVISIBLE = /[\u00ad\u200b-\u200f\u2060\ufeff]/g;
const SPACES = /[ \t\n\r\f\v]+/g;
const AROUND_SIGNS = / ?([^A-Za-z0-9_ ]) ?/gu;
const AROUND_NON_DIGITS = / ?([^0-9 ]) ?/gu;
const QUOTES = /["'`\u2018\u2019\u201c\u201d]/g;
const SUPERSCRIPT = /[\u2070\u00b9\u00b2\u00b3\u2074-\u207b]+/g;
const MINUS = /[\u2010-\u2015\u2212\u30fc]/g;
const NUMBER = new RegExp(
  "^(?<sign>[+-]?)" +
    "(?<digits>[1-9][0-9]{0,2}(?:,[0-9]{3})+|[0-9]+)?(?<fraction>\\.[0-9]*)?" +
    "(?:e(?<e>[+-]?[0-9]{1,4})|[x*]10(?:\\^|\\*\\*)\\(?(?<power>[+-]?[0-9]{1,4})\\)?)?$",
);
const POWER_ALONE = /^(?<sign>[+-]?)10(?:\^|\*\*)\(?(?<power>[+-]?[0-9]{1,4})\)?$/;

/** The comparable form of a typed text. */
function plain(raw, { code = false, case: cased = false } = {}) {
  let text = raw.replace(INVISIBLE, "").normalize("NFKC");
  text = text.replace(SPACES, " ").replace(/^ +| +$/g, "").replace(QUOTES, '"');
  if (code) return text.replace(AROUND_SIGNS, "$1");
  return cased ? text : text.toLowerCase();
}

/** The number a learner typed, or null where there is none to be read. */
function number(raw, unit = "") {
  if ([...raw].length > LONGEST) return null;
  let text = squeeze(raw.replace(INVISIBLE, "").replace(SUPERSCRIPT, (digits) => `^${digits}`));
  const ending = squeeze(unit);
  if (ending && text.endsWith(ending)) text = text.slice(0, -ending.length);
  const slash = text.indexOf("/");
  let value = one(slash < 0 ? text : text.slice(0, slash));
  if (slash >= 0 && value !== null) {
    const divisor = one(text.slice(slash + 1));
    value = divisor ? value / divisor : null;
  }
  return value !== null && Number.isFinite(value) ? value : null;
}

/** One spelling for signs; white space is left only between digits, where it is an error. */
function squeeze(raw) {
  return raw
    .normalize("NFKC")
    .replace(MINUS, "-")
    .replaceAll("\u3001", ",")
    .replaceAll("\u3002", ".")
    .replaceAll("\\times", "x")
    .replaceAll("\u00d7", "x")
    .replaceAll("\u22c5", "*")
    .replace(/[{}$]/g, "")
    .replace(SPACES, " ")
    .replace(/^ +| +$/g, "")
    .toLowerCase()
    .replace(AROUND_NON_DIGITS, "$1");
}

function one(text) {
  const alone = POWER_ALONE.exec(text)?.groups;
  if (alone) return Number(`${alone.sign}1e${alone.power}`);
  const found = NUMBER.exec(text)?.groups;
  if (!found || !(found.digits || (found.fraction ?? ".") !== ".")) return null;
  const digits = (found.digits ?? "0").replaceAll(",", "");
  return Number(`${found.sign}${digits}${found.fraction ?? ""}e${found.e ?? found.power ?? "0"}`);
}
