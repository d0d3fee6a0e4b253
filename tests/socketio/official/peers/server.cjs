// The application that every server under test runs; ../ours.py is the same in Python.
"use strict";
const http = require("http");
const { Server } = require("socket.io");

module.exports = function server({ server: options }, answer, tell) {
  const { catchAll, greet, parser, rooms } = options;
  if (parser === "msgpack") options.parser = require("socket.io-msgpack-parser");
  const host = http.createServer();
  const io = new Server(host, { serveClient: false, ...options });
  const held = []; // what waits for "release"
  const release = () => held.splice(0).reverse().forEach((go) => go());

  function connected(socket) {
    const nsp = socket.nsp.name;
    tell("connection", nsp, socket.id);
    if (greet) socket.emit("hello", socket.handshake.auth);
    socket.on("disconnecting", (reason) =>
      tell("disconnecting", nsp, reason, ...(rooms ? [socket.rooms.has(socket.id)] : [])));
    socket.on("disconnect", (reason) =>
      tell("disconnect", nsp, reason, ...(rooms ? [socket.rooms.size] : [])));
    socket.on("error", (error) => tell("error", nsp, error?.message ?? error));
    if (catchAll) {
      socket.onAny((...event) => tell("any", nsp, ...event.filter((one) => !one?.call)));
    }

    // What comes is told, or sent back, or answered.
    socket.on("echo", (...args) => socket.emit("echo", ...args));
    socket.on("answer", (...args) => args.pop()(...args));
    socket.on("later", (word, ack) => held.push(() => ack(word)));
    socket.on("release", release);
    socket.on("handshake", (ack) => ack(socket.handshake));
    socket.on("data", (ack) => ack(socket.data));

    // Commands.
    const say = (events) => events.forEach((event) => socket.emit(...event));
    socket.on("say", (...events) => say(events));
    socket.on("say special values", () =>
      socket.emit("values", undefined, null, NaN, new Date(0), Infinity, { a: undefined, b: false }));
    socket.on("say volatile", (...events) =>
      events.forEach((event) => socket.volatile.emit(...event)));
    socket.on("say reserved", (name, ack) => {
      try {
        socket.emit(name);
        ack("sent");
      } catch {
        ack("refused");
      }
    });
    socket.on("ask", (...event) =>
      socket.emit(...event, (...answers) => socket.emit("answered", ...answers)));
    socket.on("ask within", (ms, ...event) =>
      socket.timeout(ms).emit(...event, (error, ...answers) =>
        error ? socket.emit("unanswered") : socket.emit("answered", ...answers)));
    socket.on("leave", (...events) => (say(events), socket.disconnect()));
    socket.on("end", (...events) => (say(events), socket.disconnect(true)));
    socket.on("leave twice", () => (socket.disconnect(), socket.disconnect(), say([["late"]])));
    socket.on("shut down", () => io.close());

    // A chain of operators: ["io", ["to", "a"], ["except", "b"], ["emit", "x", 1]].
    socket.on("run", async (from, steps, ack) => {
      const starts = { io, socket };
      let it = starts[from] ?? io.of(from);
      try {
        for (const [name, ...args] of steps) {
          it = typeof it[name] === "function" ? it[name](...args) : it[name];
        }
        it = await it;
        if (Array.isArray(it) && it[0]?.handshake) {
          it = it.map(({ data, rooms, id }) => [data.user ?? null, rooms.size, rooms.has(id)]);
        }
        ack?.(it?.emit || it === true ? null : it ?? null);
      } catch (error) {
        ack?.({ error: error.message, responses: error.responses ?? null });
      }
    });
    socket.on("rooms", (ack) => ack([...socket.rooms].filter((room) => room !== socket.id)));
    // Middlewares of the socket.
    socket.on("guard", (word, ack) => {
      socket.use((event, next) => {
        if (event[0] !== "echo") return next();
        tell("asked", nsp, word, ...event.slice(1));
        if (event[1] === word) return next(new Error(`no ${word}`));
        if (event[1] === "wait") return void held.push(next);
        event.push(word);
        next();
      });
      ack();
    });
  }
  if (rooms) {
    const { adapter } = io.of("/");
    for (const event of ["create-room", "join-room", "leave-room", "delete-room"]) {
      adapter.on(event, (room, id) => room.length < 20 && tell(event, room, !!id));
    }
  }

  io.use((socket, next) => {
    const { user, refuse, data } = socket.handshake.auth;
    socket.data.user = user;
    next(refuse === undefined ? undefined : Object.assign(new Error(refuse), { data }));
  });
  io.on("connection", connected);
  for (const nsp of ["/admin", "/third"]) io.of(nsp).on("connection", connected);
  io.of("/two").use((socket, next) => {
    tell("first", "/two");
    next(socket.handshake.auth.refuse && new Error("refused by the first"));
  });
  io.of("/two").use((_, next) => (tell("second", "/two"), next())).on("connection", connected);
  io.of("/early").use((socket, next) => (socket.emit("early", 1), next()));
  io.of("/early").on("connection", connected);
  io.of("/slow").use((_, next) => (held.push(next), tell("held", "/slow")));
  io.of("/slow").on("connection", connected);
  io.of(/^\/dynamic-\d+$/).use((socket, next) =>
    next(socket.handshake.auth.refuse && new Error("refused"))).on("connection", connected);
  io.on("new_namespace", ({ name }) => tell("new_namespace", name));
  io.engine.on("connection", (session) => {
    if (session.transport.name !== "polling") return;
    let polls = 0;
    session.transport.on("ready", () => tell("waits", session.id, ++polls));
    session.on("upgrade", (transport) => tell("upgrade", session.id, transport.name));
  });
  host.listen(0, "127.0.0.1", () => answer({ port: host.address().port }));
  return {
    do() {},
    close() {
      io.close();
      host.closeAllConnections();
    },
  };
};
