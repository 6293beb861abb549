"use strict";
(() => {
  const data = JSON.parse(document.getElementById("report-data").textContent);
  const byId = (id) => document.getElementById(id);
  document.documentElement.classList.add("js");

  const decode = ({ dtype, base64 }) => {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    return dtype === "f8" ? new Float64Array(bytes.buffer) : new Float32Array(bytes.buffer);
  };
  const fixed = (value, decimals) => value.toFixed(decimals).replace(".", data.decimal);
  const arrays = data.arrays.map(decode);
  const time = decode(data.time);
  const start = time.length ? time[0] : 0;
  const end = time.length ? time[time.length - 1] : 0;

  // ---- plots -------------------------------------------------------------------------------------------------------

  const withArrays = (trace) =>
    Object.fromEntries(Object.entries(trace).map(([key, v]) => [key, v && v.array !== undefined ? arrays[v.array] : v]));

  let printing = false; // on paper colours are those of a light ground
  const views = []; // the plots over time that are drawn

  const fitToPrint = (canvas) => {
    // With a viewBox, paper of another width scales the plot instead of cutting it.
    const { width, height } = canvas._fullLayout;
    canvas.style.setProperty("--ratio", `${width} / ${height}`);
    for (const svg of canvas.querySelectorAll(".main-svg")) svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  };

  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const onDark = (spec) => {
    // Colours are words in the figures: on a dark ground each has another in its place.
    let text = JSON.stringify(spec);
    for (const [light, other] of Object.entries(data.onDark)) text = text.replaceAll(light, other);
    return JSON.parse(text);
  };

  const draw = (canvas) => {
    const { kind, index } = canvas.dataset;
    const spec = dark.matches && !printing ? onDark(data[kind][index]) : data[kind][index];
    const overTime = kind !== "cycle";
    const traces = spec.data.map(withArrays);
    const config = {
      responsive: true,
      displaylogo: false,
      displayModeBar: overTime ? false : "hover",
      modeBarButtons: [["toImage"]],
      toImageButtonOptions: { filename: spec.name, scale: 3 },
      doubleClick: false,
      locale: data.language,
      locales: { [data.language]: { dictionary: data.words, format: {} } },
    };
    const layout = structuredClone(spec.layout);
    if (overTime) layout.xaxis.range = range.slice();
    Plotly.newPlot(canvas, traces, layout, config);
    fitToPrint(canvas);
    if (!overTime) {
      canvas.on("plotly_click", ({ points }) => {
        const stride = points.find((point) => point.data.meta);
        if (!stride) return;
        const [from, to] = stride.data.meta;
        goTo(from + (stride.x / 100) * (to - from));
      });
      canvas.on("plotly_afterplot", () => fitToPrint(canvas));
      return;
    }
    const cursor = document.createElement("div");
    cursor.className = "cursor";
    canvas.append(cursor);
    const figure = canvas.closest("figure");
    const readouts = Object.entries(spec.curves).map(([side, k]) => ({
      x: traces[k].x,
      y: traces[k].y,
      output: figure.querySelector(`.value[data-side="${side}"]`),
    }));
    const view = { canvas, cursor, readouts, decimals: spec.decimals };
    views.push(view);
    canvas.on("plotly_afterplot", () => {
      fitToPrint(canvas);
      placeCursor(view);
    });
    canvas.onpointerdown = (event) => beginDrag(view, event);
    placeCursor(view);
    readOff(view);
  };

  // ---- the one position in time, shown everywhere --------------------------------------------------------------------

  let now = data.opening;
  let range = [start, end > start ? end : start + 1];
  if (end - start > 45 && byId("window")) {
    // Hundreds of steps side by side show nothing: begin with a stretch in which there are some.
    const first = Math.max(start, Math.min(data.strikes.length ? data.strikes[0][0] - 1 : start, end - 20));
    range = [first, first + 20];
    if (now < range[0] || now > range[1]) now = range[0];
    byId("window").value = "20";
  }

  const nearest = (x, t) => {
    let low = 0;
    let high = x.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (x[middle] < t) low = middle + 1;
      else high = middle;
    }
    return low > 0 && t - x[low - 1] < x[low] - t ? low - 1 : low;
  };

  // The picture is that of a frame, and so are the numbers beside it: a moment between two frames is the nearer one.
  const frameAt = (t) => (time.length ? time[nearest(time, t)] : start);

  const placeCursor = ({ canvas, cursor }) => {
    const { xaxis, yaxis } = canvas._fullLayout;
    const visible = now >= range[0] - 1e-6 && now <= range[1] + 1e-6;
    cursor.hidden = !visible;
    if (!visible) return;
    cursor.style.top = `${yaxis._offset}px`;
    cursor.style.height = `${yaxis._length}px`;
    cursor.style.transform = `translateX(${xaxis._offset + xaxis.l2p(now)}px)`;
  };

  const readOff = ({ readouts, decimals }) => {
    for (const { x, y, output } of readouts) {
      const value = y[nearest(x, now)];
      output.textContent = Number.isFinite(value) ? fixed(value, decimals).replace("-", "\u2212") : "–";
    }
  };

  const setWindow = (low, width) => {
    const first = Math.max(start, Math.min(low, end - width));
    range = width > 0 && width < end - start ? [first, first + width] : [start, end > start ? end : start + 1];
    for (const { canvas } of views) Plotly.relayout(canvas, { "xaxis.range": range.slice() });
  };

  const show = (t) => {
    now = frameAt(t);
    const width = range[1] - range[0];
    if (now < range[0] || now > range[1]) setWindow(now - 0.1 * width, width);
    for (const view of views) {
      placeCursor(view);
      readOff(view);
    }
    byId("clock").textContent = `${fixed(now, 2)} s`;
    const scrubber = byId("scrubber");
    scrubber.value = String(end > start ? Math.round((1000 * (now - start)) / (end - start)) : 0);
    scrubber.setAttribute("aria-valuetext", data.words.seconds.replace("{time}", fixed(now, 2)));
    markStrike();
  };

  // ---- video -------------------------------------------------------------------------------------------------------

  const video = byId("video");
  let wanted = null; // where to go when the seek under way has ended

  const seekTo = (t) => {
    show(t);
    if (!video || video.error) return;
    // A little inside the frame: exactly on its edge, rounding may show the one before.
    const k = nearest(time, now);
    const target = now - start + Math.min(0.002, k + 1 < time.length ? (time[k + 1] - now) / 4 : 0.002);
    if (video.seeking) wanted = target;
    else video.currentTime = target;
  };

  const toggle = () => {
    if (!video || video.error) return;
    if (video.paused) video.play().catch(() => {});
    else video.pause();
  };

  if (video) {
    video.controls = false;
    video.addEventListener("click", toggle);
    video.addEventListener("seeked", () => {
      if (wanted === null) return;
      video.currentTime = wanted;
      wanted = null;
    });
    const label = () => {
      byId("play").classList.toggle("playing", !video.paused);
      byId("play").setAttribute("aria-label", video.paused ? data.words.play : data.words.pause);
    };
    video.addEventListener("play", label);
    video.addEventListener("pause", label);
    const lost = () => {
      video.hidden = true;
      byId("missing").hidden = false;
      byId("player").classList.add("lost");
    };
    video.addEventListener("error", lost);
    if (video.error) lost();

    if ("requestVideoFrameCallback" in HTMLVideoElement.prototype) {
      const follow = (_, frame) => {
        if (!video.paused && !video.seeking) show(start + frame.mediaTime);
        video.requestVideoFrameCallback(follow);
      };
      video.requestVideoFrameCallback(follow);
    } else {
      const follow = () => {
        if (video.paused) return;
        show(start + video.currentTime);
        requestAnimationFrame(follow);
      };
      video.addEventListener("play", follow);
    }
    byId("play").addEventListener("click", toggle);
    byId("speed").addEventListener("change", (event) => (video.playbackRate = Number(event.target.value)));
    byId("fullscreen").addEventListener("click", () => video.requestFullscreen().catch(() => {}));
  }

  // ---- steps, strikes, keys ----------------------------------------------------------------------------------------

  const strikeTimes = data.strikes.map(([t]) => frameAt(t));
  const pause = () => video && !video.paused && video.pause();

  const stepFrame = (direction) => {
    if (!time.length) return;
    pause();
    seekTo(time[Math.min(time.length - 1, Math.max(0, nearest(time, now) + direction))]);
  };

  const stepStrike = (direction) => {
    const next =
      direction > 0
        ? strikeTimes.find((t) => t > now + 1e-6)
        : strikeTimes.findLast((t) => t < now - 1e-6);
    if (next === undefined) return;
    pause();
    seekTo(next);
  };

  const chips = data.strikes.map(([t, side, inTurn], k) => {
    const chip = document.createElement("button");
    chip.type = "button";
    chip.tabIndex = -1;
    chip.className = `chip ${side}`;
    const sign = side === "left" ? (inTurn ? "○" : "●") : inTurn ? "△" : "▲";
    chip.textContent = `${sign} ${fixed(t, 2)}`;
    const label = data.words[side + (inTurn ? "InTurn" : "At")].replace("{time}", fixed(t, 2));
    chip.setAttribute("aria-label", label);
    if (inTurn) chip.title = data.words.inTurn;
    chip.addEventListener("click", () => stepTo(k));
    return chip;
  });
  const stepTo = (k) => {
    pause();
    seekTo(strikeTimes[k]);
  };
  if (byId("strikes")) byId("strikes").append(...chips);

  let marked = null;
  const markStrike = () => {
    if (!chips.length) return;
    const k = nearest(strikeTimes, now);
    const chip = Math.abs(strikeTimes[k] - now) < 0.05 ? chips[k] : null;
    if (chip === marked) return;
    const sign = byId("at-strike");
    sign.textContent = chip ? data.words[data.strikes[k][1]] : "";
    sign.className = chip ? `at-strike ${data.strikes[k][1]}` : "at-strike";
    marked?.classList.remove("current");
    chip?.classList.add("current");
    marked = chip;
    if (chip) {
      const box = byId("strikes");
      box.scrollTop = chip.offsetTop - box.offsetTop - box.clientHeight / 2 + chip.clientHeight / 2;
    }
  };

  let dragged = null;
  const timeAt = ({ canvas }, clientX) => {
    const { xaxis } = canvas._fullLayout;
    const t = xaxis.p2l(clientX - canvas.getBoundingClientRect().left - xaxis._offset);
    return Math.min(range[1], Math.max(range[0], t));
  };
  const beginDrag = (view, event) => {
    if (event.button !== 0) return;
    event.preventDefault();
    dragged = view;
    pause();
    seekTo(timeAt(view, event.clientX));
  };
  window.addEventListener("pointermove", (event) => dragged && seekTo(timeAt(dragged, event.clientX)));
  for (const ending of ["pointerup", "pointercancel"]) window.addEventListener(ending, () => (dragged = null));

  const inSight = (element) => {
    const { top, bottom } = element.getBoundingClientRect();
    return bottom > 0 && top < window.innerHeight;
  };
  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (event.ctrlKey || event.altKey || event.metaKey || !byId("watch") || !inSight(byId("watch"))) return;
    if (target.closest("select, textarea, input:not([type=range])")) return;
    if (key === " ") {
      if (!video || target.closest("button, summary, a")) return;
      toggle();
    } else if (key === "ArrowLeft" || key === "ArrowRight") {
      const direction = key === "ArrowRight" ? 1 : -1;
      if (event.shiftKey) stepStrike(direction);
      else stepFrame(direction);
    } else return;
    event.preventDefault();
  });

  const onClick = (id, action) => byId(id)?.addEventListener("click", action);
  onClick("frame-back", () => stepFrame(-1));
  onClick("frame-on", () => stepFrame(1));
  onClick("strike-back", () => stepStrike(-1));
  onClick("strike-on", () => stepStrike(1));
  byId("scrubber")?.addEventListener("input", (event) => {
    pause();
    seekTo(start + (Number(event.target.value) / 1000) * (end - start));
  });
  byId("window")?.addEventListener("change", (event) => {
    const width = Number(event.target.value);
    setWindow(now - 0.1 * width, width);
  });
  const goTo = (t) => {
    pause();
    seekTo(t);
    byId("watch")?.scrollIntoView({ behavior: "smooth", block: "nearest" });
  };
  for (const button of document.querySelectorAll("button.seek")) {
    button.addEventListener("click", () => goTo(Number(button.dataset.time)));
  }

  // ---- drawing, printing -------------------------------------------------------------------------------------------

  for (const canvas of document.querySelectorAll(".canvas:not([data-kind=more])")) draw(canvas);
  const redraw = () => {
    views.length = 0;
    for (const canvas of document.querySelectorAll(".canvas:not(:empty)")) {
      Plotly.purge(canvas);
      canvas.replaceChildren();
      draw(canvas);
    }
  };
  dark.addEventListener("change", redraw);
  document.addEventListener("click", (event) => {
    const view = byId("view");
    if (view?.open && !view.contains(event.target)) view.open = false;
  });
  byId("more")?.addEventListener("toggle", () => {
    for (const canvas of byId("more").querySelectorAll(".canvas:empty")) draw(canvas);
  });
  if (byId("clock")) show(now);
  if (video) seekTo(now);

  let opened = [];
  // Two plots beside each other on paper, low enough for all of the cycle to fit on the first page.
  const onPaper = { width: 344, height: 104 };
  const resizeCycle = (size) => {
    for (const canvas of document.querySelectorAll(".canvas[data-kind=cycle]:not(:empty)")) {
      const height = data.cycle[canvas.dataset.index].layout.height;
      Plotly.relayout(canvas, size ? { ...size, autosize: false } : { width: null, height, autosize: true });
    }
  };
  window.addEventListener("beforeprint", () => {
    printing = true;
    if (dark.matches) redraw();
    resizeCycle(onPaper);
    opened = [...document.querySelectorAll("details:not([open]):not(.definition):not(.more)")];
    for (const part of opened) part.open = true;
  });
  window.addEventListener("afterprint", () => {
    printing = false;
    if (dark.matches) redraw();
    else resizeCycle(null);
    for (const part of opened) part.open = false;
    opened = [];
  });
  document.documentElement.dataset.ready = "yes";
})();
