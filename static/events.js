// Keeps a part of a page fresh: at each event of the stream that it names, or each second if no stream can be opened.
// The part names the stream in data-events, and loads itself when it gets the event "update".
(() => {
  "use strict";
  const POLL = 1_000;
  // after this time without a stream, another one is tried
  const RETRY = 30_000;
  const part = () => document.querySelector("[data-events]");
  let source = null;
  let poll = null;
  let retry = null;

  const update = () => { if (part()) window.htmx?.trigger(part(), "update"); };
  function close() {
    source?.close();
    clearInterval(poll);
    clearTimeout(retry);
    source = poll = retry = null;
  }
  function startPolling() {
    close();
    poll = setInterval(() => (part() ? update() : close()), POLL);
    retry = setTimeout(open, RETRY);
  }
  function open() {
    close();
    // a page that nobody sees needs no connection
    if (!part() || document.hidden) return;
    if (!window.EventSource) return startPolling();
    source = new EventSource(part().dataset.events);
    source.addEventListener("change", update);
    source.addEventListener("end", () => { close(); update(); });
    source.addEventListener("error", () => { if (source?.readyState === EventSource.CLOSED) startPolling(); });
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return close();
    update();
    open();
  });
  // a page that the browser keeps for "back" continues where it was
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => { if (event.persisted) open(); });

  // the focus stays where it was; if its button is gone, it goes to the heading of the part
  let focused = null;
  document.addEventListener("htmx:before:swap", () => {
    focused = part()?.contains(document.activeElement) ? { node: document.activeElement, part: part().id } : null;
  });
  document.addEventListener("htmx:after:swap", () => {
    if (!part()) close();
    const root = focused && !focused.node.isConnected && document.getElementById(focused.part);
    focused = null;
    const heading = root && document.activeElement === document.body && root.querySelector("h1, h2");
    if (!heading) return;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  });

  open();
})();
