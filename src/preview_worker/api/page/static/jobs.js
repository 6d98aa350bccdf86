// The list of jobs: rows change in place, new ones come on top, and a search needs no reload.
import { isFree, listen, press, rarely, say, send, tellAges } from "./frame.js";

const rows = document.getElementById("rows");
const search = document.getElementById("q");
const empty = document.getElementById("empty");
const pause = document.getElementById("pause");
const older = document.getElementById("older");
const LEAST = 100;
const MOST = 1000;
let stop = null;
let most = Math.max(LEAST, rows.children.length); // the list does not grow by what comes

function fromText(html) {
  const shell = document.createElement("template");
  shell.innerHTML = html;
  return shell.content.firstElementChild;
}

function find(id) {
  return rows.querySelector(`[data-id="${CSS.escape(id)}"]`);
}

// Puts a row where it belongs; whoever had the focus in the old one keeps it.
function place(html) {
  const row = fromText(html);
  tellAges(row);
  const old = find(row.dataset.id);
  if (old) {
    const focused = old.contains(document.activeElement) && document.activeElement.className;
    old.replaceWith(row);
    if (focused) (row.getElementsByClassName(focused)[0] || row.querySelector(".row-link")).focus();
    return;
  }
  const order = Number(row.dataset.order);
  const before = [...rows.children].find((one) => Number(one.dataset.order) < order);
  if (!before && rows.children.length) return; // older than all that is shown
  if (before === rows.firstElementChild && "older" in rows.dataset) return; // newer than this page
  row.classList.add("news");
  rows.insertBefore(row, before || null);
  while (rows.children.length > most) {
    rows.lastElementChild.remove();
    older.hidden = false;
  }
  empty.hidden = true;
}

async function fetchText(address) {
  const answer = await fetch(address, { headers: { accept: "text/html" } });
  return answer.ok ? answer.text() : null;
}

// What is above the list: a light request of its own, however many rows there are.
const glance = rarely(async () => {
  const answer = await fetch(`/glance?${rows.dataset.query}`, { headers: { accept: "application/json" } });
  if (!answer.ok) return;
  const told = await answer.json();
  document.getElementById("counts").innerHTML = told.counts;
  document.getElementById("pulse").innerHTML = told.pulse;
  document.getElementById("total").textContent = `${told.total} ${told.total === 1 ? "job" : "jobs"}`;
  document.getElementById("paused").hidden = !told.paused;
  if (!pause) return;
  pause.dataset.paused = told.paused ? "yes" : "no";
  pause.textContent = told.paused ? "Resume the queue" : "Pause the queue";
}, 1000);

const parser = new DOMParser();
const reload = rarely(async () => {
  const text = await fetchText(location.href);
  if (text === null) return;
  const fresh = parser.parseFromString(text, "text/html");
  const query = rows.dataset.query;
  for (const name of ["rows", "empty", "older"]) {
    const old = document.getElementById(name);
    old.replaceChildren(...fresh.getElementById(name).childNodes);
    old.hidden = fresh.getElementById(name).hidden;
  }
  Object.assign(rows.dataset, fresh.getElementById("rows").dataset);
  most = Math.max(LEAST, rows.children.length);
  tellAges(rows);
  if (rows.dataset.query !== query) follow();
  glance();
}, 300);

function follow() {
  stop?.();
  stop = listen(`/live?${rows.dataset.query}&from=${rows.dataset.place}`, (name, data) => {
    if (name === "row" && data.html) place(data.html);
    else if (name === "row" || name === "removed") find(data.id)?.remove();
    if (name === "reset") reload();
    else if (name !== "row" || data.moved) glance();
    if (!rows.children.length) empty.hidden = false;
  });
}
follow();

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.id === "pause") {
    const act = button.dataset.paused === "yes" ? "resume" : "pause";
    press(button, async () => {
      await send("POST", `/api/v1/queue/${act}`);
      say(act === "pause" ? "The queue is paused." : "The queue goes on.");
      glance();
    });
  } else if (button.dataset.act) {
    const id = button.closest(".row").dataset.id;
    press(button, async () => {
      const told = await send("POST", `/api/v1/jobs/${encodeURIComponent(id)}/${button.dataset.act}`);
      say({ cancelled: "Cancelled.", requested: "Its worker stops it.", retried: "It runs again." }[told.result]);
    });
  }
});

// Older jobs are put below those that are there; without this, the link leads to a page of them. They
// are asked for from the last row on, since rows may have gone since the list was loaded.
older.addEventListener("click", async (event) => {
  const link = event.target.closest("#more");
  if (!link || !rows.children.length) return;
  event.preventDefault();
  const text = await fetchText(`/?${rows.dataset.query}&cursor=${rows.lastElementChild.dataset.cursor}`);
  if (text === null) return;
  const fresh = parser.parseFromString(text, "text/html");
  const more = [...fresh.querySelectorAll(".row")].filter((row) => !find(row.dataset.id));
  rows.append(...more);
  most = Math.max(LEAST, rows.children.length);
  older.hidden = most >= MOST || fresh.getElementById("older").hidden;
  tellAges(rows);
  more[0]?.querySelector(".row-link").focus();
});

let typing = null;
search.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(() => {
    const url = new URL(location.href);
    url.searchParams.delete("cursor");
    if (search.value) url.searchParams.set("q", search.value);
    else url.searchParams.delete("q");
    history.replaceState(null, "", url);
    reload();
  }, 200);
});
search.addEventListener("keydown", (event) => {
  if (event.key === "Escape") search.blur();
});

// j and k walk through the list, Enter opens.
document.addEventListener("keydown", (event) => {
  if (!["j", "k"].includes(event.key) || !isFree(event)) return;
  const links = [...rows.querySelectorAll(".row-link")];
  const at = links.indexOf(document.activeElement);
  const next = links[event.key === "j" ? at + 1 : at - 1] || links[0];
  next?.focus();
});
