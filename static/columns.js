// Moves the columns of a list up and down in their form, without asking the server.
(() => {
  "use strict";
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("form[data-columns] :is([name=up], [name=down])") : null;
    if (!button) return;
    event.preventDefault();
    const row = button.closest("li");
    const list = row.parentElement;
    if (button.name === "up") row.previousElementSibling?.before(row);
    else row.nextElementSibling?.after(row);
    const rows = [...list.children];
    rows.forEach((one, at) => {
      one.querySelector("[name=up]").disabled = at === 0;
      one.querySelector("[name=down]").disabled = at === rows.length - 1;
    });
    // at an end of the list, the focus goes to the button that still works
    (button.disabled ? row.querySelector("button:not(:disabled)") : button)?.focus();
    const moved = row.closest("form").querySelector("[data-moved]");
    moved.textContent = `${row.dataset.column}: ${rows.indexOf(row) + 1} of ${rows.length}`;
  });
})();
