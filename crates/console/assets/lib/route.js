// Where the reader is: path and query. Everything that can be looked at is a link.
import { html } from "/console/lib/dom.js";
import { store, useStore } from "/console/lib/store.js";

function read() {
  const path = location.pathname;
  const parts = path.split("/").filter(Boolean).map((part) => {
    try {
      return decodeURIComponent(part);
    } catch {
      return part;
    }
  });
  return { path, parts, query: new URLSearchParams(location.search) };
}

export const place = store(read());

addEventListener("popstate", () => place.set(read()));

export function useRoute() {
  return useStore(place);
}

// The namespace that is looked at; null outside any.
export function world() {
  return place.get().query.get("world");
}

// The address of a path with these parameters; the namespace goes along unless another is given.
export function href(path, parameters = {}) {
  const query = new URLSearchParams();
  const all = { world: world(), ...parameters };
  for (const [name, value] of Object.entries(all)) {
    if (value !== null && value !== undefined && value !== "" && value !== false) query.set(name, value);
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}

export function go(to, { replace = false } = {}) {
  if (replace) history.replaceState(null, "", to);
  else history.pushState(null, "", to);
  place.set(read());
}

// Changes some parameters of where the reader is.
export function change(parameters, options) {
  const now = Object.fromEntries(place.get().query);
  go(href(location.pathname, { ...now, ...parameters }), options);
}

// A link that does not load the page anew.
export function Link({ to, children, ...rest }) {
  const follow = (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(to);
  };
  return html`<a href=${to} onClick=${follow} ...${rest}>${children}</a>`;
}
