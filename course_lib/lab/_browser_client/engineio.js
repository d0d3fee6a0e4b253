// Engine.IO in a browser: one session, by polling and then by WebSocket.           Engine.IO rev. 4
//
//   GET  ->  0{"sid": ...}          POST  4hello  ->  ok          GET  ->  4hello 0x1E 2
//   WebSocket    2probe  ->  3probe,  the GET and the POST in flight end,  5  ->  4hello ...
//
// A packet is a string that begins with its type, or the bytes of a message.

const [OPEN, CLOSE, PING, PONG, MESSAGE, UPGRADE, NOOP] = "0123456";
const toBase64 = (bytes) => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
const fromBase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer;

/** A listener's mistake is reported by the browser as the page's own, and the client goes on. */
class Events extends EventTarget {
  on(name, listener) {
    this.addEventListener(name, ({ detail }) => listener(...detail));
    return this;
  }

  fire(name, ...values) {
    this.dispatchEvent(new CustomEvent(name, { detail: values }));
  }
}

/** A session. Its events: open(), message(text or ArrayBuffer), upgrade(), close(reason, error). */
function openEngine(address, { transports, timeout }) {
  const transport = { name: transports[0] };
  const engine = Object.assign(new Events(), { state: "opening", transport, send, close });
  const stop = new AbortController(); // of the GET and the POST in flight
  const queue = []; // packets that are not on their way yet
  let written = Promise.resolve(); // kept when all that was sent so far is written
  let polled; // kept when the last GET has brought its packets
  let paused = false; // between "3probe" and "5" nothing is asked or written
  let ws; // the WebSocket that is tried or used
  let patience, deadline; // ms without a ping, and their timer

  const polls = () => transport.name === "polling";
  const failed = (error) => end("transport error", error);

  function send(...packets) {
    queue.push(...packets);
    return (written = written.then(write).catch(failed));
  }

  /** Each packet in a POST of its own; a body may have several. */
  async function write() {
    while (queue.length && !paused) {
      const packet = queue.shift();
      if (!polls()) ws.send(packet);
      else await ask("POST", typeof packet === "string" ? packet : "b" + toBase64(packet));
    }
  }

  /** End the session from this side. What was sent before is written first. */
  function close(reason = "forced close") {
    paused = false;
    end(reason, undefined, engine.state === "open" && send(...(polls() ? [CLOSE] : [])));
  }

  async function end(reason, error, goodbye) {
    if (engine.state === "closed") return;
    engine.state = "closed";
    clearTimeout(deadline);
    engine.fire("close", reason, error);
    await goodbye;
    stop.abort();
    ws?.close();
  }

  /** Only the server pings. Where none comes in time, the way to it is cut. */
  function wait(ms = patience, reason = "ping timeout") {
    clearTimeout(deadline);
    deadline = setTimeout(() => end(reason), Math.min(ms, 2 ** 31 - 1)); // no timer has more
  }

  /** One GET after the other; the server answers each as soon as it has a packet. */
  async function poll() {
    while (!paused && engine.state !== "closed")
      for (const packet of (await ask("GET")).split("\x1e"))
        await receive(packet[0] === "b" ? fromBase64(packet.slice(1)) : packet);
  }

  async function ask(method, body) {
    const how = { method, body, cache: "no-store", signal: stop.signal };
    const answer = await fetch(url("polling"), how);
    if (!answer.ok) throw new Error(`polling: status ${answer.status}`);
    return answer.text();
  }

  function url(transport) {
    const url = new URL(address);
    const fields = { EIO: "4", transport, ...(engine.sid && { sid: engine.sid }) };
    for (const [name, value] of Object.entries(fields)) url.searchParams.set(name, value);
    return transport === "polling" ? url.href : url.href.replace("http", "ws");
  }

  async function receive(one) {
    if (engine.state === "closed") return;
    const [type, data] = typeof one === "string" ? [one[0], one.slice(1)] : [MESSAGE, one];
    if ((type === OPEN) !== (engine.state === "opening")) throw new Error("open comes first, once");
    if (type === OPEN) begin(JSON.parse(data));
    else if (type === PING) wait(), send(PONG);
    else if (type === MESSAGE) engine.fire("message", data);
    else if (type === CLOSE) end("transport close");
    else if (![PONG, UPGRADE, NOOP].includes(type)) throw new Error("an unknown type of packet");
  }

  function begin({ sid, upgrades, pingInterval, pingTimeout }) {
    patience = pingInterval + pingTimeout;
    if (typeof sid !== "string" || !(patience > 0)) throw new Error("not a handshake");
    Object.assign(engine, { sid, state: "open" });
    wait();
    engine.fire("open");
    const wanted = [transports, upgrades].every((names) => names.includes("websocket"));
    if (polls() && wanted && engine.state === "open") openWebSocket();
  }

  /** It carries the session from the beginning, or it is tried while polling goes on. */
  function openWebSocket() {
    const lost = (reason) => {
      if (!polls()) return end(reason);
      ws = undefined; // and polling goes on
      paused = false;
      polled = polled.then(poll).catch(failed);
      send();
    };
    ws = new WebSocket(url("websocket"));
    ws.binaryType = "arraybuffer";
    ws.onopen = () => polls() && ws.send(PING + "probe");
    ws.onmessage = ({ data }) => (polls() ? upgrade(data) : receive(data)).catch(failed);
    ws.onerror = () => lost("transport error");
    ws.onclose = () => lost("transport close");
  }

  /** GET and POST in flight end before "5" is sent, so that no packet overtakes another. */
  async function upgrade(answer) {
    const tried = ws;
    if (answer !== PONG + "probe" || paused || engine.state !== "open") return tried?.close();
    paused = true;
    await Promise.all([polled, written]);
    if (ws !== tried || engine.state !== "open") return; // it has failed meanwhile
    tried.send(UPGRADE);
    transport.name = "websocket";
    paused = false;
    send();
    engine.fire("upgrade");
  }

  wait(timeout, "timeout");
  if (polls()) polled = poll().catch(failed);
  else openWebSocket();
  return engine;
}

export { Events, openEngine };
