// socket.io-parser: ["encode", packet] -> its messages; ["decode", messages] -> packets, or the error.
// Bytes travel as {"base64": "..."}.
const { Decoder, Encoder } = require("socket.io-parser");
const readline = require("node:readline");

const out = (value) => {
  if (Buffer.isBuffer(value)) return { base64: value.toString("base64") };
  if (Array.isArray(value)) return value.map(out);
  if (value && typeof value === "object")
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, out(item)]));
  return value;
};
const into = (value) => {
  if (Array.isArray(value)) return value.map(into);
  if (value && typeof value === "object") {
    if (typeof value.base64 === "string") return Buffer.from(value.base64, "base64");
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, into(item)]));
  }
  return value;
};
const answer = (what, value) => {
  if (what === "encode") return out(new Encoder().encode(into(value)));
  const found = [];
  const decoder = new Decoder();
  decoder.on("decoded", (packet) => found.push(packet));
  try {
    for (const message of into(value)) decoder.add(message);
  } catch (error) {
    return { error: String(error.message) };
  }
  return found.map(({ type, nsp, id, data }) => ({
    type, nsp, id: id ?? null, data: data === undefined ? null : out(data),
  }));
};
readline.createInterface({ input: process.stdin }).on("line", (line) => {
  process.stdout.write(JSON.stringify(answer(...JSON.parse(line))) + "\n");
});
