// Runs a test's part of a conversation: `node -e THIS MODULE URL BODY`.
"use strict";
const ws = require("ws"); // Node.js 20 has no WebSocket
const [source, base, body] = process.argv.slice(1);
const plain = (key, value) =>
  value instanceof ArrayBuffer ? { bytes: [...new Uint8Array(value)] } : value;
const say = (...words) => console.log(JSON.stringify(words, plain));
const next = (socket, name) =>
  new Promise((done) => socket.on(name, (...values) => done(values)));
const Body = Object.getPrototypeOf(async () => {}).constructor;

process.on("uncaughtException", (error) => say("uncaught", error.message));
process.on("unhandledRejection", (error) => say("unhandled", error.message));
setTimeout(() => (say("nothing comes any more"), process.exit()), 30_000);
(async () => {
  const url = "data:text/javascript;base64," + Buffer.from(source).toString("base64");
  const client = await import(url);
  const connect = (path = "/", { WebSocket = ws.WebSocket, ...options } = {}) => {
    globalThis.WebSocket = WebSocket; // that of the sockets which are opened from now on
    return client.connect(base + path, { reconnectionDelay: 20, ...options });
  };
  await new Body("connect", "say", "next", "require", body)(connect, say, next, require);
  process.exit();
})();
