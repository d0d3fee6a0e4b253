// The npm package engine.io-parser: {encode, decode} as JSON in, its answers as JSON out.
"use strict";
const { readFileSync } = require("fs");
const { decodePayload, encodePayload } = require("engine.io-parser");

const plain = ({ type, data }) =>
  Buffer.isBuffer(data) ? [type, "base64", data.toString("base64")] : [type, "text", data ?? ""];
const packet = ([type, kind, data]) =>
  ({ type, data: kind === "base64" ? Buffer.from(data, "base64") : data || undefined });

const question = JSON.parse(readFileSync(0, "utf8"));
const encoded = [];
for (const packets of question.encode) {
  encodePayload(packets.map(packet), (body) => encoded.push(body));
}
const decode = (body) => decodePayload(body, "nodebuffer").map(plain);
console.log(
  JSON.stringify({ encoded, back: encoded.map(decode), decoded: question.decode.map(decode) }),
);
