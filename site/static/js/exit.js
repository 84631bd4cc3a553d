/* Quick exit: leaves at once, takes this page out of the history, and has our server clear what the
   browser kept meanwhile. Without it: a link to that server, which sends one on. */
"use strict";

(() => {
  const link = document.querySelector("[data-quick-exit]");
  if (!link) return;

  const leave = () => {
    document.body.hidden = true;
    document.title = "";
    fetch(link.href, { method: "POST", keepalive: true }).catch(() => {});
    window.location.replace(link.dataset.quickExit);
  };

  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    leave();
  });

  /* An Esc that ends a composition (229 in older browsers) or is held down is no wish to leave. */
  let presses = [];
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.keyCode === 229 || event.repeat) return;
    if (event.key !== "Escape") {
      presses = [];
      return;
    }
    presses = [...presses.filter((moment) => event.timeStamp - moment < 3000), event.timeStamp];
    if (presses.length >= 3) leave();
  });

  const hint = document.querySelector("[data-quick-exit-hint]");
  if (hint) hint.hidden = false;

  /* After sending or leaving the browser's cache is empty: a first page that Back had to fetch anew
     may be before somebody else's eyes, so what the browser filled in again goes. */
  window.addEventListener("pageshow", (event) => {
    const form = document.querySelector("[data-form]");
    const isFirst = form && form.getAttribute("action") !== window.location.pathname;
    const [arrival] = performance.getEntriesByType("navigation");
    const isFetched = arrival?.type === "back_forward" && arrival.transferSize > 0;
    if (isFirst && isFetched && !event.persisted) form.reset();
  });
})();
