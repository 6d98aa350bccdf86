// A payload in an editor, and the scene at the cursor, painted anew with every change.
import { clock, press, send } from "./frame.js";

const form = document.getElementById("submit");
const payload = document.getElementById("payload");
const problem = document.getElementById("problem");
const still = document.getElementById("still");
const note = document.getElementById("still-note");
const at = document.getElementById("at");
const stops = document.getElementById("stops");
const LISTS = ["steps", "scenes", "segments"];
let scenes = [];

function tell(error) {
  problem.replaceChildren();
  if (!error) return;
  const box = document.createElement("div");
  box.className = "problem";
  const lines = error.problem?.errors?.length ? error.problem.errors.map((one) => `${one.pointer}  ${one.detail}`) : [error.message];
  for (const line of lines) {
    const paragraph = document.createElement("div");
    paragraph.textContent = line;
    box.append(paragraph);
  }
  problem.append(box);
}

function read() {
  try {
    return JSON.parse(payload.value);
  } catch (error) {
    throw new Error(`The payload is not JSON: ${error.message}`);
  }
}

// Which element of which list the cursor is in: `[list, its number among all of its kind]`, or null.
// It reads JSON as far as the cursor, and does not mind when the rest is being written.
function placeOf(text, cursor) {
  const seen = {};
  const open = [];
  let key = "";
  for (const [token] of text.slice(0, cursor).matchAll(/"(?:[^"\\]|\\.)*"?|[{}[\],:]/g)) {
    if (token[0] === '"') key = token.slice(1, -1);
    else if (token === "[") open.push({ list: key });
    else if (token === "{") {
      const list = open.at(-1)?.list;
      if (LISTS.includes(list)) seen[list] = (seen[list] ?? -1) + 1;
      open.push({ element: LISTS.includes(list) ? [list, seen[list]] : null });
    } else if (token === "]" || token === "}") open.pop();
  }
  return open.findLast((one) => one.element)?.element ?? null;
}

function elements(value, list, found = []) {
  if (Array.isArray(value)) for (const one of value) elements(one, list, found);
  else if (value && typeof value === "object") {
    for (const [name, one] of Object.entries(value)) {
      if (name === list && Array.isArray(one)) found.push(...one);
      elements(one, list, found);
    }
  }
  return found;
}

// The scene that an element of the payload became: by its id, or else by its number among the steps.
function sceneAtCursor() {
  const place = placeOf(payload.value, payload.selectionStart);
  if (!place) return scenes[0];
  const [list, number] = place;
  let all = [];
  try {
    all = elements(read(), list);
  } catch {
    // Somebody is typing.
  }
  const id = String(all[number]?.id ?? "");
  const twins = all.slice(0, number).filter((one) => String(one?.id ?? "") === id).length;
  const named = scenes.filter((one) => id && (one.id === id || one.id.startsWith(`${id}-`)));
  if (named.length) return named[Math.min(twins, named.length - 1)];
  const steps = list === "steps" ? scenes.filter((one) => one.kind === "step") : scenes;
  return steps[number] ?? scenes[0];
}

function showStops() {
  const now = scenes.findLast((one) => one.start <= Number(at.value) + 0.001);
  if (stops.children.length !== scenes.length) {
    stops.replaceChildren(...scenes.map((_, number) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.number = number;
      button.append(document.createElement("span"));
      item.append(button);
      return item;
    }));
  }
  for (const [number, one] of scenes.entries()) {
    const button = stops.children[number].firstElementChild;
    button.firstElementChild.textContent = `${clock(one.start)} ${one.title || one.id}`;
    button.setAttribute("aria-pressed", String(one === now));
  }
}

// Some way into the scene, when what moves has come to rest.
function go(scene) {
  if (!scene) return;
  at.value = Math.min(scene.start + Math.min(2, scene.seconds * 0.7), Number(at.max));
  document.getElementById("at-clock").textContent = clock(at.value);
  showStops();
}

let asking = null;
let wanted = 0;
async function glimpse() {
  const mine = ++wanted;
  let body;
  try {
    body = read();
  } catch {
    still.classList.add("stale"); // somebody is typing
    return;
  }
  asking?.abort();
  asking = new AbortController();
  try {
    const told = await send("POST", `/submit/glimpse?at=${at.value}`, body, asking.signal);
    if (mine === wanted) show(told);
  } catch (error) {
    if (mine !== wanted || error.name === "AbortError") return;
    if (!error.problem) complain("The server does not answer.");
    else if (Number(at.value) > 0 && error.problem.code === "invalid.option" && scenes.length) {
      scenes = []; // it may be shorter than it was
      at.value = 0;
      soon();
    } else complain(error.message);
  }
}

function show(told) {
  scenes = told.scenes;
  at.max = Math.max(0.1, told.seconds - 0.1);
  still.src = told.picture;
  still.alt = `The preview at ${clock(at.value)}`;
  still.classList.remove("stale");
  still.hidden = false;
  note.hidden = true;
  showStops();
}

function complain(text) {
  note.textContent = text;
  note.hidden = false;
  still.hidden = true;
}

let resting = null;
function soon() {
  clearTimeout(resting);
  resting = setTimeout(glimpse, 200);
}

let cursorScene = null;
function followCursor() {
  const scene = sceneAtCursor();
  if (!scene || scene.id === cursorScene) return;
  cursorScene = scene.id;
  go(scene);
  soon();
}

payload.addEventListener("input", () => {
  tell(null);
  followCursor();
  soon();
});
for (const name of ["keyup", "click"]) payload.addEventListener(name, followCursor);
at.addEventListener("input", () => {
  document.getElementById("at-clock").textContent = clock(at.value);
  showStops();
  soon();
});
stops.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  go(scenes[Number(button.dataset.number)]);
  soon();
});

document.getElementById("tidy").addEventListener("click", () => {
  try {
    payload.value = JSON.stringify(read(), null, 2);
    tell(null);
  } catch (error) {
    tell(error);
  }
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const button = form.querySelector("button[type=submit]");
  press(button, async () => {
    tell(null);
    try {
      const told = await send("POST", "/api/v1/jobs", read());
      const { source } = form.dataset;
      location.assign(told.links.page + (source ? `?from=${encodeURIComponent(source)}` : ""));
    } catch (error) {
      tell(error);
    }
  });
});
payload.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});
glimpse();
