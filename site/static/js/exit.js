/* Quick exit: leaves at once and takes this page out of the history. Without it: a plain link. */
"use strict";

(() => {
  const link = document.querySelector("[data-quick-exit]");
  if (!link) return;

  const leave = () => {
    document.body.hidden = true;
    document.title = "";
    window.location.replace(link.href);
  };

  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    leave();
  });

  let presses = [];
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") {
      presses = [];
      return;
    }
    presses = [...presses.filter((moment) => event.timeStamp - moment < 3000), event.timeStamp];
    if (presses.length >= 3) leave();
  });

  const hint = document.querySelector("[data-quick-exit-hint]");
  if (hint) hint.hidden = false;

  window.addEventListener("pageshow", (event) => {
    if (event.persisted) document.body.hidden = false;
  });
})();
