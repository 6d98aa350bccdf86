// One job: its preview plays while it is rendered, and the page is fetched anew when its state changes.
import { clock, listen, press, say, send, tellAges } from "./frame.js";

const job = document.getElementById("job");
const id = job.dataset.id;
const path = `/api/v1/jobs/${encodeURIComponent(id)}`;
let video = document.getElementById("video");
let hls = null;

// hls.js is only fetched for a preview that is still growing.
async function playLive() {
  if (!video?.dataset.live || hls) return;
  const { default: Hls } = await import("./hls.js");
  if (!Hls.isSupported()) return;
  hls = new Hls({ liveDurationInfinity: false, startPosition: 0, manifestLoadPolicy: { default: {
    maxTimeToFirstByteMs: 20000, maxLoadTimeMs: 30000, timeoutRetry: null, errorRetry: null } } });
  hls.on(Hls.Events.MANIFEST_PARSED, () => {
    document.getElementById("screen").hidden = true;
    video.hidden = false;
    video.play().catch(() => {});
  });
  hls.on(Hls.Events.ERROR, (_, trouble) => {
    if (!trouble.fatal) return;
    hls.destroy();
    hls = null;
    if (job.dataset.status === "running") setTimeout(playLive, 400);
  });
  hls.attachMedia(video);
  hls.loadSource(video.dataset.live);
}

// Takes over what changed from a fresh copy of the page; a video that plays goes on where it was.
async function refresh() {
  const answer = await fetch(location.href, { headers: { accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("job");
  const at = video && !video.hidden ? video.currentTime : 0;
  const playing = Boolean(video && !video.paused && !video.ended);
  hls?.destroy();
  hls = null;
  job.replaceChildren(...fresh.childNodes);
  job.dataset.status = fresh.dataset.status;
  tellAges(job);
  dress(at, playing);
}

function dress(at = 0, playing = false) {
  video = document.getElementById("video");
  if (!video) return;
  if (video.dataset.live) {
    if (job.dataset.status === "running") playLive();
    return;
  }
  if (at) video.addEventListener("loadedmetadata", () => {
    video.currentTime = Math.min(at, video.duration);
    if (playing) video.play().catch(() => {});
  }, { once: true });
  dressStrip();
}

function dressStrip() {
  const strip = document.getElementById("strip");
  if (!strip) return;
  const scenes = [...strip.querySelectorAll(".scene")];
  const whole = scenes.reduce((sum, one) => sum + Number(one.dataset.span), 0);
  for (const one of scenes) one.style.flexGrow = one.dataset.span;
  for (const mark of strip.querySelectorAll(".mark")) mark.style.left = `${(100 * mark.dataset.at) / whole}%`;
  const head = document.getElementById("playhead");
  const follow = () => {
    head.hidden = false;
    head.style.left = `${(100 * video.currentTime) / whole}%`;
    for (const one of scenes) {
      const since = video.currentTime - Number(one.dataset.start);
      one.classList.toggle("now", since >= 0 && since < Number(one.dataset.span));
    }
  };
  video.addEventListener("timeupdate", follow);
  video.addEventListener("seeked", follow);
  const peek = document.getElementById("peek");
  const glimpse = peek.querySelector("video");
  strip.addEventListener("pointermove", (event) => {
    if (event.pointerType === "touch") return;
    const box = strip.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    if (!glimpse.src) glimpse.src = video.src;
    peek.hidden = false;
    peek.style.left = `${Math.min(Math.max(share * box.width, 100), box.width - 100)}px`;
    peek.querySelector("span").textContent = clock(share * whole);
    if (!glimpse.seeking) glimpse.currentTime = share * whole;
  });
  strip.addEventListener("pointerleave", () => (peek.hidden = true));
}

function seek(seconds) {
  if (!video || video.hidden) return;
  video.currentTime = Number(seconds) + 0.01;
  video.scrollIntoView({ block: "nearest" });
}

job.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.act) {
    press(button, async () => {
      const told = await send("POST", `${path}/${button.dataset.act}`);
      say({ cancelled: "Cancelled.", requested: "Its worker stops it.", retried: "It runs again." }[told.result]);
      await refresh();
    });
  } else if (button.dataset.start) seek(button.dataset.start);
  else if (button.dataset.at) seek(button.dataset.at);
  else if (button.dataset.seek) seek(button.dataset.seek);
});

// Space plays, the arrows go from scene to scene.
document.addEventListener("keydown", (event) => {
  if (!video || event.target.matches("input, textarea, button, a, video, summary")) return;
  if (event.key === " ") {
    event.preventDefault();
    if (video.paused) video.play();
    else video.pause();
  } else if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
    const starts = [...document.querySelectorAll(".scene")].map((one) => Number(one.dataset.start));
    const now = video.currentTime;
    const next = event.key === "ArrowRight" ? starts.find((one) => one > now + 0.2) : starts.filter((one) => one < now - 0.6).pop();
    if (next !== undefined) seek(next);
  }
});

function show(line) {
  for (const meter of job.querySelectorAll(".meter")) {
    meter.setAttribute("aria-valuenow", line.progress);
    meter.firstElementChild.className = `w${line.progress}`;
  }
}

dress();
if (["queued", "running"].includes(job.dataset.status)) {
  listen(`${path}/events`, (name, line) => {
    if (name !== "job") return;
    show(line);
    if (line.status !== job.dataset.status) refresh();
  });
}
