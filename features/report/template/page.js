"use strict";
(() => {
  const find = (selector) => document.querySelector(selector);
  const list = (selector, root = document) => [...root.querySelectorAll(selector)];
  const search = find("#search");
  const onlyFailed = find("#only-failed");
  const openAll = find("#open-all");
  const features = list(".feature").map((element) => ({
    element,
    heading: text(element.querySelector("summary"), element.querySelector(".narrative"), element.querySelector(".tags")),
    rules: list(".rule", element).map((rule) => ({
      element: rule,
      heading: text(rule.querySelector(".rule-name")),
      scenarios: list(".scenario", rule).map((scenario) => ({ element: scenario, text: text(scenario) })),
    })),
  }));

  function text(...elements) {
    return elements.map((element) => (element ? element.textContent : "")).join(" ").toLowerCase();
  }

  function count(number, noun) {
    return `${number} ${noun}${number === 1 ? "" : "s"}`;
  }

  // A scenario matches if each word is in it, in its rule or in its feature.
  function filter() {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const narrowed = words.length > 0 || onlyFailed.checked;
    let shownFeatures = 0;
    let shownScenarios = 0;
    for (const feature of features) {
      let inFeature = 0;
      for (const rule of feature.rules) {
        let inRule = 0;
        for (const scenario of rule.scenarios) {
          const all = [feature.heading, rule.heading, scenario.text].join(" ");
          const wanted = !onlyFailed.checked || scenario.element.dataset.status !== "PASSED";
          const matches = wanted && words.every((word) => all.includes(word));
          scenario.element.hidden = !matches;
          inRule += matches;
        }
        rule.element.hidden = inRule === 0;
        inFeature += inRule;
      }
      feature.element.hidden = inFeature === 0;
      feature.element.open = narrowed && inFeature > 0;
      shownFeatures += inFeature > 0;
      shownScenarios += inFeature;
    }
    for (const capability of list(".capability")) {
      capability.hidden = !capability.querySelector(".feature:not([hidden])");
    }
    find(".contents").hidden = narrowed;
    find("#found").textContent = narrowed ? `${count(shownScenarios, "scenario")} in ${count(shownFeatures, "feature")}` : "";
    setPressed(narrowed);
  }

  function setPressed(isOpen) {
    openAll.setAttribute("aria-pressed", String(isOpen));
    openAll.textContent = isOpen ? "Close all" : "Open all";
  }

  // A link to a scenario opens the feature that it is in.
  function openTarget() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target || !target.closest(".feature")) return;
    if (search.value || onlyFailed.checked) {
      search.value = "";
      onlyFailed.checked = false;
      filter();
    }
    target.closest(".feature").open = true;
    target.scrollIntoView();
  }

  search.addEventListener("input", filter);
  onlyFailed.addEventListener("change", filter);
  openAll.addEventListener("click", () => {
    const isOpen = openAll.getAttribute("aria-pressed") !== "true";
    for (const feature of features) feature.element.open = isOpen;
    setPressed(isOpen);
  });
  window.addEventListener("hashchange", openTarget);
  openTarget();

  // The report of Cucumber is large, so it starts only when it is wanted. Its style sheet is for a whole page, so it gets
  // a frame, which is as high as its content.
  const openCucumber = find("#open-cucumber");
  if (openCucumber) {
    openCucumber.addEventListener("click", () => {
      const frame = document.createElement("iframe");
      frame.title = "Cucumber report";
      frame.addEventListener("load", () => {
        const content = frame.contentDocument.documentElement;
        new ResizeObserver(() => { frame.style.height = `${content.offsetHeight + 20}px`; }).observe(content);
      });
      frame.srcdoc = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Cucumber report</title>${find("#cucumber-template").innerHTML}`;
      find("#cucumber-report").append(frame);
      openCucumber.hidden = true;
    });
  }
})();
