// The frame of every page: where one can go, how the gateway is, and who one is.
import { html, useEffect, useRef, useState } from "/console/lib/dom.js";
import { signIn, signOut, token, wanted } from "/console/lib/api.js";
import { gateway, gone, scenarios } from "/console/lib/gateway.js";
import { bind } from "/console/lib/keys.js";
import { href, Link, useRoute } from "/console/lib/route.js";
import { useStore } from "/console/lib/store.js";
import { Banners } from "/console/ui/banner.js";
import { Help } from "/console/ui/help.js";
import { Icon, Logo } from "/console/ui/icons.js";
import { Button, Field, Note } from "/console/ui/parts.js";
import { Toasts } from "/console/ui/toast.js";

const PAGES = [
  ["/", "live", "Live"],
  ["/overview", "overview", "Overview"],
  ["/try", "try", "Try"],
  ["/packs", "packs", "Packs"],
  ["/scenarios", "scenarios", "Scenarios"],
  ["/tokens", "tokens", "Tokens"],
  ["/clients", "clients", "Clients & users"],
  ["/keys", "keys", "Keys"],
  ["/worlds", "worlds", "Worlds"],
  ["/settings", "settings", "Settings"],
  ["/clock", "clock", "Clock"],
];

function Side({ onHelp }) {
  const { parts } = useRoute();
  const here = `/${parts[0] ?? ""}`;
  const inForce = useStore(scenarios).filter((one) => one.remaining !== 0).length;
  const box = useRef(null);
  // On a phone the pages are a strip that scrolls.
  useEffect(() => box.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" }), [here]);
  return html`<header class="side" ref=${box}>
    <${Link} class="brand" to=${href("/")} aria-label="IdP Gateway, live"><${Logo} /><span>IdP Gateway</span><//>
    <nav class="nav" aria-label="Pages">
      ${PAGES.map(([path, icon, name]) => html`<${Link} to=${href(path)} aria-current=${here === path ? "page" : undefined}>
        <${Icon} name=${icon} />${name}${path === "/scenarios" && inForce > 0 && html`<span class="count">${inForce}</span>`}
      <//>`)}
    </nav>
    <${Foot} onHelp=${onHelp} />
  </header>`;
}

function Foot({ onHelp }) {
  const about = useStore(gateway);
  const isGone = useStore(gone);
  const held = useStore(token);
  if (!about) return null;
  const failed = about.failed.join(", ");
  const isWell = !isGone && !failed;
  return html`<div class="foot">
    <p class=${`state ${isWell ? "ok" : "bad"}`}><${Icon} name=${isWell ? "ok" : "warn"} size="14" />
      ${isGone ? "does not answer" : failed ? `not ready: ${failed}` : "ready"}</p>
    <p>version ${about.version}, ${about.store}</p>
    <p>${about.caller.name}: ${about.caller.rights.includes("all") ? "all rights" : about.caller.rights.join(", ") || "no rights"}</p>
    <p><button type="button" onClick=${onHelp}>Keys <kbd>?</kbd></button>${held && html` · <button type="button" onClick=${signOut}>Sign out</button>`}</p>
  </div>`;
}

function Login({ why }) {
  const [text, setText] = useState("");
  const send = (event) => {
    event.preventDefault();
    if (text.trim()) signIn(text.trim());
  };
  return html`<main class="login"><form onSubmit=${send}>
    <p class="brand"><${Logo} /><span>IdP Gateway</span></p>
    <div><h1>Admin token</h1><p class="muted">This gateway's admin API asks for one. It stays in this tab, and goes nowhere but there.</p></div>
    ${why && html`<div role="alert"><${Note} kind="bad"><p>${why}</p><//></div>`}
    <${Field} label="Token" help="One of admin.token, admin.token_file or [[admin.tokens]]; the sandbox prints its own.">
      <input type="password" value=${text} onInput=${(event) => setText(event.target.value)} autocomplete="off" required autofocus />
    <//>
    <div><${Button} kind="main-act" type="submit">Open the console<//></div>
  </form></main>`;
}

export function Shell({ children }) {
  const why = useStore(wanted);
  const [isHelping, setHelping] = useState(false);
  useEffect(() => bind("?", () => setHelping(true)), []);
  if (why !== null) return html`<${Login} why=${why} />`;
  return html`<${Side} onHelp=${() => setHelping(true)} />
    <main class="main"><${Banners} />${children}</main>
    <${Toasts} />
    ${isHelping && html`<${Help} onClose=${() => setHelping(false)} />`}`;
}
