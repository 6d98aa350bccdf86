// What every page shares: requests with the session's token, messages, the theme, live changes.

const token = document.querySelector('meta[name="csrf-token"]').content;

export async function send(method, path, body) {
  const answer = await fetch(path, {
    method,
    headers: {
      "x-csrf-token": token,
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const told = (answer.headers.get("content-type") || "").includes("json") ? await answer.json() : {};
  if (!answer.ok) throw Object.assign(new Error(told.detail || answer.statusText), { problem: told });
  return told;
}

export function say(text, bad = false) {
  const toast = document.createElement("div");
  toast.className = bad ? "toast bad" : "toast";
  toast.textContent = text;
  document.getElementById("toasts").append(toast);
  setTimeout(() => toast.remove(), bad ? 9000 : 4000);
}

// Runs `work` while the button is disabled, and says what went wrong.
export async function press(button, work) {
  button.disabled = true;
  try {
    await work();
  } catch (error) {
    say(error.message, true);
  } finally {
    button.disabled = false;
  }
}

export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

// Listens to a stream of changes while somebody looks; rests while the page is hidden, and goes on
// where it was. `tell` is given the name of an event and its data.
export function listen(address, tell) {
  const state = document.getElementById("link-state");
  let source = null;
  let last = "";
  const show = (name, text) => {
    state.dataset.state = name;
    state.textContent = text;
  };
  const start = () => {
    if (source || document.hidden) return;
    const url = new URL(address, location.href);
    if (last) url.searchParams.set("after", last);
    source = new EventSource(url);
    source.onopen = () => show("live", "live");
    source.onerror = () => {
      show("lost", "connecting …");
      if (source && source.readyState === EventSource.CLOSED) stop();
    };
    for (const name of ["row", "job", "removed", "queue", "reset"]) {
      source.addEventListener(name, (event) => {
        last = event.lastEventId || last;
        tell(name, JSON.parse(event.data));
      });
    }
  };
  const stop = () => {
    source?.close();
    source = null;
    show("idle", "");
  };
  document.addEventListener("visibilitychange", () => (document.hidden ? stop() : start()));
  addEventListener("pagehide", stop);
  addEventListener("pageshow", start);
  start();
  return stop;
}

const steps = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];
const words = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "short" });

export function tellAges(root = document) {
  for (const time of root.querySelectorAll("time[data-ago]")) {
    const seconds = (Date.parse(time.dateTime) - Date.now()) / 1000;
    const [unit, size] = steps.find(([, length]) => Math.abs(seconds) >= length) || ["second", 1];
    time.textContent = words.format(Math.round(seconds / size), unit);
    time.title = new Date(time.dateTime).toLocaleString();
  }
}

tellAges();
setInterval(() => document.hidden || tellAges(), 10000);

document.getElementById("theme").addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme === "dark" || (root.dataset.theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.theme = dark ? "light" : "dark";
  try {
    localStorage.setItem("theme", root.dataset.theme);
  } catch {
    // It is forgotten then.
  }
});

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input, textarea, select, video")) return;
  if (event.key === "/") {
    const search = document.getElementById("q");
    if (search) {
      event.preventDefault();
      search.focus();
    }
  } else if (event.key === "g") location.assign("/");
  else if (event.key === "d") location.assign("/dead");
});
