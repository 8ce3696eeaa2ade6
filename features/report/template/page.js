"use strict";
(() => {
  const find = (selector, root = document) => root.querySelector(selector);
  const list = (selector, root = document) => [...root.querySelectorAll(selector)];
  const search = find("#search");
  const onlyFailed = find("#only-failed");
  const separateWords = find("#separate-words");
  const BACKGROUND = ":scope > .background .step";
  const capabilities = list(".capability").map((element) => ({
    element,
    count: find(".count", element),
    features: list(".feature", element).map((feature) => readFeature(feature, find("h3", element).firstChild)),
  }));
  const features = capabilities.flatMap((capability) => capability.features);
  const terms = list(".glossary dt").map((element) => {
    const meaning = element.nextElementSibling;
    return {
      names: element.textContent.split(",").map(normalise),
      others: (find(".others", meaning)?.textContent ?? "").split(",").map(normalise),
      text: `${element.textContent}: ${meaning.firstChild.textContent.trim()}`,
    };
  });
  let opened = null; // what was open before a search

  function readFeature(element, capability) {
    const details = find("details", element);
    const body = find(".body", element);
    const heading = [capability, find("h4", element), ...list(":scope > .narrative, :scope > .tags > *", body), ...list(BACKGROUND, body)];
    return {
      element,
      details,
      count: find("summary .count", element),
      rules: list(".rule", element).map((rule) => {
        const own = list(":scope > .rule-name, :scope > p", rule).concat(list(BACKGROUND, rule));
        return {
          element: rule,
          item: list(".rules li", element).find((item) => find("a", item).hash === `#${rule.id}`),
          scenarios: list(".scenario", rule).map((scenario) => ({
            element: scenario,
            text: readText([...heading, ...own, ...list("h5 a, .chip, .step, caption, tr, pre, .error p", scenario)]),
          })),
        };
      }),
    };
  }

  // One line for each element, so that a phrase does not reach from one into the next.
  function readText(nodes) {
    return nodes.map((node) => normalise(node.cells ? [...node.cells].map((cell) => cell.textContent).join(" ") : node.textContent)).join("\n");
  }

  function normalise(text) {
    return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim();
  }

  function count(number, noun) {
    return `${number} ${noun}${number === 1 ? "" : "s"}`;
  }

  // Adjacent words, of the last its beginning: "log out" finds "logs out". "sign in" does not find "assigns it in".
  function makePattern(phrase) {
    return new RegExp(`(?:^| )${phrase.split(" ").join("(?:e?s)? ")}`, "mu");
  }

  function findSynonyms(phrase) {
    return terms.filter(({ others }) => phrase && others.includes(phrase)).flatMap(({ names }) => {
      const last = phrase.split(" ").at(-1);
      const closest = names.filter((name) => name.split(" ").at(-1) === last); // "sign in": "log in", not "log out"
      return closest.length ? closest : names;
    });
  }

  function matchPhrases(phrases) {
    const patterns = phrases.map(makePattern);
    return (text) => patterns.some((pattern) => pattern.test(text));
  }

  function matchWords(phrase) {
    const patterns = phrase.split(" ").map(makePattern);
    return (text) => patterns.every((pattern) => pattern.test(text));
  }

  function filter() {
    const phrase = normalise(search.value);
    const synonyms = findSynonyms(phrase);
    const matches = phrase ? matchPhrases([phrase, ...synonyms]) : () => true;
    const found = show(matches, phrase !== "" || onlyFailed.checked);
    report(phrase, synonyms, found);
  }

  // A scenario is shown if it matches, or its rule, its feature or its capability does.
  function show(matches, isNarrowed) {
    rememberOpened(isNarrowed);
    const found = { scenarios: 0, features: 0 };
    for (const capability of capabilities) {
      let shown = 0;
      for (const feature of capability.features) {
        const inFeature = feature.rules.reduce((sum, rule) => sum + showRule(rule, matches), 0);
        feature.element.hidden = inFeature === 0;
        if (isNarrowed) feature.details.open = inFeature > 0;
        setCount(feature.count, inFeature);
        found.features += inFeature > 0;
        shown += inFeature;
      }
      capability.element.hidden = shown === 0;
      setCount(capability.count, shown);
      found.scenarios += shown;
    }
    for (const other of list(".contents, .glossary, .appendix")) other.hidden = isNarrowed;
    if (!isNarrowed) restoreOpened();
    return found;
  }

  function showRule(rule, matches) {
    let shown = 0;
    for (const { element, text } of rule.scenarios) {
      const number = Number(onlyFailed.checked ? element.dataset.notPassed : element.dataset.count);
      const isShown = number > 0 && matches(text);
      element.hidden = !isShown;
      shown += isShown ? number : 0;
    }
    rule.element.hidden = shown === 0;
    if (rule.item) rule.item.hidden = shown === 0;
    return shown;
  }

  function setCount(element, shown) {
    const total = Number(element.dataset.total);
    element.textContent = shown === total ? count(total, "scenario") : `${shown} of ${count(total, "scenario")}`;
  }

  function report(phrase, synonyms, found) {
    const isNarrowed = phrase !== "" || onlyFailed.checked;
    const sentences = [];
    if (isNarrowed && found.scenarios) sentences.push(`${count(found.scenarios, "scenario")} in ${count(found.features, "feature")}.`);
    if (isNarrowed && !found.scenarios) sentences.push(describeNothing(phrase));
    if (synonyms.length) sentences.push(`The features say ${synonyms.map((name) => `“${name}”`).join(" or ")}.`);
    find("#found").textContent = sentences.join(" ");
    const explained = phrase.length < 3 ? [] : terms.filter(({ names, others }) => names.some((name) => name.startsWith(phrase)) || others.includes(phrase));
    find("#meaning").textContent = explained.slice(0, 3).map(({ text }) => text).join("\n");
    const isSeparable = phrase.includes(" ") && !found.scenarios;
    const number = isSeparable ? countMatches(matchWords(phrase)) : 0;
    separateWords.hidden = number === 0;
    separateWords.textContent = `Show ${count(number, "scenario")} with all of these words, in any place`;
  }

  function describeNothing(phrase) {
    const subject = onlyFailed.checked ? "Each scenario passed" : "No scenario was found";
    return phrase ? `No scenario has “${search.value.trim()}”. Try one word, its first letters, or a word of the list “what the words mean”.` : `${subject}.`;
  }

  function countMatches(matches) {
    const scenarios = features.flatMap(({ rules }) => rules.flatMap((rule) => rule.scenarios));
    return scenarios.reduce((sum, { element, text }) => sum + (matches(text) ? Number(onlyFailed.checked ? element.dataset.notPassed : element.dataset.count) : 0), 0);
  }

  function rememberOpened(isNarrowed) {
    if (isNarrowed && opened === null) opened = new Set(features.filter(({ details }) => details.open));
  }

  function restoreOpened() {
    if (opened === null) return;
    for (const feature of features) feature.details.open = opened.has(feature);
    opened = null;
  }

  function setAll(isOpen) {
    const barHeight = find(".bar").offsetHeight;
    const top = features.find(({ element }) => !element.hidden && element.getBoundingClientRect().bottom > barHeight);
    const wasAbove = top && top.element.getBoundingClientRect().top < barHeight;
    for (const { details, element } of features) if (!element.hidden) details.open = isOpen;
    if (wasAbove) top.element.scrollIntoView();
  }

  function setPressed() {
    const visible = features.filter(({ element }) => !element.hidden);
    find("#open-all").setAttribute("aria-pressed", String(visible.every(({ details }) => details.open)));
    find("#rules-only").setAttribute("aria-pressed", String(!visible.some(({ details }) => details.open)));
  }

  // A link opens all that its target is in, and ends a search that hides it.
  function openTarget() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target || target === document.body) return;
    if (target.closest("[hidden]")) {
      search.value = "";
      onlyFailed.checked = false;
      filter();
    }
    for (let details = target.closest("details"); details; details = details.parentElement.closest("details")) details.open = true;
    target.scrollIntoView();
  }

  let closedBeforePrint = [];
  window.addEventListener("beforeprint", () => {
    closedBeforePrint = features.filter(({ details }) => !details.open);
    for (const { details } of closedBeforePrint) details.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const { details } of closedBeforePrint) details.open = false;
  });
  for (const hidden of [search, find("#views"), find("#only")]) hidden.hidden = false;
  for (const { details } of features) details.addEventListener("toggle", setPressed);
  search.addEventListener("input", () => {
    filter();
    if (find("#specification").getBoundingClientRect().top < 0) find("#specification").scrollIntoView(); // hits are above
  });
  onlyFailed.addEventListener("change", filter);
  separateWords.addEventListener("click", () => {
    const found = show(matchWords(normalise(search.value)), true);
    find("#found").textContent = `${count(found.scenarios, "scenario")} in ${count(found.features, "feature")}.`;
    separateWords.hidden = true;
  });
  find("#open-all").addEventListener("click", () => setAll(true));
  find("#rules-only").addEventListener("click", () => setAll(false));
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
