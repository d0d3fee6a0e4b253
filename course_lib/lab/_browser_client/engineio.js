// Engine.IO in a browser: one session, by polling and then by WebSocket.           Engine.IO rev. 4
//
//   const engine = new Engine(address, options);
//   engine.on("open", ...).on("message", ...).on("upgrade", ...).on("close", ...);
//   engine.open();                                    then  engine.send("4hello"), engine.close()
//
//   GET  ->  0{"sid": ...}          POST  4hello  ->  ok          GET  ->  4hello 0x1E 2
//   WebSocket    2probe  ->  3probe,  the GET and the POST in flight end,  5  ->  4hello ...
//
// A packet is a string that begins with its type, or the bytes of a message.
// Left out: WebTransport, a fallback to the next transport, headers of one's own.

const [OPEN, CLOSE, PING, PONG, MESSAGE, UPGRADE, NOOP] = "0123456";
const PROBE = "probe";
const SEPARATOR = "\x1e"; // between the packets of a body
const MAX_WAIT = 2 ** 31 - 1; // ms; a browser's timer with more ends at once

/** Run code of the page. Its mistake is reported as the page's own, and the client goes on. */
function call(listener, ...args) {
  try {
    listener(...args);
  } catch (error) {
    setTimeout(() => {
      throw error;
    });
  }
}

class Events {
  #listeners = new Map();

  on(name, listener) {
    this.#listeners.set(name, [...(this.#listeners.get(name) ?? []), listener]);
    return this;
  }

  once(name, listener) {
    const first = (...args) => {
      this.off(name, first);
      listener(...args);
    };
    first.listener = listener;
    return this.on(name, first);
  }

  /** Remove a listener; without one, all of that name; without a name, all. */
  off(name, listener) {
    const others = (this.#listeners.get(name) ?? []).filter(
      (one) => listener && one !== listener && one.listener !== listener,
    );
    if (name === undefined) this.#listeners.clear();
    else this.#listeners.set(name, others);
    return this;
  }

  fire(name, ...args) {
    for (const listener of this.#listeners.get(name) ?? []) call(listener, ...args);
  }
}

const toText = (packet) => (typeof packet === "string" ? packet : "b" + toBase64(packet));
const toBase64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
const fromBase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;
const sizeOf = (text) => new TextEncoder().encode(text).length;

class Polling {
  name = "polling";
  #stopped = new AbortController();
  #paused = false;
  #reading;

  constructor(engine) {
    this.engine = engine;
  }

  open() {
    this.#reading = this.#read();
  }

  /** One GET after the other; the server answers each as soon as it has a packet. */
  async #read() {
    try {
      while (!this.#paused && !this.#stopped.signal.aborted) {
        const body = await this.#request("GET");
        for (const piece of body.split(SEPARATOR))
          this.onpacket(piece[0] === "b" ? fromBase64(piece.slice(1)) : piece);
      }
    } catch (error) {
      this.onend("transport error", error);
    }
  }

  /** One POST, with as much of the queue as the server accepts in a body. */
  async send(queue) {
    let body = toText(queue.shift());
    let size = sizeOf(body);
    while (queue.length) {
      const next = SEPARATOR + toText(queue[0]);
      size += sizeOf(next);
      if (size > this.engine.maxPayload) break;
      body += next;
      queue.shift();
    }
    await this.#request("POST", body);
  }

  async #request(method, body) {
    const response = await fetch(this.engine.url(this.name), {
      method,
      body, // a string is text/plain, for which a browser sends no preflight request
      cache: "no-store",
      credentials: this.engine.options.withCredentials ? "include" : "same-origin",
      signal: this.#stopped.signal,
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`polling: status ${response.status} ${text}`.trim());
    return text;
  }

  /** Return when the GET in flight has brought its packets. No other one follows. */
  async pause() {
    this.#paused = true;
    await this.#reading;
  }

  resume() {
    this.#paused = false;
    this.#reading = this.#reading.then(() => this.#read());
  }

  stop() {
    this.#stopped.abort();
  }
}

class WebSocketTransport {
  name = "websocket";
  #ws;

  constructor(engine) {
    this.engine = engine;
  }

  open() {
    this.#ws = new this.engine.options.WebSocket(this.engine.url(this.name));
    this.#ws.binaryType = "arraybuffer";
    this.#ws.onopen = () => this.onopen?.();
    this.#ws.onmessage = ({ data }) => this.onpacket(data);
    this.#ws.onerror = () => this.onend("transport error", new Error("websocket error"));
    this.#ws.onclose = () => this.onend("transport close");
  }

  send(queue) {
    while (queue.length) this.#ws.send(queue.shift());
  }

  stop() {
    this.#ws?.close(); // the browser sends what it has taken first
  }
}

/** Events: open(), message(text or ArrayBuffer), upgrade(transport), close(reason, error). */
class Engine extends Events {
  state = "opening"; // then open, and closed
  sid;
  maxPayload = Infinity;
  #queue = []; // packets that no transport has taken yet
  #written = Promise.resolve(); // kept when all that was sent so far is written
  #next; // the WebSocket that is tried
  #upgrading = false; // between "3probe" and "5" nothing is written
  #patience; // ms without a ping
  #deadline;

