"use strict";

const terms = new Map(JSON.parse(document.getElementById("ontology").textContent).map((term) => [term.id, term]));
const overview = document.getElementById("overview");
const page = document.getElementById("term");
const tree = document.getElementById("tree");
const search = document.getElementById("search");
const results = document.getElementById("results");
const found = document.getElementById("found");
const title = document.title;

const RELATIONS = {
  hasDefiningFinding: ["Findings", "always"],
  hasFinding: ["Findings", null],
  hasLocation: ["Sites", "always"],
  hasTypicalSite: ["Sites", null],
  hasTypicalSymptom: ["Symptoms", null],
};
const FREQUENCIES = ["always", "obligate", "very frequent", "frequent", "occasional", "very rare", ""];
const SCOPES = ["exact", "narrow", "broad", "related"];
const INFERRED = { id: "inferred", label: "inferred groups" };

/* ---- what follows from the records ---- */

const byLabel = (one, other) => one.label.localeCompare(other.label, "en", { numeric: true, sensitivity: "base" });
const parentsOf = (term) => (term.parents || []).map((id) => terms.get(id));
const treeParent = (term) => (term.kind === "defined" ? INFERRED : parentsOf(term)[0]);
const children = new Map(); // of the tree
const narrower = new Map(); // further asserted parents
const members = new Map(); // of inferred groups
const saidBy = new Map(); // term -> [[relation, who says it, frequency]]

const add = (map, key, value) => (map.has(key) ? map.get(key).push(value) : map.set(key, [value]));
for (const term of terms.values()) {
  add(children, treeParent(term)?.id ?? "", term);
  for (const parent of parentsOf(term).slice(1)) add(narrower, parent.id, term);
  for (const id of term.inferred || []) add(members, id, term);
  for (const [relation, id, frequency] of term.knowledge || []) add(saidBy, id, [relation, term, frequency]);
}
if (children.has(INFERRED.id)) children.get("").splice(1, 0, INFERRED);
for (const [id, list] of children) if (id) list.sort(byLabel);

const conditions = new Map();
function countConditions(term) {
  if (!conditions.has(term.id)) {
    const below = (children.get(term.id) || []).reduce((sum, child) => sum + countConditions(child), 0);
    conditions.set(term.id, term.kind === "disease" && term.level === 4 ? 1 : below);
  }
  return conditions.get(term.id);
}

function pathTo(term) {
  const path = [term];
  for (let parent = treeParent(term); parent; parent = parent === INFERRED ? null : treeParent(parent)) path.unshift(parent);
  return path;
}

/* ---- elements ---- */

function make(tag, attributes, ...content) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) if (value != null) element.setAttribute(name, value);
  element.append(...content.flat(Infinity).filter((part) => part != null && part !== ""));
  return element;
}
const address = (term) => "#" + term.id.replace(":", "_");
const link = (term) => (term === INFERRED ? term.label : make("a", { href: address(term), title: term.definition }, term.label));
const aside = (text) => make("span", { class: "aside" }, text);
const list = (items) => make("ul", { class: items.length > 12 ? "links many" : "links" }, items.map((item) => make("li", null, item)));
const external = (url, text) => (/^https?:/.test(url) ? make("a", { href: url, rel: "noopener noreferrer" }, text) : text);
const section = (heading, ...content) => [make("h2", null, heading), ...content];

/* ---- a term ---- */

function describe(term) {
  const path = pathTo(term).slice(0, -1);
  return make(
    "article", null,
    path.length ? make("ol", { class: "path", "aria-label": "Path" }, path.map((step) => make("li", null, link(step)))) : null,
    make("h1", null, term.label),
    marks(term),
    term.definition ? make("p", { class: "definition" }, term.definition) : null,
    names(term), knowledge(term), differentials(term), place(term), usedBy(term), axioms(term), mappings(term),
    make("p", { class: "fine" }, external(term.iri, term.iri)),
  );
}

function marks(term) {
  const kind = { disease: term.level === 4 ? "condition" : "group of conditions", defined: "inferred group", other: null }[term.kind];
  const marked = (text) => make("li", { class: text.replace(/ /g, "-") }, text);
  return make(
    "ul", { class: "marks", "aria-label": "About the term" },
    make("li", null, make("code", null, term.id)),
    kind === null ? null : make("li", null, kind || term.kind),
    term.level ? make("li", null, `level ${term.level}`) : null,
    term.malignancy ? marked(term.malignancy) : null,
    term.core ? make("li", { title: "named by common data sets" }, "core") : null,
    term.review ? marked(term.review) : null,
  );
}

