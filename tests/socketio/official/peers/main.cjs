// The npm packages socket.io and socket.io-client: prints the port of its control connection.
// A control connection sends a line of JSON, {"server": options} or {"client": url, …}, gets a
// line, and then an event a line. Its further lines are commands. When it ends, its peer closes.
"use strict";
const net = require("net");
const kinds = { server: require("./server.cjs"), client: require("./client.cjs") };

const controls = net.createServer({ noDelay: true }, (control) => {
  const tell = (...event) => control.writable && control.write(JSON.stringify(event) + "\n");
  let text = "", peer;
  control.setEncoding("utf8");
  control.on("error", () => {});
  control.on("close", () => peer?.close());
  control.on("data", (more) => {
    const lines = (text + more).split("\n");
    text = lines.pop();
    for (const line of lines) {
      if (peer) {
        peer.do(...JSON.parse(line));
      } else {
        const question = JSON.parse(line);
        const answer = (fields) => control.write(JSON.stringify(fields) + "\n");
        peer = kinds["server" in question ? "server" : "client"](question, answer, tell);
      }
    }
  });
});
controls.listen(0, "127.0.0.1", () => console.log(controls.address().port));
process.stdin.resume();
process.stdin.on("end", () => process.exit());
