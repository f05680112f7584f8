// What the learner did, kept until Python has recorded it; and the ways to Python.
//
// Each event lies in localStorage under a key of its own (several tabs write at once) until a
// kernel acknowledges its uuid. A port is one kernel's bridge: { send(message), typeset(node) }.
// Two notebooks in one Lab are one document: an event goes to every port, and the record
// ignores the second copy of a uuid.
//
// Everything kept belongs to one record (`eshikaku:<record>:<kind>:<name>`): two learners may
// share a browser. Until a kernel says whose record it is, the page works for the one that was
// last met at this place (Jupyter's base URL and folder), or for nobody yet (the place itself);
// what is done meanwhile goes to the record that turns up. What belongs to another is left.

const OWNER = "eshikaku:owner:";
const LEGACY = /^eshikaku:((?:event|answer|draft):.*)$/; // before records had names

function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID(); // only on https and localhost
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Where this page is served from: a hub has a base URL for each user, a machine a folder. */
function placeOf(document) {
  const config = document.getElementById("jupyter-config-data");
  const { baseUrl, serverRoot = "" } = config ? JSON.parse(config.textContent) : {};
  const base = baseUrl ?? new URL(".", document.baseURI).pathname;
  return encodeURIComponent(base + (serverRoot && ` ${serverRoot}`));
}

/** localStorage that never throws; `trouble` is told when something cannot be kept there. */
class Shelf {
  constructor(trouble) {
    this.memory = new Map();
    this.trouble = trouble;
  }

  put(key, value) {
    try {
      localStorage.setItem(key, JSON.stringify(value));
    } catch (error) {
      this.memory.set(key, value); // until the page is closed
      this.trouble(error);
    }
  }

  drop(key) {
    this.memory.delete(key);
    try {
      localStorage.removeItem(key);
    } catch {
      // blocked storage holds nothing to remove
    }
  }

  keys() {
    try {
      return [...this.memory.keys(), ...Object.keys(localStorage)];
    } catch {
      return [...this.memory.keys()]; // blocked: what is in memory is all there is
    }
  }

  /** The value under `key`; undefined where there is none that can be read. */
  get(key) {
    if (this.memory.has(key)) return this.memory.get(key);
    try {
      const text = localStorage.getItem(key);
      return text === null ? undefined : JSON.parse(text);
    } catch (error) {
      if (error instanceof SyntaxError) this.trouble(new Error(`unreadable entry ${key}`)); // left where it is
      return undefined;
    }
  }

  move(from, to) {
    const value = this.get(from);
    if (value === undefined || from === to) return;
    this.put(to, value);
    this.drop(from);
  }

  /** Everything under `prefix`: [[key without prefix, value], …]. */
  entries(prefix) {
    const keys = new Set(this.keys().filter((key) => key.startsWith(prefix)));
    const found = [...keys].map((key) => [key.slice(prefix.length), this.get(key)]);
    return found.filter(([, value]) => value !== undefined);
  }
}

class Queue {
  /** `listener`: { acknowledged(uuid, verdict), refused(uuid, text), owner(), history(), variant(reply, port), trouble(text) } */
  constructor(listener) {
    this.listener = listener;
    this.shelf = new Shelf(() =>
      listener.trouble(
        "ブラウザーに保存できません（容量不足か、保存が禁止されています）。" +
          "このページを閉じる前に、最初のセルを実行して記録してください。",
      ),
    );
    this.ports = new Set();
    this.place = placeOf(document);
    this.owner = this.shelf.get(OWNER + this.place) ?? this.place;
    this.unclaimed = new Set(); // names of what was kept before a kernel said whose it is
    for (const key of this.shelf.keys()) {
      const old = LEGACY.exec(key);
      if (old) this.shelf.move(key, this.key(old[1]));
    }
    this.answers = this.kept("answer");
  }

