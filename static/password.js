// A password for somebody else: shown, made and copied in the page. It is neither stored nor sent before the form is.
// Without this file the server makes one.
(() => {
  "use strict";
  // none of them looks like another, so that a password can be read out
  const ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
  const GROUPS = 4;
  const LENGTH = 5;
  const $ = (selector) => document.querySelector(selector);
  const button = $("[data-password-show]");
  const field = button && document.getElementById(button.dataset.passwordShow);
  if (!field) return;
  const copy = $("[data-copy-from=password]");
  const status = $("[data-password-status]");

  function show(shown) {
    field.type = shown ? "text" : "password";
    button.textContent = shown ? "Hide" : "Show";
    button.setAttribute("aria-pressed", shown);
  }
  const renew = () => { copy.disabled = field.value === ""; };
  function random() {
    let made = "";
    while (made.length < GROUPS * LENGTH) {
      // a number beyond the alphabet is skipped, so that each character is equally likely
      for (const byte of crypto.getRandomValues(new Uint8Array(32))) made += ALPHABET[byte & 63] ?? "";
    }
    const password = Array.from({ length: GROUPS }, (_, at) => made.slice(at * LENGTH, (at + 1) * LENGTH)).join("-");
    return [/[a-z]/, /[A-Z]/, /\d/].every((kind) => kind.test(password)) ? password : random();
  }

  button.addEventListener("click", () => show(field.type === "password"));
  $("[data-password-make]")?.addEventListener("click", (event) => {
    event.preventDefault();
    field.value = random();
    show(true);
    renew();
    status.textContent = "Copy the new password now. It is not shown again.";
    field.focus();
    field.select();
  });
  field.addEventListener("input", () => {
    status.textContent = "";
    renew();
  });
  // a browser may keep what was typed into a field of text
  field.form.addEventListener("submit", () => show(false));
  addEventListener("pageshow", () => { show(field.type === "text" && field.value !== ""); renew(); });
})();
