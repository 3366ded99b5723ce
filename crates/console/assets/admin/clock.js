// The clock: frozen, moved, put back; what becomes of tokens and limits meanwhile.
import { html, useEffect, useState } from "/console/lib/dom.js";
import { call } from "/console/lib/api.js";
import { span, utc } from "/console/lib/format.js";
import { clock, may, mounts, moved, presentOf, refresh } from "/console/lib/gateway.js";
import { useStore } from "/console/lib/store.js";
import { Button, Field, Head, Input, MountName, Note, Problem } from "/console/ui/parts.js";

const STEPS = [[60, "1 minute"], [300, "5 minutes"], [3600, "1 hour"], [86_400, "1 day"]];

// The present by that clock, each second.
function useNow(view) {
  const [, setTurn] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTurn((turn) => turn + 1), 500);
    return () => clearInterval(timer);
  }, []);
  if (!view) return null;
  return presentOf(view);
}

const seconds = (mount, name) => {
  const value = mount.settings.find((setting) => setting.name === name)?.value;
  return typeof value === "number" ? value : null;
};

// What is issued now, and when it ends by this clock.
function Ends({ now }) {
  const all = useStore(mounts);
  const rows = all.map((mount) => [mount, seconds(mount, "access_ttl"), seconds(mount, "refresh_ttl"), seconds(mount, "code_ttl")]);
  return html`<div class="table"><table><thead><tr><th>Mount</th><th>An access token of now ends</th><th>A refresh token</th><th>A code</th></tr></thead><tbody>
    ${rows.map(([mount, access, refreshes, code]) => html`<tr key=${mount.name}><th scope="row"><${MountName} name=${mount.name} /></th>
      <td data-name="Access token">${access === null ? "—" : html`<span>${utc(now + access)} <span class="muted">after ${span(access)}</span></span>`}</td>
      <td data-name="Refresh token">${refreshes === null ? html`<span class="muted">—</span>` : html`after ${span(refreshes)}`}</td><td data-name="Code">${code === null ? "—" : `after ${span(code)}`}</td></tr>`)}
  </tbody></table></div>`;
}

export function Page() {
  const view = useStore(clock);
  const now = useNow(view);
  const off = moved(view);
  const [error, setError] = useState(null);
  const [by, setBy] = useState("");
  const [moment, setMoment] = useState("");
  const run = (method, path, body) => async (event) => {
    event?.preventDefault();
    try {
      await call(method, path, body);
      setError(null);
      await refresh();
    } catch (refused) {
      setError(refused);
    }
  };
  const mayMove = may("test");
  return html`<div class="page"><${Head} title="Clock" says="The clock of all minting and checking. Moving it lets tokens end, codes grow old and limits free up without waiting.">
      ${off && mayMove && html`<${Button} kind="main-act" icon="clock" onClick=${run("DELETE", "/v1/clock")}>Back to real time<//>`}<//>
    <div class="stack">
      <div><p class="big-clock" role="timer">${now === null ? "" : utc(now)}</p>
        <p class="muted">${off ? `${off.frozen ? "It stands still, " : ""}${span(off.ahead)} ${off.ahead < 0 ? "behind" : "ahead of"} real time.` : "Real time."}</p></div>
      <${Problem} error=${error} />
      ${mayMove ? html`<div class="line">
          ${view?.freeze === undefined || view?.freeze === null
            ? html`<${Button} icon="stop" onClick=${() => run("PUT", "/v1/clock", { freeze: now })()}>Freeze it now<//>`
            : html`<${Button} icon="clock" onClick=${() => run("PUT", "/v1/clock", { offset: Math.round(view.freeze - Date.now() / 1000) })()}>Let it run on from here<//>`}
          ${STEPS.map(([length, name]) => html`<${Button} kind="plain" icon="plus" onClick=${run("POST", "/v1/clock/advance", { seconds: length })}>${name}<//>`)}
        </div>
        <div class="two">
          <form class="line make-world" onSubmit=${(event) => run("POST", "/v1/clock/advance", { seconds: Number(by) })(event)}>
            <${Field} label="Let so many seconds pass"><${Input} type="number" min="0" value=${by} onInput=${setBy} required /><//><${Button} type="submit">Pass<//></form>
          <form class="line make-world" onSubmit=${(event) => run("PUT", "/v1/clock", { freeze: Math.floor(new Date(`${moment}Z`).getTime() / 1000) })(event)}>
            <${Field} label="Freeze at a moment, in UTC"><input type="datetime-local" step="1" value=${moment} onInput=${(event) => setMoment(event.target.value)} required /><//><${Button} type="submit">Freeze<//></form>
        </div>` : html`<${Note}><p>Moving the clock needs the right <code>test</code>, and <code>admin.test_features</code>.</p><//>`}
      <div class="stack-s"><h2>What becomes of tokens and limits</h2>
        <p class="muted">All mounts use this clock, their rate limits too: a window that is moved past is free again. A client's own clock does not move with it: what checks <code>exp</code> by itself sees the times that the tokens say.</p>
        ${now !== null && html`<${Ends} now=${now} />`}</div>
    </div></div>`;
}
