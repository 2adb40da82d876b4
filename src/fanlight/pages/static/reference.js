// Finds operations by name, method or path, and opens the part of the contents that the address points to.
// The page is whole without it.
"use strict";

(() => {
  const field = document.getElementById("filter");
  const found = document.getElementById("found");
  const parts = [...document.querySelectorAll(".tags details")].map((details) => ({
    details,
    links: [...details.querySelectorAll("a")].map((link) => ({
      link,
      text: `${link.textContent} ${link.dataset.text} ${details.firstElementChild.textContent}`.toLowerCase(),
    })),
  }));

  function filter() {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const { details, links } of parts) {
      let here = 0;
      for (const { link, text } of links) {
        const fits = words.every((word) => text.includes(word));
        link.parentElement.hidden = !fits;
        here += fits ? 1 : 0;
      }
      details.hidden = here === 0;
      details.open = words.length > 0 && here > 0;
      count += here;
    }
    found.textContent = words.length ? `${count} ${count === 1 ? "operation" : "operations"}` : "";
    if (!words.length) {
      mark();
    }
  }

  function mark() {
    for (const { details, links } of parts) {
      for (const { link } of links) {
        if (link.hash === location.hash) {
          link.setAttribute("aria-current", "true");
          details.open = true;
        } else {
          link.removeAttribute("aria-current");
        }
      }
    }
  }

  field.parentElement.hidden = false;
  field.addEventListener("input", filter);
  addEventListener("hashchange", mark);
  mark();
})();
