// What every page shares: requests with the session's token, messages, the theme, live changes.

const token = document.querySelector('meta[name="csrf-token"]').content;

export async function send(method, path, body, signal) {
  const answer = await fetch(path, {
    method,
    signal,
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

// Runs `work` at once, and again at most every `pause` milliseconds however often it is asked for.
export function rarely(work, pause) {
  let last = 0;
  let waiting = null;
  return () => {
    if (waiting) return;
    waiting = setTimeout(() => {
      waiting = null;
      last = Date.now();
      work();
    }, Math.max(0, last + pause - Date.now()));
  };
}

// Draws a bar of phases anew; the server says in `parts.html` which percents each piece stands for.
export function fill(bar, percent) {
  let word = "";
  for (const piece of bar.querySelectorAll(".done")) {
    const { width, begin, end } = piece.dataset;
    const share = Math.min(Math.max((percent - begin) / (end - begin), 0), 1);
    piece.setAttribute("width", width * share);
    if (percent >= Number(begin)) word = piece.dataset.word;
  }
  bar.querySelector("[data-part=word]").textContent = word;
  bar.querySelector("[data-part=percent]").textContent = `${percent} %`;
  bar.setAttribute("aria-valuenow", percent);
  bar.setAttribute("aria-valuetext", `${word}, ${percent} %`);
}

// Listens to a stream of changes while somebody looks. It rests while the page is hidden or held
// still, and goes on where it was. `tell` is given the name of an event and its data.
export function listen(address, tell) {
  const state = document.getElementById("link-state");
  let source = null;
  let last = "";
  let held = false;
  let over = false;
  const end = new AbortController(); // takes all listeners away again
  const show = (name, text) => {
    state.hidden = name === "idle";
    state.dataset.state = name;
    state.setAttribute("aria-pressed", String(held));
    state.textContent = text;
  };
  const rest = () => {
    source?.close();
    source = null;
    show(over ? "idle" : "held", "Paused");
  };
  const follow = () => {
    if (source || held || over || document.hidden) return;
    const url = new URL(address, location.href);
    if (last) url.searchParams.set("after", last);
    source = new EventSource(url);
    source.onopen = () => show("live", "Live");
    source.onerror = () => {
      if (source.readyState !== EventSource.CLOSED) show("lost", "Connecting …");
      else stop(); // the server has nothing more to tell
    };
    for (const name of ["row", "job", "removed", "queue", "reset"]) {
      source.addEventListener(name, (event) => {
        last = event.lastEventId || last;
        tell(name, JSON.parse(event.data));
      });
    }
  };
  const stop = () => {
    over = true;
    end.abort();
    rest();
  };
  const hold = () => {
    held = !held;
    if (held) rest();
    else follow();
  };
  const { signal } = end;
  state.addEventListener("click", hold, { signal });
  document.addEventListener("keydown", (event) => event.key === "p" && isFree(event) && hold(), { signal });
  document.addEventListener("visibilitychange", () => (document.hidden ? rest() : follow()), { signal });
  addEventListener("pagehide", rest, { signal });
  addEventListener("pageshow", follow, { signal });
  follow();
  return stop;
}

// Tells whether a key is meant for the page, and not for a field or the browser.
export function isFree(event) {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return false;
  return !event.target.closest("input, textarea, select, video, dialog[open]");
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

const keys = document.getElementById("keys");
document.getElementById("keys-open").addEventListener("click", () => keys.showModal());
const ways = { g: "/", d: "/dead", c: "/compare", n: "/submit" };

document.addEventListener("keydown", (event) => {
  if (!isFree(event)) return;
  const search = document.getElementById("q");
  const way = ways[event.key];
  if (event.key === "/" && search) {
    event.preventDefault();
    search.focus();
  } else if (event.key === "?") keys.showModal();
  else if (way && document.querySelector(`nav a[href="${way}"]`)) location.assign(way);
});
