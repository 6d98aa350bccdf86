// Dead letters: replayed by ones or by their cause; a canary goes first where nobody is sure.
import { press, say, send } from "./frame.js";

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-wish]");
  if (!button) return;
  const group = button.closest(".group");
  const code = group.dataset.code;
  const wishes = {
    one: () => ["replay", { ids: [button.closest("li").dataset.id] }],
    canary: () => ["replay", { code, limit: 1 }],
    all: () => ["replay", { code }],
    drop: () => ["drop", { code }],
  };
  const [act, body] = wishes[button.dataset.wish]();
  if (act === "drop" && !confirm(`Forget all dead letters of ${code}?`)) return;
  press(button, async () => {
    const told = await send("POST", `/api/v1/dead/${act}`, body);
    const done = told.results.filter((one) => ["replayed", "dropped"].includes(one.result));
    say(`${done.length} ${act === "drop" ? "dropped" : "replayed"}.`);
    for (const one of done) group.querySelector(`[data-id="${CSS.escape(one.id)}"]`)?.remove();
    if (!group.querySelector("li")) group.remove();
  });
});
