// Suggestions for a field with several tags: each one completes the tag that is being typed. Without this file, only
// the first tag is suggested.
(() => {
  "use strict";
  const field = document.querySelector("[data-tags]");
  const list = field?.list;
  if (!list) return;
  const names = [...list.options].map((option) => option.value);
  const quoted = (name) => name.includes(",") ? `"${name}"` : name;
  field.addEventListener("input", () => {
    const done = field.value.slice(0, field.value.lastIndexOf(",") + 1);
    const used = done.toLowerCase().split(",").map((name) => name.trim());
    list.replaceChildren(...names.filter((name) => !used.includes(name.toLowerCase())).map((name) => {
      const option = document.createElement("option");
      option.value = done ? `${done} ${quoted(name)}` : quoted(name);
      return option;
    }));
  });
})();
