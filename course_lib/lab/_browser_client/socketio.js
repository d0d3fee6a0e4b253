// Socket.IO in a browser: events, acknowledgements, bytes, reconnection.           Socket.IO rev. 5
//
//   const socket = connect("http://127.0.0.1:3000/admin", { auth: { token: "..." } });
//   socket.on("news", (text, photo) => ...);              bytes arrive as an ArrayBuffer
//   socket.emit("say", "hello", (answer) => ...);         a function last: an acknowledgement
//   await socket.timeout(1000).emitWithAck("say", "hello");
//
//   Socket     one namespace                                42["say","hello"], 430["ok"]
//   Manager    one connection for its namespaces, made again when it breaks
//   Decoder    texts and attachments to packets       451-["photo",{"_placeholder":true,"num":0}]
//
// Left out: volatile, retries, recovery, catch-all listeners; Blobs, so `await blob.arrayBuffer()`.

import { call, Engine, Events, MESSAGE } from "./engineio.js";

const [CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR] = [0, 1, 2, 3, 4];
const TO_BINARY = 3; // BINARY_EVENT is 5, BINARY_ACK is 6
const MAX_ATTACHMENTS = 10; // of one packet, as in the reference
const RESERVED = new Set(
  "connect connect_error disconnect disconnecting newListener removeListener".split(" "),
);
const OPTIONS = {
  path: "/socket.io/",
  transports: ["polling", "websocket"], // the first one opens the session
  auth: undefined, // an object, or a function that calls its argument with one
  query: {},
  withCredentials: false, // true: cookies go to another origin, too
  timeout: 20_000, // ms for a handshake
  reconnection: true,
  reconnectionAttempts: Infinity,
  reconnectionDelay: 1000, // ms before the first attempt; it doubles
  reconnectionDelayMax: 5000,
  randomizationFactor: 0.5, // 0.5: between half of the delay and one and a half
  forceNew: false, // true: a connection of its own
  WebSocket: globalThis.WebSocket, // Node.js 20 has none: pass that of the package `ws`
};

/** The Engine.IO packets of one Socket.IO packet: its text, and then its attachments. */
function encode(type, namespace, id, data) {
  const attachments = [];
  const json = JSON.stringify(data, function (key, value) {
    const bytes = toBytes(this[key]); // `value` is what toJSON of a Buffer has made of it
    return bytes ? { _placeholder: true, num: attachments.push(bytes) - 1 } : value;
  });
  if (attachments.length && type === CONNECT) throw new TypeError("auth cannot hold bytes");
  const head = attachments.length ? `${type + TO_BINARY}${attachments.length}-` : type;
  const place = namespace === "/" ? "" : `${namespace},`;
  return [`${MESSAGE}${head}${place}${id ?? ""}${json ?? ""}`, ...attachments];
}

/** A copy, so that what was emitted does not change while it waits. */
function toBytes(value) {
  if (value instanceof ArrayBuffer) return new Uint8Array(value).slice();
  if (!ArrayBuffer.isView(value)) return undefined;
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice();
}

const isObject = (data) => typeof data === "object" && data !== null && !Array.isArray(data);
const isName = (name) => ["string", "number"].includes(typeof name) && !RESERVED.has(name);
const VALID = {
  [CONNECT]: (data) => data === undefined || isObject(data),
  [DISCONNECT]: (data) => data === undefined,
  [EVENT]: (data) => Array.isArray(data) && isName(data[0]),
  [ACK]: (data) => Array.isArray(data),
  [CONNECT_ERROR]: (data) => typeof data === "string" || isObject(data),
};

class Decoder {
  // type, number of attachments, namespace, id of an acknowledgement, JSON
  static PACKET = /^(?:([0-4])|([56])(\d+)-)(?:(\/[^,]*)(?:,|$))?(\d*)(.*)$/s;
  #partial; // a packet whose attachments have not all come

  /** The packet, if it is whole now. Throws an Error for what breaks the protocol. */
  add(data) {
    if ((typeof data === "string") === (this.#partial !== undefined))
      throw new Error("text in place of an attachment, or an attachment without a text");
    if (typeof data === "string") this.#partial = this.#head(data);
    else this.#partial.attachments.push(data);
    const { count, attachments, ...packet } = this.#partial;
    if (attachments.length < count) return undefined;
    this.#partial = undefined;
    return this.#whole(packet, attachments);
  }

  #head(text) {
    const found = Decoder.PACKET.exec(text);
    if (!found) throw new Error("not a packet");
    const [, plain, binary, digits = "0", namespace = "/", id, json] = found;
    const count = Number(digits);
    if (binary && (count < 1 || count > MAX_ATTACHMENTS)) throw new Error("illegal attachments");
    const type = plain ? Number(plain) : binary - TO_BINARY;
    return { type, namespace, id: id ? Number(id) : undefined, json, count, attachments: [] };
  }

  #whole({ json, ...packet }, attachments) {
    const put = (key, value) => {
      if (value?._placeholder !== true) return value;
      const bytes = typeof value.num === "number" ? attachments[value.num] : undefined;
      if (bytes === undefined) throw new Error("illegal attachments");
      return bytes;
    };
    packet.data = json ? JSON.parse(json, attachments.length ? put : undefined) : undefined;
    if (!VALID[packet.type](packet.data)) throw new Error("invalid payload");
    return packet;
  }
}