function names(term) {
  const rows = SCOPES.map((scope) => [scope, (term.synonyms || []).filter((synonym) => synonym[1] === scope)])
    .filter(([, synonyms]) => synonyms.length)
    .map(([scope, synonyms]) => [
      `${scope} synonym${synonyms.length > 1 ? "s" : ""}`,
      list(synonyms.map(([text, , type, source]) => {
        const about = [type, source].filter(Boolean).join(", ");
        return make("span", null, text, about ? aside(` (${about})`) : null);
      })),
    ]);
  if (term.excluded) rows.push(["not to be called", list(term.excluded)]);
  return rows.length ? section("Names", definitions(rows)) : [];
}

const definitions = (rows) => make("dl", null, rows.map(([name, value]) => [make("dt", null, name), make("dd", null, value)]));

function knowledge(term) {
  const groups = new Map();
  for (const [relation, id, frequency] of term.knowledge || []) {
    if (!(relation in RELATIONS)) continue;
    const [heading, always] = RELATIONS[relation];
    if (!groups.has(heading)) groups.set(heading, new Map());
    add(groups.get(heading), always || frequency || "", terms.get(id));
  }
  return [...groups].flatMap(([heading, byFrequency]) => section(heading, definitions(ranked(byFrequency))));
}

const ranked = (byFrequency) => FREQUENCIES.filter((name) => byFrequency.has(name))
  .map((name) => [name || "no frequency said", list(byFrequency.get(name).sort(byLabel).map(link))]);

function differentials(term) {
  const rows = (term.knowledge || []).filter(([relation]) => relation === "hasDifferential");
  if (!rows.length) return [];
  return section("Differential diagnosis", make(
    "table", { class: "differentials" },
    make("thead", null, make("tr", null, make("th", { scope: "col" }, "condition"), make("th", { scope: "col" }, "told apart by"))),
    make("tbody", null, rows.map(([, id, , by]) =>
      make("tr", null, make("th", { scope: "row" }, link(terms.get(id))), make("td", null, by || "")))),
  ));
}

function place(term) {
  const [, ...broader] = parentsOf(term);
  const inferred = (term.inferred || []).map((id) => terms.get(id)).sort(byLabel);
  const below = children.get(term.id) || [];
  const withCount = (child) => make("span", null, link(child), child.level < 4 ? aside(` ${countConditions(child)}`) : null);
  const rows = [
    [term.kind === "disease" ? "also a form of" : "also part or kind of", broader.map(link)],
    ["inferred to be", inferred.map(link)],
    ["forms", (narrower.get(term.id) || []).sort(byLabel).map(link)],
    ["below it", below.map(withCount)],
    ["inferred members", nearestMembers(term).map(withCount)],
  ].filter(([, links]) => links.length);
  return rows.length ? section("Place in the hierarchy", definitions(rows.map(([name, links]) => [name, list(links)]))) : [];
}

/* Members that do not already follow from standing below another member. */
function nearestMembers(term) {
  const all = members.get(term.id) || [];
  const ids = new Set(all.map((member) => member.id));
  const below = (member) => [...pathTo(member).slice(0, -1).map((step) => step.id), ...(member.inferred || [])].some((id) => ids.has(id));
  return all.filter((member) => !below(member)).sort(byLabel);
}

function usedBy(term) {
  const said = saidBy.get(term.id) || [];
  const groups = new Map();
  for (const [relation, who, frequency] of said) {
    if (relation in RELATIONS) add(groups, RELATIONS[relation][1] || frequency || "", who);
  }
  const confused = said.filter(([relation]) => relation === "hasDifferential").map(([, who]) => who).sort(byLabel);
  return [
    ...(groups.size ? section({ site: "Conditions here", symptom: "Felt in" }[term.kind] || "Seen in", definitions(ranked(groups))) : []),
    ...(confused.length ? section("Differential diagnosis of", list(confused.map(link))) : []),
  ];
}

const axioms = (term) => (term.axioms ? section("Axioms", make("pre", null, term.axioms.join("\n"))) : []);

