// What the reference can do beyond its text: search, copy a sample, and keep the chosen language.
const search = document.querySelector(".search");
const field = search.querySelector("input");
const found = search.querySelector(".found");
const hits = search.querySelector(".hits");
const MAX_HITS = 12;
let index;
let searched;

const load = () => (index ??= fetch(search.dataset.index).then((response) => response.json()));

// Every word has to be somewhere; a word in the title or the path counts more.
const rate = ({ title, detail, words }, terms) => {
  const name = `${title} ${detail}`.toLowerCase();
  const points = terms.map((term) => (name.includes(term) ? 2 : words.includes(term) ? 1 : 0));
  return points.every(Boolean) ? points.reduce((sum, each) => sum + each) : 0;
};

const show = ({ title, detail, url }) => {
  const item = document.createElement("li");
  const link = item.appendChild(document.createElement("a"));
  link.href = search.dataset.root + url;
  link.append(title, Object.assign(document.createElement("small"), { textContent: detail }));
  return item;
};

const find = async () => {
  const terms = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  const rated = (await load()).map((entry) => [rate(entry, terms), entry]);
  const matching = rated.filter(([points]) => points > 0).sort(([a], [b]) => b - a);
  const isAsked = terms.length > 0;
  hits.replaceChildren(...(isAsked ? matching.slice(0, MAX_HITS).map(([, each]) => show(each)) : []));
  found.textContent = isAsked ? `${matching.length} found` : "";
};

field.addEventListener("focus", load);
field.addEventListener("input", () => (searched = find()));
search.addEventListener("keydown", async (event) => {
  const stops = [field, ...hits.querySelectorAll("a")];
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    stops[Math.max(0, Math.min(stops.length - 1, stops.indexOf(document.activeElement) + step))].focus();
  } else if (event.key === "Enter" && document.activeElement === field) {
    await searched; // a fast typist is ahead of the index
    hits.querySelector("a")?.click();
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.target.closest("input, textarea")) {
    event.preventDefault();
    field.focus();
  }
});
search.hidden = false;

// The contents are longer than the screen, so the entry of this page is scrolled to; the page itself stays.
const entry = document.querySelector(".contents [aria-current]");
for (const list of [entry.closest(".tags"), entry.closest(".contents")]) {
  const [inner, outer] = [entry, list].map((each) => each.getBoundingClientRect());
  list.scrollLeft += inner.left - outer.left - (outer.width - inner.width) / 2;
  list.scrollTop += inner.top - outer.top - outer.height / 4;
}

// One choice of language holds for the page.
document.addEventListener("change", ({ target }) => {
  if (target.type !== "radio") return;
  const top = target.getBoundingClientRect().top;
  for (const radio of document.querySelectorAll(`[type=radio][value="${target.value}"]`)) {
    radio.checked = true;
  }
  window.scrollBy(0, target.getBoundingClientRect().top - top); // other samples have other heights
});

if (navigator.clipboard) {
  for (const block of document.querySelectorAll(".reference pre")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(block.querySelector("code").textContent);
      button.textContent = "Copied";
    });
    block.append(button);
  }
}
