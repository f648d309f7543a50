// A complete adapter in plain JavaScript, to copy from. It needs Node 18 or later and nothing else.
// The upper half speaks the line protocol; the lower half offers operations.
// `conformance certify --command "node minimal.mjs"`
import { readSync, realpathSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

// An array is {dtype, shape, data}. A typed array holds its elements as the protocol sends them:
// little endian, as on every machine that Node runs on.
const TYPES = { float64: Float64Array, float32: Float32Array, int64: BigInt64Array };

// Throw this for a dtype, shape or parameter that the library lacks. The case is absent, and does
// not fail.
export class NotImplemented extends Error {}

/** Serve a glossary: its functions are the operations, its other entries describe the adapter. */
export function serve(glossary) {
  // Standard output carries only messages.
  console.log = console.info = console.debug = console.error;
  const operations = Object.keys(glossary).filter((name) => typeof glossary[name] === "function");
  for (let asked; (asked = receive()) && asked.request !== "stop";) {
    for (const { operation, arguments: given, parameters } of asked.calls ?? [asked])
      try {
        send(
          operation
            ? { answer: encode(glossary[operation](...given.map(decode), parameters)) }
            : { ...glossary, operations, calls: true },
        );
      } catch (error) {
        send({
          error: {
            kind: error instanceof NotImplemented ? "absent" : "raised",
            message: `${error}`,
            traceback: error.stack,
          },
        });
      }
  }
}
// JSON leaves out the functions of a glossary.
const send = (message) => writeFileSync(1, `${JSON.stringify(message)}\n`);

// Reading waits for a line. During a call the next line is the answer of a callback. Lines are
// ASCII, and the suite sends one line for each line that it receives.
function receive(line = "", chunk = Buffer.alloc(2 ** 16)) {
  for (let size; !line.endsWith("\n") && (size = readSync(0, chunk)) > 0;)
    line += chunk.toString("latin1", 0, size);
  return line && JSON.parse(line);
}
function decode(value) {
  if (Array.isArray(value)) return value.map(decode);
  const { callback, dtype, shape, data } = value ?? {};
  if (callback)
    return (...given) => {
      send({ callback, arguments: given.map(encode) });
      return decode(receive().answer);
    };
  return dtype
    ? { dtype, shape, data: new TYPES[dtype](new Uint8Array(Buffer.from(data, "base64")).buffer) }
    : value;
}
const base64 = ({ buffer, byteOffset, byteLength }) =>
  Buffer.from(buffer, byteOffset, byteLength).toString("base64");
const encode = (value) =>
  Array.isArray(value)
    ? value.map(encode)
    : value?.dtype
      ? { ...value, data: base64(value.data) }
      : value;

// The operations: arrays come first, then an object of parameters. JavaScript computes in float64,
// and a typed array rounds to its dtype.
const each = (array, f) => ({ ...array, data: array.data.map(f) });
// Each element becomes f(distance, rest). The distance is from the largest element of the line
// along the axis; the rest is Σ exp(distance) of all elements but the largest.
const along =
  (f) =>
  ({ dtype, shape, data }, { axis }) => {
    const [length, ...after] = shape.slice(axis);
    const stride = after.reduce((a, b) => a * b, 1);
    const answer = data.slice();
    for (let i = 0; i < data.length / length; i++) {
      const line = Array.from(
        { length },
        (_, j) => (Math.floor(i / stride) * length + j) * stride + (i % stride),
      );
      const top = line.reduce((best, at) => (data[at] > data[best] ? at : best));
      const rest = line.reduce(
        (sum, at) => (at === top ? sum : sum + Math.exp(data[at] - data[top])),
        0,
      );
      for (const at of line) answer[at] = f(data[at] - data[top], rest);
    }
    return { dtype, shape, data: answer };
  };
// The parameters after each step θ −= rate · direction(gradient, element's state, t, parameters).
const descent = (direction) => (gradient, params, steps, named) => {
  const states = params.map(({ data }) => Array.from(data, () => ({ m: 0, v: 0 })));
  return Array.from({ length: steps }, (_, t) => {
    const slopes = gradient(params);
    // There is one rate for each step, or one for all steps.
    const rate = named.learning_rate[t] ?? named.learning_rate;
    const move = (i) => (theta, k) =>
      theta - rate * direction(slopes[i].data[k], states[i][k], t + 1, named);
    return (params = params.map((param, i) => each(param, move(i))));
  });
};
const own = {
  name: "plain JavaScript",
  version: process.version,
  dtypes: ["float64", "float32"],

  step: (x) => each(x, (a) => (a > 0 ? 1 : a <= 0 ? 0 : NaN)),
  sigmoid: (x) =>
    each(x, (a) => (a < 0 ? Math.exp(a) / (1 + Math.exp(a)) : 1 / (1 + Math.exp(-a)))),
  tanh: (x) => each(x, Math.tanh),
  relu: (x) => each(x, (a) => Math.max(0, a)),
  leaky_relu: (x, { negative_slope }) => each(x, (a) => (a > 0 ? a : negative_slope * a)),
  identity: (x) => x,
  softmax: along((below, rest) => Math.exp(below) / (1 + rest)),
  log_softmax: along((below, rest) => below - Math.log1p(rest)),
  clip_by_value: (gradients, { limit }) =>
    gradients.map((g) => each(g, (a) => Math.max(-limit, Math.min(limit, a)))),
  gradient_descent: descent((g) => g),
  momentum: descent((g, s, t, { momentum }) => (s.v = momentum * s.v + g)),
  adam: descent((g, s, t, { beta1, beta2, epsilon }) => {
    [s.m, s.v] = [beta1 * s.m + (1 - beta1) * g, beta2 * s.v + (1 - beta2) * g * g];
    return s.m / (1 - beta1 ** t) / (Math.sqrt(s.v / (1 - beta2 ** t)) + epsilon);
  }),
};
// If another adapter imports `serve`, this adapter does not start.
if (import.meta.url === pathToFileURL(realpathSync(process.argv[1])).href) serve(own);
