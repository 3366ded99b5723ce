// The console begins here. The first page is loaded with it, each other when it is first gone to.
import { html, render, useEffect, useState } from "/console/lib/dom.js";
import { attendJournal } from "/console/lib/entries.js";
import { attend } from "/console/lib/gateway.js";
import { useRoute } from "/console/lib/route.js";
import { Live } from "/console/live/page.js";
import { Note } from "/console/ui/parts.js";
import { Shell } from "/console/ui/shell.js";

const PAGES = {
  overview: () => import("/console/overview/page.js"),
  try: () => import("/console/try/page.js"),
  packs: () => import("/console/packs/page.js"),
  scenarios: () => import("/console/scenarios/page.js"),
  tokens: () => import("/console/tokens/page.js"),
  clients: () => import("/console/admin/clients.js"),
  keys: () => import("/console/admin/keys.js"),
  worlds: () => import("/console/admin/worlds.js"),
  settings: () => import("/console/admin/settings.js"),
  clock: () => import("/console/admin/clock.js"),
};

const loaded = {};

function Other({ name }) {
  const [, setTurn] = useState(0);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (loaded[name]) return;
    PAGES[name]().then((module) => {
      loaded[name] = module.Page;
      setTurn((turn) => turn + 1);
    }, () => setFailed(true));
  }, [name]);
  const Page = loaded[name];
  if (failed && !Page) return html`<div class="page"><${Note} kind="bad"><p>The page could not be loaded: look whether the gateway runs, and reload.</p><//></div>`;
  return html`<div class="scroll">${Page ? html`<${Page} />` : null}</div>`;
}

function App() {
  const { parts } = useRoute();
  const name = parts[0];
  return html`<${Shell}>${PAGES[name] ? html`<${Other} name=${name} key=${name} />` : html`<${Live} />`}<//>`;
}

render(html`<${App} />`, document.getElementById("app"));
attend();
attendJournal();
