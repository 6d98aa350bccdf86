// Before anything is painted: the theme that was chosen here before.
try {
  document.documentElement.dataset.theme = localStorage.getItem("theme") || "auto";
} catch {
  // Without storage the system's theme stays.
}
