// The msgpack packages of npm.  A line [package, "encode", plain value] is answered with hex, and
// [package, "decode", hex] with a plain value; "error" for what the package refuses.
"use strict";
const parser = require.resolve("socket.io-msgpack-parser");
const packages = {
  "notepack.io 2": require(require.resolve("notepack.io", { paths: [parser] })),
  "notepack.io 3": require("notepack.io"),
  "@msgpack/msgpack": require("@msgpack/msgpack"),
};

const bits = (number) => {
  const buffer = Buffer.alloc(8);
  buffer.writeDoubleBE(number);
  return buffer.toString("hex");
};

// null, booleans and texts are themselves; the rest is [kind, what it holds].
const plain = (value) => {
  if (typeof value === "number") return ["number", Number.isNaN(value) ? "nan" : bits(value)];
  if (value === undefined) return ["undefined"];
  if (value === null || typeof value !== "object") return value;
  if (value instanceof Date) return ["date", value.getTime()];
  if (ArrayBuffer.isView(value)) {
    return ["bytes", Buffer.from(value.buffer, value.byteOffset, value.length).toString("hex")];
  }
  if (value instanceof ArrayBuffer) return ["bytes", Buffer.from(value).toString("hex")];
  if (Array.isArray(value)) return ["array", value.map(plain)];
  return ["map", Object.entries(value).map(([key, item]) => [key, plain(item)])];
};

const real = (value) => {
  if (!Array.isArray(value)) return value;
  const [kind, held] = value;
  if (kind === "number") return Buffer.from(held, "hex").readDoubleBE();
  if (kind === "undefined") return undefined;
  if (kind === "date") return new Date(held);
  if (kind === "bytes") return Buffer.from(held, "hex");
  if (kind === "buffer") return Uint8Array.from(Buffer.from(held, "hex")).buffer;
  if (kind === "array") return held.map(real);
  return Object.fromEntries(held.map(([key, item]) => [key, real(item)]));
};

const ask = ([name, what, value]) => {
  try {
    if (what === "encode") return Buffer.from(packages[name].encode(real(value))).toString("hex");
    return plain(packages[name].decode(Buffer.from(value, "hex")));
  } catch {
    return "error";
  }
};

require("readline")
  .createInterface({ input: process.stdin })
  .on("line", (line) => console.log(JSON.stringify(ask(JSON.parse(line)))));
