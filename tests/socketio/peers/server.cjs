// The conversation's server with the npm package socket.io: prints its port, ends with its input.
"use strict";
const { Server } = require("socket.io");
const io = new Server({ maxHttpBufferSize: 4e6, serveClient: false });

io.on("connection", (socket) => {
  socket.emit("hello", "world", Buffer.from([1, 2]));
  socket.on("echo", (...args) => socket.emit("echo", ...args));
  socket.on("ask", (value, answer) => answer([1, value], Buffer.from([2])));
  socket.on("quiet", (answer) => answer());
  socket.on("leave me", () => socket.disconnect());
  socket.on("ask me", async (value, answer) =>
    answer(await socket.timeout(30000).emitWithAck("question", value, Buffer.from("?"))));
  socket.on("everybody", async (value, answer) =>
    answer(await io.timeout(30000).emitWithAck("question", value, Buffer.from("?"))));
  socket.on("rooms", () => {
    socket.join(["r", "s"]);
    io.to("r").to("s").emit("told", "both");
    socket.to("r").emit("told", "without you");
    io.except("r").emit("told", "except");
    socket.leave("r");
    io.to("r").emit("told", "after you have left");
    io.in("s").socketsLeave("s");
    io.to("s").emit("told", "after all have left");
    socket.emit("told", "end");
  });
});
io.of(/^\/tenant-\d+$/).on("connection", (socket) => socket.emit("tenant", socket.nsp.name));
io.of("/admin").use((socket, next) => {
  if (socket.handshake.auth.token === "한") return next();
  next(Object.assign(new Error("not allowed"), { data: { code: 7 } }));
});
io.of("/admin").on("connection", (socket) =>
  socket.on("echo", (...args) => args.pop()(...args)));

const server = require("http").createServer();
io.attach(server);
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.resume().on("end", () => process.exit());
