"use strict";
// Numbers as gait/report/packing.py wrote them: 32-bit floats, even steps, or steps of 16 bits; and long paths, compressed.
const unpackPaths = async (base64, columns, frames) => {
  const packed = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const raw = new Uint8Array(await new Response(stream).arrayBuffer());
  const length = columns * frames;
  const paths = new Int16Array(length);
  for (let c = 0; c < columns; c++) {
    let step = 0, value = 0;
    for (let t = c * frames; t < (c + 1) * frames; t++) {
      step = (step + (raw[t] | (raw[length + t] << 8))) | 0;
      value = (value + step) | 0;
      paths[t] = value; // its lower 16 bits: what overflows comes back
    }
  }
  const perFlag = (frames + 7) >> 3;
  const flag = (f, t) => (raw[2 * length + f * perFlag + (t >> 3)] >> (t & 7)) & 1;
  return { paths, flag };
};
const unpackCurves = async ({ path, frames, middles, steps }) => {
  const { paths, flag } = await unpackPaths(path, steps.length, frames);
  return steps.map((step, c) =>
    Float32Array.from({ length: frames }, (_, t) => (flag(c, t) ? middles[c] + step * paths[c * frames + t] : NaN)),
  );
};
const unpackArray = ({ dtype, base64, low, step, n }) => {
  if (dtype === "even") return Float32Array.from({ length: n }, (_, k) => low + k * step);
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  if (dtype === "f4") return new Float32Array(bytes.buffer);
  const steps = new Int16Array(bytes.buffer);
  const values = new Float32Array(steps.length);
  for (let k = 0; k < steps.length; k++) values[k] = steps[k] === -32768 ? NaN : low + (steps[k] + 32767) * step;
  return values;
};
