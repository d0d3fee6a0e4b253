// Socket.IO in a browser: events, acknowledgements, bytes, reconnection.           Socket.IO rev. 5
//
//   const socket = connect("/admin", { auth: { token: "..." } });         42/admin,["say","hello"]
//   socket.on("news", (text, photo) => ...);              bytes arrive as an ArrayBuffer
//   socket.emit("say", "hello", (answer) => ...);         a function last: an acknowledgement
//   await socket.timeout(1000).emitWithAck("say", "hello");
//
//   connect("/"), connect("/admin")      share a connection; one with { forceNew: true }, or a
//                                        second one for the same namespace, has its own
//
// Left out: `once`, `off`, volatile, retries, recovery, Blobs.

import { Events, openEngine } from "./engineio.js";

const OPTIONS = {
  path: "/socket.io/",
  transports: ["polling", "websocket"], // the first one opens the session
  auth: undefined, // an object, or a function that calls its argument with one
  timeout: 20_000, // ms for a handshake
  reconnectionDelay: 1000, // ms before the first attempt; it doubles
  reconnectionDelayMax: 5000,
};
const RESERVED = "connect connect_error disconnect disconnecting newListener removeListener";
const isFree = (name) => !RESERVED.split(" ").includes(name);
const isName = (name) => ["string", "number"].includes(typeof name) && isFree(name);
const [CONNECT, DISCONNECT, EVENT, ACK, CONNECT_ERROR] = [0, 1, 2, 3, 4];
const TO_BINARY = 3; // an EVENT with attachments is a 5, such an ACK a 6
const VALID = { // what a server may send
  [CONNECT]: (data) => typeof data?.sid === "string",
  [DISCONNECT]: (data) => data === undefined,
  [EVENT]: (data) => Array.isArray(data) && isName(data[0]),
  [ACK]: (data) => Array.isArray(data),
  [CONNECT_ERROR]: (data) => typeof data?.message === "string",
};
// type, or type and number of attachments (10 at most); namespace, id of an acknowledgement, JSON
const PACKET = /^(?:([0-4])|([56])([1-9]|10)-)(?:(\/[^,]*)(?:,|$))?(\d*)(.*)$/s;

/** The Engine.IO packets (4: a message) of one of Socket.IO: its text, and then its attachments. */
function encode(type, namespace, id, data) {
  const attachments = [];
  const json = JSON.stringify(data, function (key, value) {
    const it = this[key]; // `value` is what its toJSON has made of it
    if (!(it instanceof ArrayBuffer || ArrayBuffer.isView(it)) || type === CONNECT) return value;
    const copy = new Uint8Array(it.buffer ?? it, it.byteOffset, it.byteLength).slice();
    return { _placeholder: true, num: attachments.push(copy) - 1 };
  });
  const head = attachments.length ? `${type + TO_BINARY}${attachments.length}-` : type;
  const place = namespace === "/" ? "" : `${namespace},`;
  return [`4${head}${place}${id ?? ""}${json ?? ""}`, ...attachments];
}

/** The packet of these messages, or undefined while some are missing. An Error if it is none. */
function decode([text, ...attachments]) {
  const found = typeof text === "string" && PACKET.exec(text);
  if (!found || attachments.some((one) => typeof one === "string")) throw new Error("not a packet");
  const [, plain, binary, count = 0, namespace = "/", id, json] = found;
  if (attachments.length < count) return undefined;
  const put = (key, value) => {
    if (value?._placeholder !== true) return value;
    if (Number.isInteger(value.num) && attachments[value.num]) return attachments[value.num];
    throw new Error("illegal attachments");
  };
  const type = Number(plain ?? binary - TO_BINARY);
  const data = json ? JSON.parse(json, binary && put) : undefined;
  if (!VALID[type](data)) throw new Error("invalid payload");
  return { type, namespace, id: id ? Number(id) : undefined, data };
}

const managers = new Map(); // by address: what namespaces of one server share

/** One connection for several namespaces, made again when it was lost.
 *  Its event: reconnect_attempt(n). */
function manage(url, options) {
  const sockets = new Map(); // by namespace
  const manager = Object.assign(new Events(), { sockets, open, leave });
  let attempts = 0, timer; // of the next attempt
  const active = () => [...sockets.values()].filter((one) => one.socket.active);

  function open() {
    if (manager.engine) return;
    clearTimeout(timer);
    const engine = (manager.engine = openEngine(url, options));
    let messages = []; // of a packet whose attachments have not all come
    engine.on("open", () => {
      attempts = 0;
      for (const one of active()) one.join();
    });
    engine.on("message", (message) => {
      let packet;
      try {
        packet = decode((messages = [...messages, message]));
      } catch {
        engine.close("parse error");
      }
      if (packet) messages = [];
      sockets.get(packet?.namespace)?.receive(packet);
    });
    engine.on("close", closed);
  }

  /** End a socket on purpose: no attempt follows. The last one closes the connection. */
  function leave(one, reason) {
    one.socket.active = false;
    if (active().length) return one.closed(reason)();
    clearTimeout(timer);
    manager.engine?.close(reason);
  }

  function closed(reason, error) {
    manager.engine = undefined;
    for (const tell of [...sockets.values()].map((one) => one.closed(reason, error))) tell();
    const chance = 0.5 + Math.random(); // it keeps a crowd from coming again at one moment
    const delay = options.reconnectionDelay * 2 ** attempts++ * chance;
    const again = () => (manager.fire("reconnect_attempt", attempts), active().length && open());
    if (!active().length || manager.engine) return;
    timer = setTimeout(again, Math.min(delay, options.reconnectionDelayMax));
  }

  return manager;
}