  /** Whether a kernel listens that has said whose record it writes. */
  get connected() {
    return this.listeners().length > 0;
  }

  listeners() {
    return [...this.ports].filter((port) => port.record === this.owner);
  }

  attach(port) {
    this.ports.add(port);
    port.receive = (message) => this.receive(message, port);
    this.post({ type: "hello" }, [port]);
  }

  detach(port) {
    this.ports.delete(port);
    window.eshikakuPorts?.delete(port);
  }

  key(name, owner = this.owner) {
    return `eshikaku:${owner}:${name}`;
  }

  kept(kind) {
    return new Map(this.shelf.entries(this.key(`${kind}:`)));
  }

  keep(name, value) {
    if (!this.connected) this.unclaimed.add(name);
    this.shelf.put(this.key(name), value);
  }

  /** From now on the page works for `record`. */
  claim(record) {
    const before = this.owner;
    if (record !== before) {
      const nobodys = before === this.place;
      const names = nobodys
        ? this.shelf.entries(this.key("")).map(([name]) => name)
        : [...this.unclaimed];
      for (const name of names) this.shelf.move(this.key(name), this.key(name, record));
      this.owner = record;
      this.answers = this.kept("answer");
      this.shelf.put(OWNER + this.place, record);
      if (!nobodys) this.listener.owner();
    }
    this.unclaimed.clear();
  }

  pending() {
    const events = [...this.kept("event").values()];
    return events.sort((a, b) => (a.time < b.time ? -1 : 1));
  }

  waits(id) {
    return this.shelf.get(this.key(`event:${id}`)) !== undefined;
  }

  /** Keep the event, then offer it to every kernel of its record. */
  add(event) {
    this.keep(`event:${event.uuid}`, event);
    if (event.kind === "answer") {
      const { rev, seed, answer, status, confidence, mode } = event;
      this.remember(event.id, { rev, seed, answer, status, confidence, mode });
    }
    this.post({ type: "event", event }, this.listeners());
  }

  remember(id, answer) {
    this.answers.set(id, answer);
    this.keep(`answer:${id}`, answer);
  }

  /** A text being written, so that a reload does not lose it. */
  draft(id) {
    return this.shelf.get(this.key(`draft:${id}`)) ?? "";
  }

  keepDraft(id, text) {
    if (text) this.keep(`draft:${id}`, text);
    else this.shelf.drop(this.key(`draft:${id}`));
  }

  post(message, ports = [...this.ports]) {
    for (const port of ports) {
      try {
        port.send(message);
      } catch {
        this.detach(port); // its kernel is gone; the event stays in the queue
      }
    }
  }

  receive(message, port) {
    if (message.type === "verdict" && message.error) {
      this.listener.refused(message.uuid, message.error);
    } else if (message.type === "verdict") {
      this.shelf.drop(this.key(`event:${message.uuid}`, port.record));
      this.listener.acknowledged(message.uuid, message.verdict || {});
    } else if (message.type === "history") {
      this.welcome(message, port);
    } else if (message.type === "variant") {
      this.listener.variant(message, port);
    }
  }

  /** A kernel's first word: whose record it writes, and what is in it. */
  welcome({ record, answers, error }, port) {
    port.record = record || this.place;
    this.claim(port.record);
    for (const event of this.pending()) this.post({ type: "event", event }, [port]);
    if (error) this.listener.trouble(error);
    else if (answers) this.replace(answers);
    this.listener.history();
  }

  /** The record knows better than the browser, except for what it has not received yet. */
  replace(answers) {
    const waiting = new Set(this.pending().map((event) => event.id));
    for (const id of [...this.answers.keys()]) {
      if (waiting.has(id) || id in answers) continue;
      this.answers.delete(id);
      this.shelf.drop(this.key(`answer:${id}`));
    }
    for (const [id, answer] of Object.entries(answers)) {
      if (!waiting.has(id)) this.remember(id, answer);
    }
  }
}
