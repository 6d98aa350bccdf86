// Two previews side by side, played and sought together.
import { clock } from "./frame.js";

const sides = [...document.querySelectorAll("#sides video")];
const play = document.getElementById("play");
const seek = document.getElementById("seek");
const told = document.getElementById("clock");

if (sides.length) {
  const go = (seconds) => sides.forEach((one) => (one.currentTime = Math.min(seconds, one.duration || seconds)));
  play.addEventListener("click", () => {
    const paused = sides.every((one) => one.paused);
    for (const one of sides) paused ? one.play().catch(() => {}) : one.pause();
    play.textContent = paused ? "Pause" : "Play";
  });
  seek.addEventListener("input", () => go(Number(seek.value)));
  sides[0].addEventListener("timeupdate", () => {
    seek.value = sides[0].currentTime;
    told.textContent = clock(sides[0].currentTime);
    if (!sides[0].paused && Math.abs(sides[1].currentTime - sides[0].currentTime) > 0.15) sides[1].currentTime = sides[0].currentTime;
  });
  document.querySelector(".changes").addEventListener("click", (event) => {
    const button = event.target.closest("button[data-seek]");
    if (!button) return;
    const row = button.closest("tr");
    for (const one of row.querySelectorAll("button[data-seek]")) sides[Number(one.dataset.side)].currentTime = Number(one.dataset.seek) + 0.5;
  });
}