/** A socket for the namespace that is the path of `place`; by default "/" of the page's server.
 *  Events: connect(), connect_error(error), disconnect(reason, error). */
function connect(place = "/", given = {}) {
  const options = { ...OPTIONS, ...given };
  const url = new URL(place, globalThis.location?.href);
  const namespace = decodeURI(url.pathname);
  Object.assign(url, { pathname: options.path, hash: "" });
  const alone = options.forceNew || managers.get(url.href)?.sockets.has(namespace);
  const manager = (!alone && managers.get(url.href)) || manage(url, options);
  if (!alone) managers.set(url.href, manager);
  const socket = Object.assign(new Events(), { connected: false, active: false, io: manager });
  const own = { socket, join, receive, closed }; // what the manager calls
  const acks = new Map(); // by id: what an answer is given to
  let waiting = []; // what writes events that were emitted before the server's CONNECT
  let nextId = 0;
  const goodbye = () => manager.engine.send(...encode(DISCONNECT, namespace));

  function join() {
    const { engine } = manager;
    const ask = (auth) => engine.send(...encode(CONNECT, namespace, undefined, auth));
    typeof socket.auth === "function" ? socket.auth(ask) : ask(socket.auth);
  }

  function receive({ type, id, data }) {
    if (!socket.active) return type === CONNECT && goodbye(); // it has left meanwhile
    if (type === CONNECT && !socket.connected) {
      Object.assign(socket, { id: data.sid, connected: true });
      for (const write of waiting.splice(0)) write();
      socket.fire("connect");
    }
    if (type === ACK) acks.get(id)?.(null, ...data);
    else if (type === DISCONNECT) manager.leave(own, "io server disconnect");
    else if (type === CONNECT_ERROR) {
      manager.leave(own, "refused");
      socket.fire("connect_error", Object.assign(new Error(data.message), { data: data.data }));
    } else if (type === EVENT && socket.connected)
      socket.fire(...data, ...(id === undefined ? [] : [acknowledge(id)]));
  }

  /** What a listener gets to answer with: once, and not on a later connection. */
  function acknowledge(id) {
    let sid = socket.id;
    return (...values) => {
      if (sid && sid === socket.id) manager.engine.send(...encode(ACK, namespace, id, values));
      sid = undefined;
    };
  }

  function send(name, values, answered, ms) {
    if (!isFree(name)) throw new Error(`"${name}" is a reserved event name`);
    const id = answered && nextId++;
    const packets = encode(EVENT, namespace, id, [name, ...values]);
    const write = () => {
      if (answered) acks.set(id, settle);
      manager.engine.send(...packets);
    };
    const settle = (...answer) => {
      waiting = waiting.filter((one) => one !== write);
      acks.delete(id);
      clearTimeout(timer);
      answered(...answer);
    };
    const late = () => settle(new Error("operation has timed out"));
    const timer = answered && ms !== undefined ? setTimeout(late, ms) : undefined;
    socket.connected ? write() : waiting.push(write);
    return socket;
  }

  /** What tells the page, when no socket of the connection is connected any more. */
  function closed(reason, error = new Error(reason)) {
    const { connected } = socket, lost = new Error("socket has been disconnected");
    Object.assign(socket, { id: undefined, connected: false });
    return () => {
      if (connected) socket.fire("disconnect", reason, error);
      else if (socket.active) socket.fire("connect_error", error);
      for (const settle of acks.values()) queueMicrotask(() => settle(lost));
    };
  }

  /** With `ms`, callback(error, ...values) within that time; else callback(...values), or never. */
  const timeout = (ms) => ({
    emit(name, ...values) {
      const callback = typeof values.at(-1) === "function" ? values.pop() : undefined;
      const answered = (error, ...answer) => error || callback(...answer);
      return send(name, values, callback && (ms === undefined ? answered : callback), ms);
    },
    emitWithAck: (name, ...values) =>
      new Promise((resolve, reject) =>
        send(name, values, (error, answer) => (error ? reject(error) : resolve(answer)), ms)),
  });

  return Object.assign(socket, timeout(), {
    auth: options.auth,
    timeout,
    connect() {
      if (socket.active) return socket;
      socket.active = true;
      manager.sockets.set(namespace, own);
      manager.engine?.state === "open" ? join() : manager.open();
      return socket;
    },
    disconnect() {
      if (socket.connected) goodbye();
      manager.leave(own, "io client disconnect");
      return socket;
    },
  }).connect();
}

export { connect };
