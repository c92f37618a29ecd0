// Small comforts; every page works without them.
"use strict";

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
    event.preventDefault();
    document.getElementById("find").focus();
  }
});

for (const link of document.querySelectorAll("[data-show]")) {
  link.setAttribute("role", "button");
  const show = (event) => {
    event.preventDefault();
    const picture = link.closest(".picture");
    const image = picture.querySelector("img");
    image.src = link.dataset.show;
    image.alt = link.dataset.alt;
    picture.classList.remove("veiled");
    const next = picture.querySelector("a[href]:not([data-show])");
    link.remove();
    next?.removeAttribute("tabindex");
    next?.removeAttribute("aria-hidden");
    next?.focus();
  };
  link.addEventListener("click", show);
  link.addEventListener("keydown", (event) => { if (event.key === " ") show(event); });
}

// fields that say nothing stay out of the address
for (const form of document.querySelectorAll("form[data-tidy]")) {
  form.addEventListener("formdata", (event) => {
    for (const [name, value] of [...event.formData]) if (!value) event.formData.delete(name);
  });
}

for (const open of [true, false]) {
  const button = document.querySelector(open ? "[data-open-all]" : "[data-close-all]");
  if (!button) continue;
  button.hidden = false;
  button.addEventListener("click", () => {
    for (const details of document.querySelectorAll(".tree details")) details.open = open;
  });
}

// a fact and its place in the text light up together
for (const row of document.querySelectorAll("[data-span]")) {
  const mark = [...document.querySelectorAll("mark[data-spans]")].filter((m) => m.dataset.spans.split(" ").includes(row.dataset.span));
  for (const [kind, lit] of [["mouseenter", true], ["mouseleave", false], ["focusin", true], ["focusout", false]]) {
    row.addEventListener(kind, () => mark.forEach((m) => m.classList.toggle("lit", lit)));
  }
}

// a list is shortened to what has all the words, and a heading goes with the last that stood below it
for (const field of document.querySelectorAll("[data-sift]")) {
  const items = [...document.querySelectorAll(field.dataset.sift)];
  field.parentElement.hidden = false;
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/);
    for (const item of items) item.hidden = !words.every((word) => item.textContent.toLowerCase().includes(word));
    for (const section of new Set(items.map((item) => item.closest("section")))) {
      section.hidden = !section.querySelector("li:not([hidden])");
    }
    const left = items.filter((item) => !item.hidden).length;
    field.parentElement.querySelector("[role=status]").textContent = `${left} of ${items.length}`;
  });
}
