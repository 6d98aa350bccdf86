// One job: its preview plays while it is rendered, and the page is fetched anew when its state changes.
import { clock, fill, isFree, listen, press, say, send, tellAges } from "./frame.js";

const job = document.getElementById("job");
const id = job.dataset.id;
const path = `/api/v1/jobs/${encodeURIComponent(id)}`;
let video = document.getElementById("video");
let hls = null;

// hls.js is only fetched for a preview that is still growing.
async function playLive() {
  const growing = video;
  if (!growing?.dataset.live || hls) return;
  const { default: Hls } = await import("./hls.js");
  // While it was fetched, the preview may have been published or another call have come first.
  if (video !== growing || hls || !Hls.isSupported()) return;
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
  const open = [...job.querySelectorAll("details[open]")].map((one) => one.id);
  hls?.destroy();
  hls = null;
  job.replaceChildren(...fresh.childNodes);
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  job.dataset.status = fresh.dataset.status;
  tellAges(job);
  dress(at, playing);
  watch();
}

function dress(at = 0, playing = false) {
  video = document.getElementById("video");
  if (!video) return;
  if (video.dataset.live) {
    if (job.dataset.status === "running") playLive();
    return;
  }
  // Said at once: a moment chosen while the video is fetched then comes later, and holds.
  if (at) video.currentTime = at;
  if (playing) video.play().catch(() => {});
  dressStrip();
}

function dressStrip() {
  const strip = document.getElementById("strip");
  if (!strip) return;
  const scenes = [...strip.querySelectorAll(".scene")];
  const whole = scenes.reduce((sum, one) => sum + Number(one.dataset.span), 0);
  for (const one of scenes) one.style.flexGrow = one.dataset.span;
  const chapters = [...job.querySelectorAll(".chapters li")];
  for (const mark of job.querySelectorAll(".mark")) mark.style.left = `${(100 * mark.dataset.at) / whole}%`;
  const head = document.getElementById("playhead");
  const follow = () => {
    head.hidden = false;
    head.style.left = `${Math.min(100, (100 * video.currentTime) / whole)}%`;
    for (const one of scenes) {
      const since = video.currentTime - Number(one.dataset.start);
      one.classList.toggle("now", since >= 0 && since < Number(one.dataset.span));
    }
    const now = scenes.find((one) => one.classList.contains("now"))?.dataset.start;
    for (const one of chapters) one.classList.toggle("now", one.dataset.from === now);
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
    peek.style.left = `${Math.min(Math.max(share * box.width, 104), box.width - 104)}px`;
    const scene = scenes.findLast((one) => Number(one.dataset.start) <= share * whole);
    peek.querySelector("span").textContent = `${clock(share * whole)}  ${scene?.lastElementChild.textContent ?? ""}`;
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

function switchCaptions() {
  const [track] = video.textTracks;
  if (!track) return;
  track.mode = track.mode === "showing" ? "hidden" : "showing";
  say(track.mode === "showing" ? "Captions are on." : "Captions are off.");
}

function next(selector, name, forward) {
  const places = [...job.querySelectorAll(selector)].map((one) => Number(one.dataset[name]));
  const now = video.currentTime;
  return forward ? places.find((one) => one > now + 0.2) : places.findLast((one) => one < now - 0.6);
}

// Space plays, the arrows go from scene to scene, f from finding to finding, s shows captions.
document.addEventListener("keydown", (event) => {
  if (!video || video.hidden || !isFree(event)) return;
  if (event.key === " " && !event.target.closest("button, a, summary")) {
    event.preventDefault();
    if (video.paused) video.play().catch(() => {});
    else video.pause();
  } else if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
    const place = next(".scene", "start", event.key === "ArrowRight");
    if (place !== undefined) seek(place);
  } else if (event.key === "f") {
    const place = next(".mark", "at", true) ?? Number(job.querySelector(".mark")?.dataset.at ?? NaN);
    if (!Number.isNaN(place)) seek(place);
  } else if (event.key === "s") switchCaptions();
});

job.addEventListener("click", async (event) => {
  const button = event.target.closest(".copy");
  if (!button) return;
  const text = button.dataset.copy ?? document.getElementById(button.dataset.copyOf).textContent;
  try {
    await navigator.clipboard.writeText(text);
    say("Copied.");
  } catch {
    say("The browser does not let it be copied.", true);
  }
});

function show(line) {
  for (const bar of job.querySelectorAll(".phases")) fill(bar, line.progress);
}

// Follows the job until it has ended, and again when it is retried.
let stop = null;
function watch() {
  if (stop || !["queued", "running"].includes(job.dataset.status)) return;
  stop = listen(`${path}/events`, async (name, line) => {
    if (name === "job") show(line);
    const over = name === "removed" || ["success", "failed"].includes(line.status);
    if (over) {
      stop?.();
      stop = null;
    }
    if (name === "job" && line.status !== job.dataset.status) await refresh();
  });
}

dress();
watch();
