/* In the CMS: what a row of the form waits for, chosen from the questions above it and their
   answers as they stand on the page, saved or not. Kept are ids: "question" or "question/answer". */
"use strict";

(() => {
  const own = (block, name) => block.querySelector(`:scope > input[name$="-${name}"]`).value;
  const children = (parent) => [...parent.querySelectorAll(":scope > [data-streamfield-child]")];

  /* The answers of the kinds whose answers no editor writes. */
  const fixed = JSON.parse(document.getElementById("condition-answers").textContent);

  /* The answers of a question, each as [its id, what it reads]. */
  const answersOf = (question) =>
    fixed[own(question, "type")] ||
    [...question.querySelectorAll("[data-streamfield-child]")]
      .filter((answer) => !own(answer, "deleted"))
      .map((answer) => [own(answer, "id"), answer.querySelector('[name$="-value-text"]').value]);

  class Condition extends window.StimulusModule.Controller {
    connect() {
      this.kept = this.element.querySelector("input");
      this.row = this.element.closest("[data-streamfield-child]");
      this.list = document.createElement("select");
      for (const name of ["id", "aria-describedby"]) {
        if (this.kept.hasAttribute(name)) this.list.setAttribute(name, this.kept.getAttribute(name));
        this.kept.removeAttribute(name);
      }
      this.kept.type = "hidden";
      this.kept.before(this.list);
      this.fill();
      this.list.addEventListener("focus", () => this.fill());
      this.list.addEventListener("change", () => (this.kept.value = this.list.value));
    }

    fill() {
      const words = this.element.dataset;
      const rows = children(this.row.parentElement);
      const always = new Option(words.always, "");
      const groups = rows
        .slice(0, rows.indexOf(this.row))
        .filter((row) => !own(row, "deleted") && !["step", "note"].includes(own(row, "type")))
        .map((row) => {
          const group = document.createElement("optgroup");
          group.label = row.querySelector('[name$="-value-label"]').value;
          const name = own(row, "id");
          const answers = answersOf(row).map(([id, text]) => [`${name}/${id}`, text]);
          for (const [value, text] of [[name, words.any], ...answers])
            group.append(new Option(`${group.label} → ${text}`, value));
          return group;
        });
      this.list.replaceChildren(always, ...groups);
      this.list.value = this.kept.value;
      if (this.list.value !== this.kept.value) {
        this.list.append(new Option(words.gone, this.kept.value, true, true));
      }
    }
  }

  window.wagtail.app.register("condition", Condition);
})();