function mappings(term) {
  if (!term.mappings) return [];
  const words = (name) => name.replace("Match", "");
  return section("Other vocabularies", make(
    "table", null,
    make("thead", null, make("tr", null, ["relation", "class", "label", "confidence", ""].map((name) => make("th", { scope: "col" }, name)))),
    make("tbody", null, term.mappings.map(([predicate, id, url, label, confidence, comment]) => make(
      "tr", null, make("td", null, words(predicate)), make("td", null, external(url, id)), make("td", null, label || ""),
      make("td", null, confidence || ""), make("td", null, aside(comment || "")),
    ))),
  ));
}

/* ---- the tree: WAI-ARIA tree view, one stop for the Tab key ---- */

const items = new Map();

function makeItem(term, level) {
  const grows = children.has(term.id);
  const count = term.kind === "disease" && term.level < 4 ? countConditions(term) : 0;
  const item = make(
    "li", { role: "treeitem", tabindex: "-1", "aria-level": level, "aria-expanded": grows ? "false" : null, "aria-label": term.label },
    make("span", { class: "row" }, make("span", { class: "turn", "aria-hidden": "true" }, grows ? "▸" : ""),
      make("span", null, term.label, count ? make("span", { class: "count" }, String(count)) : null)),
  );
  item.term = term;
  items.set(term.id, item);
  return item;
}

function expand(item, open) {
  if (!item.hasAttribute("aria-expanded")) return;
  item.setAttribute("aria-expanded", String(open));
  item.querySelector(".turn").textContent = open ? "▾" : "▸";
  let group = item.querySelector("ul");
  if (open && !group) {
    const level = Number(item.getAttribute("aria-level")) + 1;
    group = make("ul", { role: "group" }, children.get(item.term.id).map((child) => makeItem(child, level)));
    item.append(group);
  }
  if (group) group.hidden = !open;
}

function focusItem(item) {
  for (const other of tree.querySelectorAll('[role=treeitem][tabindex="0"]')) other.tabIndex = -1;
  item.tabIndex = 0;
  item.focus({ preventScroll: true });
  item.firstElementChild.scrollIntoView({ block: "nearest" });
}

function select(term) {
  for (const other of tree.querySelectorAll("[aria-selected]")) other.removeAttribute("aria-selected");
  if (!term) return;
  for (const step of pathTo(term).slice(0, -1)) expand(items.get(step.id), true);
  const item = items.get(term.id);
  item.setAttribute("aria-selected", "true");
  for (const other of tree.querySelectorAll('[role=treeitem][tabindex="0"]')) other.tabIndex = -1;
  item.tabIndex = 0;
  const row = item.firstElementChild.getBoundingClientRect();
  const view = tree.getBoundingClientRect();
  if (row.top < view.top || row.bottom > view.bottom) tree.scrollTop += row.top - view.top - view.height / 3;
}

const open = (term) => { if (term !== INFERRED) location.hash = address(term); };

tree.addEventListener("click", (event) => {
  const item = event.target.closest("[role=treeitem]");
  if (!item) return;
  const isOpen = item.getAttribute("aria-expanded") === "true";
  const turns = event.target.classList.contains("turn") || item.term === INFERRED || location.hash === address(item.term);
  focusItem(item);
  if (turns) expand(item, !isOpen);
  else { expand(item, true); open(item.term); }
});

tree.addEventListener("keydown", (event) => {
  const item = event.target.closest("[role=treeitem]");
  if (!item || event.altKey || event.ctrlKey || event.metaKey) return;
  const shown = [...tree.querySelectorAll("[role=treeitem]")].filter((one) => !one.parentElement.closest("ul[hidden]"));
  const at = shown.indexOf(item);
  const isOpen = item.getAttribute("aria-expanded") === "true";
  const moves = {
    ArrowDown: () => shown[at + 1],
    ArrowUp: () => shown[at - 1],
    Home: () => shown[0],
    End: () => shown[shown.length - 1],
    ArrowRight: () => (isOpen ? shown[at + 1] : expand(item, true)),
    ArrowLeft: () => (isOpen ? expand(item, false) : item.parentElement.closest("[role=treeitem]")),
    Enter: () => (item.term === INFERRED ? expand(item, !isOpen) : open(item.term)),
    " ": () => (item.term === INFERRED ? expand(item, !isOpen) : open(item.term)),
  };
  let next;
  if (event.key in moves) next = moves[event.key]();
  else if (/^[a-z]$/i.test(event.key)) {
    next = [...shown.slice(at + 1), ...shown.slice(0, at)].find((one) => fold(one.term.label).startsWith(event.key.toLowerCase()));
  } else return;
  event.preventDefault();
  if (next) focusItem(next);
});

