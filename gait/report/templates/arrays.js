"use strict";
// Numbers as gait/report/packing.py wrote them: 32-bit floats, or steps of 16 bits.
const unpackArray = ({ dtype, base64, low, step }) => {
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  if (dtype === "f4") return new Float32Array(bytes.buffer);
  const steps = new Int16Array(bytes.buffer);
  const values = new Float32Array(steps.length);
  for (let k = 0; k < steps.length; k++) values[k] = steps[k] === -32768 ? NaN : low + (steps[k] + 32767) * step;
  return values;
};
