// Dead letters: replayed by ones, by cause or by filter; a canary goes first where nobody is sure.
import { press, say, send } from "./frame.js";

const ENDS = {
  success: "It went well: the cause seems to be gone.",
  failed: "It failed again: the cause is still there.",
};

function takeAway(ids) {
  for (const id of ids) {
    for (const line of document.querySelectorAll(`.letters [data-id="${CSS.escape(id)}"]`)) {
      const group = line.closest(".group");
      line.remove();
      count(group, -1);
      if (!group.querySelector("li")) group.hidden = !group.querySelector(".canary:not([hidden])");
    }
  }
}

function count(group, change) {
  const tally = group.querySelector(".tally");
  const left = Math.max(0, Number(tally.textContent) + change);
  tally.textContent = left;
  group.querySelector("[data-wish=all]").textContent = `Replay all ${left}`;
}

// Tells how a canary fares until it has ended, and then what to do with the others.
function follow(group, id) {
  const box = group.querySelector(".canary");
  const link = document.createElement("a");
  link.href = `/jobs/${encodeURIComponent(id)}`;
  link.textContent = id;
  const words = document.createElement("span");
  const show = (status, text) => {
    box.className = `canary ${status}`;
    words.textContent = text;
  };
  box.replaceChildren("Canary ", link, words);
  box.hidden = false;
  show("queued", "waits for a worker …");
  const source = new EventSource(`/api/v1/jobs/${encodeURIComponent(id)}/events`);
  source.addEventListener("job", (event) => {
    const line = JSON.parse(event.data);
    if (line.status === "running") show("running", `runs: ${line.progress} %`);
    if (!(line.status in ENDS)) return;
    source.close();
    show(line.status, ENDS[line.status]);
    const others = group.querySelector(".letters li") || !group.querySelector(".letters");
    if (line.status === "success" && others) {
      const all = document.createElement("button");
      all.type = "button";
      all.dataset.wish = "all";
      all.textContent = "Replay the others";
      box.append(all);
    }
  });
  source.onerror = () => source.readyState === EventSource.CLOSED && show("queued", "is not followed any more.");
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-wish]");
  if (!button) return;
  const group = button.closest(".group");
  const { code, since, project } = group.dataset;
  const filter = { code, ...(since && { since }), ...(project && { projectId: project }) };
  const wishes = {
    one: () => ["replay", { ids: [button.closest("li").dataset.id] }],
    canary: () => ["replay", { ...filter, limit: 1 }],
    all: () => ["replay", filter],
    drop: () => ["drop", filter],
  };
  const { wish } = button.dataset;
  const [act, body] = wishes[wish]();
  if (act === "drop" && !confirm(`Forget these dead letters (${code === "*" ? "all codes" : code})?`)) return;
  press(button, async () => {
    const told = await send("POST", `/api/v1/dead/${act}`, body);
    const done = told.results.filter((one) => ["replayed", "dropped"].includes(one.result));
    const skipped = told.results.length - done.length;
    say(`${done.length} ${act === "drop" ? "dropped" : "replayed"}${skipped ? `, ${skipped} left as they were` : ""}.`);
    if (wish === "canary" && done.length) follow(group, done[0].id);
    takeAway(done.map((one) => one.id));
  });
});
