// Passkeys, the one thing here that a page cannot do without a script: forms with data-passkey ask the portal for a
// challenge, the browser for an answer, and send it as any other form. What goes wrong is said in the page.
(() => {
  "use strict";
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const named = (list) => (list || []).map((item) => ({ ...item, id: bytes(item.id) }));

  function options(key) {
    key.challenge = bytes(key.challenge);
    if (key.user) key.user.id = bytes(key.user.id);
    if (key.excludeCredentials) key.excludeCredentials = named(key.excludeCredentials);
    if (key.allowCredentials) key.allowCredentials = named(key.allowCredentials);
    return { publicKey: key };
  }

  function answer(credential) {
    const { response } = credential;
    const said = { clientDataJSON: text(response.clientDataJSON) };
    if (response.attestationObject) {
      said.attestationObject = text(response.attestationObject);
      if (response.getTransports) said.transports = response.getTransports();
    } else {
      said.authenticatorData = text(response.authenticatorData);
      said.signature = text(response.signature);
      if (response.userHandle) said.userHandle = text(response.userHandle);
    }
    return JSON.stringify({
      id: credential.id, rawId: text(credential.rawId), type: credential.type, response: said,
      clientExtensionResults: credential.getClientExtensionResults(),
    });
  }

  async function challenge(address) {
    const got = await fetch(address, { method: "POST", headers: { accept: "application/json" }, redirect: "manual" });
    if (got.type === "opaqueredirect" || got.status === 401) throw new Error("You were signed out, or must show again who you are. Load the page again.");
    const said = await got.json().catch(() => ({}));
    if (!got.ok) throw new Error(said.error || "The portal did not answer. Try again.");
    return said;
  }

  const words = (error) => ({
    NotAllowedError: "No passkey answered, or it took too long. Try again.",
    InvalidStateError: "This device has a passkey of yours already.",
    SecurityError: "The browser takes no passkey at this address.",
    AbortError: "It was stopped. Try again.",
    TypeError: "The portal did not answer. Try again.",
  })[error.name] || error.message;

  async function ask(form, button) {
    const fault = form.querySelector("[data-passkey-error]");
    fault.hidden = true;
    button.setAttribute("aria-busy", "true");
    button.disabled = true;
    try {
      const { ceremony, publicKey } = await challenge(form.dataset.challenge);
      const credential = form.dataset.passkey === "create"
        ? await navigator.credentials.create(options(publicKey))
        : await navigator.credentials.get(options(publicKey));
      form.elements.ceremony.value = ceremony;
      form.elements.answer.value = answer(credential);
      form.requestSubmit();
    } catch (error) {
      fault.textContent = words(error);
      fault.hidden = false;
      button.removeAttribute("aria-busy");
      button.disabled = false;
      button.focus();
    }
  }

  if (!window.PublicKeyCredential || !navigator.credentials) return;
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    const button = form.querySelector("[data-passkey-ask]");
    button.hidden = false;
    form.querySelector("[data-passkey-off]").hidden = true;
    button.addEventListener("click", () => ask(form, button));
    // Enter in its field asks too; only what the passkey answered is sent.
    form.addEventListener("submit", (event) => {
      if (form.elements.answer.value) return;
      event.preventDefault();
      delete form.dataset.sent;
      ask(form, button);
    });
    addEventListener("pageshow", (event) => {
      if (!event.persisted) return;
      form.elements.answer.value = "";
      button.disabled = false;
      button.removeAttribute("aria-busy");
    });
  }
})();
