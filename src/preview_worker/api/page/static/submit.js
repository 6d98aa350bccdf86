// A payload in an editor, and a still of the scene under the cursor while it is edited.
import { clock, press, send } from "./frame.js";

const form = document.getElementById("submit");
const payload = document.getElementById("payload");
const problem = document.getElementById("problem");
const still = document.getElementById("still");
const note = document.getElementById("still-note");
const at = document.getElementById("at");
const token = document.querySelector('meta[name="csrf-token"]').content;

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

let asking = null;
let wanted = 0;
async function glimpse() {
  const mine = ++wanted;
  let body;
  try {
    body = JSON.stringify(read());
  } catch {
    return; // somebody is typing
  }
  asking?.abort();
  asking = new AbortController();
  try {
    const answer = await fetch(`/api/v1/stills?at=${at.value}&format=webp`, {
      method: "POST", body, signal: asking.signal,
      headers: { "content-type": "application/json", "x-csrf-token": token },
    });
    if (mine !== wanted) return;
    if (!answer.ok) {
      note.textContent = (await answer.json()).detail;
      note.hidden = false;
      still.hidden = true;
      return;
    }
    const old = still.src;
    still.src = URL.createObjectURL(await answer.blob());
    if (old) URL.revokeObjectURL(old);
    still.alt = `The preview at ${clock(at.value)}`;
    still.hidden = false;
    note.hidden = true;
    const length = Number(answer.headers.get("x-preview-seconds"));
    if (length) at.max = Math.max(0.5, Math.floor(length * 2) / 2 - 0.5);
  } catch {
    // Another one was asked for.
  }
}

let resting = null;
const soon = () => {
  clearTimeout(resting);
  resting = setTimeout(glimpse, 250);
};
payload.addEventListener("input", () => {
  tell(null);
  soon();
});
at.addEventListener("input", () => {
  document.getElementById("at-clock").textContent = clock(at.value);
  soon();
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const button = form.querySelector("button[type=submit]");
  press(button, async () => {
    tell(null);
    try {
      const told = await send("POST", "/api/v1/jobs", read());
      location.assign(told.links.page);
    } catch (error) {
      tell(error);
    }
  });
});
payload.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
});
glimpse();