/* ---- the search: WAI-ARIA combobox with a list ---- */

const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/[’']/g, "").replace(/[\s_\-\u2010-\u2015]+/g, " ").trim();
const index = [...terms.values()].flatMap((term) => [
  { term, text: fold(term.label), shown: null, rank: 0 },
  ...(term.synonyms || []).map(([text, scope]) => ({ term, text: fold(text), shown: `${text} (${scope} synonym)`, rank: scope === "exact" ? 1 : 2 })),
  ...(term.excluded || []).map((text) => ({ term, text: fold(text), shown: `not to be called ${text}`, rank: 3 })),
  { term, text: fold(term.id), shown: term.id, rank: 1 },
]);

function match(query) {
  const wanted = fold(query);
  const words = wanted.split(" ");
  const best = new Map();
  for (const entry of index) {
    let score;
    if (entry.text === wanted) score = 0;
    else if (entry.text.startsWith(wanted)) score = 10;
    else if (words.every((word) => (" " + entry.text).includes(" " + word))) score = 20;
    else if (wanted.length > 2 && entry.text.includes(wanted)) score = 30;
    else continue;
    score += entry.rank + (entry.term.kind === "disease" ? 0 : 0.5) + entry.text.length / 1000;
    if (score < (best.get(entry.term)?.score ?? Infinity)) best.set(entry.term, { ...entry, score });
  }
  return [...best.values()].sort((one, other) => one.score - other.score);
}

let chosen = -1;
function choose(number) {
  const options = [...results.children];
  options.forEach((option, at) => option.setAttribute("aria-selected", String(at === number)));
  chosen = number;
  if (number >= 0) {
    search.setAttribute("aria-activedescendant", options[number].id);
    options[number].scrollIntoView({ block: "nearest" });
  } else search.removeAttribute("aria-activedescendant");
}

function showResults() {
  const asked = search.value.trim() !== "";
  const matches = asked ? match(search.value) : [];
  results.replaceChildren(...matches.slice(0, 60).map(({ term, shown }, number) => {
    const kind = term.kind === "disease" ? `level ${term.level}` : term.kind === "defined" ? "inferred group" : term.kind === "other" ? "" : term.kind;
    const option = make("li", { role: "option", id: `result-${number}`, "aria-selected": "false" }, term.label,
      make("span", { class: "also" }, [shown, kind].filter(Boolean).join(" · ")));
    option.term = term;
    return option;
  }));
  results.hidden = !asked;
  tree.hidden = asked;
  search.setAttribute("aria-expanded", String(asked && matches.length > 0));
  found.textContent = asked ? (matches.length === 1 ? "1 term" : `${matches.length} terms`) + (matches.length > 60 ? ", the first 60 shown" : "") : "";
  choose(matches.length ? 0 : -1);
}

function take(option) {
  if (!option) return;
  search.value = "";
  showResults();
  if (location.hash === address(option.term)) show();
  else open(option.term);
  page.focus({ preventScroll: true });
}

search.addEventListener("input", showResults);
search.addEventListener("keydown", (event) => {
  const count = results.children.length;
  if (event.key === "ArrowDown" && count) choose((chosen + 1) % count);
  else if (event.key === "ArrowUp" && count) choose((chosen - 1 + count) % count);
  else if (event.key === "Enter") take(results.children[chosen]);
  else if (event.key === "Escape") { search.value = ""; showResults(); }
  else return;
  event.preventDefault();
});
results.addEventListener("click", (event) => take(event.target.closest("[role=option]")));
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && event.target !== search && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    search.focus();
  }
});

/* ---- the address says which term is shown ---- */

function show() {
  const id = decodeURIComponent(location.hash.slice(1)).replace("_", ":");
  const term = terms.get(id);
  if (id === "term") return; // the link that skips to the content
  page.replaceChildren(term ? describe(term) : id ? unknown(id) : overview);
  document.title = term ? `${term.label} · ${title}` : title;
  page.scrollTop = 0;
  if (term && matchMedia("(max-width: 50rem)").matches) page.scrollIntoView();
  select(term);
}

const unknown = (id) => make("article", null, make("h1", null, "No such term"),
  make("p", null, `This version of the ontology has no term ${id}. Search for it by name.`));

tree.append(...children.get("").map((term) => makeItem(term, 1)));
tree.firstElementChild.tabIndex = 0;
expand(tree.firstElementChild, true);
addEventListener("hashchange", show);
show();
