// The list of jobs: rows change in place, new ones come on top, and a search needs no reload.
import { listen, press, say, send, tellAges } from "./frame.js";

const rows = document.getElementById("rows");
const counts = document.getElementById("counts");
const search = document.getElementById("q");
const MOST = 1000;

function fromText(html) {
  const shell = document.createElement("template");
  shell.innerHTML = html;
  return shell.content.firstElementChild;
}

function find(id) {
  return rows.querySelector(`[data-id="${CSS.escape(id)}"]`);
}

function place(html) {
  const row = fromText(html);
  tellAges(row);
  const old = find(row.dataset.id);
  if (old) {
    old.replaceWith(row);
    return;
  }
  const order = Number(row.dataset.order);
  const before = [...rows.children].find((one) => Number(one.dataset.order) < order);
  if (!before && rows.children.length) return; // older than all that is shown
  row.classList.add("news");
  rows.insertBefore(row, before || null);
  while (rows.children.length > MOST) rows.lastElementChild.remove();
  document.getElementById("empty").hidden = true;
}

let refreshing = null;
function refresh(whole) {
  clearTimeout(refreshing);
  refreshing = setTimeout(async () => {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    if (!answer.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    counts.replaceChildren(...fresh.getElementById("counts").childNodes);
    document.getElementById("total").textContent = fresh.getElementById("total").textContent;
    const pause = document.getElementById("pause");
    if (pause) pause.replaceWith(fresh.getElementById("pause"));
    if (whole) {
      rows.replaceChildren(...fresh.getElementById("rows").children);
      document.getElementById("empty").replaceWith(fresh.getElementById("empty"));
      tellAges(rows);
    }
  }, whole ? 50 : 400);
}

listen(`/live?${rows.dataset.query}&from=${rows.dataset.place}`, (name, data) => {
  if (name === "row" && data.html) place(data.html);
  else if (name === "row" || name === "removed") find(data.id)?.remove();
  if (name !== "row" || data.moved) refresh(name === "reset");
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.id === "pause") {
    const act = button.dataset.paused === "yes" ? "resume" : "pause";
    press(button, async () => {
      await send("POST", `/api/v1/queue/${act}`);
      say(act === "pause" ? "The queue is paused." : "The queue goes on.");
      refresh(false);
    });
  } else if (button.dataset.act) {
    const id = button.closest(".row").dataset.id;
    press(button, async () => {
      const told = await send("POST", `/api/v1/jobs/${encodeURIComponent(id)}/${button.dataset.act}`);
      say({ cancelled: "Cancelled.", requested: "Its worker stops it.", retried: "It runs again." }[told.result]);
    });
  }
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
    refresh(true);
  }, 200);
});

// j and k walk through the list, Enter opens.
document.addEventListener("keydown", (event) => {
  if (!["j", "k"].includes(event.key) || event.target.matches("input, textarea")) return;
  const links = [...rows.querySelectorAll(".row-link")];
  const at = links.indexOf(document.activeElement);
  const next = links[event.key === "j" ? at + 1 : at - 1] || links[0];
  next?.focus();
});
