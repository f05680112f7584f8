// What the learner did, kept until Python has recorded it; and the ways to Python.
//
// Each event lies in localStorage under a key of its own (several tabs write at once) until a
// kernel acknowledges its uuid. A port is one kernel's bridge: { send(message), typeset(node) }.
// Two notebooks in one Lab are one document: an event goes to every port, and the record
// ignores the second copy of a uuid.

const EVENT = "eshikaku:event:";
const ANSWER = "eshikaku:answer:";
const DRAFT = "eshikaku:draft:";

function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID(); // only on https and localhost
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
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

  /** Everything under `prefix`: [[key without prefix, value], …]. */
  entries(prefix) {
    const found = new Map([...this.memory].filter(([key]) => key.startsWith(prefix)));
    try {
      for (const key of Object.keys(localStorage)) {
        if (!key.startsWith(prefix)) continue;
        try {
          found.set(key, JSON.parse(localStorage.getItem(key)));
        } catch {
          this.trouble(new Error(`unreadable entry ${key}`)); // left where it is
        }
      }
    } catch {
      // blocked: what is in memory is all there is
    }
    return [...found].map(([key, value]) => [key.slice(prefix.length), value]);
  }
}

class Queue {
  /** `listener`: { acknowledged(uuid, verdict), refused(uuid, text), history(), variant(reply, port), trouble(text) } */
  constructor(listener) {
    this.listener = listener;
    this.shelf = new Shelf(() =>
      listener.trouble(
        "ブラウザーに保存できません（容量不足か、保存が禁止されています）。" +
          "このページを閉じる前に、最初のセルを実行して記録してください。",
      ),
    );
    this.ports = new Set();
    this.answers = new Map(this.shelf.entries(ANSWER));
  }

  get connected() {
    return this.ports.size > 0;
  }

  attach(port) {
    this.ports.add(port);
    port.receive = (message) => this.receive(message, port);
    for (const event of this.pending()) this.post({ type: "event", event }, [port]);
    this.post({ type: "hello" }, [port]);
  }

  detach(port) {
    this.ports.delete(port);
    window.eshikakuPorts?.delete(port);
  }

  pending() {
    const events = this.shelf.entries(EVENT).map(([, event]) => event);
    return events.sort((a, b) => (a.time < b.time ? -1 : 1));
  }

  waits(id) {
    return this.shelf.entries(EVENT + id).length > 0;
  }

  /** Keep the event, then offer it to every kernel. */
  add(event) {
    this.shelf.put(EVENT + event.uuid, event);
    if (event.kind === "answer") {
      const { rev, seed, answer, status, confidence, mode } = event;
      this.remember(event.id, { rev, seed, answer, status, confidence, mode });
    }
    this.post({ type: "event", event });
  }

  remember(id, answer) {
    this.answers.set(id, answer);
    this.shelf.put(ANSWER + id, answer);
  }

  /** A text being written, so that a reload does not lose it. */
  draft(id) {
    return new Map(this.shelf.entries(DRAFT + id)).get("") ?? "";
  }

  keepDraft(id, text) {
    if (text) this.shelf.put(DRAFT + id, text);
    else this.shelf.drop(DRAFT + id);
  }

  post(message, ports = [...this.ports]) {
    for (const port of ports) {
      try {
        port.send(message);
      } catch {
        this.detach(port); // its kernel is gone; the event stays in the queue
      }
    }
    return ports.length > 0;
  }

  receive(message, port) {
    if (message.type === "verdict" && message.error) {
      this.listener.refused(message.uuid, message.error);
    } else if (message.type === "verdict") {
      this.shelf.drop(EVENT + message.uuid);
      this.listener.acknowledged(message.uuid, message.verdict || {});
    } else if (message.type === "history" && message.error) {
      this.listener.trouble(message.error);
    } else if (message.type === "history") {
      this.replace(message.answers || {});
      this.listener.history();
    } else if (message.type === "variant") {
      this.listener.variant(message, port);
    }
  }

  /** The record knows better than the browser, except for what it has not received yet. */
  replace(answers) {
    const waiting = new Set(this.pending().map((event) => event.id));
    for (const id of [...this.answers.keys()]) {
      if (waiting.has(id) || id in answers) continue;
      this.answers.delete(id);
      this.shelf.drop(ANSWER + id);
    }
    for (const [id, answer] of Object.entries(answers)) {
      if (!waiting.has(id)) this.remember(id, answer);
    }
  }
}
