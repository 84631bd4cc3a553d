/* Warns before the session ends. Without it: what was typed comes along with the code. */
"use strict";

(() => {
  const session = document.querySelector("[data-session]");
  if (!session) return;
  const { session: seconds, sessionWarn: warn, sessionText: text } = session.dataset;

  window.setTimeout(() => {
    const warning = document.createElement("p");
    warning.className = "callout callout-calm";
    warning.setAttribute("role", "alert");
    warning.textContent = text;
    session.append(warning);
    session.scrollIntoView({ block: "nearest" });
  }, (Number(seconds) - Number(warn)) * 1000);
})();
