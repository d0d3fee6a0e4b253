// The conversation's client with the npm package socket.io-client: `node client.cjs URL '[…]'`.
"use strict";
const { Manager } = require("socket.io-client");
const [url, transports] = [process.argv[2], JSON.parse(process.argv[3])];
const say = (...words) => console.log(words.join(" "));
const b = (...bytes) => Buffer.from(bytes);
const echoed = [
  ["text"], [1, -2.5, true, null], [{ a: [b(0, 255), { b: b() }] }, Buffer.from("two")],
  ["안녕 \u{1f600}\x1e"], ["한x".repeat(250000)], [Buffer.alloc(999999)], [],
];
const once = (socket, event) => new Promise((done) => socket.once(event, (...args) => done(args)));

async function converse() {
  const manager = new Manager(url, { transports, upgrade: transports.length > 1 });
  const upgraded = new Promise((done) => manager.once("open", () => {
    if (transports.length < 2) done();
    else manager.engine.once("upgrade", done);
  }));
  const socket = manager.socket("/");
  socket.on("connect", () => say("connect"));
  socket.on("hello", (word, data) => say("hello", word, data.length));
  socket.on("question", (value, _, answer) => answer(value * 2));
  socket.on("disconnect", (reason) => say("disconnect", reason));
  await once(socket, "hello");
  for (const [number, args] of echoed.entries()) {
    socket.emit("echo", ...args);
    const back = await once(socket, "echo");
    if (require("util").isDeepStrictEqual(back, args)) say("echo", number);
  }
  await upgraded;
  const [both, bytes] = await new Promise((done) => socket.emit("ask", 2, (...all) => done(all)));
  if (bytes.equals(b(2))) say("ask", JSON.stringify(both).replace(",", ", "));
  if ((await socket.emitWithAck("quiet")) === undefined) say("quiet");
  say("asked", await socket.timeout(30000).emitWithAck("ask me", 21));
  socket.emit("rooms");
  await new Promise((done) => socket.on("told", (text) => {
    say("told", text);
    if (text === "end") done();
  }));
  const answers = await socket.timeout(30000).emitWithAck("everybody", 4);
  say("everybody", JSON.stringify(answers));
  const admin = manager.socket("/admin", { auth: { token: "x" } });
  const [error] = await once(admin, "connect_error");
  say("refused", error.message, error.data.code);
  admin.auth = { token: "한" };
  admin.connect();
  await once(admin, "connect");
  say("admin connect");
  const [zero, text] = await new Promise((done) =>
    admin.emit("echo", b(0), "한", (...all) => done(all)));
  if (zero.equals(b(0)) && text === "한") say("admin echo");
  const [unknown] = await once(manager.socket("/nope"), "connect_error");
  say("unknown", unknown.message);
  const tenant = manager.socket("/tenant-7");
  const [name] = await once(tenant, "tenant");
  say("tenant", name);
  tenant.disconnect();
  socket.emit("leave me");
  await once(socket, "disconnect");
  say("admin still", admin.connected ? "True" : "False");
  admin.disconnect();
}

converse();
