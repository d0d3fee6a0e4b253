// The npm package `ws` as a peer: `node ws_peer.cjs serve`, or `node ws_peer.cjs URL`.
"use strict";
const { WebSocket, WebSocketServer } = require("ws");

const COMPRESSION = { threshold: 0 };
const MESSAGES = ["안녕", "", "x".repeat(200000), Buffer.from([0, 255]), Buffer.alloc(300000, 7)];

function serve() {
  const server = new WebSocketServer({
    port: 0,
    host: "127.0.0.1",
    perMessageDeflate: COMPRESSION,
    handleProtocols: (names) => (names.has("chat") ? "chat" : false),
  });
  server.on("listening", () => console.log(server.address().port));
  server.on("connection", (socket) => {
    socket.on("message", (data, binary) => {
      if (data.toString() === "close") socket.close(4001, "as you wish");
      else socket.send(data, { binary });
    });
    socket.on("close", (code, reason) => console.log(`closed ${code} ${reason}`));
  });
}

function connect(url) {
  const socket = new WebSocket(url, ["other", "chat"], { perMessageDeflate: COMPRESSION });
  const heard = [];
  socket.on("open", () => {
    console.log(`open ${socket.protocol} ${socket.extensions}`);
    for (const message of MESSAGES) socket.send(message);
    socket.send("안", { fin: false });
    socket.ping("?");
    socket.send("녕", { fin: true });
  });
  socket.on("pong", (data) => console.log(`pong ${data}`));
  socket.on("ping", (data) => console.log(`ping ${data.length}`));
  socket.on("message", (data, binary) => {
    heard.push(binary ? data : data.toString());
    if (heard.length < MESSAGES.length + 1) return;
    const same = MESSAGES.every((message, i) =>
      typeof message === "string" ? message === heard[i] : message.equals(heard[i]));
    console.log(`same ${same} ${heard[MESSAGES.length]}`);
    socket.send("close");
  });
  socket.on("close", (code, reason) => console.log(`closed ${code} ${reason}`));
  socket.on("error", (error) => console.log(`error ${error.message}`));
}

if (process.argv[2] === "serve") serve();
else connect(process.argv[2]);
