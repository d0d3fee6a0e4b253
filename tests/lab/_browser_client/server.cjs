// The npm package socket.io with the application of `servers.py`: `node server.cjs '{OPTIONS}'`.
// Prints its port, and ends with its standard input.
"use strict";
const http = require("http");
const { Server } = require("socket.io");

const options = { cors: { origin: "*" }, ...JSON.parse(process.argv[2]) };
const ended = []; // [namespace, reason] of each socket that has left
let io, host;

function start(port) {
  host = http.createServer();
  io = new Server(host, options);
  io.on("connection", welcome);
  const admin = io.of("/admin");
  admin.use((socket, next) => {
    if (socket.handshake.auth.token === "secret") return next();
    next(Object.assign(new Error("not allowed"), { data: { code: 7 } }));
  });
  admin.on("connection", welcome);
  host.listen(port, "127.0.0.1", () => port || console.log(host.address().port));
}

function welcome(socket) {
  const { query, auth } = socket.handshake;
  socket.emit("welcome", socket.nsp.name, auth, query.color ?? null);
  socket.on("disconnect", (reason) => ended.push([socket.nsp.name, reason]));
  socket.on("echo", (...values) => socket.emit("echo", ...values));
  socket.on("answer", (...values) => values.pop()(...values));
  socket.on("ask me", (...values) => {
    socket.emit("asked", ...values, (...answers) => socket.emit("heard", ...answers));
  });
  socket.on("count", (to) => {
    const some = (i) => {
      for (const end = i + 5; i < end && i < to; i++) socket.emit("count", i);
      if (i < to) setTimeout(some, 1, i);
    };
    some(0);
  });
  socket.on("dismiss", (all) => socket.disconnect(all));
  socket.on("ended", (answer) => answer(ended));
  socket.on("vanish", (ms) => {
    const { port } = host.address();
    io.close();
    host.closeAllConnections();
    setTimeout(() => start(port), ms);
  });
}

start(0);
process.stdin.resume();
process.stdin.on("end", () => process.exit());
