// Streams of events: how an open page learns of changes. A part of a page that names a stream in data-events loads itself
// at each event of it, or each second if no stream can be opened. The rows of lists have their own script, live.js.
(() => {
  "use strict";
  const POLL = 1_000;
  // after this time without a stream, another one is tried
  const RETRY = 30_000;

  // address: gives the address of the stream, or nothing if there is none to follow; events: what to do at each event, by
  // name; shown: what to do when a hidden page is shown again; refused: what to do if no stream can be opened; patience:
  // how long a hidden page keeps its stream
  window.portal.stream = ({ address, events, shown, refused, patience = 0 }) => {
    let source = null;
    let retry = null;
    let leave = null;
    function close() {
      source?.close();
      clearTimeout(retry);
      clearTimeout(leave);
      source = retry = leave = null;
    }
    function fail() {
      close();
      refused?.();
      retry = setTimeout(open, RETRY);
    }
    function open() {
      close();
      // a page that nobody sees needs no connection
      const to = document.hidden ? null : address();
      if (!to) return;
      if (!window.EventSource) return fail();
      source = new EventSource(to);
      for (const [name, act] of Object.entries(events)) source.addEventListener(name, act);
      source.addEventListener("error", () => { if (source?.readyState === EventSource.CLOSED) fail(); });
    }
    document.addEventListener("visibilitychange", () => {
      clearTimeout(leave);
      if (document.hidden) {
        if (!patience) return close();
        leave = setTimeout(close, patience);
      } else if (!source) {
        shown?.();
        open();
      }
    });
    // a page that the browser keeps for "back" continues where it was
    addEventListener("pagehide", close);
    addEventListener("pageshow", (event) => { if (event.persisted) open(); });
    return { open, close };
  };

  const part = () => document.querySelector("[data-events]");
  let poll = null;
  const update = () => { if (part()) window.htmx?.trigger(part(), "update"); };
  function stop() {
    clearInterval(poll);
    stream.close();
  }
  const stream = window.portal.stream({
    address: () => {
      clearInterval(poll);
      return part()?.dataset.events;
    },
    events: { change: update, end: () => { stop(); update(); } },
    shown: update,
    refused: () => {
      clearInterval(poll);
      poll = setInterval(() => (part() ? update() : stop()), POLL);
    },
  });
  document.addEventListener("visibilitychange", () => { if (document.hidden) clearInterval(poll); });
  addEventListener("pagehide", () => clearInterval(poll));

  // the focus stays where it was; if its button is gone, it goes to the heading of the part
  let focused = null;
  document.addEventListener("htmx:before:swap", () => {
    focused = part()?.contains(document.activeElement) ? { node: document.activeElement, part: part().id } : null;
  });
  document.addEventListener("htmx:after:swap", () => {
    if (!part()) stop();
    const root = focused && !focused.node.isConnected && document.getElementById(focused.part);
    focused = null;
    const heading = root && document.activeElement === document.body && root.querySelector("h1, h2");
    if (!heading) return;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  });

  stream.open();
})();
