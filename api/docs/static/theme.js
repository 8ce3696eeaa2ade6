// Swagger UI knows a dark dress but does not ask the reader's system for it. This runs before the
// first paint, so that a dark page never flashes white.
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const dress = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", dress);
dress();