  constructor(address, options) {
    super();
    this.address = address;
    this.options = options;
  }

  open() {
    const polls = this.options.transports[0] === "polling";
    this.#use(polls ? new Polling(this) : new WebSocketTransport(this));
    this.#within(this.options.timeout, "transport error", "timeout");
    try {
      this.transport.open();
    } catch (error) {
      this.#end("transport error", error); // the browser refuses such an address
    }
  }

  url(transport) {
    const url = new URL(this.address);
    url.searchParams.set("EIO", "4");
    url.searchParams.set("transport", transport);
    if (this.sid) url.searchParams.set("sid", this.sid);
    if (transport === "websocket") url.protocol = url.protocol.replace("http", "ws");
    return url.href;
  }

  send(packet) {
    this.#queue.push(packet);
    this.#flush();
  }

  /** End the session from this side. What was sent before is written first. */
  close(reason = "forced close") {
    if (this.state !== "open") return this.#end(reason);
    this.#upgrading = false;
    this.#end(reason, undefined, this.#farewell());
  }

  /** A POST of its own for the close: a server may act on that before it has read the others. */
  async #farewell() {
    await this.#flush();
    if (this.transport.name !== "polling") return;
    this.#queue.push(CLOSE);
    await this.#flush();
  }

  #end(reason, error, written) {
    if (this.state === "closed") return;
    this.state = "closed";
    clearTimeout(this.#deadline);
    this.#next?.stop();
    this.#next = undefined;
    if (written) {
      written.then(() => this.transport.stop());
    } else {
      this.#queue.length = 0;
      this.transport.stop();
    }
    this.fire("close", reason, error);
  }

  /** Writes follow each other, and begin a little later: packets of one moment go together. */
  #flush() {
    this.#written = this.#written.then(() => this.#write());
    return this.#written;
  }

  async #write() {
    try {
      while (this.#queue.length && !this.#upgrading) await this.transport.send(this.#queue);
    } catch (error) {
      this.#end("transport error", error);
    }
  }

  #use(transport) {
    this.transport = transport;
    transport.onpacket = (packet) => this.#receive(packet);
    transport.onend = (reason, error) => this.#end(reason, error);
  }

  #receive(packet) {
    if (this.state === "closed") return;
    try {
      if (typeof packet !== "string") this.#take(MESSAGE, packet);
      else this.#take(packet[0], packet.slice(1));
    } catch (error) {
      this.#end("transport error", error);
    }
  }

  #take(type, data) {
    if ((type === OPEN) !== (this.state === "opening")) throw new Error("open comes first, once");
    if (type === OPEN) this.#handshake(JSON.parse(data));
    else if (type === MESSAGE) this.fire("message", data);
    else if (type === PING) this.#pinged();
    else if (type === CLOSE) this.#end("transport close");
    else if (![PONG, UPGRADE, NOOP].includes(type)) throw new Error("an unknown type of packet");
  }

  #handshake({ sid, upgrades, pingInterval, pingTimeout, maxPayload }) {
    this.#patience = pingInterval + pingTimeout;
    if (typeof sid !== "string" || !(this.#patience > 0)) throw new Error("not a handshake");
    this.sid = sid;
    this.maxPayload = maxPayload;
    this.state = "open";
    this.#within(this.#patience, "ping timeout", "no ping has come");
    this.fire("open");
    const { transports, WebSocket } = this.options;
    const wanted = this.transport.name === "polling" && transports.includes("websocket");
    const possible = WebSocket !== undefined && upgrades.includes("websocket");
    if (wanted && possible && this.state === "open") this.#probe();
  }

  /** Only the server pings. Where none comes in time, the way to it is cut. */
  #pinged() {
    this.#within(this.#patience, "ping timeout", "no ping has come");
    this.send(PONG);
  }

  #within(ms, reason, message) {
    clearTimeout(this.#deadline);
    const late = () => this.#end(reason, new Error(message));
    this.#deadline = setTimeout(late, Math.min(ms, MAX_WAIT));
  }

  /** Try a WebSocket while polling goes on. */
  #probe() {
    const next = new WebSocketTransport(this);
    this.#next = next;
    next.onopen = () => next.send([PING + PROBE]);
    next.onpacket = (packet) => {
      if (packet === PONG + PROBE && !this.#upgrading) this.#upgrade(next);
      else next.stop();
    };
    next.onend = () => this.#stay(next);
    next.open();
  }

  /** GET and POST in flight end before "5" is sent, so that no packet overtakes another. */
  async #upgrade(next) {
    this.#upgrading = true;
    await Promise.all([this.transport.pause(), this.#written]);
    if (this.#next !== next) return; // the WebSocket or the session has ended meanwhile
    next.send([UPGRADE]);
    this.#use(next);
    this.#next = undefined;
    this.#upgrading = false;
    this.#flush();
    this.fire("upgrade", next);
  }

  /** The WebSocket has failed: polling goes on. */
  #stay(next) {
    if (this.#next !== next) return;
    this.#next = undefined;
    this.#upgrading = false;
    this.transport.resume();
    this.#flush();
  }
}

export { call, Engine, Events, MESSAGE };
