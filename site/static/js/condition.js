/* In the CMS: what a row of the form waits for, chosen from the questions above it and their
   answers as they stand on the page, saved or not. What is kept is ids: "question/answer". */
"use strict";

(() => {
  const field = (block, name) => block.querySelector(`[name$="-value-${name}"]`);

  /* The rows of the form above this one, in the order they stand in. */
  const above = (row) => {
    const rows = [...row.parentElement.querySelectorAll(":scope > [data-streamfield-child]")];
    return rows.slice(0, rows.indexOf(row));
  };

  const optionsFor = (row) =>
    above(row).flatMap((other) => {
      const own = (name) => other.querySelector(`:scope > input[name$="-${name}"]`).value;
      if (own("deleted") || ["step", "note"].includes(own("type"))) return [];
      const label = field(other, "label").value || "…";
      const answers = [...other.querySelectorAll('[name*="-value-choices-"][name$="-value-text"]')]
        .map((text) => {
          const part = (name) => other.querySelector(`[name="${text.name.replace(/value-text$/, name)}"]`);
          return part("deleted").value ? null : [`${own("id")}/${part("id").value}`, text.value];
        })
        .filter(Boolean);
      return [{ label, options: [[own("id"), other.ownerDocument.documentElement.lang === "en" ? "any answer" : "elk antwoord"], ...answers] }];
    });
})();
