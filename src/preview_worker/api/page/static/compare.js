// Two previews side by side or one over the other, played and sought together.
import { clock, isFree } from "./frame.js";

const sides = [...document.querySelectorAll("#sides video")];
const play = document.getElementById("play");
const seek = document.getElementById("seek");
const told = document.getElementById("clock");

function go(seconds) {
  for (const one of sides) one.currentTime = Math.min(seconds, one.duration || seconds);
}

function toggle() {
  const paused = sides.every((one) => one.paused);
  for (const one of sides) {
    if (paused) one.play().catch(() => {});
    else one.pause();
  }
}

if (sides.length) {
  const [before, after] = sides;
  play.addEventListener("click", toggle);
  for (const one of sides) {
    for (const name of ["play", "pause", "ended"]) {
      one.addEventListener(name, () => (play.textContent = sides.every((side) => side.paused) ? "Play" : "Pause"));
    }
    one.addEventListener("timeupdate", () => {
      const now = Math.max(...sides.map((side) => side.currentTime));
      seek.value = now;
      told.textContent = clock(now);
      const apart = Math.abs(after.currentTime - before.currentTime);
      if (!before.paused && !after.paused && !after.seeking && apart > 0.15) after.currentTime = before.currentTime;
    });
  }
  seek.addEventListener("input", () => go(Number(seek.value)));
  document.querySelector(".changes").addEventListener("click", (event) => {
    const button = event.target.closest("button[data-seek]");
    if (!button) return;
    const row = button.closest("tr");
    for (const one of sides) one.pause();
    for (const one of row.querySelectorAll("button[data-seek]")) sides[Number(one.dataset.side)].currentTime = Number(one.dataset.seek) + 0.5;
    document.getElementById("sides").scrollIntoView({ block: "nearest" });
  });
  const overlay = document.getElementById("overlay");
  overlay.addEventListener("click", () => {
    const overlaid = document.getElementById("sides").classList.toggle("overlaid");
    overlay.setAttribute("aria-pressed", String(overlaid));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== " " || !isFree(event) || event.target.closest("button, a")) return;
    event.preventDefault();
    toggle();
  });
}
