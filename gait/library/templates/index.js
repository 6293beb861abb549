"use strict";
(() => {
  // Each row: name, subject, session, state, reason, folder, view, finished, values of the key measures, where it was.
  const [NAME, SUBJECT, SESSION, STATE, REASON, FOLDER, VIEW, FINISHED, VALUES, PLACE] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
  const PER_PAGE = 100;
  const data = document.getElementById("data");
  const rows = JSON.parse(data.textContent);
  const decimals = JSON.parse(data.dataset.decimals);
  const byId = (id) => document.getElementById(id);
  const order = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
  let shown = rows;
  let page = 0;
  let sorting = null;

  const cell = (tr, text, name) => {
    const td = tr.insertCell();
    td.textContent = text;
    if (name) td.className = name;
    return td;
  };

  const draw = () => {
    const pages = Math.max(1, Math.ceil(shown.length / PER_PAGE));
    page = Math.min(page, pages - 1);
    const body = document.createElement("tbody");
    body.id = "rows";
    for (const row of shown.slice(page * PER_PAGE, (page + 1) * PER_PAGE)) {
      const tr = body.insertRow();
      const picture = tr.insertCell();
      if (row[FOLDER]) {
        const image = new Image();
        image.loading = "lazy";
        image.alt = "";
        image.onerror = () => image.remove();
        image.src = `${row[FOLDER]}/${data.dataset.portrait}`;
        picture.append(image);
      }
      const name = cell(tr, row[FOLDER] ? "" : row[NAME], "name");
      if (row[FOLDER]) {
        const link = document.createElement("a");
        link.href = `${row[FOLDER]}/report.html`;
        link.textContent = row[NAME];
        name.append(link);
      }
      const place = document.createElement("div");
      place.textContent = row[PLACE];
      name.append(place);
      cell(tr, row[SUBJECT]);
      cell(tr, row[SESSION]);
      const state = document.createElement("span");
      state.className = `state ${row[STATE]}`;
      state.textContent = row[STATE];
      cell(tr, "").append(state);
      row[VALUES].forEach((value, i) => cell(tr, value === null ? "" : value.toFixed(decimals[i]), "number"));
      cell(tr, row[VIEW]);
      cell(tr, row[FINISHED]);
      const why = document.createElement("span");
      why.textContent = why.title = row[REASON];
      cell(tr, "", "why").append(why);
    }
    byId("rows").replaceWith(body);
    byId("count").textContent =
      `${shown.length} of ${rows.length}` + (pages > 1 ? `, page ${page + 1} of ${pages}` : "");
    byId("back").disabled = page === 0;
    byId("on").disabled = page >= pages - 1;
  };

  const choose = () => {
    const words = byId("search").value.toLowerCase().split(/\s+/).filter(Boolean);
    const state = byId("state").value;
    const text = (row) => [NAME, PLACE, SUBJECT, SESSION, STATE, REASON, VIEW].map((i) => row[i]).join(" ").toLowerCase();
    shown = rows.filter((row) => (!state || row[STATE] === state) && (!words.length || words.every((w) => text(row).includes(w))));
    if (sorting) {
      const { value, numeric, way } = sorting;
      // What was not measured comes last, either way.
      shown.sort((a, b) => {
        const [x, y] = [value(a), value(b)];
        if (numeric && (x === null || y === null)) return (x === null) - (y === null);
        return way * (numeric ? x - y : order.compare(x, y));
      });
    }
    page = 0;
    draw();
  };

  for (const button of document.querySelectorAll("th button")) {
    button.addEventListener("click", () => {
      const th = button.closest("th");
      const way = th.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      document.querySelectorAll("th[aria-sort]").forEach((other) => other.removeAttribute("aria-sort"));
      th.setAttribute("aria-sort", way === 1 ? "ascending" : "descending");
      const { column, measure } = button.dataset;
      sorting = measure === undefined
        ? { value: (row) => row[column], numeric: false, way }
        : { value: (row) => row[VALUES][measure], numeric: true, way };
      choose();
    });
  }
  byId("search").addEventListener("input", choose);
  byId("state").addEventListener("change", choose);
  byId("back").addEventListener("click", () => { page -= 1; draw(); });
  byId("on").addEventListener("click", () => { page += 1; draw(); });
  draw();
})();