/** ms before the next attempt. Chance keeps a crowd of clients from coming at one moment. */
function backOff(attempts, options, chance = Math.random()) {
  const { reconnectionDelay, reconnectionDelayMax, randomizationFactor } = options;
  const jitter = 1 + randomizationFactor * (2 * chance - 1);
  return Math.min(reconnectionDelay * 2 ** attempts * jitter, reconnectionDelayMax);
}

/** Events: reconnect_attempt(n), reconnect(n), reconnect_failed(). */
class Manager extends Events {
  sockets = new Map(); // by namespace
  engine; // the session that is opening or open
  #decoder;
  #attempts = 0;
  #timer; // of the next attempt

  constructor(address, options) {
    super();
    this.address = address;
    this.options = options;
  }

  get #active() {
    return [...this.sockets.values()].filter((socket) => socket.active);
  }

  /** A socket wants to connect: over the session that is there, or over a new one. */
  join(socket) {
    if (this.engine?.state === "open") socket.sendConnect();
    else if (!this.engine && !this.#timer) this.#open();
  }

  /** A socket needs the connection no longer; the last one closes it. */
  leave() {
    if (this.#active.length) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#attempts = 0;
    this.engine?.close();
  }

  send(packets) {
    for (const packet of packets) this.engine.send(packet);
  }

  #open() {
    const engine = new Engine(this.address, this.options);
    this.engine = engine;
    this.#decoder = new Decoder(); // attachments of the last session will not come any more
    engine.on("open", () => this.#opened());
    engine.on("message", (data) => this.#message(data));
    engine.on("close", (reason, error) => this.#closed(reason, error));
    engine.open();
  }

  #opened() {
    const attempts = this.#attempts;
    this.#attempts = 0;
    for (const socket of this.#active) call(() => socket.sendConnect());
    if (attempts) this.fire("reconnect", attempts);
  }

  #message(data) {
    let packet;
    try {
      packet = this.#decoder.add(data);
    } catch {
      this.engine.close("parse error");
    }
    if (packet) this.sockets.get(packet.namespace)?.receive(packet);
  }

  #closed(reason, error) {
    const opened = this.engine.sid !== undefined;
    this.engine = undefined;
    for (const socket of this.#active) {
      if (opened) socket.closed(reason, error);
      else socket.fire("connect_error", error);
    }
    this.#retry();
  }

  #retry() {
    const { reconnection, reconnectionAttempts } = this.options;
    if (!reconnection || this.engine || this.#timer || !this.#active.length) return;
    if (this.#attempts >= reconnectionAttempts) {
      this.#attempts = 0;
      this.fire("reconnect_failed");
      return;
    }
    this.#timer = setTimeout(() => {
      this.fire("reconnect_attempt", this.#attempts);
      this.#timer = undefined;
      if (this.#active.length && !this.engine) this.#open();
    }, backOff(this.#attempts++, this.options));
  }
}

/** Events: connect(), connect_error(error), disconnect(reason, error), and the server's. */
class Socket extends Events {
  id;
  connected = false;
  active = false; // false: it neither is connected nor tries to
  #nextId = 0;
  #acks = new Map(); // by id: what waits for an answer
  #early = []; // events that came before the server's CONNECT
  #waiting = []; // packets that were emitted before it

  constructor(manager, namespace, auth) {
    super();
    this.io = manager;
    this.namespace = namespace;
    this.auth = auth;
    manager.sockets.set(namespace, this);
  }

  connect() {
    if (this.active) return this;
    this.active = true;
    this.io.join(this);
    return this;
  }

  disconnect() {
    if (this.connected) this.io.send(encode(DISCONNECT, this.namespace));
    this.#leave("io client disconnect");
    return this;
  }

  emit(name, ...values) {
    const callback = typeof values.at(-1) === "function" ? values.pop() : undefined;
    const settle = (error, answer) => error || callback(...answer); // no answer: it is forgotten
    this.#send(name, values, callback && settle);
    return this;
  }

  /** A promise of the first value that the server answers with. */
  emitWithAck(name, ...values) {
    return this.timeout(undefined).emitWithAck(name, ...values);
  }

  /** As `emit` and `emitWithAck`, for an answer within `ms`; callback(error, ...values). */
  timeout(ms) {
    const emit = (name, ...values) => {
      const callback = values.pop();
      this.#send(name, values, (error, answer = []) => callback(error, ...answer), ms);
    };
    const emitWithAck = (name, ...values) =>
      new Promise((resolve, reject) => {
        emit(name, ...values, (error, answer) => (error ? reject(error) : resolve(answer)));
      });
    return { emit, emitWithAck };
  }

  #send(name, values, settle, ms) {
    if (RESERVED.has(name)) throw new Error(`"${name}" is a reserved event name`);
    const id = settle && this.#nextId++;
    const packets = encode(EVENT, this.namespace, id, [name, ...values]);
    if (settle) this.#expect(id, packets, settle, ms);
    if (this.connected) this.io.send(packets);
    else this.#waiting.push(packets);
  }

  #expect(id, packets, settle, ms) {
    const late = () => {
      this.#waiting = this.#waiting.filter((one) => one !== packets);
      this.#settle(id, new Error("operation has timed out"));
    };
    const timer = ms === undefined ? undefined : setTimeout(late, ms);
    this.#acks.set(id, { packets, settle, timer });
  }

  #settle(id, error, answer) {
    const ack = this.#acks.get(id);
    if (!ack) return; // answered before, or too late
    this.#acks.delete(id);
    clearTimeout(ack.timer);
    call(ack.settle, error, answer);
  }

  /** Ask the server for this namespace; the manager calls it, each time it has a session. */
  sendConnect() {
    const { engine } = this.io;
    const ask = (auth) => {
      if (!this.active || this.io.engine !== engine) return; // `auth` has taken too long
      this.io.send(encode(CONNECT, this.namespace, undefined, auth));
    };
    if (typeof this.auth === "function") this.auth(ask);
    else ask(this.auth);
  }

  receive(packet) {
    const { type, id, data } = packet;
    if (!this.active) return;
    if (type === CONNECT) this.#connected(data?.sid);
    else if (type === CONNECT_ERROR) this.#refused(data.message ?? data, data.data);
    else if (type === DISCONNECT) this.#leave("io server disconnect");
    else if (type === ACK) this.#settle(id, null, data);
    else if (this.connected) this.#deliver(packet);
    else this.#early.push(packet);
  }

  #connected(sid) {
    if (this.connected) return;
    if (typeof sid !== "string") return this.#refused("CONNECT without sid: an older Socket.IO");
    this.id = sid;
    this.connected = true;
    for (const packet of this.#early.splice(0)) this.#deliver(packet);
    while (this.connected && this.#waiting.length) this.io.send(this.#waiting.shift());
    if (this.connected) this.fire("connect");
  }

  #deliver({ id, data }) {
    const asked = this.id;
    let answered = false;
    const acknowledge = (...values) => {
      if (answered || this.id !== asked) return; // once, and not on a later connection
      answered = true;
      this.io.send(encode(ACK, this.namespace, id, values));
    };
    this.fire(...data, ...(id === undefined ? [] : [acknowledge]));
  }

  #refused(message, data) {
    this.active = false;
    this.io.leave();
    this.fire("connect_error", Object.assign(new Error(message), { data }));
  }

  #leave(reason) {
    const { connected } = this;
    this.active = false;
    this.io.leave();
    if (connected) this.closed(reason);
  }

  closed(reason, error) {
    this.connected = false;
    this.id = undefined;
    this.#early = [];
    this.fire("disconnect", reason, error);
    for (const [id, { packets }] of this.#acks) {
      const sent = !this.#waiting.includes(packets); // else it can still be answered
      if (sent) this.#settle(id, new Error("socket has been disconnected"));
    }
  }
}

const managers = new Map(); // by server: sockets of several namespaces share a connection

/** A socket for the namespace that is the path of `url`; by default "/" of the page's server. */
function connect(url = "/", given = {}) {
  const options = { ...OPTIONS, ...given };
  const target = new URL(url, globalThis.location?.href);
  const namespace = decodeURI(target.pathname);
  target.protocol = target.protocol.replace("ws", "http");
  target.hash = ""; // a WebSocket's address has none
  target.pathname = options.path.replace(/\/?$/, "/");
  for (const [name, value] of Object.entries(options.query)) target.searchParams.set(name, value);
  for (const name of options.transports)
    if (!["polling", "websocket"].includes(name)) throw new Error(`no such transport: ${name}`);
  const server = target.origin + target.pathname;
  let manager = managers.get(server);
  if (options.forceNew || !manager || manager.sockets.has(namespace)) {
    manager = new Manager(target.href, options);
    if (!options.forceNew && !managers.has(server)) managers.set(server, manager);
  }
  return new Socket(manager, namespace, options.auth).connect();
}

export { backOff, connect };
