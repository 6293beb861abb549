// The layers over the picture, drawn as in overlay.mp4 (gait/report/overlay.py); coordinates are units of the picture.
const openLayers = async (spec, canvas, time, angleAt) => {
  const PX = spec.px; // units of a pixel of the annotated video
  const SOFT = 0.7 * PX; // by which OpenCV draws wider than it was told
  const { frames: T, points: P, line, width, height } = spec;
  // x and y of each point, the box, the drift of the background
  const { paths, flag } = await unpackPaths(spec.path, 2 * P + 6, T);
  const known = (p, t) => flag(p, t);
  const sure = (p, t) => flag(P + p, t);
  const point = (p, t) => [paths[2 * p * T + t], paths[(2 * p + 1) * T + t]];
  const boxAt = (t) => (flag(2 * P, t) ? [0, 1, 2, 3].map((k) => paths[(2 * P + k) * T + t]) : null);
  const driftAt = (t) => (flag(2 * P + 1, t) ? [paths[(2 * P + 4) * T + t], paths[(2 * P + 5) * T + t]] : null);

  const ctx = canvas.getContext("2d");
  let scale = 1; // pixels of the canvas for a unit

  const strokeLines = (segments, color, px, rim) => {
    if (!segments.length) return;
    ctx.lineCap = ctx.lineJoin = "round";
    ctx.beginPath();
    for (const [[x1, y1], ...others] of segments) {
      ctx.moveTo(x1, y1);
      for (const [x, y] of others) ctx.lineTo(x, y);
    }
    if (rim) {
      ctx.strokeStyle = rim;
      ctx.lineWidth = px + 2 * Math.max(PX, 0.22 * px) + SOFT;
      ctx.stroke();
    }
    ctx.strokeStyle = color;
    ctx.lineWidth = px + SOFT;
    ctx.stroke();
  };
  const dot = ([x, y], color, diameter) => {
    ctx.fillStyle = color;
    ctx.beginPath();
    ctx.arc(x, y, (diameter + SOFT) / 2, 0, 2 * Math.PI);
    ctx.fill();
  };
  const text = (words, x, y, size, color = "white") => {
    ctx.font = `600 ${size}px system-ui, sans-serif`;
    ctx.textAlign = "center";
    ctx.textBaseline = "middle";
    ctx.fillStyle = color;
    ctx.fillText(words, x, y);
  };

  const nearSide = (t) => spec.near.findLast(([from]) => from <= t)[1];
  const landing = (t) =>
    spec.strikes.filter((s) => s.row <= t && (s.row === t || time[t] < s.until)).map((s) => s.side);

  const drawPart = (edges, color, rim, px, t) => {
    const faint = [], strong = [];
    for (const [a, b] of edges) {
      if (!known(a, t) || !known(b, t)) continue;
      (sure(a, t) && sure(b, t) ? strong : faint).push([point(a, t), point(b, t)]);
    }
    strokeLines(faint, color, Math.max(PX, 0.3 * line));
    strokeLines(strong, color, px, rim);
  };
  const drawSide = (side, t) => {
    const { color, feet, limbs, joints } = spec.sides[side];
    drawPart(feet, color, "white", 0.7 * line, t);
    drawPart(limbs, color, "white", line, t);
    for (const p of joints.filter((p) => sure(p, t))) {
      dot(point(p, t), "white", 2.1 * line);
      dot(point(p, t), color, 1.3 * line);
    }
  };
  const drawLetters = (t) => {
    const feet = Object.entries(spec.sides)
      .map(([side, { foot, color }]) => ({ side, color, at: foot.filter((p) => known(p, t)).map((p) => point(p, t)) }))
      .filter(({ at }) => at.length);
    if (!feet.length) return;
    const y = Math.max(...feet.flatMap(({ at }) => at.map((p) => p[1]))) + 6.5 * line;
    if (y + 2.2 * line > height) return;
    for (const foot of feet) foot.x = foot.at.reduce((sum, p) => sum + p[0], 0) / foot.at.length;
    feet.sort((a, b) => a.x - b.x);
    if (feet.length === 2) {
      const push = Math.max(0, 6 * line - (feet[1].x - feet[0].x)) / 2;
      feet[0].x -= push;
      feet[1].x += push;
    }
    const lands = landing(t);
    for (const { side, color, x } of feet) {
      if (lands.includes(side)) dot([x, y], "white", 6.6 * line);
      dot([x, y], color, (lands.includes(side) ? 5.4 : 4.2) * line);
      text(spec.sides[side].letter, x, y, 3.2 * line);
    }
  };

  const draws = {
    trails: (t) => {
      const here = driftAt(t);
      if (!here) return;
      for (const { color, foot } of Object.values(spec.sides)) {
        const ankle = foot[0];
        const pieces = [[]];
        for (let k = t; k >= 0 && time[k] > time[t] - spec.trailS; k--) {
          const then = driftAt(k);
          if (!then || !known(ankle, k)) {
            if (pieces.at(-1).length) pieces.push([]);
            continue;
          }
          const [x, y] = point(ankle, k);
          pieces.at(-1).push([x - then[0] + here[0], y - then[1] + here[1]]);
        }
        strokeLines(pieces.filter((piece) => piece.length > 1), color, 0.8 * line, "white");
      }
    },
    strikes: (t) => {
      const past = spec.strikes.filter((s) => s.row <= t);
      const drift = driftAt(t);
      if (!spec.leavesMarks || !past.length || !drift) return;
      const legs = spec.legs.filter((p) => known(p, t)).map((p) => point(p, t));
      const box = boxAt(t);
      for (const { side, at } of past.filter((s) => s.at && s.leg === past.at(-1).leg)) {
        const x = at[0] + drift[0], y = at[1] + drift[1];
        if (box) {
          const [left, top, right, bottom] = box;
          if (x > left && x < right && y > top && y < bottom - spec.feetShare * (bottom - top)) continue;
        }
        if (legs.some((p) => Math.hypot(p[0] - x, p[1] - y) <= spec.clear * line)) continue;
        strokeLines([[[x - 1.6 * line, y], [x + 1.6 * line, y]]], spec.sides[side].color, 1.8 * line, "white");
      }
    },
    box: (t) => {
      const box = boxAt(t);
      if (!box) return;
      const [x1, y1, x2, y2] = box;
      const length = Math.min(4 * line, 0.25 * (x2 - x1), 0.25 * (y2 - y1));
      const corners = [];
      for (const [x, dx] of [[x1, length], [x2, -length]])
        for (const [y, dy] of [[y1, length], [y2, -length]]) corners.push([[x + dx, y], [x, y], [x, y + dy]]);
      strokeLines(corners, spec.light, Math.max(PX, 0.4 * line));
    },
    skeleton: (t) => {
      const near = nearSide(t);
      drawSide(near === "left" ? "right" : "left", t);
      drawPart(spec.trunk, spec.light, spec.dark, 0.6 * line, t);
      if (known(spec.nose, t)) dot(point(spec.nose, t), spec.light, 1.6 * line);
      drawSide(near, t);
      drawLetters(t);
    },
    angles: (t) => {
      // In a column at either side of the person, with a line to the joint: no number hides a leg.
      const box = boxAt(t);
      if (!box) return;
      const size = Math.max(3.4 * line, 12 * (devicePixelRatio / scale));
      const wide = 3.2 * size;
      for (const [side, { color, joints }] of Object.entries(spec.sides)) {
        const x = side === "left" ? Math.max(wide / 2, box[0] - wide) : Math.min(width - wide / 2, box[2] + wide);
        let free = -Infinity;
        spec.angles.forEach((name, k) => {
          const joint = joints[2 + k]; // after elbow and wrist: hip, knee, ankle
          const value = angleAt(name, side, time[t]);
          if (!Number.isFinite(value) || !known(joint, t)) return;
          const at = point(joint, t);
          const y = (free = Math.max(at[1], free + 1.6 * size));
          strokeLines([[at, [x, y]]], color, 0.25 * line, "white");
          ctx.fillStyle = color;
          ctx.beginPath();
          ctx.roundRect(x - wide / 2, y - 0.75 * size, wide, 1.5 * size, 0.4 * size);
          ctx.fill();
          text(`${Math.round(value)}°`.replace("-", "\u2212"), x, y, size);
        });
      }
    },
  };
  const ORDER = ["trails", "strikes", "box", "skeleton", "angles"];

  return (t, shown) => {
    ctx.setTransform(1, 0, 0, 1, 0, 0);
    ctx.clearRect(0, 0, canvas.width, canvas.height);
    scale = canvas.width / width;
    ctx.setTransform(scale, 0, 0, canvas.height / height, 0, 0);
    for (const name of ORDER) if (shown.has(name)) draws[name](Math.min(T - 1, t));
  };
};
