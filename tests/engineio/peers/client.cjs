// The npm package engine.io-client: `node client.cjs URL '{"transports": […]}'`. Sends messages,
// says what came back and what happened, one line each, and closes.
"use strict";
const { Socket } = require("engine.io-client");

const [url, options, many] = [process.argv[2], JSON.parse(process.argv[3]), +process.argv[4]];
const say = (...words) => console.log(words.join(" "));
const big = "한x".repeat(250000);
const messages = ["hello", "", "안녕 \u{1f600}", Buffer.from([0, 255, 30]), Buffer.alloc(0), big,
  Buffer.alloc(999999, 7)];
const socket = new Socket(url, options);
socket.binaryType = "nodebuffer";
const heard = [];
const wanted = messages.length * (options.upgrade === false ? 1 : 2);

for (let i = 0; i < many; i++) socket.send(`quiet ${i}`); // buffered until the session is open
socket.on("open", () => {
  say("open", socket.transport.name);
  for (const message of messages) socket.send(message);
});
socket.on("upgrade", (transport) => {
  say("upgrade", transport.name);
  for (const message of messages) socket.send(message);
});
socket.on("error", (error) => say("error", error.message, error.description ?? ""));
socket.on("close", (reason) => say("close", reason));
socket.on("message", (data) => {
  heard.push(data);
  if (heard.length < wanted) return;
  const same = (a, b) => (Buffer.isBuffer(a) ? Buffer.isBuffer(b) && a.equals(b) : a === (b ?? ""));
  say("same", wanted, heard.every((data, i) => same(messages[i % messages.length], data)));
  socket.close();
});
