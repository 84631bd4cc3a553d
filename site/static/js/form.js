/* What the form does better with JavaScript; everything works without it. */
"use strict";

(() => {
  const form = document.querySelector("[data-form]");

  const focusField = (target) => {
    const control = target.matches("input, select, textarea")
      ? target
      : target.querySelector("input:checked") ||
        target.querySelector("input:not([type=hidden]), select, textarea");
    const fold = target.closest("details");
    if (fold) fold.open = true;
    (control || target).focus();
  };

  const summary = document.querySelector("[data-error-summary]");
  if (summary) {
    summary.focus();
    summary.addEventListener("click", (event) => {
      const link = event.target.closest("a[href^='#']");
      const target = link && document.getElementById(link.hash.slice(1));
      if (!target) return;
      event.preventDefault();
      (target.closest("[data-field]") || target).scrollIntoView({ block: "start" });
      focusField(target);
    });
  }

  if (!form) return;

  /* Come to change one answer: once its place is in sight, the cursor goes into it. */
  window.addEventListener("load", () => {
    const wanted = !summary && location.hash.startsWith("#vraag-");
    const asked = wanted && document.getElementById(location.hash.slice(1));
    if (asked) focusField(asked);
  });

  const tidy = (text) => text.trim().toLowerCase();

  /* The answers given to a question of this step; null when it is not in this step. */
  const answersTo = (name) => {
    const asked = form.querySelector(`[data-field="${CSS.escape(name)}"]`);
    if (!asked) return null;
    if (asked.hidden) return [];
    return [...asked.querySelectorAll("input, select, textarea")]
      .flatMap((control) => {
        if (control.type === "radio" || control.type === "checkbox") {
          return control.checked ? [control.value] : [];
        }
        if (control.selectedOptions) return [...control.selectedOptions].map((o) => o.value);
        return [control.value];
      })
      .map(tidy)
      .filter(Boolean);
  };

  const conditional = [...form.querySelectorAll("[data-show-if]")];
  const shown = form.querySelector("input[name='shown']");

  const tellShown = (name) => {
    if (!shown || !name) return;
    const names = shown.value.split(",").filter(Boolean);
    if (!names.includes(name)) shown.value = [...names, name].join(",");
  };

  const showAndHide = () => {
    for (const field of conditional) {
      const answers = answersTo(field.dataset.showIf);
      if (answers === null) continue;
      const wanted = tidy(field.dataset.showIfValue || "");
      const holds = wanted ? answers.includes(wanted) : answers.length > 0;
      if (holds && field.hidden) tellShown(field.dataset.field);
      field.hidden = !holds;
    }
  };

  if (conditional.length) {
    form.addEventListener("input", showAndHide);
    form.addEventListener("change", showAndHide);
    window.addEventListener("pageshow", showAndHide);
    showAndHide();
  }

  /* A second click within three seconds is the same click. */
  let sentAt = 0;
  form.addEventListener("submit", (event) => {
    if (event.timeStamp - sentAt < 3000 && sentAt) event.preventDefault();
    else sentAt = event.timeStamp;
  });
  window.addEventListener("pageshow", () => {
    sentAt = 0;
  });
})();
