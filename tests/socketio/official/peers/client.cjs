// The program that every client under test runs; ../ours.py is the same in Python.
"use strict";
const { Manager } = require("socket.io-client");

const plain = (value) => (Buffer.isBuffer(value) ? { base64: value.toString("base64") } : value);
const real = (value) => (value?.base64 === undefined ? value : Buffer.from(value.base64, "base64"));

module.exports = function client({ client: url, options, greet }, answer, tell) {
  if (options.parser === "msgpack") options.parser = require("socket.io-msgpack-parser");
  const manager = new Manager(url, { autoConnect: false, transports: ["websocket"], ...options });
  const sockets = {};
  for (const name of ["close", "reconnect", "reconnect_attempt", "reconnect_failed"]) {
    manager.on(name, (what) => tell("manager", name, what ?? null));
  }

  function open(nsp, auth) {
    const socket = (sockets[nsp] = manager.socket(nsp, { auth }));
    socket.on("connect", () => {
      tell("connect", nsp, socket.id);
      if (greet) socket.emit(...greet);
    });
    socket.on("connect_error", (error) =>
      tell("connect_error", nsp, error.message ?? null, error.data ?? null, socket.active));
    socket.on("disconnect", (reason) => tell("disconnect", nsp, reason, socket.active));
    socket.onAny((...event) => {
      const ack = event.at(-1)?.call && event.pop();
      tell("event", nsp, ...event.map(plain));
      if (ack && event[0] === "answer") ack(...event.slice(1));
    });
    socket.connect();
  }

  const told = (nsp, name) => (...args) => tell(name, nsp, ...args.map(plain));
  const commands = {
    open,
    connect: (nsp) => sockets[nsp].connect(),
    disconnect: (nsp) => sockets[nsp].disconnect(),
    emit: (nsp, ...event) => sockets[nsp].emit(...event.map(real)),
    volatile: (nsp, ...event) => sockets[nsp].volatile.emit(...event),
    ask: (nsp, ...event) => sockets[nsp].emit(...event.map(real), told(nsp, "answered")),
    "ask within": (nsp, ms, ...event) =>
      sockets[nsp].timeout(ms).emit(...event, (error, ...args) =>
        error ? tell("unanswered", nsp) : told(nsp, "answered")(...args)),
    reserved(nsp, name) {
      try {
        sockets[nsp].emit(name);
        tell("sent", nsp, name);
      } catch {
        tell("refused", nsp, name);
      }
    },
  };
  answer({});
  return {
    do: (command, ...args) => commands[command](...args),
    close() {
      manager.reconnection(false);
      for (const socket of Object.values(sockets)) socket.disconnect();
      manager._close();
    },
  };
};
