"use strict";
(() => {
  const data = JSON.parse(document.getElementById("report-data").textContent);
  const byId = (id) => document.getElementById(id);
  document.documentElement.classList.add("js");

  // ---- curves ------------------------------------------------------------------------------------------------------

  const arrays = data.arrays.map(({ base64 }) => new Float32Array(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)).buffer));
  const withArrays = (trace) =>
    Object.fromEntries(Object.entries(trace).map(([key, v]) => [key, v && v.array !== undefined ? arrays[v.array] : v]));
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const draw = () => {
    for (const canvas of document.querySelectorAll(".canvas")) {
      let text = JSON.stringify(data.figures[canvas.dataset.index]);
      if (dark.matches) for (const [light, other] of Object.entries(data.onDark)) text = text.replaceAll(light, other);
      const spec = JSON.parse(text);
      Plotly.react(canvas, spec.data.map(withArrays), spec.layout, { responsive: true, displayModeBar: false });
    }
  };
  draw();
  dark.addEventListener("change", draw);

  // ---- videos in step ----------------------------------------------------------------------------------------------

  const videos = [...document.querySelectorAll(".videos video")];
  const steps = data.steps; // for each video, when it makes each step
  if (steps && byId("play")) {
    const last = steps[0].length - 1;
    const [leader, ...others] = videos;
    let playing = false;

    // A place in the walk is a number of steps from the first strike; between strikes it runs evenly.
    const timeOf = (times, place) => {
      const k = Math.min(last - 1, Math.max(0, Math.floor(place)));
      return times[k] + (place - k) * (times[k + 1] - times[k]);
    };
    const placeOf = (times, t) => {
      let k = 0;
      while (k < last - 1 && t >= times[k + 1]) k += 1;
      return k + (t - times[k]) / (times[k + 1] - times[k]);
    };
    const tenths = (value) => value.toFixed(1).replace(".", data.decimal);
    const show = (place) => {
      byId("scrubber").value = String(Math.round((1000 * place) / last));
      byId("scrubber").setAttribute("aria-valuetext", data.words.stepOf.replace("{place}", tenths(place)).replace("{last}", last));
      byId("clock").textContent = data.words.step.replace("{place}", tenths(Math.max(0, place)));
    };
    const seek = (place) => {
      const to = Math.min(last, Math.max(0, place));
      videos.forEach((video, k) => (video.currentTime = timeOf(steps[k], to) + 0.002));
      show(to);
    };
    const here = () => placeOf(steps[0], leader.currentTime);
    const follow = () => {
      if (!playing) return;
      const place = here();
      if (place >= last || leader.ended) {
        pause();
        seek(last);
        return;
      }
      const rate = Number(byId("speed").value);
      leader.playbackRate = rate;
      others.forEach((video, k) => {
        const times = steps[k + 1];
        const lag = timeOf(times, place) - video.currentTime;
        const step = Math.min(last - 1, Math.max(0, Math.floor(place)));
        const slope = (times[step + 1] - times[step]) / (steps[0][step + 1] - steps[0][step]);
        if (Math.abs(lag) > 0.3) video.currentTime = timeOf(times, place);
        video.playbackRate = Math.min(4, Math.max(0.1, rate * slope * (1 + 2 * lag)));
      });
      show(place);
      requestAnimationFrame(follow);
    };
    const pause = () => {
      playing = false;
      for (const video of videos) video.pause();
      byId("play").textContent = data.words.play;
    };
    const play = async () => {
      if (here() >= last - 0.01) seek(0);
      playing = true;
      byId("play").textContent = data.words.pause;
      await Promise.all(videos.map((video) => video.play().catch(() => {})));
      requestAnimationFrame(follow);
    };
    byId("play").addEventListener("click", () => (playing ? pause() : play()));
    byId("back").addEventListener("click", () => (pause(), seek(Math.ceil(here() - 0.02) - 1)));
    byId("on").addEventListener("click", () => (pause(), seek(Math.floor(here() + 0.02) + 1)));
    byId("scrubber").addEventListener("input", (event) => (pause(), seek((Number(event.target.value) / 1000) * last)));
    seek(0);
  }
  document.documentElement.dataset.ready = "yes";
})();
