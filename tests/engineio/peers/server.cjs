// Node's engine.io as a server, or several: prints the port of its control connection.
// A control connection sends options as one line of JSON, and gets {"port"} and then an event a
// line. When it ends, that server closes. Messages beginning with "!" are commands.
"use strict";
const http = require("http");
const net = require("net");
const { Server } = require("engine.io");

function listen(control, options) {
  const tell = (event) => control.writable && control.write(JSON.stringify(event) + "\n");
  if (options.forbid !== undefined) {
    options.allowRequest = (_, done) => done(options.forbid, false);
  }
  const engine = new Server(options);
  const host = http.createServer();
  engine.attach(host, { path: "/engine.io/" });
  engine.on("connection_error", ({ code, message, context }) =>
    tell(["refused", code, message, context.name ?? null]));
  engine.on("connection", (socket) => {
    tell(["connection", socket.id, socket.transport.name]);
    let polls = 0;
    socket.transport.on("ready", () => tell(["waits", socket.id, ++polls]));
    socket.on("upgrade", (transport) => tell(["upgrade", socket.id, transport.name]));
    socket.on("close", (reason, why) =>
      tell(["close", socket.id, reason, String(why?.description?.message ?? why?.message ?? "")]));
    socket.on("message", (data) => {
      if (typeof data !== "string" || !data.startsWith("!")) return socket.send(data);
      const [command, ...words] = data.slice(1).split(" ");
      for (const word of words) socket.send(word);
      if (command === "close") socket.close();
      if (command === "discard") socket.close(true);
    });
  });
  host.listen(0, "127.0.0.1", () => tell({ port: host.address().port }));
  control.on("error", () => {});
  control.on("close", () => {
    engine.close();
    host.close();
    host.closeAllConnections();
  });
}

const controls = net.createServer({ noDelay: true }, (control) => {
  let text = "";
  control.setEncoding("utf8");
  control.on("data", (more) => {
    text += more;
    if (!text.includes("\n")) return;
    listen(control, JSON.parse(text));
    text = "";
  });
});
controls.listen(0, "127.0.0.1", () => console.log(controls.address().port));
process.stdin.resume();
process.stdin.on("end", () => process.exit());
